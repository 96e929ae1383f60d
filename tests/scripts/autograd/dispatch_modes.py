"""Modes that are asked for the values of every operation, forward and backward: counters, logs, other values."""

import torch
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
