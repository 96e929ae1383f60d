import torch
from torch.autograd import grad

x = torch.tensor(2.0, requires_grad=True)
y = x ** 4
for order in range(1, 6):
    if not y.requires_grad:
        print("constant from order", order)
        break
    y, = grad(y, x, create_graph=True)
    print(order, y.item(), y.requires_grad)

t = torch.linspace(0, 3, 4, requires_grad=True)
f = torch.sin(t)
names = ["sin"]
for k in range(4):
    f = grad(f.sum(), t, create_graph=True)[0]
    print(k + 1, f)

# double backward through .backward
a = torch.tensor(1.5, requires_grad=True)
b = a ** 3
b.backward(create_graph=True)
print(a.grad)
g = a.grad
a.grad = None
g.backward()
print(a.grad)

# d2/dxdy
p = torch.tensor(1.0, requires_grad=True)
q = torch.tensor(2.0, requires_grad=True)
r = p ** 2 * q ** 3
dp, dq = grad(r, (p, q), create_graph=True)
print(dp, dq)
print(grad(dp, q, retain_graph=True)[0], grad(dq, p, retain_graph=True)[0], grad(dp, p)[0])
try:
    grad(grad(3 * p, p, create_graph=True)[0], p)
except RuntimeError as e:
    print(e)

# Hessian row by row
v = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
s = (v ** 3).sum() + v[0] * v[1]
first = grad(s, v, create_graph=True)[0]
H = torch.stack([grad(first[i], v, retain_graph=True)[0] for i in range(3)])
print(H)
print(torch.equal(H, H.T), H @ torch.ones(3))
hv, = grad(first @ torch.tensor([1.0, 0.0, -1.0]), v)
print(hv)
