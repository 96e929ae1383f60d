# functools and operator: activations with options, folds over layers, decorators that keep the name.
import functools
import operator
from functools import lru_cache, partial, reduce, wraps

import torch
import torch.nn.functional as F

leaky = partial(F.leaky_relu, negative_slope=0.1)
x = torch.tensor([-2.0, 3.0], requires_grad=True)
leaky(x).sum().backward()
print(x.grad, leaky.keywords, leaky.args)
layers = [partial(torch.mul, torch.tensor(2.0)), torch.sin, operator.neg]
print(reduce(lambda value, layer: layer(value), layers, torch.tensor(0.5)))
print(reduce(operator.mul, [1, 2, 3, 4]), functools.reduce(torch.matmul, [torch.eye(2)] * 3), reduce(operator.add, [], 7))


def counted(function):
    """Count the calls."""

    @wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


@counted
def objective(w):
    """A parabola."""
    return (w - 1) ** 2


for start in (0.0, 2.0):
    w = torch.tensor(start, requires_grad=True)
    objective(w).backward()
    print(w.grad)
print(objective.__name__, objective.__doc__, objective.calls, objective.__wrapped__.__name__)


@lru_cache(maxsize=None)
def legendre(n):
    if n < 2:
        return [lambda t: torch.ones_like(t), lambda t: t][n]
    return lambda t: ((2 * n - 1) * t * legendre(n - 1)(t) - (n - 1) * legendre(n - 2)(t)) / n


t = torch.tensor(0.5, requires_grad=True)
p = legendre(4)(t)
print(p, torch.autograd.grad(p, t)[0], legendre.cache_info().currsize)
pairs = [("b", 2), ("a", 3), ("c", 1)]
print(sorted(pairs, key=operator.itemgetter(1)), max(pairs, key=operator.itemgetter(0)), operator.itemgetter(0, 2)("xyz"))
print([operator.attrgetter("shape")(v) for v in (t, x)], operator.methodcaller("pow", 2)(torch.tensor(3.0)))
print(operator.lt(1, 2), operator.getitem([5, 6], 1), operator.truediv(1, 4), operator.xor(6, 3), operator.contains("abc", "b"))


@functools.total_ordering
class Version:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return self.n == other.n

    def __lt__(self, other):
        return self.n < other.n


print(Version(1) <= Version(2), Version(3) >= Version(4), sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)))


class Data:
    @functools.cached_property
    def mean(self):
        print("computed")
        return torch.arange(4.0).mean()


d = Data()
print(d.mean, d.mean)
