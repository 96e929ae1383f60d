# Derivatives of every order beside each other: by nested calls, by functional, by finite differences.
import math

import torch
from torch.autograd import functional, grad


def taylor(f, at, orders):
    x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    y, found = f(x), []
    for n in range(orders + 1):
        found.append(y.item() / math.factorial(n))
        (y,) = grad(y, x, create_graph=True)
    return found


print([f"{c:+.5f}" for c in taylor(torch.sin, 0.0, 5)])
print([f"{c:+.5f}" for c in taylor(lambda x: 1 / (1 - x), 0.0, 5)], [f"{c:.4f}" for c in taylor(torch.exp, 1.0, 3)])


def f(p):
    return p[0] ** 2 * p[1] + torch.sin(p[1])


p = torch.tensor([1.0, 2.0], requires_grad=True)
(g,) = grad(f(p), p, create_graph=True)
rows = [grad(g[i], p, retain_graph=True)[0] for i in range(2)]
print(g, torch.stack(rows))
print(torch.equal(torch.stack(rows), functional.hessian(f, p)), functional.jacobian(lambda q: torch.stack([f(q), q.prod()]), p))
v = torch.tensor([1.0, -1.0])
print(grad(g @ v, p)[0], functional.hvp(f, p, v), functional.vhp(f, p, v)[1])
print(functional.jvp(f, p, v), functional.vjp(f, p))
print(f"{'x':>5} {'tanh':>9} {'first':>9} {'second':>9}")
for at in (-1.0, 0.0, 0.5):
    x = torch.tensor(at, requires_grad=True)
    y = torch.tanh(x)
    (d1,) = grad(y, x, create_graph=True)
    (d2,) = grad(d1, x)
    print(f"{at:>5} {y.item():>9.5f} {d1.item():>9.5f} {d2.item():>9.5f}")
