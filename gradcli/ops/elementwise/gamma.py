"""The gamma function's logarithm and its derivatives, of every order.

`lgamma` is the standard library's.  The others are sums over the poles at 0, -1, -2, ...: of the first terms one by one,
and of the rest by Euler and Maclaurin's formula, which is exact to the last digits from 10 on.  NIST's Digital Library of
Mathematical Functions, https://dlmf.nist.gov: 5.11.2 (digamma), 25.11.5 and 5.15.1 (polygamma, by Hurwitz's zeta function),
5.5.4 (what is left of 0, by reflection).
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import Operation, composite, elementwise, no_kernel
from gradcli.ops.core.domains import REAL, Domain
from gradcli.ops.core.dtypes import promote_to_float
from gradcli.ops.core.table import family

family("special functions")

_FAR = 12  # from where on the series are exact
# Bernoulli's numbers B2, B4, ...
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)


def _lgamma_of(x: float) -> float:
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):  # a pole, or beyond the largest number
        return math.inf


_lgamma_each = np.frompyfunc(_lgamma_of, 1, 1)


@cache
def _zeta_less_one() -> list[tuple[int, float]]:
    """Riemann's zeta function at 2, 3, ..., without its first term, which is 1."""
    return [(s, float(_zeta_of_positive(s, np.float64(2)))) for s in range(2, 40)]


def _lgamma_near_two(d: Any) -> Any:
    """log(gamma(2 + d)) for small d, where the zeros at 1 and 2 leave other ways no digits: Abramowitz and Stegun, 6.1.33."""
    total = np.zeros_like(d)
    for order, number in reversed(_zeta_less_one()):
        total = (total + (number if order % 2 == 0 else -number) / order) * d
    return (total + (1 - np.euler_gamma)) * d


def _lgamma(x: Array, /) -> Any:
    wide = x.astype(np.float64)
    out = np.asarray(_lgamma_each(wide), np.float64)
    for zero in (1.0, 2.0):
        d = wide - zero
        near = np.abs(d) < 0.2
        if near.any():
            d = np.where(near, d, 0.0)
            out = np.where(near, _lgamma_near_two(d) - (np.log1p(d) if zero == 1 else 0.0), out)
    return out.astype(x.dtype)


def _shifted(x: Operand, term: Any) -> tuple[Any, Any]:
    """A sum of `term` from x on, of as many terms as lead beyond the distance at which series hold; and where that is."""
    total, place = np.zeros_like(x), x
    for _ in range(_FAR):
        near = place < _FAR
        total += np.where(near, term(np.where(near, place, 1.0)), 0.0)
        place = np.where(near, place + 1, place)
    return total, place


def _digamma_of_positive(x: Operand) -> Any:
    before, x = _shifted(x, lambda x: 1 / x)
    series, power = np.log(x) - 0.5 / x, 1 / (x * x)
    step = power
    for place, number in enumerate(_BERNOULLI, 1):
        series = series - number / (2 * place) * step
        step = step * power
    return series - before


def _digamma(x: Array, /) -> Any:
    wide = x.astype(np.float64)
    whole = np.round(wide)  # of which the tangent does not notice, and next to which no digits are lost
    left = wide <= 0
    out = _digamma_of_positive(np.where(left, 1 - wide, wide))
    out = out - np.where(left, math.pi / np.tan(math.pi * np.where(left, wide - whole, 0.5)), 0.0)
    pole = np.where(wide == 0, -np.copysign(math.inf, wide), math.nan)
    return np.where(left & (wide == whole), pole, np.where(wide == math.inf, wide, out)).astype(x.dtype)


