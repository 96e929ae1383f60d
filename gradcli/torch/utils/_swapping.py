"""Two tensors that exchange what they are, so that whoever holds one holds the other from then on."""

from __future__ import annotations

from weakref import getweakrefcount

import gradcli.torch as torch
from gradcli.graph.tensor import Tensor

_SLOTS = [name for name in Tensor.__slots__ if name != "__weakref__"]  # `__dict__` among them


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Exchange the classes, attributes, values and gradients of two tensors.  Raises RuntimeError where one is referred to
    weakly: who does that would find another tensor."""
    for name, tensor in (("t1", t1), ("t2", t2)):
        if getweakrefcount(tensor) > 0:
            raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
    kinds = type(t1), type(t2)
    values = [[getattr(tensor, slot, None) for slot in _SLOTS] for tensor in (t1, t2)]
    for tensor, kind, own in ((t1, kinds[1], values[1]), (t2, kinds[0], values[0])):
        tensor.__class__ = kind
        for slot, value in zip(_SLOTS, own):
            setattr(tensor, slot, value)


def swapped_parameter(param: Tensor, made: Tensor) -> None:
    """Let a parameter of a module become a new tensor, a parameter as well."""
    if not isinstance(made, torch.nn.Parameter):
        made = torch.nn.Parameter(made, param.requires_grad)
    swap_tensors(param, made.requires_grad_(param.requires_grad))  # type: ignore[attr-defined]
