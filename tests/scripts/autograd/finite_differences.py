# Autograd held against central differences.
import torch
from torch.autograd import gradcheck


def numeric(f, x, eps=1e-6):
    g = torch.zeros_like(x)
    flat, out = x.detach().clone().view(-1), g.view(-1)
    for i in range(flat.numel()):
        original = flat[i].item()
        flat[i] = original + eps
        high = f(flat.view_as(x)).item()
        flat[i] = original - eps
        low = f(flat.view_as(x)).item()
        flat[i] = original
        out[i] = (high - low) / (2 * eps)
    return g


functions = {
    "poly": lambda t: (t ** 3 - 2 * t).sum(),
    "trig": lambda t: (t.sin() * t.cos()).sum(),
    "softmax": lambda t: (t.softmax(0) * torch.arange(t.numel(), dtype=t.dtype).view_as(t)).sum(),
    "norm": lambda t: t.norm(),
    "logs": lambda t: (1 + t ** 2).log().mean(),
    "det": lambda t: torch.linalg.det(t.view(2, 2)),
}
x = torch.tensor([[0.5, -1.25], [2.0, 0.75]], dtype=torch.float64, requires_grad=True)
for name, f in functions.items():
    exact, = torch.autograd.grad(f(x), x)
    approximate = numeric(f, x)
    error = (exact - approximate).abs().max().item()
    print(f"{name:<8}", [round(e, 4) for e in exact.flatten().tolist()], "ok" if error < 1e-6 else f"off by {error}")

print(gradcheck(lambda t: t ** 2, x), gradcheck(torch.sigmoid, (x,), eps=1e-6, atol=1e-4))
a = torch.rand(3, dtype=torch.double, requires_grad=True)
b = torch.rand(3, dtype=torch.double, requires_grad=True)
print(torch.autograd.gradcheck(lambda p, q: (p * q).sum(), (a, b)))
print(gradcheck(torch.relu, torch.zeros(1, dtype=torch.double, requires_grad=True), raise_exception=False))
print(gradcheck(lambda t: t.detach() * t, x, raise_exception=False), torch.autograd.gradgradcheck(lambda t: t ** 3, x))
try:
    gradcheck(lambda t: t.detach() * t, x)
except RuntimeError as e:
    print(type(e).__name__, str(e).split(" for output")[0])
