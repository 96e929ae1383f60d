"""The Box-Muller transform: pairs of uniform numbers go in, pairs of standard normal numbers come out.

PyTorch has one transform and two ways to compute it: float64 through the C library's logarithm, sine and cosine, and
float32 through polynomials (those of Moshier's Cephes library, as is usual in vector code), fused multiply-adds
included.  Both are repeated here operation by operation, so that every bit agrees.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradcli.ops.random.fused_multiply_add import fused_single

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradcli.ops.random.fused_multiply_add import Doubles, Singles


def polar_double(radius_from: Doubles, angle_from: Doubles) -> tuple[Doubles, Doubles]:
    """r*cos(a) and r*sin(a) with r = sqrt(-2 log(radius_from)) and a = 2 pi angle_from, for radius_from in (0, 1]."""
    return _on_circle(np.sqrt(-2.0 * by_libm(math.log, radius_from)), angle_from)


def polar_double_complement(radius_from: Doubles, angle_from: Doubles) -> tuple[Doubles, Doubles]:
    """The same from 1 - radius_from, for radius_from in [0, 1): precise near 0, and another last bit elsewhere."""
    return _on_circle(np.sqrt(-2.0 * by_libm(math.log1p, -radius_from)), angle_from)


def polar_single(radius_from: Singles, angle_from: Singles) -> tuple[Singles, Singles]:
    """polar_double in float32, by polynomials."""
    radius = np.sqrt(np.float32(-2) * _log(radius_from))
    sine, cosine = _sine_and_cosine(np.float32(2 * math.pi) * angle_from)
    return radius * cosine, radius * sine


def by_libm(function: Callable[[float], float], x: Doubles) -> Doubles:
    """`function` of the math module over a flat array: numpy's own vector versions differ in the last bit."""
    return np.fromiter(map(function, x.tolist()), np.float64, x.size)


def _on_circle(radius: Doubles, angle_from: Doubles) -> tuple[Doubles, Doubles]:
    angle = (2.0 * math.pi) * angle_from
    return radius * by_libm(math.cos, angle), radius * by_libm(math.sin, angle)


def _singles(*values: float) -> tuple[np.float32, ...]:
    return tuple(np.float32(value) for value in values)


_SQRT_HALF: Final = np.float32(math.sqrt(0.5))
_LOG: Final = _singles(
    7.0376836292e-2,
    -1.1514610310e-1,
    1.1676998740e-1,
    -1.2420140846e-1,
    1.4249322787e-1,
    -1.6668057665e-1,
    2.0000714765e-1,
    -2.4999993993e-1,
    3.3333331174e-1,
)
_SINE: Final = _singles(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COSINE: Final = _singles(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
# log(2) and pi/4 as sums, whose first terms are so short that a product with a small whole number is exact
_LOG_2: Final = _singles(0.693359375, -2.12194440e-4)
_QUARTER_PI: Final = _singles(0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)
_HALF: Final = np.float32(0.5)
_ONE: Final = np.float32(1)


def _log(x: Singles) -> Singles:
    """log(x) = log(1 + f) + e*log(2), with 1 + f between sqrt(1/2) and sqrt(2)."""
    fraction, exponent = np.frexp(x)
    small = fraction < _SQRT_HALF
    f = np.where(small, fraction + fraction, fraction) - _ONE
    e = (exponent - small).astype(np.float32)
    square = f * f
    tail = fused_single(_polynomial(_LOG, f) * f, square, e * _LOG_2[1])
    tail = tail - square * _HALF
    return (f + tail) + e * _LOG_2[0]


def _sine_and_cosine(angle: Singles) -> tuple[Singles, Singles]:
    """Both from the distance to the nearest multiple of pi/2: odd quarters swap them, signs follow the quadrant."""
    octant = ((angle * np.float32(4 / math.pi)).astype(np.int32) + 1) & ~1
    steps = octant.astype(np.float32)
    for term in _QUARTER_PI:
        angle = fused_single(steps, -term, angle)
    square = angle * angle
    sine = fused_single(_polynomial(_SINE, square) * square, angle, angle)
    cosine = fused_single(_polynomial(_COSINE, square) * square, square, -(square * _HALF)) + _ONE
    swapped = (octant & 2) != 0
    sine, cosine = np.where(swapped, cosine, sine), np.where(swapped, sine, cosine)
    return np.where(octant & 4, -sine, sine), np.where((octant + 2) & 4, -cosine, cosine)


def _polynomial(coefficients: tuple[np.float32, ...], x: Singles) -> Singles:
    value: Any = coefficients[0]
    for coefficient in coefficients[1:]:
        value = fused_single(value, x, coefficient)
    out: Singles = value
    return out
