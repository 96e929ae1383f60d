"""Special functions: sinc, logaddexp, logaddexp2, logit; and float_power."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.graph.half_rows import HalfSteps
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Cotangent, Operand, tensor_of
from gradcli.ops.core.builders import Operation, composite, elementwise, general, holomorphic
from gradcli.ops.core.domains import Domain
from gradcli.ops.core.dtypes import only, promote_to_float
from gradcli.ops.core.parameter_types import Number, Scalar
from gradcli.ops.core.table import family, guests
from gradcli.ops.elementwise.conversion import to
from gradcli.ops.elementwise.exponential import sigmoid, steady_sigmoid
from gradcli.ops.elementwise.powers import power
from gradcli.ops.elementwise.selection import clamp, gate, where
from gradcli.ops.elementwise.trigonometry import cos, sin

family("special functions")
guests("erf", "erfc")


_TERMS = 60  # of the series, which is for |pi*x| <= n + 4


def _sinc_derivative(x: Array, /, n: int) -> Any:
    """The n-th derivative: pi**n times f_n(z) at z = pi*x, where f_n is the n-th derivative of sin(z) / z.

    From z * f_0 = sin(z), differentiated n times: z * f_n + n * f_(n-1) = sin(z + n*pi/2).  Near 0 that loses digits, and
    Taylor's series holds: the sum of (-1)**k * z**(2*k - n) / ((2*k - n)! * (2*k + 1)) over 2*k >= n.
    """
    z = x.astype(np.float64) * math.pi
    near = np.abs(z) <= n + 4
    inner, outer = np.where(near, z, 0.0), np.where(near, 1.0, z)
    first = n + n % 2
    power = inner ** (first - n) * (-1) ** (first // 2)
    series = power / (first + 1)
    for even in range(first + 2, first + _TERMS, 2):
        power = power * (-inner * inner / max((even - n) * (even - n - 1), 1))
        series = series + power / (even + 1)
    turned = math.pi * np.fmod(x.astype(np.float64), 2)  # which loses nothing, as pi times a large number does
    sine, cosine = np.sin(turned), np.cos(turned)
    far = sine / outer
    for order in range(1, n + 1):
        far = ((sine, cosine, -sine, -cosine)[order % 4] - order * far) / outer
    out = (np.where(near, series, far) * math.pi**n).astype(x.dtype)
    return np.where(x * x == 0, 0, out).astype(x.dtype) if n == 1 else out  # as PyTorch has it: too small to be squared


_sinc_of_order: Operation = elementwise(
    "sinc_derivative",
    _sinc_derivative,
    lambda x, n: _sinc_of_order(x, n + 1),
    function=False,
    method=False,
    grad_fn="SincBackward0",
    doc="The n-th derivative of sinc.",
)


def _sinc_slope(x: Operand) -> Any:
    return _sinc_of_order(x, 1)


def _complex_sinc_slope(x: Operand) -> Any:
    """The derivative of sin(pi x) / (pi x), and 0 at 0."""
    flat = x == 0
    z = where(flat, 1.0, x) * math.pi
    return where(flat, 0.0, (cos(z) * z - sin(z)) * math.pi / (z * z))


sinc = elementwise(
    "sinc",
    lambda x, /: np.sinc(x),
    _sinc_slope,
    aliases=("special.sinc",),
    complex=holomorphic(lambda x: _complex_sinc_slope(x)),
    grad_fn="SincBackward0",
    doc="sin(pi*x) / (pi*x), and 1 at 0.",
)


def _share(x: Operand, y: Operand) -> Any:
    """How much of exp(x) + exp(y) is exp(x), without overflow."""
    return steady_sigmoid(x - y)


def _logaddexp(x: Array, y: Operand, /) -> Any:
    if x.dtype.kind != "c":
        return np.logaddexp(x, y)
    first = x.real >= y.real  # around that, no exponential overflows
    return np.where(first, x, y) + np.log1p(np.exp(np.where(first, y - x, x - y)))


def _half_share(r: Any, g: Operand, x: Operand, y: Operand) -> Any:
    return g / r(1 + r(np.exp(r(y - x))))


logaddexp = elementwise(
    "logaddexp",
    _logaddexp,
    (lambda x, y: _share(x, y), lambda x, y: _share(y, x)),
    casting=only("fc", "logaddexp_cpu"),
    half=HalfSteps(vjps=(_half_share, lambda r, g, x, y: _half_share(r, g, y, x))),
    complex=holomorphic(lambda x, y: sigmoid(x - y), lambda x, y: sigmoid(y - x)),
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


def _logit(x: Operand, /, eps: Number | None = None) -> Any:
    if eps is not None:
        x = np.clip(x, eps, 1 - eps)
    return np.log(x / (1 - x))


def _within_unit(slope: Any, x: Operand) -> Any:
    return where((x < 0) | (x > 1), math.nan, slope)


_logit_gate = gate("logit", "LogitBackwardBackward0")


def _logit_rule(g: Cotangent, x: Operand, eps: Any) -> Any:
    """g / (x * (1 - x)), as two quotients, so that it can be differentiated at 1e-300; nan where logit is."""
    if eps is None:
        return g * _within_unit(1 / x + 1 / (1 - x), x)
    kept = clamp(x, eps, 1 - eps)
    return _logit_gate(g * (1 / kept + 1 / (1 - kept)), x, (x < eps) | (x > 1 - eps))


logit = general(
    "logit",
    _logit,
    _logit_rule,
    _logit_rule,
    casting=promote_to_float,
    in_place=True,
    aliases=("special.logit",),
    grad_fn="LogitBackward0",
    domain=Domain("0 < x < 1", 0.1, 0.9),
    doc="log(x / (1 - x)), of x kept between eps and 1 - eps.",
    samples=("logit(x, eps=0.2)", "logit(x)"),
)


def _float_power(x: Operand, /, exponent: Scalar | Tensor) -> Any:
    def wide(each: Any) -> Any:
        return to(each, np.dtype(np.complex128 if each.ndarray.dtype.kind == "c" else np.float64))

    return power(wide(tensor_of(x)), wide(exponent) if isinstance(exponent, Tensor) else exponent)


composite("float_power", _float_power, doc="x ** exponent, in float64.", samples=("float_power(x, 2)",))
