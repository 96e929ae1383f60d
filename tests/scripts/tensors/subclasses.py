"""Classes derived from Tensor, and others with a __torch_function__ of their own."""

import torch
from torch.overrides import TorchFunctionMode


def refused(function, *args):
    try:
        print(function(*args))
    except (TypeError, RuntimeError) as error:
        print(type(error).__name__, str(error).splitlines()[0])


class Sub(torch.Tensor):
    pass


class Other(torch.Tensor):
    pass


s = torch.ones(2).as_subclass(Sub)
print(s * 2, type(s + 1).__name__, type(torch.ones(2) + s).__name__, type(s.max(0)[0]).__name__, type(s.data).__name__)
print(type(torch.stack([s, s])).__name__, type(s.detach()).__name__, type(s[0]).__name__, type(s.tolist()).__name__)
refused(lambda: s + torch.ones(2).as_subclass(Other))
view = s[:1]
view.mul_(5)
print(s, type(torch.nn.Parameter(s)).__name__, isinstance(torch.nn.Parameter(s), torch.nn.Parameter))
leaf = torch.ones(2, requires_grad=True)
used = leaf.as_subclass(Sub)
(used * 2).sum().backward()
print(leaf.grad, used.grad_fn)


class Logged(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        print("called", func.__name__, [kind.__name__ for kind in types])
        return super().__torch_function__(func, types, args, kwargs or {})


x = torch.tensor([1.0, 2.0]).as_subclass(Logged)
y = (1 + x * 2 - torch.ones(2)) / 4
2 / x, x > 1, x[0], -x, torch.cat([x, x]), torch.nn.functional.relu(x), x.T
y += 1


class Diagonal:
    def __init__(self, size, value):
        self.size, self.value = size, value

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return TABLE[func](*args) if func in TABLE else NotImplemented


TABLE = {torch.mean: lambda d: d.value / d.size, torch.matmul: lambda d, x: d.value * x}
print(torch.mean(Diagonal(4, 2.0)), torch.matmul(Diagonal(2, 3.0), torch.ones(2)))
refused(torch.sum, Diagonal(2, 1.0))


class Counting(TorchFunctionMode):
    calls = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.calls += 1
        return func(*args, **(kwargs or {}))


with Counting() as mode:
    a = torch.ones(2)
    b = (a + 1).sum()
print(mode.calls, b, a * 2)
