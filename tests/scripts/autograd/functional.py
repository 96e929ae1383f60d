import torch
from torch.autograd.functional import jacobian, hessian, vjp, jvp, hvp, vhp


def f(x):
    return torch.stack([x[0] ** 2 + x[1], x[1] ** 2 * x[2], x[2] * x[0]])


def energy(x):
    return (x ** 2).sum() * x[0]


def two(x, y):
    return x * y.sum(), (x ** 2).sum()


x = torch.tensor([1.0, 2.0, 3.0])
y = torch.tensor([0.5, -1.0])
v = torch.tensor([1.0, 0.0, -1.0])
print(jacobian(f, x))
print(hessian(energy, x))
print(vjp(f, x, v))
print(jvp(f, x, v))
print(hvp(energy, x, v))
print(vhp(energy, x, v))
print(jacobian(two, (x, y)))
print(hessian(lambda a, b: (a * b.sum()).pow(2).sum(), (x, y)))
print(jacobian(lambda t: t.exp(), torch.zeros(2)))
print(jacobian(lambda t: t.sum(), x).shape, jacobian(lambda t: t.view(1, 3), x).shape, jacobian(torch.relu, torch.ones(2, 2)).shape)
J = jacobian(f, x, create_graph=True)
print(J.requires_grad)
xg = x.clone().requires_grad_()
J = jacobian(f, xg, create_graph=True)
J.pow(2).sum().backward()
print(xg.grad)
out, g = vjp(energy, x)
print(out, g, g @ v)
J = jacobian(f, x)
print(torch.allclose(J @ v, jvp(f, x, v)[1]), torch.allclose(v @ J, vjp(f, x, v)[1]), torch.allclose(hessian(energy, x) @ v, hvp(energy, x, v)[1]))
print(jacobian(f, x, vectorize=True), jacobian(f, x, strategy="reverse-mode").dtype)
print(hessian(lambda t: 3 * t.sum(), x))
try:
    hessian(f, x)
except RuntimeError as e:
    print(str(e).split(",")[0])
