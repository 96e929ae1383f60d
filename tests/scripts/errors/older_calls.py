# Calls as they were written years ago: they work, and say what they are called today.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
scores = torch.randn(4, 3, requires_grad=True)
column, flat = torch.ones(3, 1, requires_grad=True), torch.tensor([0.0, 1.0, 2.0])
print(F.softmax(scores[0]).sum().item() > 0.99, F.log_softmax(scores).shape)
print(F.mse_loss(column, flat))
print(F.l1_loss(column, flat, reduction="sum"))
total = nn.MSELoss(size_average=False)
print(total(column.view(-1), flat), total.reduction)
each = nn.NLLLoss(reduce=False)
print(each(torch.zeros(2, 3), torch.tensor([0, 2])))
print(F.cross_entropy(torch.zeros(2, 3), torch.tensor([0, 2]), size_average=True))
layer = nn.Linear(3, 2)
nn.init.constant(layer.weight, 0.5)
nn.init.uniform(layer.bias)
layer(flat).sum().backward()
print(layer.weight.data, layer.bias.data)
print(torch.nn.utils.clip_grad_norm(layer.parameters(), 1.0))
rows, columns = torch.meshgrid(torch.arange(2), torch.arange(3))
print(rows, columns)
