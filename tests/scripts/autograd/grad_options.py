import torch
from torch.autograd import grad

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = torch.tensor([3.0, 4.0], requires_grad=True)
u = torch.tensor([5.0, 6.0], requires_grad=True)
print(grad((x * y).sum(), x))
z = x * y
print(grad(z, x, torch.ones(2)))
z = x * y
print(grad(z, [x, y], grad_outputs=torch.tensor([1.0, 10.0]), retain_graph=True))
print(grad(outputs=[z.sum(), (x ** 2).sum()], inputs=[x, y], retain_graph=True))
print(grad([z, x.exp()], x, grad_outputs=[torch.ones(2), torch.zeros(2)]))
z = x * y
print(grad(z.sum(), (x, u), allow_unused=True, retain_graph=True))
print(grad(z.sum(), (x, u), materialize_grads=True, retain_graph=True))
try:
    grad(z.sum(), (x, u), retain_graph=True)
except RuntimeError as e:
    print(str(e).rstrip(".").split(". ")[0])
try:
    grad(z, x, retain_graph=True)
except RuntimeError as e:
    print(str(e).split(",")[0])
try:
    grad(z.sum(), torch.ones(2))
except RuntimeError as e:
    print(e)
print(x.grad, y.grad)
h = x * 2
out = (h ** 2).sum()
print(grad(out, h, retain_graph=True), grad(out, [h, x]))
g, = grad((x ** 3).sum(), x, create_graph=True)
print(g, g.requires_grad)
(g * torch.tensor([1.0, 0.5])).sum().backward()
print(x.grad)
x.grad = None
torch.autograd.backward([(x ** 2).sum(), (x * y).sum()])
print(x.grad, y.grad)
torch.autograd.backward((x * 2, y * 3), grad_tensors=(torch.ones(2), torch.tensor([0.0, 1.0])))
print(x.grad, y.grad)
w = (x * y).sum()
w.backward(inputs=[x])
print(x.grad, y.grad)
dx, = grad(w * 2 if False else (x * 5).sum(), x)
print(dx)
# many outputs, batched
J = torch.stack([grad(x * y, x, grad_outputs=row)[0] for row in torch.eye(2)])
print(J)
