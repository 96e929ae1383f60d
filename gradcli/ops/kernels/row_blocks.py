"""Rows of large arrays, some at a time: what passes over them several times finds them in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_BLOCK = 1 << 18  # elements
_LARGE = 1 << 16


def are_large(*arrays: Any) -> bool:
    """Whether these are bare arrays, of one shape, that are worth it."""
    return all(
        [type(x) is np.ndarray and x.size > _LARGE and x.flags.c_contiguous and x.shape == arrays[0].shape for x in arrays]
    )


def row_sums(x: Any, divisor: int = 1) -> Any:
    """The sums of rows, over a divisor: of many rows as a product of matrices, which is three times as quick."""
    if len(x) == 1:
        return np.add.reduce(x, 1, keepdims=True) / x.dtype.type(divisor)
    return (x @ np.full(x.shape[1], 1 / divisor, x.dtype))[:, None]


def by_rows(function: Callable[..., None], length: int, *arrays: Any) -> Any:
    """A new array in the shape of the others, filled block by block by `function`: it takes a block of rows of so many
    elements from each, and one to write to."""
    out = np.empty_like(arrays[0])
    rows = [each.reshape(-1, length) for each in (*arrays, out)]
    step = max(1, _BLOCK // length)
    for start in range(0, len(rows[0]), step):
        function(*[each[start : start + step] for each in rows])
    return out
