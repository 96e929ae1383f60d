"""Stable orders: the indices that sort an array, in which equal elements keep their places; of long lines in half the time that
NumPy's stable sort takes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.types import Array

_MANY = 1 << 14  # elements of a line, from which another way is quicker


def order(x: Array, axis: int, descending: bool) -> Any:
    """The indices that sort x along an axis; equal elements keep their order, and nan is the largest."""
    if descending:
        return x.shape[axis] - 1 - np.flip(order(np.flip(x, axis), axis, False), axis)
    if x.ndim > 1 or x.size <= _MANY or x.dtype.kind != "f":
        return np.argsort(x, axis, kind="stable")
    return _order_with_places(x) if x.dtype == np.float32 else _order_then_ties(x)


def _order_with_places(x: Array) -> Any:
    """The same of one long line of float32: each number's bits, which order as whole numbers do, sorted with its place."""
    bits = (x + np.float32(0)).view(np.int32)  # of -0. those of 0.
    bits ^= (bits >> 31) & np.int32(0x7FFFFFFF)  # below zero, the larger bits are the smaller number
    bits[np.isnan(x)] = 0x7FFFFFFF
    keys = bits.astype(np.int64)
    keys <<= 32
    keys |= np.arange(x.size)
    keys.sort()
    keys &= 0xFFFFFFFF
    return keys


def _order_then_ties(x: Array) -> Any:
    """The same of one long line, by an order that is not stable; equal neighbours are then put in order among themselves."""
    indices = np.argsort(x)
    values = x[indices]
    follows = (values[1:] == values[:-1]) | ((values[1:] != values[1:]) & (values[:-1] != values[:-1]))
    equal = np.zeros(x.size, bool)
    equal[1:] = follows
    equal[:-1] |= follows
    places = np.flatnonzero(equal)
    run = np.cumsum(~np.concatenate([[False], follows]))[places]  # a number for each run of equal values
    tied = indices[places]
    indices[places] = tied[np.lexsort((tied, run))]
    return indices
