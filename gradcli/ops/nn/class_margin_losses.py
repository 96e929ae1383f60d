"""Losses that want the score of the right classes to lie a margin above all others (Crammer and Singer, 2001)."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.builders import composite
from gradcli.ops.core.dtypes import not_implemented, scalar_name
from gradcli.ops.core.parameter_types import Number, Reduction
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import mul
from gradcli.ops.elementwise.scalar_arithmetic import shifted
from gradcli.ops.elementwise.selection import relu
from gradcli.ops.movement.fusing import fused
from gradcli.ops.movement.shapes import unsqueeze, view
from gradcli.ops.nn.loss_reduction import joined
from gradcli.ops.reduction.reductions import sum_dim

family("losses")


def _checked(x: Tensor, target: Tensor) -> None:
    """Refuse scores that are no vector or matrix, and targets that are no whole numbers.  Raises Problem."""
    if x.ndim > 2 or 0 in x.shape[-1:]:
        words = f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(x.shape)}"
        raise Problem("shape-mismatch", words, hint="the dimensions are the batch and the classes")
    if target.ndarray.dtype != np.int64:
        words = f"expected scalar type Long but found {scalar_name(target.ndarray.dtype)}"
        raise Problem("dtype", words, hint="classes are whole numbers: bind them with -c, which keeps int64")


def _averaged(each: Any, reduction: Reduction) -> Any:
    """Reduced; the mean over no examples is 0 here, as in PyTorch."""
    return joined(each, "sum" if reduction == "mean" and not each.ndarray.size else reduction)


def _own(classes: Any, count: int, dtype: Any) -> Any:
    """[n, count]: 1 at each example's own class."""
    return (classes[:, None] == np.arange(count)).astype(dtype)


def _multi(x: Any, target: Any, weight: Any, /, p: int, margin: float, reduction: Reduction) -> Any:
    scores = x if x.ndim > 1 else view(x, (1, x.ndarray.size))
    classes, count, dtype = target.ndarray.reshape(-1), scores.shape[1], x.ndarray.dtype
    own = _own(classes, count, dtype)
    shares = (1 - own) / count if weight is None else (1 - own) * weight.ndarray[classes][:, None] / count
    short = relu(shifted(scores - sum_dim(mul(scores, from_array(own)), 1, True), margin))
    each = sum_dim(mul(short if p == 1 else mul(short, short), from_array(shares.astype(dtype))), 1, False)
    return _averaged(each if target.ndim else view(each, ()), reduction)


_multi_row = fused(
    "multi_margin_loss",
    _multi,
    constants=("target", "weight"),
    grad_fn="MultiMarginLossBackward0",
    doc="The mean over the other classes of max(0, margin - x[target] + x)**p.",
)


def _multi_margin(
    x: Tensor,
    target: Tensor,
    /,
    p: int = 1,
    margin: Number = 1.0,
    weight: Tensor | None = None,
    *,
    reduction: Reduction = "mean",
) -> Any:
    if p not in (1, 2):
        raise Problem("argument", "only p == 1 and p == 2 supported", type="ValueError")
    _checked(x, target)
    count, classes = (x.shape[0] if x.ndim > 1 else 1), x.shape[-1] if x.ndim else 1
    if target.ndim > 1 or target.ndarray.size != count:
        words = "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size)."
        found = f"Expected target size [{count}], but got {list(target.shape)}. Input has shape {list(x.shape)}."
        raise Problem("shape-mismatch", f"{words} {found}")
    if weight is not None and weight.shape != (classes,):
        raise Problem("shape-mismatch", f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    if ((target.ndarray < 0) | (target.ndarray >= classes)).any():
        raise Problem("index", "target out of range", hint=f"there are {classes} classes, counted from 0")
    if x.ndarray.dtype.name not in ("float64", "float32"):
        raise not_implemented("multi_margin_loss_cpu_kernel", x.ndarray.dtype)
    return _multi_row(x, target, weight, p, float(margin), reduction)


composite(
    "multi_margin_loss",
    _multi_margin,
    namespace="F",
    method=False,
    doc="The mean over the other classes of max(0, margin - x[target] + x)**p.",
    samples=(
        "F.multi_margin_loss(x, tensor([0, 2]))",
        "F.multi_margin_loss(x, tensor([2, 1]), p=2, margin=0.4, reduction='none')",
        "F.multi_margin_loss(x, tensor([0, 2]), weight=tensor([0.5, 1, 2]), reduction='sum')",
        "z:3 F.multi_margin_loss(z, tensor(1))",
    ),
)


def _multilabel(x: Any, target: Any, /, reduction: Reduction) -> Any:
    """Every class that is no target against every target, by the pairs [n, target, other]."""
    scores = x if x.ndim > 1 else view(x, (1, x.ndarray.size))
    listed, (count, classes) = target.ndarray.reshape(scores.shape), scores.shape
    counted = np.cumprod(listed >= 0, 1, dtype=bool)  # targets end at the first negative number
    marked = np.zeros((count, classes), bool)
    marked[np.nonzero(counted)[0], listed[counted]] = True
    own = np.where(counted, listed, 0)[:, :, None] == np.arange(classes)  # [n, target, class]
    chosen = sum_dim(mul(unsqueeze(scores, 1), from_array(own.astype(x.ndarray.dtype))), 2, True)
    short = relu(shifted(unsqueeze(scores, 1) - chosen, 1.0))
    pairs = (counted[:, :, None] & ~marked[:, None, :]).astype(x.ndarray.dtype) / classes
    each = sum_dim(mul(short, from_array(pairs.astype(x.ndarray.dtype))), (1, 2), False)
    return _averaged(each if x.ndim > 1 else view(each, ()), reduction)


_multilabel_row = fused(
    "multilabel_margin_loss",
    _multilabel,
    constants=("target",),
    grad_fn="MultilabelMarginLossBackward0",
    doc="The mean over pairs of a target and another class of max(0, 1 - x[target] + x).",
)


def _multilabel_margin(x: Tensor, target: Tensor, /, *, reduction: Reduction = "mean") -> Any:
    _checked(x, target)
    if target.shape != x.shape:
        raise Problem("shape-mismatch", f"inconsistent target size: {list(target.shape)} for input of size: {list(x.shape)}")
    if target.ndarray.size and not -1 <= target.ndarray.min() <= target.ndarray.max() < (x.shape[-1] if x.ndim else 1):
        raise Problem("index", "argument #2 'target' is out of range", hint="the list of targets ends with -1")
    if x.ndarray.dtype.name not in ("float64", "float32"):
        raise not_implemented("multilabel_margin_loss_forward_out_frame", x.ndarray.dtype)
    return _multilabel_row(x, target, reduction)


composite(
    "multilabel_margin_loss",
    _multilabel_margin,
    namespace="F",
    method=False,
    doc="The mean over pairs of a target and another class of max(0, 1 - x[target] + x); a list of targets ends at -1.",
    samples=(
        "F.multilabel_margin_loss(x, tensor([[0, 2, -1], [1, -1, 0]]))",
        "F.multilabel_margin_loss(x, tensor([[1, 2, -1], [-1, 0, 1]]), reduction='none')",
        "z:3 F.multilabel_margin_loss(z, tensor([2, -1, -1]), reduction='sum')",
    ),
)
