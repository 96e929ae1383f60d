"""Trigonometric and hyperbolic functions, and their inverses."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.half_rows import HalfSteps
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand
from gradcli.ops.core.builders import HOLOMORPHIC, elementwise, general, holomorphic
from gradcli.ops.core.domains import NONZERO, REAL, UNIT, Domain, LostDigits, near_one
from gradcli.ops.core.dtypes import promote_to_float
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import abs as absolute
from gradcli.ops.elementwise.exponential import rsqrt, steady_sigmoid
from gradcli.ops.elementwise.fused_arithmetic import hypot
from gradcli.ops.elementwise.selection import where
from gradcli.ops.kernels.correct_rounding import apply, fused, rounded

family("trigonometric")

AT_LEAST_ONE = Domain("x >= 1", 1.2, 3.0, "x > 1")

sin = elementwise(
    "sin", rounded(np.sin), lambda x: cos(x), complex=HOLOMORPHIC, grad_fn="SinBackward0", doc="Sine, of radians."
)
cos: Operation = elementwise(
    "cos", rounded(np.cos), lambda x: -sin(x), complex=HOLOMORPHIC, grad_fn="CosBackward0", doc="Cosine, of radians."
)
tan = elementwise(
    "tan",
    rounded(np.tan),
    lambda out: 1 + out * out,
    complex=HOLOMORPHIC,
    grad_fn="TanBackward0",
    domain=Domain("x != pi/2 + n*pi", -1.2, 1.2),
    doc="Tangent, of radians.",
)


_one_minus_square = elementwise(
    "one_minus_square",
    lambda x, /: (1 - x) * (1 + x),
    lambda x: -2 * x,
    function=False,
    method=False,
    complex=HOLOMORPHIC,
    grad_fn="RsubBackward1",
    doc="1 - x**2, without cancellation near 1; nor has its derivative any near 0.",
)
asin = elementwise(
    "asin",
    rounded(np.arcsin),
    lambda x: rsqrt(_one_minus_square(x)),
    aliases=("arcsin",),
    complex=HOLOMORPHIC,
    grad_fn="AsinBackward0",
    domain=UNIT,
    doc="The angle in [-pi/2, pi/2] whose sine is x.",
)
acos = elementwise(
    "acos",
    rounded(np.arccos),
    lambda x: -rsqrt(_one_minus_square(x)),
    aliases=("arccos",),
    complex=HOLOMORPHIC,
    grad_fn="AcosBackward0",
    domain=UNIT,
    doc="The angle in [0, pi] whose cosine is x.",
)
_by_atan = lambda g, x: g / (x * x + 1)  # noqa: E731  (one rule for both modes)
atan = general(
    "atan",
    rounded(np.arctan),
    _by_atan,
    _by_atan,
    pointwise=True,
    casting=promote_to_float,
    in_place=True,
    aliases=("arctan",),
    complex=HOLOMORPHIC,
    grad_fn="AtanBackward0",
    doc="The angle in (-pi/2, pi/2) whose tangent is x.",
)


def _atan2_x(g: Cotangent, x: Array, y: Tensor) -> Any:
    return _over_radius(g * y, x, y)


def _atan2_y(g: Cotangent, x: Array, y: Tensor) -> Any:
    return _over_radius(g * -x, x, y)


def _over_radius(scaled: Any, x: Array, y: Tensor) -> Any:
    """Over x**2 + y**2, and 0 at the origin, as PyTorch has it; where the squares vanish or overflow, of both over a scale."""
    scale = _scale(x.ndarray, y.ndarray) if isinstance(x, Tensor) else _scale(x, y)
    if scale is not None:
        scale = from_array(scale) if isinstance(x, Tensor) else scale
        scaled, x, y = scaled / scale, x / scale, y / scale
    radius = x * x + y * y
    over = where(radius == 0, scaled, scaled / radius)
    return over if scale is None else over / scale


def _scale(x: Array, y: Operand) -> Any:
    """By what to divide both so that they can be squared: a number that does not matter otherwise; None where nothing is."""
    radius, limits = x * x + y * y, np.finfo(x.dtype)
    largest = np.maximum(np.abs(x), np.abs(y))
    lost = ((radius < limits.tiny / limits.eps) | (radius == np.inf)) & (largest > 0) & (largest < np.inf)
    return np.where(lost, largest, x.dtype.type(1)) if lost.any() else None


def _half_atan2(r: Any, g: Operand, x: Operand, y: Operand) -> Any:
    return r(g * y) * r(1 / r(r(x * x) + r(y * y)))


atan2 = general(
    "atan2",
    lambda x, y, /: apply(np.arctan2, x, y),
    (_atan2_x, _atan2_y),
    (_atan2_x, _atan2_y),
    casting=promote_to_float,
    half=HalfSteps(vjps=(_half_atan2, lambda r, g, x, y: _half_atan2(r, g, y, -x))),
    aliases=("arctan2",),
    in_place=True,
    grad_fn="Atan2Backward0",
    domain=(REAL, Domain(REAL.text, NONZERO.low, NONZERO.high, "x != 0 or y != 0")),
    doc="The angle of the point (y, x), in (-pi, pi].",
)
sinh = elementwise(
    "sinh", rounded(np.sinh), lambda x: cosh(x), complex=HOLOMORPHIC, grad_fn="SinhBackward0", doc="Hyperbolic sine."
)
cosh: Operation = elementwise(
    "cosh", rounded(np.cosh), lambda x: sinh(x), complex=HOLOMORPHIC, grad_fn="CoshBackward0", doc="Hyperbolic cosine."
)
_steady_tanh = elementwise(
    "steady_tanh",
    rounded(np.tanh),
    lambda x: 4 * steady_sigmoid(2 * x) * steady_sigmoid(-2 * x),
    function=False,
    method=False,
    grad_fn="TanhBackward0",
    doc="tanh with derivatives of every order that keep their digits far out: they are taken from the operand.",
)


def steady_tanh(x: Operand) -> Any:
    """tanh(x), for rules: 1 - out**2, which has no digits left at 20, is not what its derivative is made of."""
    return _steady_tanh(x)


tanh = elementwise(
    "tanh",
    rounded(np.tanh),
    lambda out: 1.0 - out * out,
    single=lambda g, out: g * fused(-out, out, out.dtype.type(1)),
    complex=HOLOMORPHIC,
    grad_fn="TanhBackward0",
    backward="TanhBackwardBackward0",
    lossy=LostDigits(
        lambda out: near_one(np.abs(out)),
        lambda out: 1 - out * out,
        lambda x: 4 * steady_sigmoid(2 * x) * steady_sigmoid(-2 * x),
    ),
    doc="Hyperbolic tangent.",
)


def _square_and_one(x: Operand) -> Any:
    """sqrt(x**2 + 1), of large x, too."""
    return hypot(x, 1.0)


asinh = elementwise(
    "asinh",
    np.arcsinh,
    lambda x: 1 / _square_and_one(x),
    complex=holomorphic(lambda x: rsqrt(x * x + 1)),
    aliases=("arcsinh",),
    grad_fn="AsinhBackward0",
    doc="The number whose hyperbolic sine is x.",
)


def _one_over_leg(x: Operand) -> Any:
    """1 / sqrt(x**2 - 1), of large x, too."""
    return rsqrt(absolute(x) - 1) * rsqrt(absolute(x) + 1)


acosh = elementwise(
    "acosh",
    np.arccosh,
    lambda x: _one_over_leg(x),
    complex=holomorphic(lambda x: rsqrt(x - 1) * rsqrt(x + 1)),
    aliases=("arccosh",),
    grad_fn="AcoshBackward0",
    domain=AT_LEAST_ONE,
    doc="The number >= 0 whose hyperbolic cosine is x.",
)
_by_atanh = lambda g, x: g / _one_minus_square(x)  # noqa: E731
atanh = general(
    "atanh",
    rounded(np.arctanh),
    _by_atanh,
    _by_atanh,
    pointwise=True,
    casting=promote_to_float,
    in_place=True,
    aliases=("arctanh",),
    complex=HOLOMORPHIC,
    grad_fn="AtanhBackward0",
    domain=Domain("-1 < x < 1", UNIT.low, UNIT.high),
    doc="The number whose hyperbolic tangent is x.",
)
