"""The incomplete gamma functions, Hurwitz's zeta function, ldexp and frexp.

https://dlmf.nist.gov: 8.11.4, the series of the lower function, all of whose terms are positive; 8.9.2, the continued fraction
of the upper one, by Lentz's method (Thompson and Barnett, 1986).  The derivative by the first operand, which PyTorch lacks, is
that of the same series and fraction, each step of which carries its derivative along.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.pullback import not_differentiable
from gradcli.ops.core.arrays import Array, Cotangent, Operand
from gradcli.ops.core.builders import HOLOMORPHIC, Operation, elementwise, general
from gradcli.ops.core.domains import Domain
from gradcli.ops.core.dtypes import promote_to_float
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.exponential import exp, log
from gradcli.ops.elementwise.gamma import digamma, hurwitz_zeta, lgamma

family("special functions")

_STEPS = 2000
_TINY = 1e-300


def _lower_series(a: Any, x: Operand) -> tuple[Any, Any]:
    """The sum of x**n / ((a + 1) * ... * (a + n)), and its derivative by a.

    Each entry stops for itself, so that its last digit does not depend on its neighbours; so it is in the fraction below.
    """
    term, slope = np.ones_like(x), np.zeros_like(x)
    total, total_slope = term.copy(), slope.copy()
    goes_on = np.ones(x.shape, bool)
    for n in range(1, _STEPS):
        slope = (slope - term / (a + n)) * (x / (a + n))
        term = term * (x / (a + n))
        total, total_slope = np.where(goes_on, total + term, total), np.where(goes_on, total_slope + slope, total_slope)
        goes_on &= (term > 1e-17 * total) | (np.abs(slope) > 1e-17 * np.abs(total_slope))
        if not goes_on.any():
            break
    return total, total_slope


def _upper_fraction(a: Any, x: Operand) -> tuple[Any, Any]:
    """1 / (x + 1 - a - 1 * (1 - a) / (x + 3 - a - 2 * (2 - a) / ...)), and its derivative by a."""
    b = x + 1 - a
    c, c_slope = np.full_like(x, 1 / _TINY), np.zeros_like(x)
    d, d_slope = 1 / b, 1 / (b * b)
    out, out_slope = d, d_slope
    goes_on = np.ones(x.shape, bool)
    for n in range(1, _STEPS):
        part, part_slope = -n * (n - a), float(n)
        b = b + 2
        bottom, bottom_slope = part * d + b, part_slope * d + part * d_slope - 1
        c_slope = part_slope / c - part * (c_slope / c) / c - 1
        c = part / c + b
        d = 1 / bottom
        d_slope = -bottom_slope * d * d
        factor, factor_slope = c * d, c_slope * d + c * d_slope
        slope = out_slope * factor + out * factor_slope
        out, out_slope = np.where(goes_on, out * factor, out), np.where(goes_on, slope, out_slope)
        goes_on &= (np.abs(factor - 1) >= 1e-16) | (np.abs(factor_slope) >= 1e-16)
        if not goes_on.any():
            break
    return out, out_slope


def _parts(a: Any, x: Array) -> tuple[Any, Any, Any, Any]:
    """The lower and the upper function of float64, regularized; and the derivatives of both by a."""
    a, x = np.broadcast_arrays(a.astype(np.float64), x.astype(np.float64))
    fits = (a > 0) & (x > 0) & np.isfinite(a) & np.isfinite(x)
    first, second = np.where(fits, a, 1.0), np.where(fits, x, 1.0)
    low = second < first + 1
    near, far = np.where(low, second, 1.0), np.where(low, 3.0, second)
    series, series_slope = _lower_series(first, near)
    fraction, fraction_slope = _upper_fraction(np.where(low, 1.0, first), far)
    scale = np.exp(first * np.log(second) - second - lgamma.forward(first))
    slope = np.log(second) - digamma.forward(first)
    lower = np.where(low, scale * series / first, 1 - scale * fraction)
    upper = np.where(low, 1 - scale * series / first, scale * fraction)
    by_a = np.where(
        low,
        scale / first * (series * (slope - 1 / first) + series_slope),
        -scale * (fraction * slope + fraction_slope),
    )
    at_end = (x == 0) & (a > 0) | (a == math.inf) & np.isfinite(x) & (x >= 0)
    beyond = ((x == math.inf) & (a >= 0) & np.isfinite(a)) | (a == 0) & (x > 0)
    lower = np.where(fits, lower, np.where(at_end, 0.0, np.where(beyond, 1.0, math.nan)))
    upper = np.where(fits, upper, np.where(at_end, 1.0, np.where(beyond, 0.0, math.nan)))
    return lower, upper, np.where(fits, by_a, np.where(at_end | beyond, 0.0, math.nan)), fits


def _density(a: Any, x: Operand) -> Any:
    """x**(a - 1) * exp(-x) / gamma(a)"""
    return exp((a - 1) * log(x) - x - lgamma(a))


_by_first: Operation = elementwise(
    "igamma_by_first",
    lambda x, y, /: _parts(x, y)[2].astype(np.result_type(x, y)),
    (None, lambda x, y: _density(x, y) * (log(y) - digamma(x))),
    function=False,
    method=False,
    grad_fn="NotImplemented",
    domain=Domain("x > 0", 0.5, 3.0),
    doc="The derivative of igamma by its first operand.",
)
_POSITIVE = Domain("x > 0", 0.5, 3.0)
_WHERE = (Domain("x > 0 or x == 0 < y", 0.5, 3.0, "x > 0"), Domain("x >= 0", 0.5, 3.0, "x > 0"))
elementwise(
    "igamma",
    lambda x, y, /: _parts(x, y)[0].astype(np.result_type(x, y)),
    (lambda x, y: _by_first(x, y), lambda x, y: _density(x, y)),
    aliases=("special.gammainc",),
    grad_fn="IgammaBackward0",
    domain=_WHERE,
    doc="The regularized lower incomplete gamma function.",
    samples=("igamma(tensor([0.5, 2., 6.]), y)", "igamma(tensor(1.5), y)", "y:() igamma(tensor([0.5, 2.]), y)"),
)
elementwise(
    "igammac",
    lambda x, y, /: _parts(x, y)[1].astype(np.result_type(x, y)),
    (lambda x, y: -_by_first(x, y), lambda x, y: -_density(x, y)),
    aliases=("special.gammaincc",),
    grad_fn="IgammacBackward0",
    domain=_WHERE,
    doc="1 - igamma: the regularized upper incomplete gamma function.",
    samples=("igammac(tensor([0.5, 2., 6.]), y)", "igammac(tensor(1.5), y)"),
)


def _zeta(x: Array, y: Array, /) -> Any:
    dtype = np.result_type(x, y)
    if y.size and y.min() < -_STEPS:
        raise Problem("limit", f"zeta(x, q) is here for q from {-_STEPS} on", type="NotImplementedError")
    return hurwitz_zeta(x.astype(np.float64), y.astype(np.float64)).astype(dtype)


def _not_by_order(g: Cotangent) -> Any:
    raise not_differentiable(_zeta_row)


_zeta_row: Operation = general(
    "special.zeta",
    _zeta,
    (_not_by_order, lambda g, x, y: g * (-x * _zeta_row(x + 1, y))),
    (_not_by_order, lambda t, x, y: t * (-x * _zeta_row(x + 1, y))),
    casting=promote_to_float,
    pointwise=True,
    method=False,
    namespace="torch.special",
    grad_fn="SpecialZetaBackward0",
    domain=(Domain("x > 1", 1.6, 5.0), Domain("y > 0 or x % 1 == 0 != y % 1", 0.5, 3.0)),
    doc="Hurwitz's zeta function: the sum of (k + y)**-x over all whole k from 0 up.",
    samples=("special.zeta(tensor([1.5, 2., 7.]), y)", "special.zeta(tensor(3.), y)"),
)

elementwise(
    "ldexp",
    lambda x, y, /: x * np.exp2(y),
    (lambda y: exp(y * math.log(2)), lambda out: out * math.log(2)),
    complex=HOLOMORPHIC,
    grad_fn="LdexpBackward0",
    doc="x * 2**y.",
)


_FLOATS_ONLY = "torch.frexp() only supports floating-point dtypes"


def _frexp(x: Array, /) -> Any:
    if x.dtype.kind != "f":
        raise Problem(
            "dtype", "torch.frexp() only supports floating-point dtypes", hint="make it floating-point first: x * 1.0"
        )
    return np.frexp(x)


_over_power = lambda g, exponent: g * 2.0**-exponent  # noqa: E731
general(
    "frexp",
    _frexp,
    _over_power,
    _over_power,
    outputs=("mantissa", "exponent"),
    complex=(_FLOATS_ONLY, "RuntimeError"),
    pointwise=True,
    grad_fn="FrexpBackward0",
    doc="x as mantissa * 2**exponent, with a mantissa from 0.5 up to 1.",
    samples=("frexp(x)[0]", "x.frexp().mantissa"),
)
