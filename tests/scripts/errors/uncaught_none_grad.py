# After w = w - lr * w.grad the name stands for another tensor, which is no leaf.
import torch

w = torch.tensor([1.0], requires_grad=True)
for step in range(2):
    loss = (w * 3).sum()
    loss.backward()
    w = w - 0.1 * w.grad
    print(step, w)
