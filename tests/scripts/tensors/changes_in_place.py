"""Functions that change their tensor, random numbers in place, parts without ties, different values."""

import torch
from torch.autograd.function import InplaceFunction


def refused(function):
    try:
        print(function())
    except (RuntimeError, NotImplementedError) as error:
        print(type(error).__name__, error)


class Add(InplaceFunction):
    @staticmethod
    def forward(ctx, a, b):
        ctx.mark_dirty(a)
        return a.add_(b), b + 2

    @staticmethod
    def backward(ctx, ga, gb):
        return ga, ga + gb


x, y = torch.zeros(2), torch.ones(2, requires_grad=True)
q, p = Add.apply(x, y)
print(q is x, q.grad_fn is p.grad_fn)
(q * 3).sum().backward()
print(y.grad)

w = torch.tensor([0.5, 1.0], requires_grad=True)
v = w * 1
print(torch.sin_(v) is v, v.grad_fn, torch.relu_(v * 1).grad_fn, torch.exp_(torch.zeros(2)))
parts = torch.arange(5.0).unsafe_chunk(2)
print(parts[0].add_(10), torch.split_with_sizes(torch.arange(4), [1, 3]), torch.arange(3).eq_(1))

torch.manual_seed(3)
print(torch.empty(3).geometric_(0.3), torch.empty(3).cauchy_(1, 2), torch.empty(3).log_normal_())
print(torch.poisson(torch.ones(4) * 3), torch.binomial(torch.full((3,), 10.0), torch.full((3,), 0.4)))

u = torch.tensor([3.0, 1.0, 3.0, 3.0], requires_grad=True)
values, inverse, counts = torch.unique(u, return_inverse=True, return_counts=True)
print(values, inverse, counts)
refused(lambda: values.sum().backward())
print(torch.unique(torch.tensor([[1, 2], [1, 2], [0, 2]]), dim=0))
print(torch.unique_consecutive(u.detach(), return_inverse=True, return_counts=True))
