# Warnings that training loops meet.
import torch

a = torch.tensor(1.5, requires_grad=True)
(a ** 3).backward(create_graph=True)
print(a.grad.item(), a.grad.requires_grad)
g, a.grad = a.grad, None
g.backward()
print(a.grad)
w = torch.ones(2, requires_grad=True)
print("%.1f" % w.sum())
print(f"{w.sum():.1f}")
v = torch.tensor(w)
print(v.requires_grad)
