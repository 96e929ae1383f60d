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
_FEWEST, _NARROWEST = 4, 12  # rows and columns with which a BLAS of NumPy's adds up a product as such a chain
_MOST = 1 << 21  # products that are written out: some milliseconds


def product(x: Array, y: Operand) -> Any:
    """Matrices [groups, rows, inner] times [n, groups, inner, columns]; few rows and columns are filled up."""
    rows, columns = x.shape[1], y.shape[3]
    if type(y) is not np.ndarray or y.dtype.char != "f":
        return x @ y
    left = np.zeros((x.shape[0], x.shape[2], max(rows, _FEWEST)), x.dtype)
    left[:, :, :rows] = x.swapaxes(1, 2)
    if columns < _NARROWEST:
        y = np.concatenate([y, np.zeros((*y.shape[:3], _NARROWEST - columns), y.dtype)], 3)
    return (left.swapaxes(1, 2) @ y)[:, :, :rows, :columns]


def blocks(weight_shape: tuple[int, ...], groups: int) -> tuple[int, int]:
    """How many blocks of output channels, and of input channels, a weight has."""
    filters, channels = weight_shape[:2]
    length = _VECTOR // 2 if _FEW < channels < _VECTOR else _VECTOR
    return -(-filters // length) * groups, 1 if channels <= _FEW else -(-channels // length)


def is_written_out(x: Operand, y: Operand) -> bool:
    """Whether `over_examples` takes these: bare arrays of float32, and not too many products."""
    return (
        type(x) is type(y) is np.ndarray
        and x.dtype.char == y.dtype.char == "f"
        and x.size * y.shape[-1] <= _MOST
        and x.shape[0] * x.shape[3] <= _MOST >> 8
    )


def _parts(count: int, halved: bool) -> tuple[slice, ...]:
    half = (count + 1) // 2 if halved else count
    return (slice(half), slice(half, None)) if half < count else (slice(count),)


def over_examples(x: Array, y: Array, halved: bool) -> Any:
    """The sums over examples and places of products of x: [n, groups, rows, places] and y: [n, groups, places, columns]."""
    halves = len(_parts(len(x), halved))
    if len(x) % halves:  # products with zeros change no sum
        x, y = [np.concatenate([each, np.zeros_like(each[:1])]) for each in (x, y)]
    left, right = [each.astype(np.float64).reshape(halves, -1, *each.shape[1:]) for each in (x, y)]
    left = np.ascontiguousarray(left.transpose(1, 4, 0, 2, 3)).reshape(-1, halves, *x.shape[1:3], 1)
    right = np.ascontiguousarray(right.transpose(1, 3, 0, 2, 4)).reshape(-1, halves, y.shape[1], 1, y.shape[3])
    sums = np.zeros((halves, *x.shape[1:3], y.shape[3]), x.dtype)
    wide = np.empty(sums.shape)
    for each, other in zip(left, right):  # products are exact in float64
        np.multiply(each, other, out=wide)
        wide += sums
        sums[...] = wide
    return sums[0] + sums[1] if halves == 2 else sums[0]


def of_channels(g: Operand, halved: bool) -> Any:
    """The sums of [n, channels, ...] over all but the channels."""
    lines = g.reshape(*g.shape[:2], -1).swapaxes(0, 1)
    parts = [lines[:, part].reshape(g.shape[1], -1) for part in _parts(len(g), halved)]
    first, *rest = [np.add.accumulate(part, 1)[:, -1] for part in parts]
    return first + rest[0] if rest else first
