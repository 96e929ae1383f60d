"""Sums of float32 in the orders of the loops that PyTorch's normalizations are made of.

Along a line they read vectors of 32 bytes, add them up lane by lane, and in the end add the lanes, half by half.  Of products,
those of a last, incomplete vector are added in one operation, which rounds once.  Over the lines of a matrix they add one
line after the other; of two threads each takes one half of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.kernels.correct_rounding import fused

LANES = 8


def along_lines(x: Operand, y: Operand | None = None) -> Any:
    """The sums of the lines of a matrix, or of its products with another, as a column."""
    products = x if y is None else x * y
    count = x.shape[1]
    if count < LANES:
        return np.add.accumulate(products, 1)[:, -1:]
    whole = count // LANES * LANES
    lanes = np.add.reduce(products[:, :whole].reshape(len(x), -1, LANES), 1)
    if whole < count:
        rest = lanes[:, : count - whole]
        rest[...] = rest + products[:, whole:] if y is None else fused(x[:, whole:], y[:, whole:], rest)
    while lanes.shape[1] > 1:
        half = lanes.shape[1] // 2
        lanes = lanes[:, :half] + lanes[:, half:]
    return lanes


def squares_along_lines(x: Array) -> Any:
    """The sums of the squares of a matrix's lines, as PyTorch's norms add them up.

    The lanes are added one by one, then four squares of an incomplete vector, and what is left over in one operation each.
    """
    count = x.shape[1]
    whole = count // LANES * LANES
    singly = whole + (4 if count - whole >= 4 else 0)
    squares = np.square(x[:, :singly])
    lanes = np.add.reduce(squares[:, :whole].reshape(len(x), whole // LANES, LANES), 1)
    total = np.add.accumulate(np.concatenate([lanes, squares[:, whole:]], 1), 1)[:, -1]
    for place in range(singly, count):
        total = fused(x[:, place], x[:, place], total)
    return total


def _one_by_one(x: Array, y: Operand | None) -> Any:
    if y is None:
        return np.add.accumulate(x, 0)[-1] if len(x) else np.zeros(x.shape[1:], x.dtype)
    total = np.zeros(x.shape[1:], x.dtype)
    for each, other in zip(x, y):
        total = fused(each, other, total)
    return total


def over_lines(x: Operand, y: Operand | None = None) -> tuple[Any, Any]:
    """The sums over the first and over the second half of the lines of a matrix, or of its products with another."""
    half = (len(x) + 1) // 2
    parts = (slice(half), slice(half, None))
    first, second = [_one_by_one(x[part], None if y is None else y[part]) for part in parts]
    return first, second
