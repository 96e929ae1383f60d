# .grad: the same tensor, or a new one?
import torch
x = torch.tensor([1., 2.], requires_grad=True)
(x ** 2).sum().backward()
g = x.grad
(x ** 2).sum().backward()
print(g is x.grad, g, x.grad)
x.grad = None
(x ** 3).sum().backward()
print(g, x.grad)
x.grad.zero_()
print(x.grad, x.grad.requires_grad, x.grad.is_leaf)
x.grad = torch.tensor([5., 5.])
x.sum().backward()
print(x.grad)
del x.grad
print(x.grad)
x.grad = torch.zeros_like(x)
x.grad += 3
print(x.grad)
y = x * 2
y.retain_grad()
z = y * y
z.sum().backward()
print(y.grad, x.grad)
w = x.clone().detach().requires_grad_(True)
print(w.grad, w.is_leaf)
x.data = torch.tensor([9., 9.])
print(x)
x.data.fill_(0.5); print(x, x._version)
v = torch.ones(3)
v.requires_grad = True
(v * torch.tensor([1., 0., 0.])).sum().backward(); print(v.grad)
u = torch.zeros(2, requires_grad=True)
(u.sum() * 0).backward(); print(u.grad)
