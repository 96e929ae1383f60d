"""Special functions: of logarithms, odds and waves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import tensor_of
from gradcli.ops.core.builders import composite, elementwise, general
from gradcli.ops.core.domains import POSITIVE, REAL, Domain
from gradcli.ops.core.dtypes import only
from gradcli.ops.core.parameter_types import Anything, Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.conversion import to
from gradcli.ops.elementwise.exponential import exp, log
from gradcli.ops.elementwise.powers import power
from gradcli.ops.elementwise.selection import where
from gradcli.ops.elementwise.trigonometry import cos, sin

family("special functions")


def _sinc_slope(x: Any) -> Any:
    away = where(x == 0, 1.0, x) * math.pi  # the branch not taken must not divide by zero, for the orders above
    return where(x == 0, 0.0, (away * cos(away) - sin(away)) / (away * away / math.pi))


sinc = elementwise(
    "sinc",
    lambda x, /: np.sinc(x),
    _sinc_slope,
    aliases=("special.sinc",),
    grad_fn="SincBackward0",
    doc="sin(pi*x) / (pi*x), and 1 at 0.",
)


def _xlogy(x: Any, y: Any, /) -> Any:
    dtype = (x if isinstance(x, np.ndarray) else y).dtype  # one of them may be a number
    x, y = np.asarray(x, dtype), np.asarray(y, dtype)
    return np.where(np.isnan(y), y, np.where(x == 0, dtype.type(0), x * np.log(y)))


def _log_where_needed(g: Any, x: Any, y: Any) -> Any:
    return where((x == 0) & (y <= 0), 0.0, g * log(y))


_xlogy_rules = (_log_where_needed, lambda g, x, y: g * x / y)
xlogy = general(
    "xlogy",
    _xlogy,
    _xlogy_rules,
    _xlogy_rules,
    casting=sinc.casting,
    aliases=("special.xlogy",),
    grad_fn="XlogyBackward0",
    domain=(REAL, Domain("x == 0 or y > 0", POSITIVE.low, POSITIVE.high, "y > 0")),
    doc="x * log(y), and 0 where x is 0.",
)


def _share(x: Any, y: Any) -> Any:
    """How much of exp(x) + exp(y) is exp(x), without overflow."""
    return 1 / (1 + exp(y - x))


logaddexp = elementwise(
    "logaddexp",
    np.logaddexp,
    (lambda x, y: _share(x, y), lambda x, y: _share(y, x)),
    casting=only("f", "logaddexp_cpu"),
    grad_fn="LogaddexpBackward0",
    doc="log(exp(x) + exp(y)), without overflow.",
)
logaddexp2 = elementwise(
    "logaddexp2",
    np.logaddexp2,
    (
        lambda x, y: _share(x * math.log(2), y * math.log(2)),
        lambda x, y: _share(y * math.log(2), x * math.log(2)),
    ),
    casting=only("f", "logaddexp2_cpu"),
    grad_fn="Logaddexp2Backward0",
    doc="log2(2**x + 2**y), without overflow.",
)


def _logit(x: Any, /, eps: Number | None = None) -> Any:
    if eps is not None:
        x = np.clip(x, eps, 1 - eps)
    return np.log(x / (1 - x))


def _logit_slope(x: Any, eps: Any) -> Any:
    slope = 1 / (x * (1 - x))
    return slope if eps is None else where((x < eps) | (x > 1 - eps), 0.0, slope)


logit = elementwise(
    "logit",
    _logit,
    _logit_slope,
    aliases=("special.logit",),
    grad_fn="LogitBackward0",
    domain=Domain("0 < x < 1", 0.1, 0.9),
    doc="log(x / (1 - x)), of x kept between eps and 1 - eps.",
    samples=("logit(x)", "logit(x, eps=0.2)"),
)


def _float_power(x: Any, /, exponent: Anything) -> Any:
    if not hasattr(exponent, "array") and not isinstance(exponent, (int, float)):
        raise Problem("argument", "float_power(): exponent must be a tensor or a number", type="TypeError")
    double = np.dtype(np.float64)
    wide = to(tensor_of(x), double)
    return power(wide, to(exponent, double) if hasattr(exponent, "array") else exponent)


composite("float_power", _float_power, doc="x ** exponent, in float64.", samples=("float_power(x, 2)",))
