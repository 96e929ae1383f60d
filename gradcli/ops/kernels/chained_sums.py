"""Products of matrices of float32 whose sums are chains of fused multiply-adds, as PyTorch's convolutions add them up.

Its library for them (oneDNN) generates loops that add one product after the other to a register: over the elements of the
kernel and, for each, over channels.  The gradient of a weight is such a chain over examples and places; of two threads each
takes one half of the examples where the weight is a single block of channels, or else one half of the blocks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.types import Array
from gradcli.ops.core.arrays import Operand

_VECTOR, _FEW = 16, 3  # channels in a block; of so few in the input there is one block in any case
_FEWEST, _LANES = 4, 16  # a BLAS of NumPy's adds up a product as such a chain: of so many rows, and multiples of columns
_PIECE = 256  # summands that it does not cut
_MOST, _MOST_ADDED = 1 << 25, 1 << 19  # products, and single numbers, that are added up one by one: some milliseconds


def product(x: Array, y: Operand) -> Any:
    """Matrices [groups, rows, inner] times [n, groups, inner, columns]; few rows and odd columns are filled up."""
    rows, columns = x.shape[1], y.shape[3]
    if type(y) is not np.ndarray or y.dtype.char != "f":
        return x @ y
    left = np.zeros((x.shape[0], x.shape[2], max(rows, _FEWEST)), x.dtype)
    left[:, :, :rows] = x.swapaxes(1, 2)
    missing = -columns % _LANES
    if missing:
        y = np.concatenate([y, np.zeros((*y.shape[:3], missing), y.dtype)], 3)
    return (left.swapaxes(1, 2) @ y)[:, :, :rows, :columns]


def blocks(weight_shape: tuple[int, ...], groups: int) -> tuple[int, int]:
    """How many blocks of output channels, and of input channels, a weight has."""
    filters, channels = weight_shape[:2]
    length = _VECTOR // 2 if _FEW < channels < _VECTOR else _VECTOR
    return -(-filters // length) * groups, 1 if channels <= _FEW else -(-channels // length)


def is_chained(x: Operand, y: Operand) -> bool:
    """Whether `over_examples` takes these: bare arrays of float32, and not so many products that the pieces cost time."""
    return type(x) is type(y) is np.ndarray and x.dtype.char == y.dtype.char == "f" and x.size * y.shape[-1] <= _MOST


def _parts(count: int, halved: bool) -> tuple[slice, ...]:
    half = (count + 1) // 2 if halved else count
    return (slice(half), slice(half, None)) if half < count else (slice(count),)


def over_examples(x: Array, y: Array, halved: bool) -> Any:
    """The sums over examples and places of products of x: [n, groups, rows, places] and y: [n, groups, places, columns]."""
    halves = len(_parts(len(x), halved))
    if len(x) % halves:  # products with zeros change no sum
        x, y = [np.concatenate([each, np.zeros_like(each[:1])]) for each in (x, y)]
    (groups, rows), columns = x.shape[1:3], y.shape[3]
    inner = len(x) // halves * x.shape[3]
    left = np.zeros((halves, groups, max(rows, _FEWEST), inner), x.dtype)
    left[:, :, :rows] = x.reshape(halves, -1, *x.shape[1:]).transpose(0, 2, 3, 1, 4).reshape(halves, groups, rows, inner)
    right = np.zeros((halves, groups, inner, columns + -columns % _LANES), y.dtype)
    right[..., :columns] = y.reshape(halves, -1, *y.shape[1:]).swapaxes(1, 2).reshape(halves, groups, inner, columns)
    sums = _chain(left, right)[:, :, :rows, :columns]
    return sums[0] + sums[1] if halves == 2 else sums[0]


def _chain(left: Array, right: Array) -> Any:
    """A product of matrices whose sums are one chain, however long.

    A BLAS cuts a long chain and adds up the pieces.  So it gets one piece after the other, each with the sums before it as its
    first summand: beside the unit matrix, which times the sums is the sums.
    """
    tall = left.shape[-2] > right.shape[-1]
    size = right.shape[-1] if tall else left.shape[-2]
    step = max(_PIECE - size, _PIECE // 2)
    sums = left[..., :step] @ right[..., :step, :]
    unit = np.eye(size, dtype=left.dtype)
    for start in range(step, left.shape[-1], step):
        piece, other = left[..., start : start + step], right[..., start : start + step, :]
        first, second = (sums, unit) if tall else (unit, sums)
        sums = _beside(first, piece, -1) @ _beside(second, other, -2)
    return sums if np.isfinite(sums).all() else left @ right  # 0 times infinity is no number


def _beside(first: Array, piece: Array, axis: int) -> Any:
    """One before the other; either may stand for a stack of equal ones."""
    stack = np.broadcast_shapes(first.shape[:-2], piece.shape[:-2])
    return np.concatenate([np.broadcast_to(each, (*stack, *each.shape[-2:])) for each in (first, piece)], axis)


def is_added_up(g: Operand) -> bool:
    """Whether `of_channels` takes it: a bare array of float32 that is not large."""
    return type(g) is np.ndarray and g.dtype.char == "f" and 0 < g.size <= _MOST_ADDED


def of_channels(g: Array, halved: bool) -> Any:
    """The sums of [n, channels, ...] over all but the channels."""
    lines = g.reshape(*g.shape[:2], -1).swapaxes(0, 1)
    parts = [lines[:, part].reshape(g.shape[1], -1) for part in _parts(len(g), halved)]
    first, *rest = [np.add.accumulate(part, 1)[:, -1] for part in parts]
    return first + rest[0] if rest else first
