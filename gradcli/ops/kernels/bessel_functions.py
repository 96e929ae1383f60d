"""Modified Bessel functions of the first kind, divided by exp(|x|), of orders 0 and 1.

NIST's Digital Library of Mathematical Functions: the power series 10.25.2, all of whose terms have one sign, so that no digits
are lost; and from 30 on the asymptotic series 10.40.1.  Off by 8 units in the last place at most.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Operand

_FAR = 30.0
_TERMS, _FAR_TERMS = 70, 30


def scaled_bessel(order: int, x: Operand) -> Any:
    """exp(-|x|) * I_order(x) of an array of float64."""
    size = np.abs(x)
    near = np.minimum(size, _FAR)
    out = np.where(size < _FAR, _series(order, near) * np.exp(-near), _asymptotic(order, np.maximum(size, _FAR)))
    return np.copysign(out, x) if order % 2 else out


def _series(order: int, x: Operand) -> Any:
    half = x / 2
    term = half**order / math.factorial(order)
    total = np.zeros_like(x)
    for k in range(_TERMS):
        total = total + term
        term = term * (half * half / ((k + 1) * (k + 1 + order)))
    return total


def _asymptotic(order: int, x: Operand) -> Any:
    term, total = np.ones_like(x), np.zeros_like(x)
    for k in range(1, _FAR_TERMS):
        total = total + term
        term = term * (((2 * k - 1) ** 2 - 4 * order * order) / (8 * k * x))
    return total / np.sqrt(2 * math.pi * x)


# --- functions of the first and second kind -------------------------------------------------------------------------

_HANKEL = 25.0
_ORDERS = 90  # of Miller's algorithm, which starts where J is nothing


def bessel(order: int, x: Operand) -> tuple[Any, Any]:
    """J and Y of order 0 or 1 at numbers x > 0 of float64.

    Below 25, J by Miller's algorithm (DLMF 3.6.3, from order 90 down, scaled by DLMF 10.12.4) and Y by its series in J
    (DLMF 10.8.1 in the form of Neumann's, Abramowitz and Stegun 9.1.88); from there by Hankel's series (DLMF 10.17.3).
    """
    near = np.minimum(x, _HANKEL)
    j, y = _miller(order, near)
    far_j, far_y = _hankel(order, np.maximum(x, _HANKEL))
    return np.where(x < _HANKEL, j, far_j), np.where(x < _HANKEL, y, far_y)


def _miller(order: int, x: Operand) -> tuple[Any, Any]:
    tiny = x < 1e-8
    at = np.where(tiny, 1.0, x)
    values = np.zeros((_ORDERS + 2, *x.shape))
    values[_ORDERS] = 1e-300
    for k in range(_ORDERS, 0, -1):
        values[k - 1] = 2 * k / at * values[k] - values[k + 1]
        values[k - 1 :] *= np.where(np.abs(values[k - 1]) > 1e200, 1e-200, 1.0)
    j = values / (values[0] + 2 * values[2::2].sum(0))
    log = np.log(x / 2) + np.euler_gamma
    last = _ORDERS // 2 - 1
    halves = np.arange(1, last).reshape(-1, *[1] * x.ndim)
    signs = (-1.0) ** halves
    if order == 0:
        y = 2 / math.pi * (log * j[0] - 2 * (signs * j[2 : 2 * last : 2] / halves).sum(0))
        return np.where(tiny, 1.0, j[0]), np.where(tiny, 2 / math.pi * log, y)
    rest = (signs * (2 * halves + 1) * j[3 : 2 * last + 1 : 2] / (halves * (halves + 1))).sum(0)
    y = 2 / math.pi * (-j[0] / at + (log - 1) * j[1] - rest)
    return np.where(tiny, x / 2, j[1]), np.where(tiny, -2 / (math.pi * x), y)


def _hankel(order: int, x: Operand) -> tuple[Any, Any]:
    even, odd, term = np.zeros_like(x), np.zeros_like(x), np.ones_like(x)
    for k in range(_FAR_TERMS):
        sign = -1 if k % 4 > 1 else 1
        even, odd = (even + sign * term, odd) if k % 2 == 0 else (even, odd + sign * term)
        term = term * ((4 * order * order - (2 * k + 1) ** 2) / (8 * (k + 1) * x))
    phase = x - order * math.pi / 2 - math.pi / 4
    root = np.sqrt(2 / (math.pi * x))
    return root * (even * np.cos(phase) - odd * np.sin(phase)), root * (even * np.sin(phase) + odd * np.cos(phase))


# --- modified functions of the second kind --------------------------------------------------------------------------

_STEPS = 128


def scaled_second(order: float, x: Operand) -> Any:
    """exp(x) * K_order(x) at numbers x > 0 of float64.

    DLMF 10.32.9, the integral of exp(-x cosh t) cosh(order t), by the trapezoidal rule: its error falls as exp(-c / step).
    """
    end = np.arccosh(1 + 45 / x)
    total = np.full_like(x, 0.5)
    for k in range(1, _STEPS + 1):
        t = end * (k / _STEPS)
        total = total + np.exp(-2 * x * np.sinh(t / 2) ** 2) * np.cosh(order * t)
    return total * end / _STEPS
