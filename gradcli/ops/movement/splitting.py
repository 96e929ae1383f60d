"""Several views of one tensor: unbind, split, chunk.  Nobody may change them in place."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.multi_output import OutputCotangents, divide
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import Operation, composite, linear
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.parameter_types import Dim, Sizes
from gradcli.ops.core.table import family
from gradcli.ops.movement.joining import cat, stack

family("shapes")


def _dividing(row: Operation) -> Callable[..., Any]:
    """A caller that makes a tensor of each part."""
    return lambda x, *statics: divide(row, x, statics) if isinstance(x, Tensor) else row.forward(x, *statics)


def _at(dim: int, key: Any) -> tuple[Any, ...]:
    return (slice(None),) * dim + (key,)


def _unbind(x: Operand, /, dim: int) -> Any:
    return tuple([x[(*_at(dim, place), ...)] for place in range(x.shape[dim])])


def _stacked(g: OutputCotangents, x_shape: tuple[int, ...], dim: Any) -> Any:
    shape = x_shape[:dim] + x_shape[dim + 1 :]
    return stack(g.complete([shape] * x_shape[dim]), dim)


_unbound = linear(
    "unbind", _unbind, _stacked, function=False, method=False, grad_fn="UnbindBackward0", doc="The entries along dimension dim."
)
_unbound.call = _dividing(_unbound)


def _split(x: Operand, /, sizes: Sizes, dim: int) -> Any:
    return tuple([x[_at(dim, slice(end - size, end))] for size, end in zip(sizes, accumulate(sizes))])


def _joined(g: OutputCotangents, x_shape: tuple[int, ...], sizes: Any, dim: Any) -> Any:
    return cat(g.complete([(*x_shape[:dim], size, *x_shape[dim + 1 :]) for size in sizes]), dim)


def _splitter(grad_fn: str) -> Operation:
    row = linear(
        "split",
        _split,
        _joined,
        function=False,
        method=False,
        grad_fn=grad_fn,
        doc="Parts of given lengths along dimension dim.",
    )
    row.call = _dividing(row)
    return row


_split_evenly, _split_in_sizes = _splitter("SplitBackward0"), _splitter("SplitWithSizesBackward0")

# --- as people call them --------------------------------------------------------------------------------------------


def _unbind_checked(x: Operand, /, dim: Dim = 0) -> Any:
    axis = one_dim(dim, x.ndim)
    if not x.ndim:
        raise Problem(
            "dimension",
            f"Dimension specified as {dim} but tensor has no dimensions",
            type="IndexError",
            hint="a 0-d tensor has nothing to iterate over; .item() gives its number",
        )
    return _unbound(x, axis)


composite(
    "unbind",
    _unbind_checked,
    doc="The entries along dimension dim, as a tuple of views.",
    samples=("unbind(x)", "x.unbind(dim=1)"),
)


def _split_even(x: Operand, /, split_size: int, dim: Dim = 0) -> Any:
    axis = _axis(x, dim, "split")
    length = x.shape[axis]
    if split_size < 0:
        raise Problem("argument", f"split expects split_size be non-negative, but got split_size={split_size}")
    if not split_size and length:
        raise Problem("argument", f"split_size can only be 0 if dimension size is 0, but got dimension size of {length}")
    sizes = [min(split_size, length - start) for start in range(0, length, split_size or 1)] or [length]
    return _split_evenly(x, tuple(sizes), axis)


def _split_sizes(x: Operand, /, split_size: Sizes, dim: Dim = 0) -> Any:
    axis = _axis(x, dim, "split")
    if min(split_size, default=0) < 0 or sum(split_size) != x.shape[axis]:
        raise Problem(
            "argument",
            f"split_with_sizes expects split_sizes to sum exactly to {x.shape[axis]} (input tensor's size at "
            f"dimension {dim}), but got split_sizes={list(split_size)}",
        )
    return _split_in_sizes(x, split_size, axis)


def _axis(x: Operand, dim: int, name: str) -> int:
    if not x.ndim:
        raise Problem("dimension", f"{name} expects at least a 1-dimensional tensor")
    return one_dim(dim, x.ndim)


composite(
    "split",
    _split_even,
    doc="Parts of split_size entries along dimension dim, the last maybe smaller, as a tuple of views.",
    samples=("x:5 split(x, 2)", "x.split(2, dim=1)"),
)
composite(
    "split",
    _split_sizes,
    overload="sizes",
    doc="Parts of these lengths along dimension dim, as a tuple of views.",
    samples=("x:5 split(x, [2, 3])", "x.split((1, 2), -1)"),
)


def _chunk(x: Operand, /, chunks: int, dim: Dim = 0) -> Any:
    axis = _axis(x, dim, "chunk")
    if chunks <= 0:
        raise Problem("argument", f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    length = x.shape[axis]
    if not length:
        return _split_in_sizes(x, (0,) * chunks, axis)
    return _split_even(x, -(-length // chunks), axis)


composite(
    "chunk",
    _chunk,
    doc="So many parts along dimension dim, or fewer, as a tuple of views.",
    samples=("x:5 chunk(x, 2)", "x.chunk(2, dim=1)"),
)
