"""Trigonometric and hyperbolic functions, and their inverses."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.operation import Operation
from gradcli.ops.core.builders import elementwise, general
from gradcli.ops.core.domains import NONZERO, REAL, UNIT, Domain
from gradcli.ops.core.dtypes import promote_to_float
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.exponential import rsqrt
from gradcli.ops.elementwise.selection import where
from gradcli.ops.kernels.correct_rounding import apply, rounded

family("trigonometry")

AT_LEAST_ONE = Domain("x >= 1", 1.2, 3.0, "x > 1")

sin = elementwise("sin", rounded(np.sin), lambda x: cos(x), grad_fn="SinBackward0", doc="Sine, of radians.")
cos: Operation = elementwise("cos", rounded(np.cos), lambda x: -sin(x), grad_fn="CosBackward0", doc="Cosine, of radians.")
tan = elementwise(
    "tan",
    rounded(np.tan),
    lambda out: 1 + out * out,
    grad_fn="TanBackward0",
    domain=Domain("x != pi/2 + n*pi", -1.2, 1.2),
    doc="Tangent, of radians.",
)
asin = elementwise(
    "asin",
    rounded(np.arcsin),
    lambda x: rsqrt(1 - x * x),
    aliases=("arcsin",),
    grad_fn="AsinBackward0",
    domain=UNIT,
    doc="The angle in [-pi/2, pi/2] whose sine is x.",
)
acos = elementwise(
    "acos",
    rounded(np.arccos),
    lambda x: -rsqrt(1 - x * x),
    aliases=("arccos",),
    grad_fn="AcosBackward0",
    domain=UNIT,
    doc="The angle in [0, pi] whose cosine is x.",
)
atan = elementwise(
    "atan",
    rounded(np.arctan),
    lambda x: 1 / (x * x + 1),
    aliases=("arctan",),
    grad_fn="AtanBackward0",
    doc="The angle in (-pi/2, pi/2) whose tangent is x.",
)


def _atan2_x(g: Any, x: Any, y: Any) -> Any:
    return _over_radius(g * y, x, y)


def _atan2_y(g: Any, x: Any, y: Any) -> Any:
    return _over_radius(g * -x, x, y)


def _over_radius(scaled: Any, x: Any, y: Any) -> Any:
    """Over x**2 + y**2, and 0 at the origin, as PyTorch has it."""
    radius = x * x + y * y
    return where(radius == 0, scaled, scaled / radius)


atan2 = general(
    "atan2",
    lambda x, y, /: apply(np.arctan2, x, y),
    (_atan2_x, _atan2_y),
    (_atan2_x, _atan2_y),
    casting=promote_to_float,
    aliases=("arctan2",),
    in_place=True,
    grad_fn="Atan2Backward0",
    domain=(REAL, Domain(REAL.text, NONZERO.low, NONZERO.high, "x != 0 or y != 0")),
    doc="The angle of the point (y, x), in (-pi, pi].",
)
sinh = elementwise("sinh", rounded(np.sinh), lambda x: cosh(x), grad_fn="SinhBackward0", doc="Hyperbolic sine.")
cosh: Operation = elementwise("cosh", rounded(np.cosh), lambda x: sinh(x), grad_fn="CoshBackward0", doc="Hyperbolic cosine.")
tanh = elementwise("tanh", rounded(np.tanh), lambda out: 1.0 - out * out, grad_fn="TanhBackward0", doc="Hyperbolic tangent.")
asinh = elementwise(
    "asinh",
    np.arcsinh,
    lambda x: rsqrt(x * x + 1),
    aliases=("arcsinh",),
    grad_fn="AsinhBackward0",
    doc="The number whose hyperbolic sine is x.",
)
acosh = elementwise(
    "acosh",
    np.arccosh,
    lambda x: rsqrt(x * x - 1),
    aliases=("arccosh",),
    grad_fn="AcoshBackward0",
    domain=AT_LEAST_ONE,
    doc="The number >= 0 whose hyperbolic cosine is x.",
)
atanh = elementwise(
    "atanh",
    rounded(np.arctanh),
    lambda x: 1 / (1 - x * x),
    aliases=("arctanh",),
    grad_fn="AtanhBackward0",
    domain=Domain("-1 < x < 1", UNIT.low, UNIT.high),
    doc="The number whose hyperbolic tangent is x.",
)
