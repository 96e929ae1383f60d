"""A network of two layers learns a sine: 1,000 steps of gradient descent.  Runs under gradcli and under PyTorch."""

import time

import torch

torch.manual_seed(0)
x = torch.linspace(-3, 3, 64).reshape(64, 1)
y = torch.sin(x)
w1 = torch.randn(1, 16, requires_grad=True)
b1 = torch.zeros(16, requires_grad=True)
w2 = torch.randn(16, 1, requires_grad=True)
b2 = torch.zeros(1, requires_grad=True)


def loss_of(x, y):
    hidden = torch.tanh(x @ w1 + b1)
    return ((hidden @ w2 + b2 - y) ** 2).mean()


start = time.perf_counter()
for _ in range(1000):
    loss = loss_of(x, y)
    loss.backward()
    with torch.no_grad():
        for p in [w1, b1, w2, b2]:
            p -= 0.05 * p.grad
            p.grad.zero_()
seconds = time.perf_counter() - start
print(f"loss {loss.item():.5f}")
print(seconds * 1000)
