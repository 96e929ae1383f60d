"""Powers of float32 to the last digit of PyTorch's vectorized kernel, which is SLEEF's.

The method is that of its powf "u10" (Shibata and Petrogalli, IEEE TPDS 31(6), 2020): exp(y * log(x)), where logarithm, product
and reduced argument are sums of two floats, high and low.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Array, Operand, are_small
from gradcli.ops.kernels.correct_rounding import apply, fused
from gradcli.ops.kernels.vector_functions import TOGETHER, quotient, two_sum

_f = np.float32
_LOG = [_f(c) for c in (0.240320354700088500976562, 0.285112679004669189453125, 0.400007992982864379882812)]
_TWO_THIRDS = (_f(0.66666662693023681640625), _f(3.69183861259614332084311e-09))
_LN2 = (_f(0.69314718246459960938), _f(-1.904654323148236017e-09))
_LN2_PARTS = (_f(0.693145751953125), _f(1.428606765330187045e-06))
_LOG2_E = _f(1.4426950408889634)
_EXP = [
    _f(c)
    for c in (
        0.00136324646882712841033936,
        0.00836596917361021041870117,
        0.0416710823774337768554688,
        0.166665524244308471679688,
        0.499999850988388061523438,
    )
]
_ONE = (_f(1), _f(0))
Sum = tuple[Any, Any]


def power(x: Array, y: Operand) -> Any:
    """`x ** y` of two arrays; of small ones of float32 as PyTorch rounds it, as long as there are whole vectors to take."""
    if not are_small(x, y) or not x.flags.c_contiguous:
        return apply(np.power, x, y)
    out = np.asarray(apply(np.power, x, y))
    base, exponent = [each.ravel() for each in np.broadcast_arrays(x, y)]
    whole = np.arange(out.size // TOGETHER * TOGETHER)
    size = np.abs(base[: len(whole)])
    with np.errstate(over="ignore", invalid="ignore"):
        tame = (size > 1e-30) & (size < 1e30) & np.isfinite(exponent[: len(whole)])
        flat = out.reshape(-1)
        tame &= (np.abs(flat[: len(whole)]) > 1e-30) & (np.abs(flat[: len(whole)]) < 1e30)
    chosen = whole[tame]
    flat[chosen] = np.copysign(_exp(_scaled(_log(size[tame]), exponent[chosen])), flat[chosen])
    return flat.reshape(out.shape)


def _add(x: Sum, y: Sum) -> Sum:
    """The sum of two, of which the first is the larger."""
    high = x[0] + y[0]
    return high, ((x[0] - high) + y[0]) + x[1] + y[1]


def _add_any(x: Sum, y: Sum) -> Sum:
    high, rest = two_sum(x[0], y[0])
    return high, rest + (x[1] + y[1])


def _product(x: Sum, y: Sum) -> Sum:
    high = x[0] * y[0]
    return high, fused(x[0], y[1], fused(x[1], y[0], fused(x[0], y[0], -high)))


def _scaled(x: Sum, y: Any) -> Sum:
    high = x[0] * y
    return high, fused(x[1], y, fused(x[0], y, -high))


def _square(x: Sum) -> Sum:
    high = x[0] * x[0]
    return high, fused(x[0] + x[0], x[1], fused(x[0], x[0], -high))


def _log(x: Operand) -> Sum:
    """The natural logarithm of positive numbers."""
    exponent = np.frexp(x * _f(1 / 0.75))[1] - 1
    part = np.ldexp(x, -exponent)
    ratio = quotient(two_sum(_f(-1), part), two_sum(_f(1), part))
    square = _square(ratio)
    polynomial = fused(fused(_LOG[0], square[0], _LOG[1]), square[0], _LOG[2])
    out = _add(_scaled(_LN2, exponent.astype(_f)), (ratio[0] * _f(2), ratio[1] * _f(2)))
    return _add(out, _product(_product(square, ratio), _add_any(_scaled(square, polynomial), _TWO_THIRDS)))


def _exp(x: Sum) -> Any:
    """e to the power of a sum, as one float."""
    whole = np.rint((x[0] + x[1]) * _LOG2_E)
    for part in _LN2_PARTS:
        x = _add_any(x, (whole * -part, _f(0)))
    high = x[0] + x[1]
    x = (high, (x[0] - high) + x[1])
    polynomial = _EXP[0]
    for coefficient in _EXP[1:]:
        polynomial = fused(polynomial, x[0], coefficient)
    high, low = _add(_ONE, _add(x, _scaled(_square(x), polynomial)))
    return np.ldexp(high + low, whole.astype(np.int32))
