"""The scaled tail of the error function; the normal distribution's logarithm and quantiles, exact far out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.graph.types import Array
from gradcli.ops.core.builders import Operation, elementwise
from gradcli.ops.core.domains import REAL, Domain
from gradcli.ops.core.dtypes import Casting, not_implemented, promote_to_float
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.exponential import exp
from gradcli.ops.kernels.error_function import erfc, scaled_tail

family("special functions")

_ROOT = math.sqrt(2)
_STEPS = 40


def _erfcx(x: Array, /) -> Any:
    """Of negative numbers by erfc(-x) = 2 - erfc(x)."""
    wide = x.astype(np.float64)
    size = np.abs(wide)
    near = np.minimum(size, 0.5)
    positive = np.where(size < 0.5, np.exp(near * near) * erfc(near), scaled_tail(np.maximum(size, 0.5)))
    with np.errstate(over="ignore"):
        return np.where(wide < 0, 2 * np.exp(wide * wide) - positive, positive).astype(x.dtype)


def _log_ndtr(x: Array, /) -> Any:
    wide = x.astype(np.float64)
    low = np.minimum(wide, -1.0)
    tail = np.log(_erfcx(-low / _ROOT) / 2) - low * low / 2
    return np.where(wide < -1, tail, np.log1p(-erfc(np.maximum(wide, -1.0) / _ROOT) / 2)).astype(x.dtype)


def _ndtri(p: Any, /) -> Any:
    """Newton's method on the logarithm, which is concave: from a start to the left of the root it never steps too far.

    As the distribution is at most exp(-x**2 / 2) / 2 for x < 0, the start is -sqrt(-2 * log(2 * p)).
    """
    wide = p.astype(np.float64)
    lower = np.minimum(wide, 1 - wide)
    inside = np.where(lower > 0, lower, 0.5)
    wanted = np.log(inside)
    x = -np.sqrt(np.maximum(-2 * np.log(2 * inside), 0.0))
    for _ in range(_STEPS):
        step = (wanted - _log_ndtr(x)) * _erfcx(-x / _ROOT) * math.sqrt(math.pi / 2)
        x = x + step
        if (np.abs(step) <= 1e-16 * np.abs(x)).all():
            break
    out = np.where(lower > 0, x, np.where(lower == 0, -math.inf, math.nan))
    return np.where(wide > 0.5, -out, out).astype(p.dtype)


def _no_half(kernel: str) -> Casting:
    """Casting that refuses float16, which PyTorch has no kernel for."""

    def check(values: list[Any], statics: tuple[Any, ...] = ()) -> list[Any]:
        if values[0].dtype.name == "float16":
            raise not_implemented(kernel, values[0].dtype)
        return promote_to_float(values)

    return check


erfcx: Operation = elementwise(
    "special.erfcx",
    _erfcx,
    lambda x, out: 2 * x * out - 2 / math.sqrt(math.pi),
    casting=_no_half("erfcx_cpu"),
    method=False,
    namespace="torch.special",
    grad_fn="SpecialErfcxBackward0",
    domain=Domain(REAL.text, -0.8, 3.0),
    doc="exp(x**2) * erfc(x), without underflow.",
)
elementwise(
    "special.log_ndtr",
    _log_ndtr,
    lambda x: math.sqrt(2 / math.pi) / erfcx(-x / math.sqrt(2)),
    casting=_no_half("log_ndtr_cpu"),
    method=False,
    namespace="torch.special",
    grad_fn="SpecialLogNdtrBackward0",
    doc="The logarithm of the standard normal distribution function, exact far out.",
)
elementwise(
    "special.ndtri",
    _ndtri,
    lambda out: math.sqrt(2 * math.pi) * exp(out * out / 2),
    casting=_no_half("ndtri_cpu"),
    method=False,
    namespace="torch.special",
    grad_fn="SpecialNdtriBackward0",
    domain=Domain("0 < x < 1", 0.1, 0.9),
    doc="The quantile of the standard normal distribution.",
)
