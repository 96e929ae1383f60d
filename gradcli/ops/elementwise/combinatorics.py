"""The gamma function itself, factorials and numbers of choices: what Python's `math` has and PyTorch lacks.

Whole numbers are counted exactly and rounded once; between them the gamma function interpolates, and its logarithm's
derivative, digamma, gives the derivatives.  NIST's Digital Library of Mathematical Functions, https://dlmf.nist.gov: 5.2.1,
5.4.1 (factorials), 1.2.6 (binomial coefficients, of any number n for whole k).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import constant, elementwise
from gradcli.ops.core.domains import REAL, Domain
from gradcli.ops.core.dtypes import promote
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.gamma import digamma

family("special functions")

_MOST_FACTORS = 1_000  # of a product that is multiplied out
_LARGEST_FACTORIAL = 170  # in float64


def _each(function: Any) -> Any:
    """A function of floats as a forward function of arrays, which computes in float64."""
    ufunc = np.frompyfunc(function, function.__code__.co_argcount, 1)

    def forward(*operands: Any) -> Any:
        return np.asarray(ufunc(*[x.astype(np.float64) for x in operands]), np.float64).astype(operands[0].dtype)

    return forward


def _gamma_of(x: float) -> float:
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf
    except ValueError:  # a pole, or -inf
        return math.copysign(math.inf, x) if x == 0 else math.nan


def _factorial_of(x: float) -> float:
    if 0 <= x <= _LARGEST_FACTORIAL and x == int(x):
        return float(math.factorial(int(x)))
    return _gamma_of(x + 1) if x != -1 else math.nan


def _quotient(above: float, *below: float) -> float:
    """gamma(above) over the product of gamma(below), where all of them are above 0."""
    if not min(above, *below) > 0 or math.isinf(above):
        return math.nan
    return math.exp(math.lgamma(above) - sum([math.lgamma(each) for each in below]))


def _falling(n: float, k: float) -> float | None:
    """n*(n - 1)*...*(n - k + 1), multiplied out; None where that is no product of so few factors."""
    if not 0 <= k <= _MOST_FACTORS or k != int(k) or not math.isfinite(n):
        return None
    if n == int(n):
        whole = math.prod(range(int(n), int(n) - int(k), -1))
        return float(whole) if abs(whole) < 1 << 1023 else math.copysign(math.inf, whole)
    return math.prod([n - place for place in range(int(k))])


def _perm_of(n: float, k: float) -> float:
    product = _falling(n, k)
    return _quotient(n + 1, n - k + 1) if product is None else product


def _comb_of(n: float, k: float) -> float:
    if n == n // 1 and k == k // 1 and 0 <= k <= n < math.inf:
        return _choices(int(n), int(k))
    product = _falling(n, k)
    return _quotient(n + 1, k + 1, n - k + 1) if product is None else product / _factorial_of(k)


def _choices(n: int, k: int) -> float:
    if min(k, n - k) > _MOST_FACTORS:
        return math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)) if n < 1030 else math.inf
    count = math.comb(n, k)
    return float(count) if count < 1 << 1023 else math.inf


_gamma, _factorial, _perm, _comb = map(_each, (_gamma_of, _factorial_of, _perm_of, _comb_of))


def _by_number(n: Operand, k: Operand, out: Operand) -> Any:
    """d out / d n of ordered choices and of unordered ones: they differ by k!, which n has no part in."""
    return out * (digamma(n + 1.0) - digamma(n - k + 1.0))


def _isqrt(x: Array, /) -> Any:
    if x.dtype.kind not in "iu":
        raise Problem("dtype", f"isqrt() takes whole numbers, and this is {x.dtype.name}", type="TypeError",
                      hint="write floor(sqrt(x)), or x.long() for whole numbers")  # fmt: skip
    if (x < 0).any():
        raise Problem("domain", "isqrt() argument must be nonnegative", type="ValueError")
    return np.asarray(np.frompyfunc(math.isqrt, 1, 1)(x.astype(object))).astype(x.dtype)


gamma = elementwise(
    "gamma",
    lambda x, /: _gamma(x),
    lambda x, out: out * digamma(x),
    namespace="gradcli",
    method=False,
    grad_fn="GammaBackward0",
    domain=Domain("x is not 0, -1, -2, ...", 0.6, 3.5),
    doc="The gamma function; gamma(n + 1) is n!.",
)
factorial = elementwise(
    "factorial",
    lambda x, /: _factorial(x),
    lambda x, out: out * digamma(x + 1.0),
    namespace="gradcli",
    method=False,
    grad_fn="FactorialBackward0",
    domain=Domain("x > -1 or x % 1 != 0", 0.2, 4.0),
    doc="x!, the product of 1, 2, ..., x; of other numbers gamma(x + 1).",
)
perm = elementwise(
    "perm",
    lambda n, k, /: _perm(n, k),
    (_by_number, lambda n, k, out: out * digamma(n - k + 1.0)),
    namespace="gradcli",
    method=False,
    grad_fn="PermBackward0",
    domain=(Domain("k % 1 == 0 <= k or (n > -1 and n > k - 1)", 3.2, 6.0, "n > -1 and n > k - 1"), REAL),
    doc="n!/(n - k)!, the number of ordered choices of k out of n; by gamma between whole numbers.",
    samples=("x=5.3 y=2.2 perm(x, y)", "perm(x, 2)", "x:3 perm(x, tensor([1., 2., 0.]))"),
)
comb = elementwise(
    "comb",
    lambda n, k, /: _comb(n, k),
    (_by_number, lambda n, k, out: out * (digamma(n - k + 1.0) - digamma(k + 1.0))),
    aliases=("binom",),
    namespace="gradcli",
    method=False,
    grad_fn="CombBackward0",
    domain=(Domain("k % 1 == 0 <= k or (n > -1 and n > k - 1 > -2)", 3.2, 6.0, "n > -1 and n > k - 1 > -2"), REAL),
    doc="The number of ways to choose k out of n, n!/(k!*(n - k)!); by gamma between whole numbers.",
    samples=("x=5.3 y=2.2 comb(x, y)", "comb(x, 2)", "x:3 comb(x, tensor([1., 2., 0.]))"),
)
constant(
    "isqrt",
    _isqrt,
    casting=promote,
    namespace="gradcli",
    method=False,
    domain=Domain("a whole x >= 0", 0.0, 4.0),
    doc="The whole part of the square root of a whole number.",
    samples=("isqrt(tensor([0, 17, 10**12]))",),
)
