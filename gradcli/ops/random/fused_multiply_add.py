"""Fused multiply-add for numpy arrays: x*y + z goes in, one rounding later the sum comes out.

PyTorch's kernels are compiled for processors that multiply and add in one instruction, so a draw that is scaled with
two roundings differs from PyTorch's in its last bit.  numpy has no such instruction: the sum is made exact enough here
by rounding it to odd first (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradcli.ops.core.arrays import Array, Operand

if TYPE_CHECKING:  # numpy.typing costs a millisecond
    from numpy.typing import NDArray

    Singles = NDArray[np.float32]
    Doubles = NDArray[np.float64]

_TAIL: Final = np.int64((1 << 29) - 1)  # the bits of a double that a float32 has no room for
_HALFWAY: Final = np.int64(1 << 28)  # their value midway between two float32 numbers
_SPLITTER: Final = float((1 << 27) + 1)


def fused_single(x: Array, y: Any, z: Any) -> Singles:
    """x*y + z of float32 arrays or scalars, rounded once to float32."""
    product = np.multiply(x, y, dtype=np.float64)  # exact: 24 and 24 bits fit into 53
    total = product + z
    if ((total.view(np.int64) & _TAIL) == _HALFWAY).any():  # only there a second rounding may go the wrong way
        total = _sum_rounded_to_odd(product, np.asarray(z, np.float64))
    out: Singles = total.astype(np.float32)
    return out


def fused_double(x: Doubles, y: float, z: float | Doubles) -> Doubles:
    """x*y + z of float64 arrays (z may be a number) and a number, rounded once (a second time if it is below 1e-307)."""
    largest = float(np.abs(z).max(initial=0.0))
    exponent = max(math.frexp(y)[1], math.frexp(largest)[1])
    factor, offset = np.float64(math.ldexp(y, -exponent)), np.ldexp(np.float64(z), -exponent)  # no part can overflow
    product = x * factor
    if not (math.isfinite(y) and math.isfinite(largest)):
        return np.asarray(product + offset)
    low, lower = _two_sum(offset, _product_error(x, factor, product))
    high, middle = _two_sum(product, low)
    out: Doubles = np.ldexp(high + _sum_rounded_to_odd(middle, lower), exponent)
    return out


def _two_sum(x: Operand, y: Operand) -> tuple[Any, Any]:
    """The rounded sum and what the rounding lost (Knuth)."""
    total = x + y
    part = total - x
    return total, (x - (total - part)) + (y - part)


def _product_error(x: Doubles, y: Any, product: Doubles) -> Doubles:
    """What the rounding of x*y lost (Dekker)."""
    (x_high, x_low), (y_high, y_low) = _halves(x), _halves(y)
    error: Doubles = ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low
    return error


def _halves(x: Operand) -> tuple[Any, Any]:
    scaled = x * _SPLITTER
    high = scaled - (scaled - x)
    return high, x - high


def _sum_rounded_to_odd(x: Operand, y: Operand) -> Doubles:
    """x + y where an inexact sum takes the neighbour with an odd last bit, which no later rounding can mistake."""
    total, lost = _two_sum(x, y)
    even = (total.view(np.int64) & 1) == 0
    out: Doubles = np.where(even & (lost != 0), np.nextafter(total, np.copysign(np.inf, lost)), total)
    return out
