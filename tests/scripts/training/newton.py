# Newton's method for roots and for minima.
import torch


def f(x):
    return x ** 3 - 2 * x - 5


x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
for i in range(6):
    y = f(x)
    slope, = torch.autograd.grad(y, x)
    with torch.no_grad():
        x -= y / slope
    print(f"{i}: x = {x.item():.12f}   |f(x)| = {abs(y.item()):.5f}")
    if abs(y.item()) < 1e-9:
        print("converged")
        break

# a minimum of a function of two variables: solve H p = -g
point = torch.tensor([0.5, -0.5], dtype=torch.float64, requires_grad=True)
for step in range(5):
    a, b = point
    value = torch.exp(a + 3 * b - 0.1) + torch.exp(a - 3 * b - 0.1) + torch.exp(-a - 0.1)
    g = torch.autograd.grad(value, point, create_graph=True)[0]
    rows = [torch.autograd.grad(g[k], point, retain_graph=True)[0] for k in range(2)]
    H = torch.stack(rows)
    direction = -torch.linalg.inv(H) @ g.detach()
    with torch.no_grad():
        point += direction
    print(step, f"{value.item():.6f}", f"{g.norm().item():.2e}")
print(point.detach())
