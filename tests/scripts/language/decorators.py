import math
import torch
from torch.autograd import grad


def traced(name):
    def decorate(f):
        def wrapper(*args, **kwargs):
            result = f(*args, **kwargs)
            print(f"{name}: {f.__name__}{tuple(float(a) for a in args)} -> {float(result):.4f}")
            return result
        return wrapper
    return decorate


def derivative(f):
    """f' as a function of a float."""
    def df(x):
        t = torch.tensor(float(x), dtype=torch.float64, requires_grad=True)
        return grad(f(t), t)[0].item()
    return df


@traced("call")
def area(r):
    return math.pi * r ** 2


@derivative
def cube(t):
    return t ** 3


@torch.no_grad()
def evaluate(w):
    out = w * 2
    return out.requires_grad, torch.is_grad_enabled()


@torch.enable_grad()
def tracked(w):
    return (w * 2).requires_grad


area(2)
print(cube(3), cube(0.5))
w = torch.ones(2, requires_grad=True)
print(evaluate(w), torch.is_grad_enabled())
with torch.no_grad():
    print(tracked(w), (w * 2).requires_grad)


class Model:
    def __init__(self):
        self.w = torch.tensor([1.0, 2.0], requires_grad=True)

    @torch.no_grad()
    def predict(self, x):
        return self.w @ x

    def loss(self, x, y):
        return (self.w @ x - y) ** 2

    @property
    def gradient(self):
        return self.w.grad


m = Model()
x = torch.tensor([3.0, 4.0])
print(m.predict(x), m.loss(x, 10.0), m.gradient)
m.loss(x, 10.0).backward()
print(m.gradient)
