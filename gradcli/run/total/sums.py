"""Sums in twice the working precision, merged in a fixed tree.

A sum is a pair of arrays (high, low), whose exact sum it stands for (Dekker 1971; Knuth, The Art of Computer Programming 2,
4.2.2, theorem B).  Rows are added pairwise, halves to halves; so the result depends on the rows and their order alone.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Pair: TypeAlias = "tuple[Array, Array]"


def summed(rows: Array) -> Pair:
    """The sum over the first dimension of N x m numbers, as a pair of arrays of m."""
    high = np.ascontiguousarray(rows, np.float64)
    low = np.zeros_like(high)
    if not len(high):
        return np.zeros(rows.shape[1:]), np.zeros(rows.shape[1:])
    while len(high) > 1:
        half = len(high) // 2
        odd = (high[2 * half :], low[2 * half :])
        high, low = added((high[:half], low[:half]), (high[half : 2 * half], low[half : 2 * half]))
        if len(odd[0]):
            high, low = np.concatenate([high, odd[0]]), np.concatenate([low, odd[1]])
    return high[0], low[0]


def added(one: Pair, other: Pair) -> Pair:
    """The sum of two sums."""
    with np.errstate(invalid="ignore", over="ignore"):  # of infinities
        return _added(one, other)


def _added(one: Pair, other: Pair) -> Pair:
    total = one[0] + other[0]
    back = total - one[0]
    error = (one[0] - (total - back)) + (other[0] - back)
    error = np.where(np.isfinite(error), error + one[1] + other[1], 0.0)  # an infinite sum has no error
    high = total + error
    return high, np.where(np.isfinite(high), error - (high - total), 0.0)


class Tree:
    """Merges items in the order in which they come, neighbours first, like the carries of a binary counter.

    The same items in the same order are merged in the same way, whoever computed them.
    """

    def __init__(self, merge: Any) -> None:
        self._merge = merge
        self._levels: list[tuple[int, Any]] = []

    def add(self, item: Any) -> None:
        """Take one more item."""
        level = 0
        while self._levels and self._levels[-1][0] == level:
            item = self._merge(self._levels.pop()[1], item)
            level += 1
        self._levels.append((level, item))

    def result(self) -> Any:
        """All items merged, or None where there are none."""
        items = [item for _, item in self._levels]
        while len(items) > 1:
            last = items.pop()
            items[-1] = self._merge(items[-1], last)
        return items[0] if items else None