def _zeta_of_positive(s: float, q: Any) -> Any:
    """Hurwitz's zeta function, the sum of (q + n)**-s over n = 0, 1, ..., for q > 0."""
    total, place = _shifted(q, lambda x: x**-s)
    for _ in range(int(s) // 2):  # higher orders need a greater distance
        total, place = total + place**-s, place + 1
    power = place**-s
    total = total + place * power / (s - 1) + power / 2
    factor, power = s, power / place
    for order, number in enumerate(_BERNOULLI, 1):
        total = total + number / math.factorial(2 * order) * factor * power
        factor *= (s + 2 * order - 1) * (s + 2 * order)
        power = power / (place * place)
    return total


def _zeta(s: int, q: Any) -> Any:
    """The same for any q, and a whole s > 1: the sum over all whole numbers, n < 0 too, has q's period of 1."""
    offset = q - np.round(q)  # at most a half, to either side: where q is next to a pole, all of its digits
    left, sign = q <= 0, -1 if s % 2 else 1
    part = np.where(left & (offset != 0), np.abs(offset), 0.5)
    periodic = _zeta_of_positive(s, part) + sign * _zeta_of_positive(s, 1 - part)
    periodic = np.where(offset < 0, sign * periodic, periodic)
    mirrored = periodic - sign * _zeta_of_positive(s, np.where(left, 1 - q, 1.0))
    out = np.where(left, mirrored, _zeta_of_positive(s, np.where(left, 1.0, q)))
    return np.where(left & (q == np.floor(q)), math.inf, np.where(q == math.inf, math.nan, out))


def hurwitz_zeta(s: Any, q: Any) -> Any:
    """The sum of (q + n)**-s for arrays, as PyTorch defines it: infinite at s = 1 and at poles, nan for s < 1."""
    s, q = np.broadcast_arrays(s, q)
    defined = (s > 1) & ((q > 0) | ((s == np.floor(s)) & (q != np.floor(q))))
    order, place = np.where(defined, s, 2.0), np.where(defined, q, 1.0)
    far = _FAR + np.minimum(order, 5 * _FAR)  # higher orders need a greater distance
    total = np.zeros_like(place)
    while (near := place < far).any():
        total = total + np.where(near, np.where(near, place, 1.0) ** -order, 0.0)
        place = np.where(near, place + 1, place)
    power = place**-order
    total = total + place * power / (order - 1) + power / 2
    factor, power = order, power / place
    for count, number in enumerate(_BERNOULLI, 1):
        total = total + number / math.factorial(2 * count) * factor * power
        factor = factor * ((order + 2 * count - 1) * (order + 2 * count))
        power = power / (place * place)
    pole = (s == 1) | ((s > 1) & (q <= 0) & (q == np.floor(q)))
    return np.where(defined, total, np.where(pole, math.inf, math.nan))


def _trigamma(x: Operand) -> Any:
    """By as many steps and terms as PyTorch takes, which leave 9 digits: Abramowitz and Stegun, 6.4.6, 6.4.7 and 6.4.12."""
    left = x < 0.5
    place, total = np.where(left, 1 - x, x), np.zeros_like(x)
    for _ in range(6):
        total, place = total + 1 / (place * place), place + 1
    square = 1 / (place * place)
    total = total + (1 + 1 / (2 * place) + square * (1 / 6 - square * (1 / 30 - square * (1 / 42)))) / place
    return np.where(left, (math.pi / np.sin(math.pi * np.where(left, x - np.round(x), 0.5))) ** 2 - total, total)


def _polygamma(x: Array, /, n: int) -> Any:
    if n < 0:
        raise Problem("argument", "polygamma(n, x) does not support negative n.", hint="n is the order of the derivative")
    if n == 0:
        return _digamma(x)
    if n == 1:
        return _trigamma(x.astype(np.float64)).astype(x.dtype)
    if n > 100:
        raise Problem("argument", f"polygamma(n, x) is here for n up to 100, not {n}", type="NotImplementedError")
    scale = math.factorial(n) * (1 if n % 2 else -1)
    return (scale * _zeta(n + 1, x.astype(np.float64))).astype(x.dtype)


_NO_POLE = Domain("x is not 0, -1, -2, ...", 0.6, 3.5)

lgamma = elementwise(
    "lgamma",
    _lgamma,
    lambda x: digamma(x),
    aliases=("special.gammaln",),
    complex=no_kernel("lgamma_vml_cpu"),
    grad_fn="LgammaBackward0",
    domain=_NO_POLE,
    doc="log(abs(gamma(x))).",
)
digamma: Operation = elementwise(
    "digamma",
    _digamma,
    lambda x: polygamma(x, 1),
    aliases=("special.digamma", "special.psi"),
    complex=no_kernel("digamma"),
    grad_fn="DigammaBackward0",
    domain=_NO_POLE,
    doc="The derivative of lgamma.",
)
polygamma: Operation = elementwise(
    "polygamma",
    _polygamma,
    lambda x, n: polygamma(x, n + 1),
    function=False,
    grad_fn="PolygammaBackward0",
    domain=_NO_POLE,
    doc="The n-th derivative of digamma.",
    samples=("x.polygamma(1)", "x.polygamma(2)", "x.polygamma(0)"),
)


def _polygamma_as_called(n: Tensor, x: Operand, /) -> Any:
    if n.ndim or n.ndarray.dtype.kind not in "iu":
        raise Problem("argument", "polygamma(): argument 'n' (position 1) must be int", type="TypeError")
    return polygamma(x, int(n.ndarray))


composite(
    "polygamma",
    _polygamma_as_called,
    overload="function",
    method=False,
    aliases=("special.polygamma",),
    domain=(Domain(REAL.text, _NO_POLE.low, _NO_POLE.high), _NO_POLE),
    doc=polygamma.doc,
    samples=("polygamma(1, x)", "polygamma(2, x)"),
)


_MOST_DIMENSIONS = 10_000  # each is a step


def _mvlgamma(x: Array, /, p: int) -> Any:
    if p < 1:
        raise Problem("argument", "p has to be greater than or equal to 1", hint="p is a dimension")
    if p > _MOST_DIMENSIONS:
        message = f"mvlgamma(x, p) is here for p up to {_MOST_DIMENSIONS:,}, not {p:.6g}"
        raise Problem("limit", message, type="NotImplementedError")
    total = math.log(math.pi) * p * (p - 1) / 4
    return np.asarray(sum([_lgamma(x - place / 2) for place in range(p)]) + x.dtype.type(total))


def _mvlgamma_slope(x: Operand, p: Any) -> Any:
    slope = digamma(x + 0.0)
    for place in range(1, p):
        slope = slope + digamma(x - place / 2)
    return slope


def _no_masks(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    if values[0].dtype.kind == "b":
        raise Problem("dtype", "The input tensor may not be a boolean tensor.", hint="make it floating-point first: x * 1.0")
    return promote_to_float(values)


elementwise(
    "mvlgamma",
    _mvlgamma,
    _mvlgamma_slope,
    aliases=("special.multigammaln",),
    casting=_no_masks,
    grad_fn="MvlgammaBackward0",
    domain=Domain("x > (p - 1) / 2", 1.2, 4.0),
    doc="The logarithm of the gamma function of p dimensions.",
    samples=("mvlgamma(x, 2)", "x.mvlgamma(p=3)"),
)
