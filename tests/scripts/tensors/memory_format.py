"""Tensors whose channels lie last in memory, and what is made in their order."""

import torch

x = torch.empty(2, 3, 4, 4, memory_format=torch.channels_last)
print(x.shape, x.stride(), x.is_contiguous(memory_format=torch.channels_last))
x = torch.ones(2, 3, 4, 4).to(memory_format=torch.channels_last)
print(x.stride(), x.clone().stride(), (x + x).stride(), x.relu().stride())
print(torch.empty_like(x).stride(), torch.zeros_like(x).stride(), torch.ones_like(x).stride())
print(torch.zeros_like(torch.ones(2, 3).t()).stride())
conv = torch.nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
out = conv(x)
print(conv.weight.stride(), out.stride(), out.is_contiguous(memory_format=torch.channels_last))
out.sum().backward()
print(conv.weight.grad.shape, conv.bias.grad)
