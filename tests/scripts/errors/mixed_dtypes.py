"""Layers refuse parameters and targets of another dtype than their input's, but for float32 beside floats of 16 bits."""

import torch
import torch.nn.functional as F


def show(call):
    try:
        print(call().dtype)
    except (RuntimeError, ValueError) as error:
        print(type(error).__name__, error)


x = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3)
for own, other in (("float64", "float32"), ("float32", "float64"), ("bfloat16", "float32"), ("float16", "bfloat16")):
    print(own, other)
    x, one = x.to(getattr(torch, own)), torch.ones(3, dtype=getattr(torch, other))
    show(lambda: F.layer_norm(x, (3,), one, one))
    show(lambda: F.batch_norm(x, None, None, one, one, training=True))
    show(lambda: F.batch_norm(x, one, one))
    show(lambda: F.group_norm(x, 3, one, one))
    show(lambda: F.instance_norm(x.T[None], None, None, one, one))
    show(lambda: F.prelu(x, one))
    show(lambda: F.binary_cross_entropy(x.sigmoid(), one.expand(4, 3)))
show(lambda: torch.nn.MultiMarginLoss(weight=torch.ones(2, 2)))
print(torch.nn.Linear(3, 0).weight.stride(), torch.empty(2, 0, 4).stride(), torch.empty(0).stride(0))
