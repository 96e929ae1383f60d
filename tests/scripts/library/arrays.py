# NumPy on both sides of a fit: data from its generator, a check of the gradient, arrays that share memory with tensors.
import numpy as np
import torch

np.random.seed(0)
x = np.linspace(0, 1, 6).reshape(-1, 1)
noise = np.random.randn(6, 1)
y = 2 * x + 1 + 0.1 * noise
print(x.shape, y.dtype, noise[:2].ravel(), np.random.randint(0, 10, 4), np.random.uniform(size=2), np.random.permutation(4))
X, Y = torch.from_numpy(x).float(), torch.tensor(y, dtype=torch.float32)
w, b = torch.zeros(1, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
for epoch in range(200):
    loss = torch.mean((X @ w + b - Y) ** 2)
    loss.backward()
    with torch.no_grad():
        for p in (w, b):
            p -= 0.3 * p.grad
            p.grad.zero_()
design = np.hstack([x, np.ones_like(x)])
best = np.linalg.solve(design.T @ design, design.T @ y)
print(best.ravel().round(2), f"{w.item():.2f} {b.item():.2f}", np.allclose(best.ravel(), [w.item(), b.item()], atol=1e-2))

shared = np.ones(3)
t = torch.from_numpy(shared)
np.add(shared, 1, out=shared)
t[0] = 7
print(t, shared, torch.as_tensor(np.arange(3)), torch.tensor(np.float32(1.5)), t.numpy() is shared)
print(torch.ones(2).numpy(), type(torch.ones(2).numpy()), np.array([1, 2]).dtype, np.zeros((2, 2), dtype=np.float32).dtype)


def f(v):
    return (np.sin(v) * v).sum()


def numerical(f, v, h=1e-6):
    grad = np.zeros_like(v)
    for i in range(v.size):
        step = np.zeros_like(v)
        step[i] = h
        grad[i] = (f(v + step) - f(v - step)) / (2 * h)
    return grad


point = np.array([0.5, -1.0, 2.0])
v = torch.tensor(point, requires_grad=True)
(torch.sin(v) * v).sum().backward()
print(np.allclose(numerical(f, point), v.grad.numpy()), v.grad)
try:
    v.numpy()
except RuntimeError as e:
    print(e)
print(v.detach().numpy(), np.abs(point).max(), np.argmax(point), np.mean(point), point[point > 0], np.where(point > 0, 1, -1))
print(repr(point), [np.float64(2.5)], {"mean": np.mean([1.0, 2.0])}, np.pi, f"{np.std([1.0, 2.0]):.3f}", round(np.float64(1.2345), 2))
total = np.float64(1.0)
total += point[0]
print(total, type(total).__name__, isinstance(point, np.ndarray), np.concatenate([point, [9.0]]), np.dot(point, point))
