# Abstract layers, context managers made of generators, warnings that are silenced or caught.
import sys
import warnings
from abc import ABC, abstractmethod
from contextlib import ExitStack, contextmanager, nullcontext, suppress

import torch


class Layer(ABC):
    @abstractmethod
    def forward(self, x):
        """What it computes."""

    @property
    @abstractmethod
    def size(self):
        ...

    def __call__(self, x):
        return self.forward(x)


class Scale(Layer):
    size = 1

    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        return self.factor * x


try:
    Layer()
except TypeError as e:
    print(str(e)[:38])
w = torch.tensor(3.0, requires_grad=True)
Scale(w)(torch.ones(2)).sum().backward()
print(w.grad, isinstance(Scale(1), Layer), issubclass(Scale, Layer))


@contextmanager
def frozen(*params):
    """Their gradients are not asked for inside the block."""
    before = [p.requires_grad for p in params]
    for p in params:
        p.requires_grad_(False)
    try:
        yield len(params)
    finally:
        for p, flag in zip(params, before):
            p.requires_grad_(flag)


with frozen(w) as count:
    print(count, (w * 2).requires_grad)
print((w * 2).requires_grad)
with suppress(ZeroDivisionError), frozen(w):
    print(w.requires_grad)
    1 / 0
print(w.requires_grad)
for train in (True, False):
    with nullcontext() if train else torch.no_grad():
        print((w * 2).requires_grad)
with ExitStack() as stack:
    stack.enter_context(torch.no_grad())
    stack.callback(print, "left")
    print(torch.is_grad_enabled())
print(torch.is_grad_enabled())

y = w * 2
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    print(y.grad)
    warnings.warn("the step is large", RuntimeWarning)
    print([(entry.category.__name__, str(entry.message)[:24]) for entry in seen])
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try:
        warnings.warn("no step at all")
    except UserWarning as e:
        print("caught", e)
warnings.filterwarnings("ignore", message=".*not a leaf.*")
print(y.grad)
warnings.warn("told once")
print("done", file=sys.stderr)
