"""Exponentials, logarithms, roots, and sigmoids made of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.graph.half_rows import HalfSteps
from gradcli.ops.core.arrays import Array, Operand, is_small
from gradcli.ops.core.builders import HOLOMORPHIC, Operation, elementwise, general, no_kernel
from gradcli.ops.core.domains import ABOVE_MINUS_ONE, NOT_NEGATIVE, POSITIVE, LostDigits, near_one
from gradcli.ops.core.dtypes import only, promote_to_float
from gradcli.ops.core.parameter_types import Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.selection import strictly_below, where
from gradcli.ops.kernels import activation_slopes, error_function
from gradcli.ops.kernels.correct_rounding import apply, rounded
from gradcli.ops.kernels.vector_functions import exp_of_each

family("elementwise")

exp = elementwise("exp", rounded(np.exp), lambda out: out, complex=HOLOMORPHIC, grad_fn="ExpBackward0", doc="e ** x.")
expm1 = elementwise(
    "expm1",
    rounded(np.expm1),
    lambda out: out + 1,
    complex=HOLOMORPHIC,
    grad_fn="Expm1Backward0",
    lossy=LostDigits(lambda out: near_one(-out), lambda out: out + 1, lambda x: np.exp(x)),
    doc="e ** x - 1, exact near 0.",
)


def _over(divisor: Any) -> tuple[Any, Any]:
    """The rules of a logarithm: the cotangent over x (exact where a product with 1/x would round twice)."""
    return divisor, divisor


_log, _log_jvp = _over(lambda g, x: g / x)
log = general(
    "log",
    rounded(np.log),
    _log,
    _log_jvp,
    casting=promote_to_float,
    in_place=True,
    complex=HOLOMORPHIC,
    grad_fn="LogBackward0",
    domain=POSITIVE,
    doc="The natural logarithm.",
)
_log2, _log2_jvp = _over(lambda g, x: g / (x * math.log(2)))
log2 = general(
    "log2",
    rounded(np.log2),
    _log2,
    _log2_jvp,
    casting=promote_to_float,
    in_place=True,
    complex=HOLOMORPHIC,
    grad_fn="Log2Backward0",
    domain=POSITIVE,
    doc="The logarithm to base 2.",
)
_log10, _log10_jvp = _over(lambda g, x: g / (x * math.log(10)))
log10 = general(
    "log10",
    rounded(np.log10),
    _log10,
    _log10_jvp,
    casting=promote_to_float,
    in_place=True,
    complex=HOLOMORPHIC,
    grad_fn="Log10Backward0",
    domain=POSITIVE,
    doc="The logarithm to base 10.",
)
_log1p, _log1p_jvp = _over(lambda g, x: g / (x + 1))
log1p = general(
    "log1p",
    rounded(np.log1p),
    _log1p,
    _log1p_jvp,
    pointwise=True,
    casting=promote_to_float,
    in_place=True,
    complex=HOLOMORPHIC,
    grad_fn="Log1PBackward0",
    domain=ABOVE_MINUS_ONE,
    doc="log(1 + x), exact near 0.",
)
_sqrt, _sqrt_jvp = _over(lambda g, out: g / (2 * out))
sqrt = general(
    "sqrt",
    np.sqrt,
    _sqrt,
    _sqrt_jvp,
    casting=promote_to_float,
    in_place=True,
    complex=HOLOMORPHIC,
    grad_fn="SqrtBackward0",
    domain=NOT_NEGATIVE,
    doc="The square root.",
)


def _rsqrt(x: Operand, /) -> Any:
    return 1 / np.sqrt(x)


rsqrt = elementwise(
    "rsqrt",
    _rsqrt,
    lambda out: -0.5 * out * out * out,
    complex=HOLOMORPHIC,
    grad_fn="RsqrtBackward0",
    domain=POSITIVE,
    doc="1 / sqrt(x).",
)


def _sigmoid(x: Operand, /) -> Any:
    out = np.asarray(np.negative(x))  # and all the rest in its place
    if is_small(out):
        out = exp_of_each(out)
    else:
        np.exp(out, out=out)
    out += 1
    return np.reciprocal(out, out=out)


def _half_sigmoid_slope(r: Any, g: Operand, out: Operand) -> Any:
    return r(g * r(1 - out)) * out if r.dtype.char == "e" else g * (1 - out) * out


sigmoid = elementwise(
    "sigmoid",
    _sigmoid,
    lambda out: (1.0 - out) * out,
    single=activation_slopes.sigmoid,
    aliases=("special.expit",),
    complex=HOLOMORPHIC,
    half=HalfSteps(vjps=(_half_sigmoid_slope,)),
    grad_fn="SigmoidBackward0",
    backward="SigmoidBackwardBackward0",
    lossy=LostDigits(near_one, lambda out: (1 - out) * out, lambda x: _in_both_tails(x) * _in_both_tails(-x)),
    doc="1 / (1 + exp(-x)).",
)


def _in_both_tails(x: Array, /) -> Any:
    """sigmoid, which is exp(x) where exp(-x) would overflow."""
    out = _sigmoid(x)
    far = x < 8 - np.log(np.finfo(x.dtype).max)
    return np.where(far, np.exp(np.minimum(x, 0)), out) if np.any(far) else out


_steady_sigmoid: Operation = elementwise(
    "steady_sigmoid",
    _in_both_tails,
    lambda x, out: out * steady_sigmoid(-x),
    function=False,
    method=False,
    grad_fn="SigmoidBackward0",
    doc="sigmoid with derivatives of every order that keep their digits in both tails: they are taken from the operand.",
)


def steady_sigmoid(x: Operand) -> Any:
    """1 / (1 + exp(-x)), for rules: 1 - out, which has no digits left at 40, is not what its derivative is made of."""
    return _steady_sigmoid(x)


def _softplus(x: Operand, /, beta: Number = 1, threshold: Number = 20) -> Any:
    linear = x * beta > threshold
    out = np.asarray(np.multiply(x, beta))
    np.minimum(out, threshold, out=out)
    apply(np.log1p, exp_of_each(out), out=out)
    out /= beta
    np.copyto(out, x, where=linear)
    return out


softplus = elementwise(
    "softplus",
    _softplus,
    lambda x, beta, threshold: _softplus_slope(x * beta, threshold),
    single=activation_slopes.softplus,
    method=False,
    namespace="F",
    grad_fn="SoftplusBackward0",
    backward="SoftplusBackwardBackward0",
    casting=only("f", "softplus_cpu"),
    doc="log(1 + exp(beta*x)) / beta; x itself above the threshold.",
    samples=("softplus(x)", "softplus(x, beta=2)", "softplus(x, 3, threshold=1.5)"),
)


def _softplus_slope(scaled: Any, threshold: Any) -> Any:
    return where(scaled > threshold, 1.0, steady_sigmoid(strictly_below(scaled, threshold)))


erf = elementwise(
    "erf",
    error_function.erf,
    lambda x: 2 / math.sqrt(math.pi) * exp(-x * x),
    aliases=("special.erf",),
    complex=no_kernel("erf_vml_cpu"),
    grad_fn="ErfBackward0",
    doc="The error function.",
)
erfc = elementwise(
    "erfc",
    error_function.erfc,
    lambda x: -2 / math.sqrt(math.pi) * exp(-x * x),
    aliases=("special.erfc",),
    complex=no_kernel("erfc_vml_cpu"),
    grad_fn="ErfcBackward0",
    doc="1 - erf(x), exact for large x.",
)
