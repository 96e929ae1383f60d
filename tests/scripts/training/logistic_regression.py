"""Logistic regression on a handful of points, in double precision."""
import torch

hours = torch.tensor([0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5], dtype=torch.float64)
passed = torch.tensor([0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1], dtype=torch.double)

weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
bias = torch.zeros(1, dtype=torch.float64, requires_grad=True)

for step in range(1, 501):
    logits = weight * hours + bias
    # log(1 + exp(-z)) for ones, log(1 + exp(z)) for zeros
    loss = torch.where(passed > 0, torch.nn.functional.softplus(-logits), torch.nn.functional.softplus(logits)).mean()
    g_w, g_b = torch.autograd.grad(loss, (weight, bias))
    with torch.no_grad():
        weight -= 0.5 * g_w
        bias -= 0.5 * g_b
    if step in (1, 10, 100, 500):
        print(f"{step:>5d}  loss={loss.item():.6f}  w={weight.item():+.4f}  b={bias.item():+.4f}")

probability = torch.sigmoid(weight * hours + bias)
print(probability)
print("boundary at", round(-(bias / weight).item(), 3))
correct = ((probability > 0.5) == (passed == 1)).sum()
print(correct, correct.item(), "of", len(hours))
