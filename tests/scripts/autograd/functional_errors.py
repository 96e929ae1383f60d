# torch.autograd.functional, used well and badly.
import torch
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
print(torch.autograd.functional.jacobian(lambda t: (t ** 2, t.sum()), x))
print(torch.autograd.functional.jacobian(lambda a, b: a @ b, (torch.ones(2, 2), torch.ones(2))))
print(torch.autograd.functional.hessian(lambda a, b: (a * b).sum() ** 2, (torch.tensor([1., 2.]), torch.tensor([3., 4.]))))
print(torch.autograd.functional.vjp(lambda t: t * 2, x, torch.tensor([1., 0., 1.])))
print(torch.autograd.functional.jvp(lambda t: t ** 2, x, torch.ones(3)))
print(torch.autograd.functional.hvp(lambda t: (t ** 3).sum(), x, torch.ones(3)), torch.autograd.functional.vhp(lambda t: (t ** 3).sum(), x, torch.ones(3)))
def t(f):
    try: print(f())
    except Exception as e: print(type(e).__name__, str(e)[:60])
F = torch.autograd.functional
t(lambda: F.jacobian(lambda t: 3.0, x))
t(lambda: F.jacobian(lambda t: torch.ones(2), x))
t(lambda: F.jacobian(lambda t: torch.ones(2), x, strict=True))
t(lambda: F.hessian(lambda t: t, x))
t(lambda: F.vjp(lambda t: t * 2, x))
t(lambda: F.vjp(lambda t: t * 2, x, torch.ones(2)))
t(lambda: F.jvp(lambda t: t.sum(), x, torch.ones(3), create_graph=True))
J = F.jacobian(torch.exp, x.detach()); print(torch.diag(J), J.shape)
def newton(f, x0, n):
    x = x0
    for _ in range(n):
        g = F.jacobian(f, x); H = F.hessian(f, x)
        x = x - torch.linalg.solve(H, g) if hasattr(torch.linalg, "solve") else x
    return x
print(newton(lambda p: (p[0] - 1) ** 2 + 3 * (p[1] + 2) ** 2, torch.zeros(2), 1))
