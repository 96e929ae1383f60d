"""exp and log of float32 to the last digit of PyTorch's vectorized kernels, which are those of SLEEF.

Softmax, sigmoid and their kin call them; they are right to one unit in the last place, and a training loop that prints its
loss in full shows which way they err.  The method is that of SLEEF's expf and logf "u10" (Shibata and Petrogalli, IEEE TPDS
31(6), 2020): a reduction by powers of two, and a polynomial, the logarithm's with a sum of two floats.  A fused multiply-add
of float32 is one of float64 that is rounded: the product is exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Array, Operand, is_small
from gradcli.ops.kernels.correct_rounding import apply, fused

_f = np.float32
_FLOAT32 = np.dtype(np.float32)
TOGETHER = 32  # numbers in two vectors of 64 bytes
_LANES = 16  # numbers in one of them
_LOG2_E = _f(1.4426950408889634)
_LN2_HIGH, _LN2_LOW = _f(0.693145751953125), _f(1.428606765330187e-06)
_EXP = [_f(c) for c in (0.00139304355252534151, 0.00833336077630519867, 0.0416664853692054749, 0.166666671633720398, 0.5)]
_EXP_FIRST = _f(0.000198527617612853646)
_LN2, _LN2_REST = _f(0.693147182464599609), _f(-1.904654323148236e-09)
_LOG_FIRST, _LOG_SECOND, _LOG_THIRD = _f(0.3027294874), _f(0.3996108174), _f(0.6666694880)


def exp(x: Operand) -> Any:
    """e to the power of x; of what is no small array of float32, NumPy's."""
    if not is_small(x):
        return np.exp(x)
    whole = np.rint(x * _LOG2_E)
    rest = fused(whole, -_LN2_LOW, fused(whole, -_LN2_HIGH, x))
    out: Any = _EXP_FIRST
    for coefficient in _EXP:
        out = fused(out, rest, coefficient)
    out = _f(1) + fused(rest * rest, out, rest)
    out = np.ldexp(out, np.clip(np.nan_to_num(whole), -200, 200).astype(np.int32))
    return np.where(x < -104, _f(0), np.where(x > 100, _f(np.inf), out)) if (abs(x) > 87).any() else out


def exp_of_each(x: Array) -> Any:
    """The same as kernels of one number each have it: they take two vectors at a time, and what is left over singly."""
    if not is_small(x):
        return np.exp(x)
    out = np.empty_like(x)
    flat, results = x.ravel("K"), out.ravel("K")
    whole = x.size // TOGETHER * TOGETHER
    results[:whole] = exp(flat[:whole])
    results[whole:] = np.exp(flat[whole:], dtype=np.float64)  # the C library rounds once, nearly always
    return out if np.shares_memory(out, results) else results.reshape(x.shape)


def exp_in_place(x: Array, dim: int) -> None:
    """The exponentials that softmax along a dimension makes, written over x: along the last one all in vectors; along others
    in those that lie behind each other in what follows the dimension, and what is left over singly."""
    if not is_small(x):
        np.exp(x, out=x)
    elif dim == x.ndim - 1:
        x[...] = exp(x)
    else:
        columns = x.reshape(*x.shape[: dim + 1], math.prod(x.shape[dim + 1 :]))
        whole = columns.shape[-1] // _LANES * _LANES
        columns = np.concatenate([exp(columns[..., :whole]), apply(np.exp, columns[..., whole:])], -1)
        x[...] = columns.reshape(x.shape)


def log(x: Operand) -> Any:
    """The natural logarithm; of what is no small array of float32, or not positive and finite, NumPy's."""
    if not is_small(x) or not (np.isfinite(x) & (x > 1e-37)).all():
        return np.log(x)
    exponent = np.frexp(x * _f(1 / 0.75))[1] - 1
    part = np.ldexp(x, -exponent)
    ratio, rest = quotient(two_sum(_f(-1), part), two_sum(_f(1), part))
    square = ratio * ratio
    polynomial = fused(fused(_LOG_FIRST, square, _LOG_SECOND), square, _LOG_THIRD)
    power = exponent.astype(_FLOAT32)
    high = power * _LN2
    low = fused(power, _LN2_REST, fused(power, _LN2, -high))
    double, double_rest = ratio * _f(2), rest * _f(2)
    total = high + double
    left = (((high - total) + double) + low) + double_rest
    more = square * ratio * polynomial
    out = total + more
    return out + (((total - out) + more) + left)


def two_sum(x: Any, y: Any) -> tuple[Any, Any]:
    """x + y as a float and what was rounded away (Knuth)."""
    total = x + y
    moved = total - x
    return total, (x - (total - moved)) + (y - moved)


def quotient(x: tuple[Any, Any], y: tuple[Any, Any]) -> tuple[Any, Any]:
    """The quotient of two sums of floats, as such a sum."""
    inverse = _f(1) / y[0]
    high = x[0] * inverse
    missing = fused(inverse, x[0], -high)
    error = fused(-y[1], inverse, fused(-y[0], inverse, _f(1)))
    return high, fused(high, error, fused(x[1], inverse, missing))
