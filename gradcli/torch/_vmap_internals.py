"""`torch._vmap_internals`: the older `vmap`, by which derivatives of `torch.autograd` are taken for many vectors at once.

It knows no transforms: programs' own functions need no rules, and may be written in the older way.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from gradcli.torch._warnings import warn
from gradcli.torch.func._mapped_calls import LEGACY
from gradcli.torch.func.mapping import call_of


def _vmap(
    func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, allow_none_pass_through: bool = False
) -> Callable[..., Any]:
    """A function that maps `func` over the dimensions `in_dims` of its arguments; random numbers are refused."""

    @functools.wraps(func)
    def mapped(*args: Any) -> Any:
        return call_of(func, args, {}, in_dims, out_dims, LEGACY).computed(None)

    return mapped


def vmap(func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0) -> Callable[..., Any]:
    """The same under its public name, which has moved."""
    warn("Please use `torch.vmap` instead of `torch._vmap_internals.vmap`.", FutureWarning)
    return _vmap(func, in_dims, out_dims)
