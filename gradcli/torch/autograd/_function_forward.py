"""From the tangents of a call's inputs, through the jvp of the program, to those of its outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.engine.dual import Level, check_tangent
from gradcli.errors import Problem
from gradcli.graph import versions
from gradcli.graph.context import changed
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch.autograd._function_context import FunctionCtx


def push(jvp: Callable[..., Any], context: FunctionCtx, args: tuple[Any, ...], outputs: tuple[Any, ...], level: Level) -> None:
    """Give the outputs of a call their tangents.  Raises Problem where the jvp gives what cannot be one."""
    arrived = [level.tangent(x) if isinstance(x, Tensor) else None for x in args]
    before = [None if each is None else versions.version(each.array) for each in arrived]
    kept, context._kept = context._kept, context._kept_forward if context._kept_forward is not None else context._kept
    with changed(level=None):
        given = jvp(context, *[_materialized(x, own, context) for x, own in zip(args, arrived)])
    context._kept = kept
    found = given if isinstance(given, tuple) else (given,)
    if len(found) != len(outputs):
        counts = f"(expected {len(outputs)} but got {len(found)})"
        raise Problem("argument", f"Function's jvp returned an invalid number of forward gradients {counts}")
    for place, (out, tangent) in enumerate(zip(outputs, found)):
        if tangent is not None and not isinstance(tangent, Tensor):
            raise Problem("type", f"expected Variable or None (got {type(tangent).__name__}) for grad output {place}.")
        if not isinstance(out, Tensor) or tangent is None:
            continue
        check_tangent(out, tangent)
        _check_memory(out, tangent, args, arrived, before)
        level.set(out, tangent)


def _materialized(x: Any, tangent: Tensor | None, context: FunctionCtx) -> Tensor | None:
    """The tangent of an argument as the jvp takes it: zeros for a tensor that does not move, unless the program wants None."""
    if tangent is None and isinstance(x, Tensor) and context._materialize and x.array.dtype.kind in "fc":
        return from_array(np.zeros(x.array.shape, x.array.dtype))
    return tangent


def _check_memory(out: Tensor, tangent: Tensor, args: Any, arrived: Any, before: Any) -> None:
    """Refuse a tangent that does not share memory with the input's as the output does with the input.  Raises Problem."""
    for x, own, version in zip(args, arrived, before):
        if own is None:
            continue
        if out is x and (tangent is not own or versions.version(own.array) == version):
            raise Problem(
                "in-place",
                "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is modifying "
                "an input inplace, then the jvp function must modify the corresponding gradient inplace.",
            )
        looks = out._view is not None and versions.known(out.array) is versions.known(x.array)
        if out is not x and looks and versions.root_of(tangent.array) is not versions.root_of(own.array):
            raise Problem(
                "view",
                "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view.",
                hint="let the jvp return the same view of the tangent",
            )
