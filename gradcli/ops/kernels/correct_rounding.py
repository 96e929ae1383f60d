"""Functions of float32 that round once.

PyTorch's kernels of float32 are right to the last digit almost everywhere; NumPy's are off by one for a value in five.  Where
digits are printed in full, that shows.  So small arrays go through float64; for large ones that would take too long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Array, Operand, is_small

_FLOAT32 = np.dtype(np.float32)


def apply(ufunc: np.ufunc, *operands: Any, out: Any = None) -> Any:
    """`ufunc(*operands, out=out)`, rounded once."""
    x = operands[0]
    if is_small(x):
        if out is None and len(operands) == 1:
            out = np.empty_like(x)
        room = np.empty(np.broadcast(*operands).shape, x.dtype) if out is None else out
        return ufunc(*operands, room, dtype=np.float64, casting="same_kind")
    return ufunc(*operands) if out is None else ufunc(*operands, out)


def rounded(ufunc: np.ufunc) -> Callable[[Any], Any]:
    """A function of one operand that rounds once."""

    def forward(x: Operand, /) -> Any:  # asks for itself, since float64 is to pay nothing
        return apply(ufunc, x) if isinstance(x, np.ndarray) and x.dtype is _FLOAT32 else ufunc(x)

    return forward


def wide(x: Array) -> Any:
    """An array as PyTorch's kernels accumulate it: float32 in float64."""
    return x.astype(np.float64) if is_small(x) else x


def fused(x: Any, y: Any, z: Any) -> Any:
    """`x * y + z` of arrays of float32, rounded once: the product is exact in float64."""
    return (np.multiply(x, y, dtype=np.float64) + z).astype(_FLOAT32)


def multiply_add(x: Operand, y: Operand, z: Any) -> Any:
    """`x * y + z`, rounded once, as processors do it that have an instruction for it."""
    if all([type(each) is np.float32 or is_small(each) for each in (x, y, z)]):
        return np.asarray(np.multiply(x, y, dtype=np.float64) + z).astype(np.float32)
    return x * y + z
