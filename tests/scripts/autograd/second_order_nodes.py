"""The gradients of activations and losses are operations of their own: one node, from the cotangent and what was saved."""

import torch
import torch.nn.functional as F

ACTIVATIONS = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
    "logsigmoid": F.logsigmoid,
    "elu": F.elu,
    "celu": lambda x: F.celu(x, 2.0),
    "gelu": F.gelu,
    "gelu, tanh": lambda x: F.gelu(x, approximate="tanh"),
    "hardswish": F.hardswish,
    "glu": F.glu,
    "softmax": lambda x: F.softmax(x, 0),
    "log_softmax": lambda x: F.log_softmax(x, 0),
}
LOSSES = {
    "mse": F.mse_loss,
    "smooth_l1": lambda x, y: F.smooth_l1_loss(x, y, reduction="sum"),
    "huber": lambda x, y: F.huber_loss(x, y, reduction="none").sum(),
    "bce": lambda x, y: F.binary_cross_entropy(x.sigmoid(), y.detach().clamp(0, 1)),
}


def names(node):
    return None if node is None else node.name()


for name, function in ACTIVATIONS.items():
    x = torch.tensor([-1.75, -0.5, 0.25, 1.5], dtype=torch.float64, requires_grad=True)
    out = function(x)
    weight = torch.linspace(1, 2, out.numel(), dtype=torch.float64)
    (g,) = torch.autograd.grad(out, x, weight, create_graph=True)
    print(name, g)
    print("  edges", [names(node) for node, _ in g.grad_fn.next_functions])
    (h,) = torch.autograd.grad(g.sin().sum(), x, create_graph=True)
    (third,) = torch.autograd.grad(h.sum(), x)
    print("  second", (h.detach() + 1e-9), "third", (third + 1e-9))

for name, loss in LOSSES.items():
    x = torch.tensor([-1.75, -0.5, 0.25, 1.5], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([0.5, 0.25, -1.5, 1.25], dtype=torch.float64, requires_grad=True)
    g = torch.autograd.grad(loss(x, y), [x, y], create_graph=True, allow_unused=True)
    print(name, g)
    (h,) = torch.autograd.grad((g[0] * torch.arange(4)).sum(), x)
    print("  second", h)

x = torch.tensor([0.5, 1.0], dtype=torch.float64)
print(torch.func.hessian(lambda x: F.mse_loss(x.tanh(), x.sigmoid()))(x))
print(torch.func.jacfwd(torch.func.jacrev(lambda x: F.softmax(x.tanh(), 0)))(x))
print(torch.autograd.gradgradcheck(lambda x: F.gelu(x) + F.softplus(x), x.requires_grad_()))
