# Reverse mode with an explicit tape of tuples, no classes.
import math
import torch

tape = []


def var(value):
    tape.append((value, ()))
    return len(tape) - 1


def unary(i, value, partial):
    tape.append((value, ((i, partial),)))
    return len(tape) - 1


def binary(i, j, value, di, dj):
    tape.append((value, ((i, di), (j, dj))))
    return len(tape) - 1


def val(i):
    return tape[i][0]


def add(i, j): return binary(i, j, val(i) + val(j), 1.0, 1.0)
def mul(i, j): return binary(i, j, val(i) * val(j), val(j), val(i))
def sin(i): return unary(i, math.sin(val(i)), math.cos(val(i)))


def gradient(output):
    adjoint = [0.0] * len(tape)
    adjoint[output] = 1.0
    for k in reversed(range(output + 1)):
        for parent, partial in tape[k][1]:
            adjoint[parent] += partial * adjoint[k]
    return adjoint


x, y = var(0.5), var(4.2)
z = add(mul(x, y), sin(x))
g = gradient(z)
print(f"z = {val(z):.6f}, dz/dx = {g[x]:.6f}, dz/dy = {g[y]:.6f}")
print(len(tape), [len(parents) for _, parents in tape])

a = torch.tensor(0.5, dtype=torch.double, requires_grad=True)
b = torch.tensor(4.2, dtype=torch.double, requires_grad=True)
c = a * b + torch.sin(a)
c.backward()
for ours, theirs in ((val(z), c), (g[x], a.grad), (g[y], b.grad)):
    print(f"{ours:.6f} {theirs.item():.6f}", math.isclose(ours, theirs.item(), rel_tol=1e-9))


class Dual:
    """Forward mode: a value with its derivative."""

    def __init__(self, value, dot=0.0):
        self.value, self.dot = value, dot

    def __add__(self, o):
        o = o if isinstance(o, Dual) else Dual(o)
        return Dual(self.value + o.value, self.dot + o.dot)

    def __mul__(self, o):
        o = o if isinstance(o, Dual) else Dual(o)
        return Dual(self.value * o.value, self.dot * o.value + self.value * o.dot)

    __radd__, __rmul__ = __add__, __mul__


p = Dual(3.0, 1.0)
q = 2 * p * p + 5 * p + 1
print(q.value, q.dot)
