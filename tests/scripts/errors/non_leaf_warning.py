import torch

x = torch.ones(2, requires_grad=True)
y = x * 2
z = (y ** 2).sum()
z.backward()
print(x.grad)
print(y.grad)
print(y.grad is None)
y.retain_grad()
print(y.grad)
g = torch.ones(2) * 3
print(g.grad)
v = x.view(1, 2)
if v.grad is None:
    print("view has none")
