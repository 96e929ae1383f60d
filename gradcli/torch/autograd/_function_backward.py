"""From the gradients of a call's outputs, through the backward of the program, to those of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np

from gradcli.engine.batch import Batch, Unbatched
from gradcli.errors import Problem
from gradcli.graph import custom
from gradcli.graph.multi_output import OutputCotangents
from gradcli.graph.pullback import came_from
from gradcli.graph.sweep import running
from gradcli.graph.tape import grad_enabled, grad_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch.autograd._function_context import FunctionCtx


def going_back(backward: Callable[..., Any]) -> custom.Backward:
    """The backward of the program as the tape calls it."""

    def run(g: Any, context: FunctionCtx) -> Sequence[Any]:
        if any([isinstance(each, Batch) for each in (g.given.values() if type(g) is OutputCotangents else (g,))]):
            raise Unbatched("a program's own backward")
        traced = grad_enabled() if g is None else g.traced if type(g) is OutputCotangents else isinstance(g, Tensor)
        given = backward(context, *_arriving(g, context))
        state = running()
        if state is not None and not state.keeps:
            context.release()
        results = list(given) if isinstance(given, tuple) else [given]
        _check_count(results, context)
        found = [_checked(each, x, place, context) for place, (each, x) in enumerate(zip(results, context._inputs))]
        leaving = [each for each, x in zip(found, context._inputs) if x is not None]
        return leaving if traced else [None if each is None else each.ndarray for each in leaving]

    return run


def _arriving(g: Any, context: FunctionCtx) -> list[Any]:
    """The gradient of each output as the backward takes it: a tensor; zeros or None where none arrives."""
    given = g.given if type(g) is OutputCotangents else {context._first: g}
    return [
        (each if isinstance(each, Tensor) else from_array(each))
        if (each := given.get(number)) is not None
        else None
        if out is None or not context._materialize or not (number in context._live or context._materialize_non_diff_grads)
        else from_array(np.zeros(out.shape, out.dtype))
        for number, out in enumerate(context._outputs)
    ]


def _check_count(results: list[Any], context: FunctionCtx) -> None:
    """Refuse too few gradients, and too many; None at the end may be left over."""
    wanted, given = len(context._inputs), len(results)
    while len(results) > wanted and results[-1] is None:
        results.pop()
    if len(results) != wanted:
        raise Problem(
            "argument",
            f"function {context.name()} returned an incorrect number of gradients (expected {wanted}, got {given})",
            hint="return one for each argument of forward but ctx, and None for those that want none",
        )


def _checked(result: Any, x: Any, place: int, context: FunctionCtx) -> Any:
    """A gradient that fits the input at its place, or None."""
    if result is None:
        return None
    if x is None:
        raise Problem(
            "argument",
            f"function {context.name()} returned a gradient different than None at position {place + 1}, but the "
            "corresponding forward input was not a Variable",
            hint="return None in that place",
        )
    if not isinstance(result, Tensor):
        raise Problem(
            "type",
            f"expected Variable or None (got {type(result).__name__})",
            hint="a backward returns tensors, such as torch.zeros_like(x), and None",
        )
    if not came_from(x.shape, result.ndarray.shape):
        raise Problem(
            "shape-mismatch",
            f"Function {context.name()} returned an invalid gradient at index {place} - got {list(result.ndarray.shape)} but "
            f"expected shape compatible with {list(x.shape)}",
            hint="the gradient of an input has the input's own shape",
        )
    return result


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A backward that is not to be differentiated: its gradients are constants, which say so where that is tried."""

    def backward(ctx: FunctionCtx, *grads: Any) -> Any:
        with grad_mode(False):
            given = fn(ctx, *grads)
        live = [g for g in grads if isinstance(g, Tensor) and g._requires_grad]
        if not (grad_enabled() and live):
            return given
        results = [
            from_array(each.ndarray) if isinstance(each, Tensor) else each
            for each in (given if isinstance(given, tuple) else (given,))
        ]
        stand_ins = [
            from_array(each.ndarray, True) if isinstance(each, Tensor) else from_array(np.zeros(())) for each in results
        ]
        refuse_later(_TWICE, stand_ins, results)
        return tuple(results)

    return backward


_TWICE = Problem(
    "not-differentiable",
    "trying to differentiate twice a function that was marked with @once_differentiable",
    hint="write its backward in torch operations, and leave the mark away",
)


def refuse_later(problem: Problem, operands: Sequence[Tensor], results: Sequence[Any]) -> None:
    """Let tensors come from a function of `operands` whose backward raises a problem."""
    live = {place: each for place, each in enumerate(results) if isinstance(each, Tensor)}
    if live:
        custom.record(_ERROR, operands, live, problem, ())


def _refuse(g: Any, problem: Problem) -> Any:
    raise copy(problem)


_ERROR = custom.operation("Error", _refuse, frees=False)
_ERROR.namespace = "torch::autograd"
