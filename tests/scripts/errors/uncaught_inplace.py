import torch

w = torch.ones(3, requires_grad=True)
h = torch.sigmoid(w)
print(h.sum() > 0)
h += 1
h.sum().backward()
