# Minibatches, resources and a learning-rate schedule, each from a generator.
import torch

torch.manual_seed(0)
inputs = torch.randn(10, 3)
targets = inputs @ torch.tensor([1.0, -2.0, 0.5]) + 0.3


def batches(x, y, size, shuffle=True):
    """Pairs of rows, in a new order each time."""
    order = torch.randperm(len(x)) if shuffle else torch.arange(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]


def halving(rate):
    while True:
        for _ in range(4):
            yield rate
        rate /= 2


class Timer:
    def __enter__(self):
        print("epoch begins")
        return self

    def __exit__(self, kind, value, trace):
        print("epoch ends", kind is None)


def epochs(count):
    for epoch in range(count):
        with Timer():
            if epoch == 1:
                continue
            yield epoch


w = torch.zeros(3, requires_grad=True)
b = torch.zeros((), requires_grad=True)
rates = halving(0.2)
for epoch in epochs(4):
    for x, y in batches(inputs, targets, 4):
        loss = ((x @ w + b - y) ** 2).mean()
        loss.backward()
        rate = next(rates)
        with torch.no_grad():
            for p in (w, b):
                p -= rate * p.grad
                p.grad = None
    print(epoch, f"{loss.item():.4f}", rate)
    if epoch == 3:
        break
print(w, b)
for x, y in batches(inputs, targets, 6, shuffle=False):
    print(x.shape, y)
