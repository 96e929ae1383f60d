"""Losses of classes: negative log-likelihood, and cross entropy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor, array_dtype, as_array, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent, zeros
from gradcli.ops.core.builders import ZERO, composite, constant, general, linear
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import only, scalar_name
from gradcli.ops.core.parameter_types import Number, Reduction
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import add, mul, neg
from gradcli.ops.elementwise.scalar_arithmetic import divided, not_a_number, scaled, shifted
from gradcli.ops.elementwise.selection import masked_fill
from gradcli.ops.kernels.pairwise_sum import add_one_by_one
from gradcli.ops.movement.shapes import contiguous, view
from gradcli.ops.reduction.reductions import sum as total
from gradcli.ops.reduction.reductions import sum_dim
from gradcli.ops.reduction.softmax import log_softmax

family("losses")


def _class_weights(x: Operand, target: Operand, weight: Operand | None, ignore_index: int) -> Any:
    """The weight of each example, in the dtype of x: that of its class, 0 for the class to be ignored."""
    kept = (target != ignore_index).astype(array_dtype(x))
    return kept if weight is None else kept * weight[np.where(kept, target, 0)]


def _picks(shape: tuple[int, ...], target: Operand, ignore_index: int) -> Any:
    """The indices of each example's own class, with the classes in dimension 1 (or 0 where there is one example)."""
    classes = 1 if len(shape) > 1 else 0
    chosen = np.expand_dims(np.where(target == ignore_index, 0, target), classes)
    return classes, chosen


def _nll(x: Array, /, target: Any, weight: Any, ignore_index: int, reduction: Reduction) -> Any:
    classes, chosen = _picks(x.shape, target, ignore_index)
    weights = _class_weights(x, target, weight, ignore_index)
    each = -np.take_along_axis(x, chosen, classes).squeeze(classes) * weights
    each = np.where(target == ignore_index, x.dtype.type(0), each)  # whatever was predicted there
    if reduction == "none":
        return each
    return add_one_by_one(each) / (add_one_by_one(weights) if reduction == "mean" else 1)


def _unpick(y: Array, x: Operand, /, target: Any, weight: Any, ignore_index: int, reduction: Reduction) -> Any:
    """Each example's cotangent at the place of its class; zeros elsewhere."""
    classes, chosen = _picks(x.shape, target, ignore_index)
    weights = _class_weights(x, target, weight, ignore_index)
    count = weights.sum() if reduction == "mean" else 1
    share = np.where(target == ignore_index, y.dtype.type(0), -y * weights / (count or 1))
    out = zeros(x.shape, share)
    np.put_along_axis(out, chosen, np.expand_dims(share, classes), classes)
    return out


def _pick(g: Cotangent, x: Operand, target: Operand, weight: Operand, ignore_index: Any, reduction: Any) -> Any:
    return _nll_row(x.ndim)(g, target, weight, ignore_index, reduction)


def _unpick_again(t: Tangent, x: Operand, target: Operand, weight: Operand, ignore_index: Any, reduction: Any) -> Any:
    return _unpicked(t, x, target, weight, ignore_index, reduction)


# The scores are an operand because PyTorch's has a derivative with respect to them, too: zero.
_unpicked: Operation = general(
    "nll_loss_backward",
    _unpick,
    (_pick, ZERO),
    (_unpick_again, ZERO),
    function=False,
    method=False,
    grad_fn="NllLossBackwardBackward0",
    doc="The transpose of nll_loss.",
)


def _nll_vjp(g: Cotangent, x: Operand, target: Operand, weight: Operand, ignore_index: Any, reduction: Any) -> Any:
    return _unpicked(g, x, target, weight, ignore_index, reduction)


_nll_flat = linear(
    "nll_loss",
    _nll,
    _nll_vjp,
    overload="flat",
    casting=only("f", "nll_loss_out_frame"),
    complex=None,
    function=False,
    method=False,
    grad_fn="NllLossBackward0",
    doc="The negative log-likelihood of classes.",
)
_nll_deep = linear(
    "nll_loss",
    _nll,
    _nll_vjp,
    overload="2d",
    casting=only("f", "nll_loss2d_forward_out_frame"),
    complex=None,
    function=False,
    method=False,
    grad_fn="NllLoss2DBackward0",
    doc="The same with dimensions behind the classes.",
)


