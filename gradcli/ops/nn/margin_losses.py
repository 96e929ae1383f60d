"""Losses with a margin (hinge_embedding, margin_ranking, cosine_embedding, triplet_margin), and kl_div."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.domains import NOT_NEGATIVE, REAL
from gradcli.ops.core.parameter_types import LossReduction, Number, Reduction
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import add, mul, neg
from gradcli.ops.elementwise.exponential import exp, sqrt
from gradcli.ops.elementwise.logarithmic_products import xlogy
from gradcli.ops.elementwise.scalar_arithmetic import shifted, unshifted
from gradcli.ops.elementwise.selection import clamp_min, minimum, where
from gradcli.ops.nn.loss_reduction import joined
from gradcli.ops.nn.similarity import pairwise_distance
from gradcli.ops.reduction.reductions import sum_dim

family("losses")

_EPSILON = 1e-12  # PyTorch's guard against vectors of zeros


def _full(number: float, like: Any) -> Tensor:
    return from_array(np.full(like.shape, number, like.ndarray.dtype))


# --- divergence -----------------------------------------------------------------------------------------------------


def _kl_div(x: Tensor, target: Tensor, /, *, reduction: LossReduction = "mean", log_target: bool = False) -> Any:
    if x.ndarray.dtype.kind != "f" or target.ndarray.dtype.kind != "f":
        kind = "Complex" if "c" in (x.ndarray.dtype.kind, target.ndarray.dtype.kind) else "Integral"
        raise Problem("dtype", f"kl_div: {kind} inputs not supported.", hint="convert them, as in x.float()")
    whole = "sum" if reduction == "batchmean" else reduction
    each = mul(exp(target), target - x) if log_target else xlogy(target, target) - mul(target, x)
    loss = joined(each, whole)
    return loss / x.shape[0] if reduction == "batchmean" and x.ndim else loss


composite(
    "kl_div",
    _kl_div,
    namespace="F",
    method=False,
    domain=(REAL, NOT_NEGATIVE),
    doc="target * (log(target) - x): the divergence of the target from exp(x); 'batchmean' is its sum over the batch.",
    samples=(
        "F.kl_div(x, y)",
        "F.kl_div(x, y, reduction='batchmean')",
        "F.kl_div(x, y, reduction='none')",
        "F.kl_div(x, y, log_target=True, reduction='sum')",
    ),
)

# --- margins --------------------------------------------------------------------------------------------------------


def _hinge(x: Operand, target: Operand, /, *, margin: Number = 1.0, reduction: Reduction = "mean") -> Any:
    far = clamp_min(_full(margin, x) - x, 0)
    nothing = _full(0, x)
    apart = where(target != 1, far, nothing)
    return joined(add(apart, where(target != -1, x, nothing)), reduction)


def _margin_ranking(
    input1: Operand, input2: Operand, target: Operand, /, *, margin: Number = 0, reduction: Reduction = "mean"
) -> Any:
    if not input1.ndim == input2.ndim == target.ndim:
        sizes = ", ".join([f"{name}: torch.Size({list(each.shape)})" for name, each in zip(_NAMES, (input1, input2, target))])
        raise Problem(
            "shape-mismatch", f"margin_ranking_loss : All input tensors should have same dimension but got sizes: {sizes} "
        )
    difference = input1 - input2
    return joined(clamp_min(shifted(neg(target) * difference, margin), 0), reduction)


_NAMES = ("input1", "input2", "target")


def _cosine_embedding(
    input1: Tensor, input2: Tensor, target: Tensor, /, *, margin: Number = 0, reduction: Reduction = "mean"
) -> Any:
    _check_pairs(input1, input2, target)
    dim = target.ndim
    squares = [shifted(sum_dim(mul(each, each), dim, False), _EPSILON) for each in (input1, input2)]
    cosine = sum_dim(mul(input1, input2), dim, False) / sqrt(mul(*squares))
    nothing = _full(0, cosine)
    near = where(target == 1, _full(1, cosine) - cosine, nothing)
    far = where(target == -1, clamp_min(unshifted(cosine, margin), 0), nothing)
    return joined(add(near, far), reduction)


def _check_pairs(input1: Tensor, input2: Tensor, target: Tensor) -> None:
    if target.ndim > 1:
        raise Problem("shape-mismatch", "0D or 1D target tensor expected, multi-target not supported")
    wanted = target.ndim + 1
    if not input1.ndim == input2.ndim == wanted:
        raise Problem(
            "shape-mismatch",
            f"{target.ndim}D target tensor expects {wanted}D input tensors, but found inputs with sizes {list(input1.shape)} "
            f"and {list(input2.shape)}.",
        )
    problem = broadcast_problem([input1.ndarray, input2.ndarray])
    if problem is not None:
        raise problem


def _triplet(
    anchor: Operand,
    positive: Operand,
    negative: Operand,
    /,
    *,
    margin: Number = 1.0,
    p: Number = 2,
    eps: Number = 1e-6,
    swap: bool = False,
    reduction: Reduction = "mean",
) -> Any:
    if margin <= 0:
        raise Problem("argument", f"margin must be greater than 0, got {margin}", type="ValueError")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise Problem(
            "shape-mismatch",
            f"The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor "
            f"{anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs",
        )
    near, far = pairwise_distance(anchor, positive, p, eps, False), pairwise_distance(anchor, negative, p, eps, False)
    if swap:
        far = minimum(far, pairwise_distance(positive, negative, p, eps, False))
    return joined(clamp_min(shifted(near, margin) - far, 0), reduction)


composite(
    "hinge_embedding_loss",
    _hinge,
    namespace="F",
    method=False,
    doc="x where the target is 1, margin - x (at least 0) where it is -1.",
    samples=(
        "x:2 F.hinge_embedding_loss(x, tensor([1., -1.]))",
        "F.hinge_embedding_loss(x, tensor([1., -1., 1.]), margin=3, reduction='sum')",
    ),
)
composite(
    "margin_ranking_loss",
    _margin_ranking,
    namespace="F",
    method=False,
    doc="-target * (input1 - input2) + margin, at least 0.",
    samples=(
        "x:2 y:2 F.margin_ranking_loss(x, y, tensor([1., -1.]))",
        "x:2 y:2 F.margin_ranking_loss(x, y, tensor([1., -1.]), margin=6, reduction='none')",
    ),
)
composite(
    "cosine_embedding_loss",
    _cosine_embedding,
    namespace="F",
    method=False,
    doc="1 - cosine where the target is 1, cosine - margin (at least 0) where it is -1.",
    samples=(
        "F.cosine_embedding_loss(x, y, tensor([1., -1.]))",
        "F.cosine_embedding_loss(x, y, tensor([-1., 1.]), margin=-1.5, reduction='none')",
        "x:3 y:3 F.cosine_embedding_loss(x, y, tensor(1.))",
    ),
)
composite(
    "triplet_margin_loss",
    _triplet,
    namespace="F",
    method=False,
    doc="How much nearer than margin the negative is to the anchor than the positive is.",
    samples=(
        "F.triplet_margin_loss(x, y, z, margin=6)",
        "F.triplet_margin_loss(x, y, z, margin=8, p=1, swap=True, reduction='none')",
        "F.triplet_margin_loss(x, y, z, margin=9, reduction='sum')",
    ),
)
