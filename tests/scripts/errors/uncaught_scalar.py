# The last line fails: what was printed before it stays.
import torch

x = torch.randn(3, requires_grad=True)
y = x * 2
print(y.shape, y.requires_grad)
y.backward()
print("never printed")
