# The step that every course warns of: an update without no_grad.
import torch

w = torch.tensor([1.0, -1.0], requires_grad=True)
for step in range(3):
    loss = (w ** 2).sum()
    loss.backward()
    print(f"step {step}: loss {loss.item():.2f}, grad {w.grad.tolist()}")
    w -= 0.1 * w.grad
