"""Arithmetic on two or three tensors in one operation (lerp, addcmul, addcdiv, hypot), deg2rad, rad2deg and nan_to_num."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import name_of
from gradcli.graph.half_rows import HalfSteps
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import HOLOMORPHIC, Operation, elementwise, general
from gradcli.ops.core.domains import DIVISOR, REAL, Domain
from gradcli.ops.core.dtypes import only, promote
from gradcli.ops.core.parameter_types import Number, Scalar
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.selection import where
from gradcli.ops.kernels.correct_rounding import multiply_add

family("elementwise")

# x / hypot(x, y), the cosine of an angle: with s the sine, its derivatives are s * s and -s times itself, over the radius.
_cosine: Operation = elementwise(
    "hypot_backward",
    lambda x, y, /: np.where(np.isinf(x) & np.isfinite(y), np.sign(x), x / np.hypot(x, y)),
    (lambda x, y: _cosine(y, x) * _cosine(y, x) / hypot(x, y), lambda x, y, out: -out * _cosine(y, x) / hypot(x, y)),
    function=False,
    method=False,
    grad_fn="DivBackward0",
    doc="The gradient of hypot by x.",
)


def _hypot_slope(x: Operand, y: Operand) -> Any:
    return _cosine(x, y)


def _half_hypot_slope(r: Any, g: Operand, x: Operand, y: Operand) -> Any:
    return r(g * x) / r(np.hypot(x, y))


hypot: Operation = elementwise(
    "hypot",
    np.hypot,
    (lambda x, y: _hypot_slope(x, y), lambda x, y: _hypot_slope(y, x)),
    casting=only("f", "hypot_cpu"),
    half=HalfSteps(vjps=(_half_hypot_slope, lambda r, g, x, y: _half_hypot_slope(r, g, y, x))),
    grad_fn="HypotBackward0",
    domain=Domain(REAL.text, REAL.low, REAL.high, "x != 0 or y != 0"),
    doc="sqrt(x**2 + y**2), without overflow.",
)


def _lerp_each(x: Operand, y: Operand, weight: Operand) -> Any:
    """From the nearer end, as PyTorch computes it."""
    way = y - x
    return np.where(np.abs(weight) < 0.5, multiply_add(weight, way, x), multiply_add(weight - 1, way, y))


def _lerp_number(x: Array, y: Array, /, weight: Scalar) -> Any:
    _one_dtype("end", x, y)
    return _lerp_each(x, y, x.dtype.type(weight))


def _lerp(x: Operand, y: Operand, weight: Operand, /) -> Any:
    return _lerp_each(x, y, weight)


def _one_dtype(name: str, x: Array, y: Array) -> None:
    if x.dtype != y.dtype:
        raise Problem("dtype", f"expected dtype {name_of(x.dtype)} for `{name}` but got dtype {name_of(y.dtype)}")


elementwise(
    "lerp",
    _lerp_number,
    (lambda weight: 1 - weight, lambda weight: weight),
    overload="number",
    casting=only("fc", "lerp_kernel_scalar"),
    complex=HOLOMORPHIC,
    grad_fn="LerpBackward0",
    doc="x + weight * (y - x).",
    samples=("lerp(x, y, 0.3)", "lerp(x, y, 0.75)"),
)
lerp = elementwise(
    "lerp",
    _lerp,
    (lambda weight: 1 - weight, lambda weight: weight, lambda x, y: y - x),
    overload="tensor",
    casting=only("fc", "lerp_kernel_tensor"),
    complex=HOLOMORPHIC,
    grad_fn="LerpBackward1",
    doc="x + weight * (y - x), with a weight for each element.",
    samples=("lerp(x, y, w)", "w:3 lerp(x, y, w)"),
)


def _addcmul(x: Operand, y: Operand, w: Operand, /, *, value: Scalar = 1) -> Any:
    return multiply_add(value * y if value != 1 else y, w, x)


def _addcdiv(x: Operand, y: Operand, w: Operand, /, *, value: Scalar = 1) -> Any:
    if np.result_type(y, w).kind in "iub":
        raise Problem(
            "dtype",
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true "
            "division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * "
            "torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) "
            "for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / "
            "tensor2), for all dtypes.",
            hint="make them floating-point first",
        )
    return x + value * y / w


elementwise(
    "addcmul",
    _addcmul,
    (lambda: 1, lambda w, value: w * value, lambda y, value: y * value),
    casting=only("iufc", "addcmul_cpu_out"),
    complex=HOLOMORPHIC,
    grad_fn="AddcmulBackward0",
    doc="x + value * y * w.",
    samples=("addcmul(x, y, w)", "addcmul(x, y, w, value=-0.5)"),
)
elementwise(
    "addcdiv",
    _addcdiv,
    (lambda: 1, lambda w, value: value / w, lambda y, w, value: -value * y / (w * w)),
    casting=promote,
    half=HalfSteps(vjps=(None, lambda r, g, w, value: g * r(r(np.float32(value)) / w))),
    domain=(REAL, REAL, DIVISOR),
    complex=HOLOMORPHIC,
    grad_fn="AddcdivBackward0",
    doc="x + value * y / w.",
    samples=("addcdiv(x, y, w)", "addcdiv(x, y, w, value=0.5)"),
)

# --- angles ---------------------------------------------------------------------------------------------------------


deg2rad = elementwise(
    "deg2rad",
    lambda x, /: x * x.dtype.type(math.pi / 180),
    lambda: math.pi / 180,
    aliases=("math.radians",),
    complex=("deg2rad is not supported for complex tensors.", "RuntimeError"),
    grad_fn="Deg2RadBackward0",
    doc="Degrees in radians.",
)
rad2deg = elementwise(
    "rad2deg",
    lambda x, /: x * x.dtype.type(180 / math.pi),
    lambda: 180 / math.pi,
    aliases=("math.degrees",),
    complex=("rad2deg is not supported for complex tensors.", "RuntimeError"),
    grad_fn="Rad2DegBackward0",
    doc="Radians in degrees.",
)

# --- replacements ---------------------------------------------------------------------------------------------------


def _nan_to_num(x: Array, /, nan: Number | None = None, posinf: Number | None = None, neginf: Number | None = None) -> Any:
    if x.dtype.kind != "f":
        return x.copy()
    limits = np.finfo(x.dtype)
    return np.nan_to_num(
        x,
        nan=0.0 if nan is None else nan,
        posinf=float(limits.max) if posinf is None else posinf,
        neginf=float(limits.min) if neginf is None else neginf,
    )


_where_finite = lambda g, x: where(abs(x) < math.inf, g, 0.0)  # noqa: E731
general(
    "nan_to_num",
    _nan_to_num,
    _where_finite,
    _where_finite,
    pointwise=True,
    in_place=True,
    complex=("nan_to_num does not support automatic differentiation for outputs with complex dtype.", "RuntimeError"),
    grad_fn="NanToNumBackward0",
    doc="x with numbers in the place of nan and the infinities.",
    samples=("nan_to_num(x)", "x.nan_to_num(nan=2.0)"),
)
