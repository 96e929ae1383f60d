"""Modes that are asked for the values of every operation, forward and backward: counters, logs, other values."""

import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode
from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts


class Log(TorchDispatchMode):
    def __init__(self, name):
        self.name = name

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        node = torch._C._current_autograd_node()
        print(self.name, func, "in", type(node).__name__, [each for each in args if not isinstance(each, torch.Tensor)], kwargs)
        return func(*args, **(kwargs or {}))


x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
weight = torch.tensor(1.0)
with Log("log"):
    y = x.cos().t().add(x).sum(1, keepdim=True).sum()
    y.backward(weight)
    z = y.detach().to(torch.float64).expand(2, 3)
print(x.grad, z.dtype, _get_current_dispatch_mode())


class Doubled(TorchDispatchMode):
    """Sines are twice as large; their derivative stays what it is, since modes stand below autograd."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        return out * 2 if func is torch.ops.aten.sin.default else out


with Log("outer"), Doubled() as mode:
    print(_get_current_dispatch_mode() is mode)
    out = x.sin().clone()
out.sum().backward()
print(torch.equal(out, x.detach().sin() * 2), out.grad_fn.name())

counts = []


class Counting(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        counts.append(func.__name__)
        return func(*args, **(kwargs or {}))


def policy(ctx, op, *args, **kwargs):
    return CheckpointPolicy.MUST_SAVE if op is torch.ops.aten.mm.default else CheckpointPolicy.PREFER_RECOMPUTE


def model(x):
    return torch.mm(x.cos(), x).sin()


w = torch.tensor([[0.5, 0.25], [0.125, 1.0]], requires_grad=True)
out = checkpoint(model, w, use_reentrant=False, context_fn=lambda: create_selective_checkpoint_contexts(policy))
with Counting():
    out.sum().backward()
print([each for each in counts if each.startswith("cos")], w.grad)


class Passing(TorchDispatchMode):
    """Every operation is applied as it is."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


def network(images, weight, table):
    y = F.conv2d(images, weight, padding=1)
    y = F.batch_norm(y, torch.zeros(2), torch.ones(2), training=True)
    y = F.max_pool2d(F.relu(y), 2).flatten(1)
    y = F.layer_norm(y, (8,)) + F.embedding(torch.tensor([2, 0]), table)
    return F.cross_entropy(y, torch.tensor([3, 5])) + F.nll_loss(y.log_softmax(1), torch.tensor([1, 0]))


images = torch.arange(32.0).reshape(2, 1, 4, 4).sin().requires_grad_()
weight = torch.arange(18.0).reshape(2, 1, 3, 3).cos().requires_grad_()
table = torch.arange(24.0).reshape(3, 8).sin().requires_grad_()
leaves = images, weight, table
without = torch.autograd.grad(network(*leaves), leaves)
with Passing():
    within = torch.autograd.grad(network(*leaves), leaves)
print([torch.allclose(a, b, atol=2e-6) for a, b in zip(without, within, strict=True)])
