"""Scatter by an index without dimensions, and a result that is saved and loaded."""

import io

import torch

print(torch.zeros(4).scatter_(0, torch.tensor(3), value=1))
x, y = torch.zeros(4, requires_grad=True), torch.tensor(3.0, requires_grad=True)
out = x.scatter(0, torch.tensor(2), y)
print(out)
out.sum().backward()
print(x.grad, y.grad)
print(torch.zeros(4).scatter_add(0, torch.tensor(1), torch.tensor(5.0)))

file = io.BytesIO()
torch.save({"loss": y * 2}, file)
file.seek(0)
print(torch.load(file))
