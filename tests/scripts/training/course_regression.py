# Linear regression as a course has it.
import torch
x = torch.arange(4.0)
x.requires_grad_(True)
print(x.grad)
y = 2 * torch.dot(x, x)
print(y)
y.backward(); print(x.grad, x.grad == 4 * x)
x.grad.zero_(); y = x.sum(); y.backward(); print(x.grad)
x.grad.zero_(); y = x * x; y.sum().backward(); print(x.grad)
x.grad.zero_(); y = x * x; u = y.detach(); z = u * x; z.sum().backward(); print(x.grad == u)
x.grad.zero_(); y.sum().backward(); print(x.grad == 2 * x)
def f(a):
    b = a * 2
    while b.norm() < 1000: b = b * 2
    if b.sum() > 0: c = b
    else: c = 100 * b
    return c
torch.manual_seed(0)
a = torch.randn(size=(), requires_grad=True); d = f(a); d.backward(); print(a.grad == d / a, d.item() > 0)
X = torch.normal(0, 1, (6, 2)); yv = torch.matmul(X, torch.tensor([2, -3.4])) + 4.2; yv += torch.normal(0, 0.01, yv.shape); print(X[0], yv.reshape((-1, 1))[:2])
def data_iter(batch_size, features, labels):
    num = len(features); idx = list(range(num))
    for i in range(0, num, batch_size):
        j = torch.tensor(idx[i: min(i + batch_size, num)]); yield features[j], labels[j]
for Xb, yb in data_iter(4, X, yv): print(Xb.shape, yb)
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params: param -= lr * param.grad / batch_size; param.grad.zero_()
w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True); b = torch.zeros(1, requires_grad=True)
for epoch in range(30):
    for Xb, yb in data_iter(3, X, yv):
        l = (torch.matmul(Xb, w) + b - yb.reshape(-1, 1)) ** 2 / 2; l.sum().backward(); sgd([w, b], 0.3, 3)
print(w.reshape(-1), b); print(f'error {torch.tensor([2, -3.4]) - w.reshape((2,))}' if False else (torch.tensor([2, -3.4]) - w.reshape(2)).abs().max() < 0.1)
print(torch.arange(12).reshape(3, 4).float().sum(axis=0), torch.arange(6).reshape(2, 3).sum(axis=[0, 1]), torch.ones(2, 3).mean(axis=1), X.shape, len(X), X.numel(), (X ** 2).sum(axis=1, keepdims=True).shape, torch.cat((X, X), dim=1).shape, X == X, X.sum().item() == X.sum(), torch.zeros_like(X).shape, id(X) == id(X))
