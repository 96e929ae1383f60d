"""normalize, cosine_similarity and pairwise_distance."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import promoted, scalar_name
from gradcli.ops.core.parameter_types import Dim, Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import mul
from gradcli.ops.elementwise.scalar_arithmetic import shifted
from gradcli.ops.elementwise.selection import clamp_min
from gradcli.ops.linalg.norms import vector_norm
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.shapes import clone
from gradcli.ops.nn.loss_reduction import broadcast_together
from gradcli.ops.reduction.reductions import sum_dim

family("linear algebra")


def _norm_along(x: Operand, /, ord: Number, dim: Any, keepdim: bool) -> Any:
    return vector_norm.forward(x, ord, dim, keepdim, None)


# What torch.norm(x, p, dim) is inside of other operations.
_norm: Operation = general(
    "norm",
    _norm_along,
    vector_norm.vjps,
    vector_norm.jvps,
    overload="along a dimension",
    function=False,
    method=False,
    casting=vector_norm.casting,
    grad_fn="NormBackward1",
    kinks=vector_norm.kinks,
    complex=vector_norm.complex,
    doc="The norm along a dimension, inside other operations.",
)


def _normalize(x: Operand, /, p: Number = 2.0, dim: Dim = 1, eps: Number = 1e-12) -> Any:
    return x / expand(clamp_min(vector_norm(x, p, dim, True, None), eps), x.shape)


composite(
    "normalize",
    _normalize,
    namespace="F",
    method=False,
    doc="x over its norm along dim, or over eps where that is larger.",
    samples=("normalize(x)", "normalize(x, dim=0)", "normalize(x, p=1, dim=-1)", "normalize(x, eps=10.)"),
)


def _cosine_similarity(x1: Tensor, x2: Tensor, /, dim: Dim = 1, eps: Number = 1e-8) -> Any:
    if x1.shape != x2.shape:
        shape = broadcast_together(x1, x2)[0].shape
        x1, x2 = expand(x1, shape), expand(x2, shape)
    common = promoted([x1.ndarray, x2.ndarray])
    if common.kind != "f":
        words = f"expected common dtype to be floating point, yet common dtype is {scalar_name(common)}"
        raise Problem("dtype", words, hint="convert them, as in x.float()")
    one, other = [each / _length(each, one_dim(dim, each.ndim), eps) for each in (x1, x2)]
    return sum_dim(mul(one, other), dim, False)


def _length(x: Operand, dim: int, eps: float) -> Any:
    """The norms along a dimension; where they are smaller than eps they become that, and the history takes no notice."""
    norm = clone(vector_norm(x, 2, dim, True, None))
    np.maximum(norm.ndarray, eps, out=norm.ndarray)
    return norm


composite(
    "cosine_similarity",
    _cosine_similarity,
    namespace="F",
    method=False,
    doc="The cosine of the angle between vectors along dim.",
    samples=(
        "cosine_similarity(x, y)",
        "cosine_similarity(x, y, dim=0)",
        "y:3 cosine_similarity(x, y, dim=-1)",
        "x:3 y:3 cosine_similarity(x, y, dim=0)",
    ),
)


def _pairwise_distance(x1: Operand, x2: Operand, /, p: Number = 2.0, eps: Number = 1e-6, keepdim: bool = False) -> Any:
    inner = max(x1.ndim, x2.ndim) - 1
    return _norm(shifted(x1 - x2, eps), p, inner, keepdim)


pairwise_distance = composite(
    "pairwise_distance",
    _pairwise_distance,
    namespace="F",
    method=False,
    doc="The p-norm of differences (each plus eps) along the last dimension.",
    samples=(
        "pairwise_distance(x, y)",
        "pairwise_distance(x, y, p=1, keepdim=True)",
        "y:3 pairwise_distance(x, y, p=3)",
        "pairwise_distance(x, y, p=inf)",
    ),
)
