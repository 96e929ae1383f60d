"""glu: one half of the values times the sigmoid of the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_rows import HalfSteps
from gradcli.ops.core.arrays import Cotangent, Operand, Tangent
from gradcli.ops.core.builders import general
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import only
from gradcli.ops.core.parameter_types import Dim
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.exponential import steady_sigmoid
from gradcli.ops.kernels import vector_functions
from gradcli.ops.movement.joining import cat

family("activations")


def _halves(x: Operand, dim: int) -> tuple[Any, Any]:
    axis = one_dim(dim, len(x.shape))
    size = x.shape[axis]
    if size % 2:
        raise Problem("shape", f"Halving dimension must be even, but dimension {axis} is size {size}")
    before = (slice(None),) * axis
    return x[(*before, slice(None, size // 2))], x[(*before, slice(size // 2, None))]


def _glu(x: Operand, /, dim: Dim = -1) -> Any:
    if not x.ndim:
        raise Problem("dimension", "glu does not support scalars because halving size must be even")
    value, gate = _halves(x, dim)
    return value / (1 + vector_functions.exp_of_each(-gate))


def _glu_vjp(g: Cotangent, x: Operand, dim: Any) -> Any:
    value, gate = _halves(x, dim)
    opening = steady_sigmoid(gate)
    return cat([g * opening, g * value * opening * steady_sigmoid(-gate)], one_dim(dim, len(x.shape)))


def _glu_jvp(t: Tangent, x: Operand, dim: Any) -> Any:
    (value, gate), (of_value, of_gate) = _halves(x, dim), _halves(t, dim)
    opening = steady_sigmoid(gate)
    return of_value * opening + value * opening * steady_sigmoid(-gate) * of_gate


def _half_glu_slope(r: Any, g: Operand, x: Operand, dim: Any) -> Any:
    value, gate = _halves(x, dim)
    opening = r(steady_sigmoid(gate))
    return np.concatenate([opening * g, (1 - opening) * opening * g * value], one_dim(dim, x.ndim))


general(
    "glu",
    _glu,
    _glu_vjp,
    _glu_jvp,
    method=False,
    namespace="F",
    casting=only("f", "glu_cpu"),
    half=HalfSteps(vjps=(_half_glu_slope,)),
    grad_fn="GluBackward0",
    backward="GluBackwardBackward0",
    doc="The first half along dim times the sigmoid of the second.",
    samples=("x:2,4 glu(x)", "x:4,2 glu(x, dim=0)"),
)