def _nll_row(ndim: int) -> Any:
    return _nll_flat if ndim <= 2 else _nll_deep


def _checked_target(x: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> Any:
    """Class indices as an array in the shape of the examples, checked against the shape of the predictions."""
    array = target.ndarray
    if not x.ndim:
        raise Problem(
            "shape-mismatch",
            "Expected 1 or more dimensions (got 0)",
            type="ValueError",
            hint="the input has a score for each class",
        )
    _check_shapes(x.shape, array.shape)
    if array.dtype.name not in ("int64", "uint8"):
        raise Problem(
            "dtype",
            f"expected target dtype to be Long or Byte, but got {scalar_name(array.dtype)}",
            hint="class indices are whole numbers: bind them with -c, which keeps int64",
        )
    classes = x.shape[1 if x.ndim > 1 else 0]
    index = _in_bounds(target, classes, ignore_index).ndarray
    if weight is not None:
        _check_weight(weight, x, classes)
    return index.reshape(() if x.ndim == 1 else array.shape)


def _bounded(x: Array, /, classes: int, ignore_index: int) -> Any:
    wrong = x[(x != ignore_index) & ((x < 0) | (x >= classes))]
    if wrong.size:
        raise Problem(
            "index",
            f"Target {wrong.flat[0]} is out of bounds.",
            type="IndexError",
            hint=f"there are {classes} classes, counted from 0",
        )
    return x.astype(np.int64, copy=False)


# A row of its own, so that a plan holds the question, whose answer depends on values, for each of its runs.
_in_bounds = constant(
    "class_index", _bounded, function=False, method=False, doc="Class indices, none of which is out of bounds."
)


def _check_shapes(scores: tuple[int, ...], target: tuple[int, ...]) -> None:
    """Refuse a target that has not one class for each example."""
    wanted = scores[:1] + scores[2:] if len(scores) > 1 else ()
    hint = f"scores of shape {list(scores)} want a target of shape {list(wanted)}"
    batch = target[0] if target else 0
    if len(scores) > 1 and batch != scores[0]:
        raise Problem(
            "shape-mismatch",
            f"Expected input batch_size ({scores[0]}) to match target batch_size ({batch}).",
            type="ValueError",
            hint=hint,
        )
    if len(scores) <= 2 and len(target) > 1:
        raise Problem("shape-mismatch", "0D or 1D target tensor expected, multi-target not supported", hint=hint)
    if len(scores) == 1 and target not in ((), (1,)):
        raise Problem(
            "shape-mismatch",
            f"For 1D input, 1D target must have size 1, but got target size: {target[0]}",
            type="ValueError",
            hint=hint,
        )
    if len(scores) > 1 and target != scores[:1] + scores[2:]:
        raise Problem("shape-mismatch", f"Expected target size {list(scores[:1] + scores[2:])}, got {list(target)}", hint=hint)


def _check_weight(weight: Tensor, x: Tensor, classes: int) -> None:
    if weight.shape != (classes,):
        raise Problem(
            "shape-mismatch",
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight "
            f"tensor of shape: {list(weight.shape)}",
        )
    if weight.ndarray.dtype != x.ndarray.dtype:
        raise Problem(
            "dtype",
            f"expected scalar type {scalar_name(x.ndarray.dtype)} but found {scalar_name(weight.ndarray.dtype)}",
            hint="convert the weights, as in weight.float()",
        )


def _nll_loss(
    x: Tensor, target: Tensor, weight: Tensor | None = None, /, *, ignore_index: int = -100, reduction: Reduction = "mean"
) -> Any:
    array = _checked_target(x, target, weight, ignore_index)
    shape = array.shape
    if x.ndim == 3 or x.ndim > 4:  # as PyTorch does, whose kernel knows images only
        x = view(contiguous(x), (*x.shape[:2], 1, math.prod(x.shape[2:])))
        array = array.reshape(x.shape[0], 1, x.shape[3])
    loss = _nll_row(x.ndim)(x, array, None if weight is None else weight.ndarray, ignore_index, reduction)
    return loss if loss.shape in ((), shape) else view(loss, shape)


nll_loss = composite(
    "nll_loss",
    _nll_loss,
    namespace="F",
    method=False,
    doc="The negative log-likelihood of classes.",
    samples=(
        "nll_loss(x, tensor([0, 2]))",
        "x:2,3,2 nll_loss(x, tensor([[0, 1], [2, 0]]))",
        "x:2,3,2,2 nll_loss(x, tensor([[[0, 1], [2, 0]], [[1, 1], [2, 2]]]), reduction='none')",
        "nll_loss(x, tensor([0, 2]), weight=tensor([1., 2., 3.], dtype=x.dtype))",
    ),
)


def _cross_entropy(
    x: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    /,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: Number = 0.0,
) -> Any:
    if target.shape == x.shape and target.ndarray.dtype.kind != "f":
        raise Problem(
            "dtype",
            f"Expected floating point type for target with class probabilities, got {scalar_name(target.ndarray.dtype)}",
            hint="class indices have no dimension of classes",
        )
    if not 0 <= label_smoothing <= 1:
        raise Problem("argument", f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    classes = 0 if x.ndim == 1 else one_dim(1, x.ndim)
    logs = log_softmax(x, classes)
    if target.shape == x.shape:
        if weight is not None:
            _check_weight(weight, x, x.shape[classes])
        return _soft(logs, target, weight, classes, reduction, label_smoothing)
    hard = _nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return hard
    count = x.shape[classes]
    smooth = _smoothing(logs, _checked_target(x, target, weight, ignore_index), weight, classes, ignore_index, reduction)
    return add(scaled(hard, 1 - label_smoothing), scaled(smooth, label_smoothing / count))


def _by_class(weight: Tensor, logs: Tensor, classes: int) -> Tensor:
    return from_array(weight.ndarray.reshape([-1 if each == classes else 1 for each in range(logs.ndim)]))


def _smoothing(
    logs: Tensor, target: Array, weight: Tensor | None, classes: int, ignore_index: int, reduction: Reduction
) -> Any:
    """The loss against the uniform distribution."""
    weighted = logs if weight is None else mul(logs, _by_class(weight, logs, classes))
    each = masked_fill(neg(sum_dim(weighted, classes, False)), from_array(target == ignore_index), 0)
    if reduction == "none":
        return each
    kept = _class_weights(logs, target, None if weight is None else weight.ndarray, ignore_index)
    return total(each) / from_array(as_array(kept.sum())) if reduction == "mean" else total(each)


def _soft(
    logs: Tensor, target: Tensor, weight: Tensor | None, classes: int, reduction: Reduction, label_smoothing: float
) -> Any:
    """The loss against probabilities."""
    if label_smoothing:
        target = shifted(scaled(target, 1 - label_smoothing), label_smoothing / logs.shape[classes])
    products = mul(logs, target)
    if weight is not None:
        products = mul(products, _by_class(weight, logs, classes))
    if reduction == "none":
        return neg(sum_dim(products, classes, False))
    if reduction == "sum":
        return neg(total(products))
    if not logs.ndarray.size:
        return neg(not_a_number(total(products)))
    return divided(neg(total(products)), math.prod(logs.shape) // logs.shape[classes])


composite(
    "cross_entropy",
    _cross_entropy,
    namespace="F",
    method=False,
    doc="The cross entropy of unnormalised scores against classes (whole numbers) or probabilities.",
    samples=(
        "cross_entropy(x, tensor([0, 2]))",
        "cross_entropy(x, softmax(y, 1))",
        "cross_entropy(x, softmax(y, 1), label_smoothing=0.1)",
        "cross_entropy(x, tensor([0, 2]), reduction='sum')",
        "cross_entropy(x, tensor([1, 2]), label_smoothing=0.1)",
        "cross_entropy(x, tensor([1, -100]))",
        "cross_entropy(x, tensor([0, 2]), weight=tensor([1., 2., 0.5], dtype=x.dtype))",
        "x:2,3,2 cross_entropy(x, tensor([[0, 1], [2, 0]]))",
        "cross_entropy(x, tensor([0, 2]), reduction='none')",
    ),
)
