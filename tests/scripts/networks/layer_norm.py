# LayerNorm: formulas against the layer, gradients, second derivatives.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(1)
ln = nn.LayerNorm(4)
x = torch.randn(2, 4, requires_grad=True)
out = ln(x)
print(ln)
print(out)
mean, var = x.mean(-1, keepdim=True), x.var(-1, keepdim=True, unbiased=False)
print(torch.allclose(out, (x - mean) / torch.sqrt(var + ln.eps), atol=1e-6))
out[0, 0].backward()
print(x.grad, ln.weight.grad, ln.bias.grad)
print(nn.LayerNorm((2, 3), elementwise_affine=False), nn.LayerNorm([3], bias=False))

z = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
w = torch.rand(4, dtype=torch.float64, requires_grad=True)
b = torch.zeros(4, dtype=torch.float64, requires_grad=True)
print(torch.autograd.gradcheck(lambda *given: F.layer_norm(given[0], (4,), *given[1:]), (z, w, b)))
print(torch.autograd.gradgradcheck(lambda *given: F.layer_norm(given[0], (4,), *given[1:]), (z, w, b)))
(g,) = torch.autograd.grad(F.layer_norm(z, (4,), w, b).pow(2).sum(), z, create_graph=True)
g.norm().backward()
print(z.grad[0], w.grad)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        return x + self.mlp(self.norm(x))


blocks = nn.ModuleList([Block(4) for _ in range(2)])
print(blocks)
h = torch.randn(1, 3, 4)
for block in blocks:
    h = block(h)
print(h.detach())
for wrong in (lambda: ln(torch.ones(3)), lambda: F.layer_norm(x, (4,), torch.ones(3)), lambda: F.layer_norm(x, ())):
    try:
        wrong()
    except RuntimeError as error:
        print(error)
