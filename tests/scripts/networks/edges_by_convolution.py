# Edge detection with a kernel that is known, then the kernel learned back from the picture.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
X = torch.ones((6, 8))
X[:, 2:6] = 0
print(X)
K = torch.tensor([[1.0, -1.0]])
Y = F.conv2d(X[None, None], K[None, None])[0, 0]
print(Y)
print(F.conv2d(X.t()[None, None], K[None, None])[0, 0].abs().sum())

conv2d = nn.Conv2d(1, 1, kernel_size=(1, 2), bias=False)
X, Y = X.reshape((1, 1, 6, 8)), Y.reshape((1, 1, 6, 7))
lr = 3e-2
for i in range(10):
    Y_hat = conv2d(X)
    l = (Y_hat - Y) ** 2
    conv2d.zero_grad()
    l.sum().backward()
    conv2d.weight.data[:] -= lr * conv2d.weight.grad
    if (i + 1) % 2 == 0:
        print(f"epoch {i + 1}, loss {l.sum():.3f}")
print(conv2d.weight.data.reshape((1, 2)))


def corr2d(X, K):
    h, w = K.shape
    Y = torch.zeros((X.shape[0] - h + 1, X.shape[1] - w + 1))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


X = torch.arange(9.0).reshape(3, 3)
K = torch.arange(4.0).reshape(2, 2)
print(corr2d(X, K), torch.equal(corr2d(X, K), F.conv2d(X[None, None], K[None, None])[0, 0]))
for layer in (nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, (5, 3), padding=(2, 1)), nn.Conv2d(1, 1, 3, padding=1, stride=2)):
    print(layer(torch.rand(1, 1, 8, 8)).shape[2:])
X = torch.arange(16, dtype=torch.float32).reshape((1, 1, 4, 4))
for pool in (nn.MaxPool2d(3), nn.MaxPool2d(3, padding=1, stride=2), nn.MaxPool2d((2, 3), stride=(2, 3), padding=(0, 1)), nn.AvgPool2d(2)):
    print(pool(X))
