# Arrays and tensors meet: memory that is shared, operators between them, functions of NumPy's on tensors.
import numpy as np
import torch

a = np.arange(6, dtype=np.float32).reshape(2, 3)
t = torch.from_numpy(a)
t[0, 0] = 10
a[1, 2] = -1
print(t, a.tolist())
print(torch.tensor(a).dtype, torch.as_tensor(a) is not t, torch.Tensor(np.array([1, 2, 3])), torch.tensor(np.float64(2.5)))
x = torch.ones(3)
print(x * np.ones(3), x + np.float64(2), np.float64(2) * x, x * np.int64(3), x @ np.ones(3))
print(np.sin(torch.zeros(2)), np.maximum(x, 0), np.add(np.ones(3), x))
print(np.asarray(x), np.array([x, x]).shape, np.stack([x, x]).shape, np.dot(x, x), np.allclose(x, 1))
w = torch.ones(2, requires_grad=True)
for attempt in (lambda: w.numpy(), lambda: np.sin(w), lambda: np.asarray(w)):
    try:
        print(attempt())
    except RuntimeError as error:
        print(type(error).__name__, error)
print(w.detach().numpy(), (np.float32(2) * w).grad_fn is not None, w[np.array([0, 1])], w[np.int64(1)])
index = torch.tensor([2, 0])
print(np.arange(3.0)[index], [10, 20, 30][torch.tensor(1)], np.zeros((2, 2), np.int32).dtype, torch.from_numpy(np.zeros(2, np.int32)).dtype)
y = torch.linspace(0, 1, 5)
y.numpy()[:] = np.sqrt(y.numpy())
print(y, y.numpy().dtype, torch.from_numpy(np.array(3.5)), float(np.float32(0.5) + torch.tensor(0.25)))
rng = np.random.default_rng(0)
data = rng.normal(size=(50, 2))
target = data @ np.array([2.0, -1.0]) + 0.5
X, Y = torch.from_numpy(data).float(), torch.from_numpy(target).float()
w, b = torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)
for _ in range(200):
    loss = ((X @ w + b - Y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for p in (w, b):
            p -= 0.1 * p.grad
            p.grad.zero_()
print(np.round(w.detach().numpy(), 3), np.round(b.detach().numpy(), 3))
