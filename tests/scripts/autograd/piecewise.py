# Derivatives at kinks and ties, and the places where a gradient turns to nan.
import torch


def g(f, *values):
    xs = [torch.tensor(float(v), requires_grad=True) for v in values]
    return tuple(t.item() for t in torch.autograd.grad(f(*xs), xs))


print(g(torch.abs, 0), g(torch.relu, 0), g(torch.sign, 2), g(torch.floor, 1.5), g(torch.round, 1.5))
print(g(torch.maximum, 1, 1), g(torch.minimum, 1, 1), g(lambda t: t.clamp(0, 1), 1), g(lambda t: t.clamp(0, 1), 2))
print(g(torch.sqrt, 0), g(torch.log, 0), g(lambda t: 1 / t, 0), g(lambda t: t ** 0.5, 0), g(lambda t: t ** 0, 0), g(lambda t: t ** 2, 0))
print(g(lambda t: t.norm(), 0), g(lambda a, b: torch.atan2(a, b), 0, 0), g(torch.log, -1), g(torch.sqrt, -1))
print(g(lambda a, b: a ** b, 0, 2), g(lambda a, b: a ** b, -2, 2), g(torch.asin, 1), g(torch.acos, 1))
x = torch.tensor([1.0, 0.0, 4.0], requires_grad=True)
torch.where(x > 0, x.sqrt(), torch.zeros_like(x)).sum().backward()
print(x.grad)
x.grad = None
safe = torch.where(x > 0, x, torch.ones_like(x))
torch.where(x > 0, safe.sqrt(), torch.zeros_like(x)).sum().backward()
print(x.grad)
x.grad = None
x.prod().backward()
print(x.grad)
m = torch.tensor([[2.0, 2.0], [1.0, 2.0]], requires_grad=True)
m.max().backward()
print(m.grad)
m.grad = None
m.max(dim=1).values.sum().backward()
print(m.grad)
m.grad = None
m.median().backward()
print(m.grad)
y = torch.tensor([1.0, float("nan"), float("inf")], requires_grad=True)
(y * 0).sum().backward()
print((y * 0), y.grad, torch.isfinite(y))


def collatz_like(t):
    steps = 0
    while t < 50:
        t = t * 3 if steps % 2 == 0 else t + 1
        steps += 1
    return t, steps


t = torch.tensor(1.0, requires_grad=True)
out, steps = collatz_like(t)
out.backward()
print(out.item(), steps, t.grad)
