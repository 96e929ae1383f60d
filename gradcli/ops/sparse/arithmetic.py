"""NumPy's ufuncs on arrays in coordinate format, with PyTorch's order of entries and its errors.

Sums of two such arrays, and functions that keep zeros, are such arrays again; a sum or a product of matrices with a dense
one is dense, an elementwise product with a dense one is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.types import Array, Operand
from gradcli.ops.sparse.coo import ROWS, SERVED, CooArray, DenseNeeded, is_coo

_SCATTERED = "expects sparse inputs with equal dimensionality, number of sparse dimensions, and shape of sparse dimensions"


def apply(ufunc: Any, inputs: tuple[Any, ...]) -> Any:
    """A ufunc of operands of which one at least is a CooArray.  Raises Problem (DenseNeeded) where it has no sparse form."""
    own = _UFUNCS.get(ufunc)
    if own is not None:
        return own(*inputs)
    x, *others = inputs
    if ufunc.nout > 1 or not is_coo(x) or any([is_coo(each) or np.ndim(each) for each in others]):
        raise DenseNeeded(ufunc.__name__)
    return keeping_zeros(lambda values: ufunc(values, *others), x, ufunc.__name__)


def keeping_zeros(function: Callable[[Any], Any], x: CooArray, name: str) -> CooArray:
    """A function of each entry.  Raises DenseNeeded where it does not map zero to zero."""
    if function(np.zeros(1, x.dtype)).any():
        raise DenseNeeded(name)
    own = x.coalesced()
    return own.with_values(function(own.values))


# --- sums -----------------------------------------------------------------------------------------------------------


def add(x: Any, y: Any) -> Any:
    """x + y.  Raises Problem where x is sparse and y is not, as PyTorch does."""
    if not is_coo(y):
        if x.layout == ROWS:
            return add(y, x)
        words = "add(sparse, dense) is not supported. Use add(dense, sparse) instead."
        raise Problem("argument", words, hint="y + x, or x.to_dense() + y")
    if not is_coo(x):
        return _dense_plus(x, y)
    if x.shape != y.shape:
        words = f"add: expected sizes of 'self' and 'other' to match, but {list(x.shape)} != {list(y.shape)}"
        raise Problem("shape-mismatch", words)
    if x.sparse_dim != y.sparse_dim:
        words = f"'self' has {x.sparse_dim} sparse dimensions while 'other' has {y.sparse_dim} sparse dimensions"
        raise Problem("dimension", f"add: expected 'self' and 'other' to have same density, but {words}")
    if not y.nnz:
        return x.copy()
    if not x.nnz:
        return y.copy()
    if x.values.flags.c_contiguous and y.values.flags.c_contiguous:
        return _united(x, y) if x.is_coalesced and y.is_coalesced else _merged(x, y)
    indices, values = np.concatenate([x.indices, y.indices], 1), np.concatenate([x.values, y.values])
    joined = CooArray(indices, values, x.shape)
    return joined.coalesced() if joined.nnz > joined.size else joined


def _dense_plus(x: Array, y: CooArray) -> Any:
    if np.shape(x) != y.shape:
        words = f"but self has size {list(np.shape(x))} while other has size {list(y.shape)}"
        raise Problem(
            "shape-mismatch",
            f"add: expected 'self' and 'other' to have same size, {words} (FYI: dense-sparse addition does not currently "
            "support broadcasting)",
        )
    out = np.array(x, np.result_type(x.dtype, y.dtype))
    y.add_to(out)
    return out


def _united(x: CooArray, y: CooArray) -> CooArray:
    """The sum of two arrays whose places are in order."""
    places, entry = np.unique(np.concatenate([x.keys(), y.keys()]), return_inverse=True)
    first, second = entry[: x.nnz], entry[x.nnz :]
    indices = np.empty((x.sparse_dim, len(places)), np.int64)
    values = np.zeros((len(places), *x.values.shape[1:]), np.result_type(x.dtype, y.dtype))
    indices[:, first], indices[:, second] = x.indices, y.indices
    values[first] = x.values
    values[second] += y.values
    return CooArray(indices, values, x.shape, True, x.layout)


def _merged(x: CooArray, y: CooArray) -> CooArray:
    """The sum of two arrays as PyTorch merges them, as if places were in order: whichever comes first goes first."""
    ones, others = x.keys().tolist(), y.keys().tolist()
    picked: list[tuple[int, int]] = []  # the entries of x and of y that are added up, -1 for none
    i = j = 0
    while i < len(ones) or j < len(others):
        ahead = j >= len(others) or (i < len(ones) and ones[i] <= others[j])
        behind = i >= len(ones) or (j < len(others) and others[j] <= ones[i])
        picked.append((i if ahead else -1, j if behind else -1))
        i, j = i + ahead, j + behind
    left, right = np.array(picked).T
    values = np.zeros((len(picked), *x.values.shape[1:]), np.result_type(x.dtype, y.dtype))
    values[left >= 0] = x.values[left[left >= 0]]
    values[right >= 0] += y.values[right[right >= 0]]
    return CooArray(np.where(left >= 0, x.indices[:, left], y.indices[:, right]), values, x.shape)


def subtract(x: Operand, y: Any) -> Any:
    """x - y."""
    return add(x, y.with_values(-y.values) if is_coo(y) else y)


# --- products -------------------------------------------------------------------------------------------------------


def multiply(x: Any, y: Any) -> Any:
    """x * y, at the places where both may have entries."""
    if not is_coo(x):
        x, y = y, x
    if not is_coo(y):
        if not np.ndim(y):
            return x.with_values(x.values * y)
        return x.with_values(x.values * np.broadcast_to(y, x.shape)[tuple(x.indices)])
    if x.shape != y.shape or x.sparse_dim != y.sparse_dim:
        raise Problem("shape-mismatch", f"sparse_binary_op_intersection_cpu(): {_SCATTERED}")
    if y.is_coalesced or not x.is_coalesced:
        return _at_both(x, y)
    return _at_both(y, x)


def _at_both(x: CooArray, y: CooArray) -> CooArray:
    """The entries of x that y has a place for, times what y has there."""
    there = np.isin(x.keys(), y.keys())
    indices = x.indices[:, there]
    return CooArray(indices, x.values[there] * y.at(indices), x.shape, x.is_coalesced, x.layout)


def divide(x: Any, y: Operand) -> Any:
    """x / y, of which y is a number."""
    if is_coo(y) or np.ndim(y):
        shape = list(np.shape(y))
        words = f"Sparse division requires a scalar or zero-dim dense tensor divisor (got shape {shape} for divisor)"
        raise Problem("argument", words, hint="divide the values, or x.to_dense()")
    return x.with_values(x.values / y)


def power(x: Any, y: Operand) -> Any:
    """x ** y, of which y is a number other than 0."""
    if is_coo(y) or np.ndim(y):
        raise DenseNeeded("pow.Tensor_Tensor")
    if y == 0:
        words = "pow: cannot raise to zeroth power on sparse tensor; it would make the result tensor dense"
        raise Problem("argument", words, hint="x.to_dense() ** 0")
    own = x.coalesced()
    return own.with_values(own.values**y)


def negative(x: CooArray) -> CooArray:
    """-x."""
    return x.with_values(-x.values)


def conjugate(x: CooArray) -> CooArray:
    """The conjugate values."""
    return x.conj()


# --- products of matrices -------------------------------------------------------------------------------------------


def matmul(x: Any, y: Any) -> Any:
    """x @ y of two matrices, two batches of them, or a matrix and a vector; sparse where both are.  Raises Problem."""
    for each in (x, y):
        if is_coo(each) and not 1 < each.sparse_dim == each.ndim:
            words = f"addmm: matrices expected, got {each.sparse_dim}D tensor"
            raise Problem("dimension", words, hint="x.to_dense() has all products")
    if is_coo(x) and is_coo(y):
        if x.ndim != 2:
            raise DenseNeeded("bmm")
        return _joined(x.coalesced(), y.coalesced())
    if is_coo(y):
        return matmul(y.swapaxes(-1, -2), x.swapaxes(-1, -2) if x.ndim > 1 else x).swapaxes(-1, -2)
    *batch, rows, columns = x.indices
    out = np.zeros((*x.shape[:-1], *y.shape[x.ndim - 1 :]), x.dtype)
    scales = x.values if y.ndim < x.ndim else x.values[:, None]
    np.add.at(out, (*batch, rows), scales * y[(*batch, columns)])
    return out


def _joined(x: CooArray, y: CooArray) -> CooArray:
    """The product of two sparse matrices: each entry of x meets those of the row of y that its column names."""
    starts = np.searchsorted(y.indices[0], np.arange(y.shape[0] + 1))
    counts = np.diff(starts)[x.indices[1]]
    left = np.repeat(np.arange(x.nnz), counts)
    right = np.arange(len(left)) + np.repeat(starts[x.indices[1]] - (np.cumsum(counts) - counts), counts)
    indices = np.stack([x.indices[0][left], y.indices[1][right]])
    return CooArray(indices, x.values[left] * y.values[right], (x.shape[0], y.shape[1])).coalesced().in_layout(x.layout)


_UFUNCS: dict[Any, Callable[..., Any]] = {
    np.add: add, np.subtract: subtract, np.multiply: multiply, np.true_divide: divide,
    np.power: power, np.negative: negative, np.conjugate: conjugate, np.matmul: matmul,
}  # fmt: skip


def summed_over(x: CooArray, dims: tuple[int, ...]) -> Any:
    """The sum over some dimensions: sparse unless all sparse ones are among them.  [shape without them]"""
    split = x.sparse_dim
    dense = tuple([dim - split + 1 for dim in dims if dim >= split])
    values: Array = x.values.sum(dense) if dense else x.values
    kept = [dim for dim in range(split) if dim not in dims]
    shape = tuple([length for dim, length in enumerate(x.shape) if dim not in dims])
    if not kept:
        return values.sum(0)
    if len(kept) == split:
        return CooArray(x.indices, values, shape, x.is_coalesced)
    return CooArray(x.indices[kept], values, shape).coalesced()


SERVED["ufunc"] = apply
