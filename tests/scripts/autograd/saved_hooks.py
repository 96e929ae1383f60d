"""Hooks on saved tensors of every function, gradient edges, what functions of the graph tell of themselves."""

import torch
from torch.autograd.graph import get_gradient_edge, saved_tensors_hooks


def refused(function, *args):
    try:
        print(function(*args))
    except (TypeError, RuntimeError, ValueError, AssertionError) as error:
        print(type(error).__name__, str(error).split(". ")[0])


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x, x * x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        x, square = ctx.saved_tensors
        return 3 * square * g


log = []


def pack(x):
    log.append(("pack", x.requires_grad, x.is_leaf, torch.is_grad_enabled()))
    return x.detach() * 2


def unpack(x):
    log.append("unpack")
    return x / 2


x = torch.tensor([1.0, 2.0], requires_grad=True)
with saved_tensors_hooks(pack, unpack):
    y = Cube.apply((x * x).exp())
print(*log, sep="\n")
log.clear()
y.sum().backward()
print(log, x.grad)
with saved_tensors_hooks(lambda x: x, lambda x: 3):
    y = x * x
refused(y.sum().backward)
with saved_tensors_hooks(lambda x: x.mul_(2), lambda x: x):
    refused(lambda: x * x)

z = x.pow(2)
z.grad_fn._raw_saved_self.register_hooks(lambda x: x * 10, lambda x: x / 10)
refused(z.grad_fn._raw_saved_self.register_hooks, pack, unpack)
print(torch.autograd.grad(z.sum(), get_gradient_edge(x)), z.grad_fn._raw_saved_self is None)
a, b = (x * 3).unbind()
edge = get_gradient_edge(b)
print(edge.node, edge.output_nr, torch.autograd.grad(a + b * 2, edge))
print(torch.autograd.grad(get_gradient_edge((x * x).sum()), x, torch.tensor(2.0)))
z.grad_fn.metadata["seen"] = True
print(z.grad_fn.metadata, z.grad_fn._sequence_nr() < (z * 1).grad_fn._sequence_nr(), z.grad_fn._input_metadata[0].shape)
print(a.grad_fn(torch.tensor(1.0), torch.tensor(2.0)))

base = torch.arange(6.0).requires_grad_()
windows = (base * 1).as_strided((3, 4), (1, 1))
(windows * torch.arange(12.0).view(3, 4)).sum().backward()
print(windows, base.grad)
memory = torch.zeros(2, 3)
memory.resize_(4).fill_(1)
print(memory, memory._version, torch.zeros(2).set_(memory))
refused(base.resize_, 2)


class Same(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view(-1)

    @staticmethod
    def backward(ctx, g):
        return g


out = Same.apply(x)
print(out._is_view())
refused(out.add_, 1)

with torch.autograd.graph.allow_mutation_on_saved_tensors():
    changed = torch.tensor([1.0, 2.0], requires_grad=True)
    copy = changed.clone()
    squared = copy**2
    copy.sin_()
    print(torch.autograd.grad(squared.sum(), changed))
    later = copy * copy
refused(later.sum().backward)
