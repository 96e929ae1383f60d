"""Entries along a dimension replaced by others: index_copy."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, as_array, from_array
from gradcli.ops.core.arrays import Array, Operand, Tangent, zeros
from gradcli.ops.core.builders import Operation, composite
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.parameter_types import Dim
from gradcli.ops.core.table import family
from gradcli.ops.movement.gather_scatter import checked_dim, indexed
from gradcli.ops.movement.index_select import _filled as filled
from gradcli.ops.movement.index_select import _selected as selected

family("indexing")


def _index_copy(x: Array, y: Operand, index: Any, /, dim: int) -> Any:
    axis = one_dim(dim, x.ndim)
    if x.ndim and y.ndim and x.ndim != y.ndim:
        words = "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source"
        raise Problem("index", f"{words} dimensionality ({y.ndim}), destination dimensionality ({x.ndim})", type="IndexError")
    if x.ndim and y.ndim and x.shape[:axis] + x.shape[axis + 1 :] != y.shape[:axis] + y.shape[axis + 1 :]:
        words = "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape"
        sliced = [list(each[:axis] + each[axis + 1 :]) for each in (x.shape, y.shape)]
        raise Problem("shape-mismatch", f"{words}: {sliced[0]} at dimension {axis} and source slice shape: {sliced[1]}")
    if not y.ndim and index.size != 1:
        words = f"index_copy_(): When source is scalar, index should have one element (got {index.size})"
        raise Problem("index", words, type="IndexError")
    if index.size != (y.shape[axis] if y.ndim else 1):
        words = f"index_copy_(): Number of indices ({index.size}) should be equal to source.size(dim)"
        raise Problem("index", f"{words} ({y.shape[axis] if y.ndim else 1})", type="IndexError")
    checked_dim("index_copy", x, index, dim)
    out = x.copy()
    if not x.ndim:
        return y.reshape(()).copy()
    out[(slice(None),) * axis + (np.atleast_1d(index),)] = y
    return out


def _copied_alone(t: Tangent, index: Operand, dim: int, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with the entries of t at the places of an index."""
    blank = zeros(shape, as_array(t))
    return _copied(from_array(blank) if isinstance(t, Tensor) else blank, t, index, dim)


_copied: Operation = indexed(
    "index_copy",
    _index_copy,
    (lambda g, index, dim: filled(g, index, dim, 0), lambda g, x_shape, index, dim: selected(g, index, dim)),
    (lambda t, index, dim: filled(t, index, dim, 0), lambda t, x_shape, index, dim: _copied_alone(t, index, dim, x_shape)),
    grad_fn="IndexCopyBackward0",
    doc="x with the entries of y at the places of an index.",
)


def _index_copy_as_called(x: Tensor, /, dim: Dim, index: Tensor, source: Tensor) -> Any:
    if source.ndarray.dtype != x.ndarray.dtype:
        words = "index_copy_(): self and source expected to have the same dtype"
        raise Problem("dtype", words, hint="convert one of them, as in x.double()")
    return _copied(x, source, index.detach(), dim)


composite(
    "index_copy",
    _index_copy_as_called,
    in_place=True,
    doc="x with the entries of source at the places along dim that an index names.",
    samples=("y:2,3 index_copy(x, 0, tensor([1, 0]), y)", "y:2,1 index_copy(x, 1, tensor([2]), y)"),
)
