# Two half batches give the gradient of the whole batch when their losses are scaled.
import torch

torch.manual_seed(7)
inputs = torch.randn(8, 3)
targets = inputs @ torch.tensor([[1.0], [-2.0], [0.5]]) + 0.25
w = torch.zeros(3, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)


def mse(prediction, target):
    return torch.mean((prediction - target) ** 2)


mse(inputs @ w + b, targets).backward()
full_w, full_b = w.grad.clone(), b.grad.clone()
w.grad, b.grad = None, None

accumulation_steps = 4
for i in range(0, len(inputs), 8 // accumulation_steps):
    chunk, wanted = inputs[i:i + 2], targets[i:i + 2]
    loss = mse(chunk @ w + b, wanted) / accumulation_steps
    loss.backward()
    print(f"after chunk {i // 2}: |w.grad| = {w.grad.norm().item():.4f}")

print(torch.allclose(full_w, w.grad, atol=1e-6), torch.allclose(full_b, b.grad, atol=1e-6))

# forgetting to zero
w.grad.zero_()
for k in range(3):
    (w.sum() * 2).backward()
    print(w.grad.flatten())
