"""What a call of a custom function may not do with its inputs and outputs."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.graph import views
from gradcli.graph.tensor import Tensor
from gradcli.torch._warnings import warn
from gradcli.torch.autograd._function_context import FunctionCtx

_NO_INPUT = (
    "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated should be passed to "
    "ctx.mark_dirty()."
)


def check_dirty(context: FunctionCtx, args: tuple[Any, ...], results: tuple[Any, ...], recording: bool) -> None:
    """Refuse what cannot have been changed in place, of what the forward says was.  Raises Problem.

    recording  whether the call goes into the graph
    """
    for each in context._dirty:
        is_input = any([each is x for x in args])
        if is_input and not any([each is result for result in results]):
            raise Problem(
                "in-place",
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
                "modified inplace must all be outputs of the Function.",
                hint="return what was changed",
            )
        if not recording:
            continue
        if not is_input:
            _refuse_stranger(each)
        elif each._view is not None:
            if sum([isinstance(result, Tensor) for result in results]) > 1:
                raise _several_of_view()
            views.check_writable(each)
        elif each._requires_grad and each.is_leaf:
            raise Problem(
                "leaf-in-place",
                "a leaf Variable that requires grad has been used in an in-place operation.",
                hint="change a copy of it, as in x.clone()",
            )


def _refuse_stranger(tensor: Tensor) -> None:
    """Warn of a tensor that is no input; it cannot be a view of something."""
    if tensor._view is not None:
        raise Problem("in-place", _NO_INPUT, hint="mark inputs only")
    warn(_NO_INPUT)


def _several_of_view() -> Problem:
    clause = (
        "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more than "
        "one Tensor. This is not supported by the current autograd engine."
    )
    return Problem(
        "in-place",
        clause,
        hint="change a copy, as in x.clone(), or return one tensor",
        theirs=f"{clause} You should either make sure the input is not a view (using .clone() for example) or make your "
        "Function only return one Tensor (potentially splitting it into two Functions: one doing the inplace that returns a "
        "single Tensor and a second one that does the other operations). You can ask on the forum "
        "https://discuss.pytorch.org/ if you need help to do this change.",
    )


def check_pure_view(operands: list[Tensor], outputs: tuple[Any, ...]) -> None:
    """Refuse a function that says it gives a plain view, and takes or gives more than one tensor.  Raises Problem."""
    if len(operands) > 1 or sum([isinstance(each, Tensor) for each in outputs]) > 1:
        raise Problem(
            "argument",
            "Pure view custom Function can only have one input Tensor and one output Tensor. Open an issue if you need to "
            "support more.",
        )
