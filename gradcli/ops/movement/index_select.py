"""Slices along a dimension that a one-dimensional index names: index_select, index_add, index_fill."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, as_array, from_array
from gradcli.ops.core.arrays import Array, Operand, Tangent, zeros
from gradcli.ops.core.builders import HOLOMORPHIC, Operation, composite
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import fitting
from gradcli.ops.core.parameter_types import Dim, Scalar
from gradcli.ops.core.table import family
from gradcli.ops.movement.gather_scatter import WHOLE_NUMBERS, checked_dim, indexed, transposes

family("indexing")


def _entry(x: Operand, index: Operand, axis: int) -> Any:
    return (slice(None),) * axis + (np.atleast_1d(index),) if x.ndim else ...


def _select_entries(x: Array, index: Array, /, dim: int) -> Any:
    axis = one_dim(dim, x.ndim)
    if index.ndim > 1:
        raise Problem("index", "index_select(): Index is supposed to be a vector", type="IndexError")
    if index.dtype.name not in ("int64", "int32"):
        raise Problem("dtype", "index_select(): Expected dtype int32 or int64 for index", hint=WHOLE_NUMBERS)
    length = x.shape[axis] if x.ndim else 1
    outside = index[(index < 0) | (index >= length)]
    if outside.size:
        raise _out_of_entries(x, outside.flat[0], length)
    return x.take(np.atleast_1d(index), axis) if x.ndim else x.copy()


def _out_of_entries(x: Operand, wrong: int, length: int) -> Problem:
    hint = f"there are {length} entries, counted from 0"
    if not length:
        return Problem("index", "index_select(): self indexing axis dim should be positive", hint=hint)
    if x.ndim < 2:
        return Problem("index", "index out of range in self", type="IndexError", hint=hint)
    return Problem("index", f"INDICES element is out of DATA bounds, id={wrong} axis_dim={length}", hint=hint)


def _entries_added(x: Operand, index: Operand, /, dim: int, shape: Any) -> Any:
    out = zeros(shape, x)
    np.add.at(out, _entry(out, index, one_dim(dim, len(shape))), x)
    return out


_selected, _entries = transposes(
    "index_select",
    _select_entries,
    _entries_added,
    ("IndexSelectBackward0", "IndexAddBackward0"),
    ("The entries along dim that an index names.", "Entries added at their places along dim."),
)


def _check_entries(x: Operand, y: Operand, index: Array, dim: int) -> None:
    """What index_add asks of the entries that it adds.  Raises Problem."""
    axis = one_dim(dim, x.ndim)
    if not x.ndim and index.size != 1:
        raise Problem("dimension", f"Dimension specified as {dim} but tensor has no dimensions", type="IndexError")
    count = y.shape[axis] if axis < y.ndim else 1
    if index.size != count:
        raise Problem(
            "shape-mismatch",
            f"index_add_(): Number of indices ({index.size}) should be equal to source.size(dim): ({count}), for dim: {axis}",
        )
    if x.ndim != y.ndim or x.shape[:axis] + x.shape[axis + 1 :] != y.shape[:axis] + y.shape[axis + 1 :]:
        raise Problem(
            "shape-mismatch",
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(x.shape)} source.shape = {list(y.shape)}",
        )


def _index_add(x: Array, y: Operand, index: Array, /, dim: int, alpha: Scalar) -> Any:
    _check_entries(x, y, index, dim)
    axis, out = checked_dim("index_add", x, index, dim), x.copy()
    np.add.at(out, _entry(x, index, axis), y * alpha if alpha != 1 else y)
    return out


_added: Operation = indexed(
    "index_add",
    _index_add,
    (lambda g: g, lambda g, x_shape, index, dim, alpha: _selected(g, index, dim) * alpha),
    (lambda t: t, lambda t, x_shape, index, dim, alpha: _entries(t, index, dim, x_shape) * alpha),
    complex=HOLOMORPHIC,
    grad_fn="IndexAddBackward0",
    doc="x with the entries of y added at the places of an index.",
)


def _index_fill(x: Array, index: Array, /, dim: int, value: Scalar) -> Any:
    axis, out = checked_dim("index_fill", x, index, dim), x.copy()
    out[_entry(x, index, axis)] = fitting(value, x.dtype)
    return out


_emptied = lambda g, index, dim: _filled(g, index, dim, 0)  # noqa: E731
_filled: Operation = indexed(
    "index_fill",
    _index_fill,
    (_emptied,),
    (_emptied,),
    grad_fn="IndexFillBackward0",
    doc="x with a number in the entries that an index names.",
)


def _index_fill_by(x: Array, y: Operand, index: Array, /, dim: int) -> Any:
    axis, out = checked_dim("index_fill", x, index, dim), x.copy()
    out[_entry(x, index, axis)] = y
    return out


def _each_once(index: Operand) -> Any:
    """An index without repetitions."""
    return from_array(np.unique(index.ndarray)) if isinstance(index, Tensor) else np.unique(index)


def _filled_only(t: Tangent, index: Operand, dim: Any, shape: Any) -> Any:
    """Zeros of `shape` with the number t in the entries that an index names."""
    blank = zeros(shape, as_array(t))
    return _filled_by(from_array(blank) if isinstance(t, Tensor) else blank, t, index, dim)


_filled_by: Operation = indexed(
    "index_fill_tensor",
    _index_fill_by,
    (_emptied, lambda g, x_shape, index, dim: _selected(g, _each_once(index), dim)),
    (_emptied, lambda t, x_shape, index, dim: _filled_only(t, index, dim, x_shape)),
    grad_fn="IndexFillBackward1",
    doc="x with the value of a tensor of no dimensions in the entries that an index names.",
)


def _index_select_as_called(x: Operand, /, dim: Dim, index: Tensor) -> Any:
    return _selected(x, index.detach(), dim)


def _index_add_as_called(x: Operand, /, dim: Dim, index: Tensor, source: Tensor, *, alpha: Scalar = 1) -> Any:
    return _added(x, source, index.detach(), dim, alpha)


def _index_fill_as_called(x: Operand, /, dim: Dim, index: Tensor, value: Scalar | Tensor) -> Any:
    if not isinstance(value, Tensor):
        return _filled(x, index.detach(), dim, value)
    if value.ndim:
        words = f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        raise Problem("dimension", words, hint="take a number of it: value[0]")
    return _filled_by(x, value, index.detach(), dim)


index_select: Operation = composite(
    "index_select",
    _index_select_as_called,
    doc="The entries along dim that an index names.",
    samples=("index_select(x, 1, tensor([2, 0, 2]))", "x.index_select(0, tensor([1]))"),
)
composite(
    "index_add",
    _index_add_as_called,
    in_place=True,
    doc="x with the entries of source (times alpha) added at the places that an index names along dim.",
    samples=("index_add(x, 0, tensor([1, 1]), y)", "y:2,2 x.index_add(1, tensor([2, 0]), y, alpha=2)"),
)
composite(
    "index_fill",
    _index_fill_as_called,
    in_place=True,
    doc="x with a number in the entries that an index names along dim.",
    samples=(
        "index_fill(x, 1, tensor([0, 2]), 1.5)",
        "y:() index_fill(x, 1, tensor([0, 2]), y)",
        "y:() x.index_fill(0, tensor([1]), y * 2)",
    ),
)
