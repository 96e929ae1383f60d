"""Rows that are written for dense arrays, applied to sparse ones.

    step(operation, function, args)   what the forward function or a rule of a row gives

The tape comes here when a function asked a CooArray for what it cannot give.  Rows that reduce, pick or join have a function of
their own here.  Elementwise ones are applied to the values of the entries; a rule, which is linear in the cotangent, at the
places of the cotangent's entries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.types import Array
from gradcli.ops.core.dims import all_dims, one_dim
from gradcli.ops.sparse import arithmetic
from gradcli.ops.sparse.coo import SERVED, CooArray, DenseNeeded, is_coo


def step(operation: Operation, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """The forward function or a rule of a row on operands of which some are sparse.  Raises Problem where there is no way."""
    if function is operation.forward:
        own = _FORWARDS.get((operation.name, operation.overload)) or _FORWARDS.get(operation.name)
        if own is not None:
            return own(*args)
        sparse = [x for x in args if is_coo(x)]
        if operation.pointwise and operation.outputs == ("out",) and len(sparse) == 1 and args[0] is sparse[0]:
            return arithmetic.keeping_zeros(lambda values: function(values, *args[1:]), args[0], operation.name)
    elif operation.pointwise:
        return _at_entries(function, args)
    raise DenseNeeded(operation.name)


def _at_entries(rule: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """A rule at the places of the first sparse argument: the cotangent, or what it is to be multiplied by."""
    first = next(x for x in args if is_coo(x)).coalesced()

    def entries(x: Any) -> Any:
        if is_coo(x):
            return x.at(first.indices)
        return x[tuple(first.indices)] if np.shape(x) == first.shape else x

    return first.with_values(rule(*[entries(x) for x in args]))


# --- rows that are not elementwise ----------------------------------------------------------------------------------


def _sum(x: CooArray, dtype: Any) -> Any:
    counted = np.int64 if x.dtype.kind in "biu" and dtype is None else dtype
    return np.asarray(x.values.sum(dtype=counted))


def _sum_dim(x: CooArray, dim: Any, keepdim: bool, dtype: Any) -> Any:
    dims = all_dims(dim, x.ndim)
    out = arithmetic.summed_over(x if dtype is None else x.astype(dtype), dims)
    for each in sorted(dims) if keepdim else ():
        out = _unsqueeze(out, each) if is_coo(out) else np.expand_dims(out, each)
    return out


def _select(x: CooArray, dim: int, index: int) -> Any:
    """x[index] of a dimension.  [shape without it]; dense where that was the only sparse one."""
    index %= x.shape[dim]
    shape = x.shape[:dim] + x.shape[dim + 1 :]
    if dim >= x.sparse_dim:
        return CooArray(x.indices, x.values.take(index, dim - x.sparse_dim + 1), shape, x.is_coalesced)
    there = x.indices[dim] == index
    if x.sparse_dim == 1:
        return x.values[there].sum(0)
    return CooArray(np.delete(x.indices[:, there], dim, 0), x.values[there], shape, x.is_coalesced)


def _unbind(x: CooArray, dim: int) -> tuple[Any, ...]:
    return tuple([_select(x, dim, place) for place in range(x.shape[dim])])


def _index_select(x: CooArray, index: Array, dim: Any) -> CooArray:
    axis, wanted = one_dim(dim, x.ndim), np.atleast_1d(index)
    shape = (*x.shape[:axis], len(wanted), *x.shape[axis + 1 :])
    if axis >= x.sparse_dim:
        return CooArray(x.indices, x.values.take(wanted, axis - x.sparse_dim + 1), shape, x.is_coalesced)
    place, entry = np.nonzero(wanted[:, None] == x.indices[axis])
    indices = x.indices[:, entry]
    indices[axis] = place
    return CooArray(indices, x.values[entry], shape)


def _unsqueeze(x: CooArray, dim: Any) -> CooArray:
    axis = one_dim(dim, x.ndim + 1)
    shape = (*x.shape[:axis], 1, *x.shape[axis:])
    if axis > x.sparse_dim:
        return CooArray(x.indices, np.expand_dims(x.values, axis - x.sparse_dim + 1), shape, x.is_coalesced)
    return CooArray(np.insert(x.indices, axis, 0, 0), x.values, shape, x.is_coalesced)


def _cat(tensors: Sequence[Any], dim: Any) -> CooArray:
    if not all([is_coo(x) for x in tensors]):
        raise Problem(
            "argument", "Concatenating sparse tensors, but a dense tensor was found at position 1.", hint="x.to_sparse()"
        )
    axis, split = one_dim(dim, tensors[0].ndim), tensors[0].sparse_dim
    length = sum([x.shape[axis] for x in tensors])
    shape = (*tensors[0].shape[:axis], length, *tensors[0].shape[axis + 1 :])
    if axis >= split:
        raise DenseNeeded("cat")
    parts, start = [], 0
    for x in tensors:
        moved = x.indices.copy()
        moved[axis] += start
        parts.append(moved)
        start += x.shape[axis]
    return CooArray(np.concatenate(parts, 1), np.concatenate([x.values for x in tensors]), shape)


def _stack(tensors: Sequence[Any], dim: Any = 0) -> CooArray:
    return _cat([_unsqueeze(x, dim) for x in tensors], dim)


def _any(x: CooArray, *options: Any) -> Any:
    if any(options):
        raise DenseNeeded("any")
    return np.asarray(x.values.any())


def _zeros(x: CooArray, *_: Any) -> CooArray:
    return x.zeros(x.shape)


_FORWARDS: dict[Any, Callable[..., Any]] = {
    ("add", "alpha"): lambda x, y, alpha: arithmetic.add(x, y * alpha),
    ("sub", "alpha"): lambda x, y, alpha: arithmetic.subtract(x, y * alpha),
    ("sum", ""): _sum, ("sum", "dim"): _sum_dim, "select": _select, "unbind": _unbind, "index_select": _index_select,
    "unsqueeze": _unsqueeze, "cat": _cat, "stack": _stack, "zero_": _zeros,
    "any": _any,
}  # fmt: skip
SERVED["step"] = step
