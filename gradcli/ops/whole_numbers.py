"""Whole numbers next to a number, its decimals cut, and the fraction that is left: floor, ceil, trunc, round, frac."""

PyTorch's kernels of float32 are right to the last digit almost everywhere; NumPy's are off by one for a value in five.  Where
digits are printed in full, that shows.  So small arrays go through float64; for large ones that would take too long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_MOST = 1 << 16  # elements: a few milliseconds


def apply(ufunc: Any, *operands: Any, out: Any = None) -> Any:
    """`ufunc(*operands, out=out)`, rounded once."""
    x = operands[0]
    if (type(x) is np.ndarray or type(x) is np.float32) and x.dtype.char == "f" and x.size <= _MOST:
        room = np.empty(np.broadcast(*operands).shape if len(operands) > 1 else x.shape, x.dtype) if out is None else out
        return ufunc(*operands, room, dtype=np.float64, casting="same_kind")
    return ufunc(*operands, out=out)


def rounded(ufunc: Any) -> Callable[[Any], Any]:
    """A function of one operand that rounds once."""

    def forward(x: Any, /) -> Any:
        return apply(ufunc, x)

    return forward
