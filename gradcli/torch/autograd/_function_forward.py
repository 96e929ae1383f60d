"""From the tangents of a call's inputs, through the jvp of the program, to those of its outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gradcli.engine.dual import Level, check_tangent
from gradcli.errors import Problem
from gradcli.graph import versions
from gradcli.graph.context import changed
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch.autograd._function_context import FunctionCtx

_ONLY_A_VIEW = "A custom Function is returning a view but the jvp is not returning a view of the"


class Call(NamedTuple):
    """One call of a custom function.

    live   for each output, whether it has a gradient
    dirty  the inputs that were changed in place
    """

    context: FunctionCtx
    args: tuple[Any, ...]
    outputs: tuple[Any, ...]
    live: list[bool]
    dirty: tuple[Any, ...]


def push(jvp: Callable[..., Any], call: Call, level: Level) -> None:
    """Give the outputs of a call their tangents.  Raises Problem where the jvp gives what cannot be one."""
    context, outputs = call.context, call.outputs
    own = [level.tangent(x) if isinstance(x, Tensor) else None for x in call.args]
    before = [None if each is None else versions.version(each.ndarray) for each in own]
    arrived = [_arriving(x, each, context) for x, each in zip(call.args, own)]
    kept, context._kept = context._kept, context._kept_forward or ()
    with changed(level=None):
        given = jvp(context, *arrived)
    context._kept = kept
    found = given if isinstance(given, tuple) else (given,)
    if len(found) != len(outputs):
        counts = f"(expected {len(outputs)} but got {len(found)})"
        raise Problem("argument", f"Function's jvp returned an invalid number of forward gradients {counts}")
    for place, (out, tangent) in enumerate(zip(outputs, found)):
        if tangent is not None and not isinstance(tangent, Tensor):
            raise Problem("type", f"expected Variable or None (got {type(tangent).__name__}) for grad output {place}.")
        if not isinstance(out, Tensor):
            continue
        if any([out is each for each in call.dirty]):
            _check_changed(out, tangent, call.args, own, before)
        if tangent is None:
            continue
        if not call.live[place]:
            raise Problem(
                "argument",
                f"Function's jvp returned a gradient at position {place}, but  the corresponding forward output is not a "
                "differentiable Tensor.You should return None at that position instead.",
            )
        check_tangent(out, tangent)
        _check_view(out, tangent, call.args, arrived)
        level.set(out, tangent)


def _arriving(x: Any, tangent: Tensor | None, context: FunctionCtx) -> Tensor | None:
    """The tangent of an input as the jvp takes it: zeros where a tensor that could have one has none."""
    if tangent is not None or not (context._materialize and isinstance(x, Tensor) and x.ndarray.dtype.kind in "fc"):
        return tangent
    return from_array(np.zeros_like(x.ndarray))


def _check_changed(out: Tensor, tangent: Tensor | None, args: Any, own: list[Any], before: list[Any]) -> None:
    """Refuse a tangent that was not changed in place, although the input was.  Raises Problem."""
    for x, each, version in zip(args, own, before):
        if out is x and each is not None and (versions.version(each.ndarray) == version or tangent is not each):
            raise Problem(
                "in-place",
                "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is modifying "
                "an input inplace, then the jvp function must modify the corresponding gradient inplace.",
            )


def _check_view(out: Tensor, tangent: Tensor, args: Any, arrived: list[Any]) -> None:
    """Refuse a tangent that does not look at the input's as the output does at the input.  Raises Problem."""
    for x, own in zip(args, arrived):
        if own is None or out is x or out._view is None or versions.known(out.ndarray) is not versions.known(x.ndarray):
            continue
        if tangent._view is None or tangent is own:
            raise Problem(
                "view",
                "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view.",
                hint="let the jvp return the same view of the tangent",
            )
        if tangent._view.base is not (own if own._view is None else own._view.base):
            which = "given grad input." if own._view is None else "same base as the given grad input."
            raise Problem("view", f"{_ONLY_A_VIEW} {which}", hint="let the jvp return the same view of the tangent")
