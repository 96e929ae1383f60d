# A little engine of scalars, written by hand, agrees with tensors on a small network.
import random

import torch


class Scalar:
    def __init__(self, value, parents=(), local=()):
        self.value, self.parents, self.local, self.grad = value, parents, local, 0.0

    def __add__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.value + other.value, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.value * other.value, (self, other), (other.value, self.value))

    def __pow__(self, n):
        return Scalar(self.value**n, (self,), (n * self.value ** (n - 1),))

    def relu(self):
        return Scalar(max(0.0, self.value), (self,), (float(self.value > 0),))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    def __repr__(self):
        return f"Scalar({self.value:.4f}, grad={self.grad:.4f})"

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for parent, local in zip(node.parents, node.local):
                parent.grad += local * node.grad


random.seed(1)
weights = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(3)]
points = [((0.5, -1.0), 1.0), ((-1.5, 2.0), -1.0)]


def network(rows, x):
    return sum(((row[0] * x[0] + row[1] * x[1] + 0.1).relu() for row in rows), start=rows[0][0] * 0.0)


scalars = [[Scalar(w) for w in row] for row in weights]
loss = sum(((network(scalars, x) - Scalar(y)) ** 2 for x, y in points), start=Scalar(0.0))
loss.backward()
tensors = torch.tensor(weights, dtype=torch.float64, requires_grad=True)
same = sum((network(tensors, x) - y) ** 2 for x, y in points)
same.backward()
print(loss, f"{same.item():.4f}")
for row, gradient in zip(scalars, tensors.grad.tolist()):
    print(row, all(abs(s.grad - g) < 1e-9 for s, g in zip(row, gradient)))
