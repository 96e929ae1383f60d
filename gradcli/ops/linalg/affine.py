"""Affine maps: a product of matrices added to something, as addmm and linear have it."""

from __future__ import annotations

import math
from typing import Any

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import HOLOMORPHIC, composite, general
from gradcli.ops.core.dtypes import unpromoted
from gradcli.ops.core.parameter_types import Scalar
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import add
from gradcli.ops.kernels.matrix_products import product
from gradcli.ops.linalg.matrix_products import from_left, matmul, mm, need, need_multipliable, need_one_dtype, swapped
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.shapes import contiguous, view
from gradcli.ops.movement.transposing import t

family("linear algebra")


def _addmm(x: Array, mat1: Array, mat2: Array, /, *, beta: Scalar = 1, alpha: Scalar = 1) -> Any:
    need(mat1.ndim == 2, f"mat1 must be a matrix, got {mat1.ndim}-D tensor", mat1.shape, mat2.shape)
    need(mat2.ndim == 2, f"mat2 must be a matrix, got {mat2.ndim}-D tensor", mat1.shape, mat2.shape)
    need_multipliable(mat1, mat2)
    start = expand(x, (mat1.shape[0], mat2.shape[1]))
    need_one_dtype(mat1, mat2, "addmm_impl_cpu_", "mat1 and mat2 must have the same dtype, but got {0} and {1}")
    need_one_dtype(x, mat2, "addmm_impl_cpu_", "self and mat2 must have the same dtype, but got {0} and {1}")
    if alpha == beta == 1:
        return product(mat1, mat2, start)
    return blended(start, product(mat1, mat2), beta, alpha)


def blended(start: Any, made: Array, beta: complex, alpha: complex) -> Any:
    """beta * start + alpha * made (an array just made); with beta = 0, nan and infinities of `start` do not count."""
    for name, number in (("beta", beta), ("alpha", alpha)):
        if isinstance(number, complex) and made.dtype.kind != "c":
            words = f"For non-complex input tensors, argument {name} must not be a complex number."
            raise Problem("argument", words, hint="make the tensors complex first: x.to(complex128)")
    if alpha != 1:
        made *= made.dtype.type(alpha)
    if beta != 0:
        made += start if beta == 1 else start * start.dtype.type(beta)
    return made


def scaled(x: Operand, number: complex) -> Any:
    """x times a number, without an operation where that is 1."""
    return x if number == 1 else x * number


addmm = general(
    "addmm",
    _addmm,
    (
        lambda g, beta: scaled(g, beta),
        lambda g, mat2, alpha: scaled(mm(g, swapped(mat2)), alpha),
        lambda g, mat1, mat2_shape, alpha: scaled(from_left(mat1, g, mat2_shape), alpha),
    ),
    (
        lambda t, beta: scaled(t, beta),
        lambda t, mat2, alpha: scaled(mm(t, mat2), alpha),
        lambda t, mat1, alpha: scaled(mm(mat1, t), alpha),
    ),
    casting=unpromoted,
    in_place=True,
    complex=HOLOMORPHIC,
    grad_fn="AddmmBackward0",
    elements=lambda x, mat1, mat2, beta, alpha: (mat1.shape[0] * mat2.shape[-1]) if mat1.ndim == mat2.ndim == 2 else 0,
    doc="beta * input + alpha * mat1 @ mat2.",
    samples=(
        "x:2,4 y:2,3 z:3,4 addmm(x, y, z)",
        "x:4 y:2,3 z:3,4 x.addmm(y, z)",
        "x:2,4 y:2,3 z:3,4 addmm(x, y, z, beta=0.5, alpha=2)",
    ),
)


def _linear(x: Operand, weight: Operand, bias: Operand | None = None, /) -> Any:
    if not x.ndim or not weight.ndim:
        raise Problem(
            "shape-mismatch", f"both arguments to linear need to be at least 1D, but they are {x.ndim}D and {weight.ndim}D"
        )
    if weight.ndim == 2 and x.shape[-1] != weight.shape[1]:
        raise Problem(
            "shape-mismatch",
            f"mat1 and mat2 shapes cannot be multiplied ({math.prod(x.shape[:-1])}x{x.shape[-1]} and "
            f"{weight.shape[1]}x{weight.shape[0]})",
            hint="the weight of linear has shape [out_features, in_features]",
        )
    if bias is not None and x.ndim == 2:
        return addmm(bias, x, t(weight))
    if bias is None or weight.ndim == 1:
        plain = matmul(x, t(weight))
        return plain if bias is None else add(plain, bias)
    tall = view(contiguous(x), (math.prod(x.shape[:-1]), x.shape[-1]))
    return view(addmm(bias, tall, t(weight)), (*x.shape[:-1], weight.shape[0]))


composite(
    "linear",
    _linear,
    namespace="F",
    method=False,
    doc="x @ weight.T + bias.",
    samples=(
        "y:4,3 linear(x, y)",
        "y:4,3 z:4 linear(x, y, z)",
        "x:3 y:4,3 z:4 linear(x, y, bias=z)",
        "x:2,2,3 y:4,3 linear(x, y)",
    ),
)
