# Backward passes within forward mode: gradients have tangents, which are second derivatives along them.
import torch
import torch.autograd.forward_ad as fwAD

x = torch.tensor([0.5, -1.0, 1.5], dtype=torch.double, requires_grad=True)
v = torch.tensor([1.0, 2.0, -1.0], dtype=torch.double)
ones = torch.ones(3, 3, dtype=torch.double)
functions = [
    lambda d: (d**3).sum(),
    lambda d: d.exp().sum(),
    lambda d: (d * d.sin()).sum(),
    lambda d: torch.tanh(d @ ones).sum(),
    lambda d: torch.logsumexp(d, 0),
    lambda d: d.prod(),
]
for create_graph in (True, False):
    for function in functions:
        with fwAD.dual_level():
            (g,) = torch.autograd.grad(function(fwAD.make_dual(x, v)), x, create_graph=create_graph)
            print(fwAD.unpack_dual(g).tangent.round(decimals=6))

with fwAD.dual_level():
    (fwAD.make_dual(x, v) ** 3).sum().backward()
    print(fwAD.unpack_dual(x.grad).tangent)

model = torch.nn.Linear(3, 1).double()
with fwAD.dual_level():
    rows = fwAD.make_dual(torch.ones(2, 3, dtype=torch.double), torch.ones(2, 3, dtype=torch.double))
    (g,) = torch.autograd.grad((model(rows) ** 2).sum(), model.weight)
    print(fwAD.unpack_dual(g).tangent.shape, fwAD.unpack_dual(rows.detach()).tangent)

with fwAD.dual_level():
    w = fwAD.make_dual(torch.ones(2), torch.tensor([1.0, 2.0]))
    y = torch.zeros(2, requires_grad=True)
    print(fwAD.unpack_dual(torch.autograd.grad((y * w).sum(), y)[0]))
    print(fwAD.unpack_dual(torch.autograd.grad(y.exp(), y, w)[0]))
