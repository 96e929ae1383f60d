"""Running sums of float32, accumulated in float64 as PyTorch's kernel does it; of long lines in half the time NumPy takes.

A block of a line is a matrix with rows of 16 numbers.  Its product with a triangle of ones has the running sums of each row;
the sum of all that comes before a row stands in one more column.  In float64 another order of adding moves digits that
float32 does not show.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Array, Operand

_ROW = 16
_BLOCK = 1 << 15  # numbers: both matrices stay in the processor's cache
_LONG = 1 << 12  # a line of fewer NumPy sums as quickly
_ONES = np.ones(_ROW)
_TRIANGLE = np.vstack([np.triu(np.ones((_ROW, _ROW))), np.ones((1, _ROW))])


def running_sums(x: Operand, axis: int, backwards: bool = False) -> Any:
    """The running sums of an array along an axis, from either end, in its dtype (of whole numbers and masks int64)."""
    is_single = type(x) is np.ndarray and x.dtype == np.float32
    if is_single and axis == x.ndim - 1 and x.shape[axis] >= _LONG:
        out = np.empty(x.shape, np.float32)
        step = -1 if backwards else 1
        for place in np.ndindex(x.shape[:-1]):
            _sum_line(x[place][::step], out[place][::step])
        return out
    if backwards:
        return np.flip(running_sums(np.flip(x, axis), axis), axis)
    return x.cumsum(axis, np.float64).astype(np.float32) if is_single else x.cumsum(axis)


def backward_sums(x: Operand, axis: int) -> Any:
    """The running sums from the end."""
    return running_sums(x, axis, backwards=True)


def _sum_line(x: Operand, out: Array) -> None:
    """Write the running sums of a line of float32 to `out`."""
    block, sums = np.empty((_BLOCK // _ROW, _ROW + 1)), np.empty((_BLOCK // _ROW, _ROW))
    total = 0.0
    for start in range(0, len(x), _BLOCK):
        numbers = x[start : start + _BLOCK]
        rows = len(numbers) // _ROW
        part, stop = block[:rows], start + rows * _ROW
        part[:, :-1] = x[start:stop].reshape(rows, _ROW)
        before = np.cumsum(np.append(total, part[:, :-1] @ _ONES))
        if not np.isfinite(before[-1]):  # a product with zeros would carry it to the numbers in front
            rest = np.append(total, x[start:]).cumsum(dtype=np.float64)
            out[start:] = rest[1:]
            return
        part[:, -1] = before[:-1]
        out[start:stop].reshape(rows, _ROW)[...] = np.matmul(part, _TRIANGLE, out=sums[:rows])
        total = before[-1]
        if stop < start + len(numbers):
            out[stop:] = np.append(total, x[stop:]).cumsum(dtype=np.float64)[1:]
