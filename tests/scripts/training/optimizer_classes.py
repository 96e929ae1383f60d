# Optimizers as small classes with a common interface.
import math
import torch


class SGD:
    def __init__(self, params, lr=0.1, momentum=0.0):
        self.params = list(params)
        self.lr = lr
        self.momentum = momentum
        self.velocity = [torch.zeros_like(p) for p in self.params]

    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                p.grad.zero_()

    @torch.no_grad()
    def step(self):
        for p, v in zip(self.params, self.velocity):
            v.mul_(self.momentum).add_(p.grad)
            p -= self.lr * v


class Adam(SGD):
    def __init__(self, params, lr=0.1, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, lr)
        self.b1, self.b2 = betas
        self.eps, self.t = eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.s = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self):
        self.t += 1
        for i, p in enumerate(self.params):
            self.m[i] = self.b1 * self.m[i] + (1 - self.b1) * p.grad
            self.s[i] = self.b2 * self.s[i] + (1 - self.b2) * p.grad ** 2
            m_hat = self.m[i] / (1 - self.b1 ** self.t)
            s_hat = self.s[i] / (1 - math.pow(self.b2, self.t))
            p -= self.lr * m_hat / (s_hat.sqrt() + self.eps)


def rosen(x, y):
    return (1 - x) ** 2 + 5 * (y - x ** 2) ** 2


for make in (lambda p: SGD(p, lr=0.02), lambda p: SGD(p, lr=0.01, momentum=0.9), lambda p: Adam(p, lr=0.1)):
    x = torch.tensor(-1.0, dtype=torch.float64, requires_grad=True)
    y = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    optimizer = make([x, y])
    for _ in range(200):
        optimizer.zero_grad()
        loss = rosen(x, y)
        loss.backward()
        optimizer.step()
    print(f"{type(optimizer).__name__:<5} {loss.item():.6f} ({x.item():.4f}, {y.item():.4f})")
