"""Modes see changes in place as what they are, and so do modes around them."""

import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode


class Passing(TorchDispatchMode):
    """Every operation is applied as it is."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


class Changes(TorchDispatchMode):
    """Prints what changes a tensor, which is what it gives."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if func.overloadpacket.__name__.endswith("_"):
            print(func, out is args[0], out.shape, kwargs)
        return out


x, w = torch.ones(3), torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
with Changes(), Passing():
    x.add_(1).sub_(w.detach(), alpha=2)
    x *= 4
    x.zero_().fill_(3).copy_(w.detach()).clamp_(0, 2).sin_().neg_()
    x[0], x[1:], x[torch.tensor([0])] = 5, w.detach()[1:], torch.tensor([2.0])
    F.relu(x, inplace=True).addcmul_(x, x, value=2)
    y = (x * 0 + 1).mul_(w).pow_(2).cos_()
    y.sum().backward()
    z = torch.arange(6.0).reshape(2, 3).t_().unsqueeze_(0).squeeze_()
print(x, x._version, y, y._version, w.grad, z)
