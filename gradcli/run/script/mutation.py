"""Methods that change their tensor, by the names that scripts use: `x.add_(y)`, `x.requires_grad_()`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.engine import inplace
from gradcli.engine import tensors as engine
from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor
from gradcli.ops.dtypes import scalar_name
from gradcli.ops.table import CHANGES
from gradcli.run.script.calls import TableFunction, function
from gradcli.run.script.warnings import warn

_RESIZED = (
    "An output with one or more elements was resized since it had shape {}, which does not match the required output "
    "shape {}. Give an output of that shape, or of no elements"
)


class Change(TableFunction):
    """A method such as `add_`, as a function of the tensor: what its row makes is written over the tensor."""

    __slots__ = ()

    def caller(self, row: Operation) -> Callable[..., Any]:
        """How to apply a row: in place."""
        count = len(row.operands)
        return lambda tensor, *values: inplace.apply(row, tensor, values[: count - 1], values[count - 1 :])


def method(name: str) -> Any:
    """The method of a name that ends with an underscore, or None."""
    return METHODS.get(name) or (Change(name, CHANGES[name]) if inplace.changes(name) else None)


def requires_grad_(x: Tensor, requires_grad: bool = True) -> Tensor:
    """Let a leaf want a gradient, or no longer.  Raises Problem."""
    return engine.requires_grad_(x, bool(requires_grad))


def fill_diagonal_(x: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Write a number over the diagonal of a matrix.  Raises Problem."""
    if x.ndim != 2 or wrap:
        raise Problem("dimension", "fill_diagonal_ takes a matrix here, and does not wrap around", hint="use x.diagonal()")
    inplace.change("fill_", function("diagonal")(x), fill_value)
    return x


def index_put_(x: Tensor, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    """Put values at the places that a tuple of index tensors names, or add them there.  Raises Problem."""
    return inplace.assign_index(x, tuple(indices), values, bool(accumulate))


METHODS: dict[str, Callable[..., Any]] = {
    "detach_": engine.detach_,
    "fill_diagonal_": fill_diagonal_,
    "index_put_": index_put_,
    "requires_grad_": requires_grad_,
}


def names() -> list[str]:
    """Every method of these."""
    return sorted({*METHODS, *[name for name in CHANGES if "." not in name]})


def base(x: Tensor) -> Tensor | None:
    """The tensor that this one is a view of, or None."""
    view = x.view
    return None if view is None else view.base


def receive(out: Tensor, result: Tensor) -> Tensor:
    """Write a result into the tensor that the option `out=` named.  Raises Problem where its dtype is too small."""
    if result.dtype.kind == "f" and out.dtype.kind != "f":
        raise Problem(
            "dtype",
            f"result type {scalar_name(result.dtype)} can't be cast to the desired output type {scalar_name(out.dtype)}",
            hint="give an output of a floating-point dtype",
        )
    if out.shape == result.shape:
        return inplace.change("copy_", out, result)
    if out.array.size:
        warn(_RESIZED.format(list(out.shape), list(result.shape)))
    return engine.set_data(out, Tensor(result.array.astype(out.dtype)))
