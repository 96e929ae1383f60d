"""Losses: how far a prediction is from its target."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.arithmetic import abs as absolute
from gradcli.ops.arithmetic import add, mul, neg, sign
from gradcli.ops.builders import ZERO, composite, elementwise, general, linear
from gradcli.ops.dims import one_dim
from gradcli.ops.domains import Domain
from gradcli.ops.dtypes import only, scalar_name
from gradcli.ops.exponential import log, log_softmax, sigmoid
from gradcli.ops.kinds import Number
from gradcli.ops.reductions import mean, sum_dim
from gradcli.ops.reductions import sum as total
from gradcli.ops.selection import clamp, masked_fill, where
from gradcli.ops.shapes import contiguous, expand, view, zeros
from gradcli.ops.table import family

family("losses")

_REDUCTIONS = ("mean", "sum", "none")


def _check_reduction(reduction: str) -> str:
    if reduction not in _REDUCTIONS:
        raise Problem(
            "argument", f"{reduction} is not a valid value for reduction", type="ValueError", hint="use 'mean', 'sum' or 'none'"
        )
    return reduction


def _reduced(each: Any, reduction: str) -> Any:
    if reduction == "none":
        return each
    return each.sum() / (each.size or math.nan) if reduction == "mean" else each.sum()


def _mse(x: Any, target: Any, /, *, reduction: str = "mean") -> Any:
    off = x - target
    return _reduced(off * off, _check_reduction(reduction))


def _mse_slope(x: Any, target: Any, reduction: Any) -> Any:
    off = x - target
    return off * (2 / max(1, math.prod(off.shape)) if reduction == "mean" else 2)


def _summed(t: Any, slope: Any, reduction: str) -> Any:
    return t * slope if reduction == "none" else total(t * slope)


_mse_row = general(
    "mse_loss",
    _mse,
    (
        lambda g, x, target, reduction: g * _mse_slope(x, target, reduction),
        lambda g, x, target, reduction: -g * _mse_slope(x, target, reduction),
    ),
    (
        lambda t, x, target, reduction: _summed(t, _mse_slope(x, target, reduction), reduction),
        lambda t, x, target, reduction: -_summed(t, _mse_slope(x, target, reduction), reduction),
    ),
    function=False,
    method=False,
    casting=only("f", "mse_cpu"),
    grad_fn="MseLossBackward0",
    doc="mse_loss, of tensors of one shape.",
)


def _mse_loss(x: Any, target: Any, /, *, reduction: str = "mean") -> Any:
    return _mse_row(*_broadcast(x, target), _check_reduction(reduction))


def _broadcast(x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the shape that they have together."""
    if x.shape == target.shape:
        return x, target
    try:
        shape = np.broadcast_shapes(x.shape, target.shape)
    except ValueError as error:
        raise broadcast_problem([x.array, target.array]) or error from None
    return expand(x, shape) if x.shape != shape else x, expand(target, shape) if target.shape != shape else target


mse_loss = composite(
    "mse_loss",
    _mse_loss,
    namespace="F",
    method=False,
    doc="The mean (or sum, or each) of the squared differences.",
    samples=("mse_loss(x, y)", "mse_loss(x, y, reduction='sum')", "mse_loss(x, y, reduction='none')", "y:3 mse_loss(x, y)"),
)

# --- bent ones: squares near the target, straight lines far from it ------------------------------------------------


def _off(x: Any, target: Any) -> tuple[Any, Any]:
    off = x - target
    return off, np.abs(off)


def _smooth_l1(x: Any, target: Any, /, reduction: str, beta: Number) -> Any:
    off, far = _off(x, target)
    return _reduced(np.where(far < beta, off * off * (0.5 / (beta or 1)), far - 0.5 * beta), reduction)


def _huber(x: Any, target: Any, /, reduction: str, delta: Number) -> Any:
    off, far = _off(x, target)
    return _reduced(np.where(far <= delta, off * off * 0.5, delta * (far - 0.5 * delta)), reduction)


def _averaging(slope: Any, reduction: str) -> Any:
    return slope * (1 / max(1, math.prod(slope.shape))) if reduction == "mean" else slope


def _smooth_l1_slope(x: Any, target: Any, reduction: Any, beta: Any) -> Any:
    off = x - target
    return _averaging(where(absolute(off) < beta, off / (beta or 1), sign(off)), reduction)


def _huber_slope(x: Any, target: Any, reduction: Any, delta: Any) -> Any:
    return _averaging(clamp(x - target, -delta, delta), reduction)


_smooth_l1_row = general(
    "smooth_l1_loss",
    _smooth_l1,
    (
        lambda g, x, target, reduction, beta: g * _smooth_l1_slope(x, target, reduction, beta),
        lambda g, x, target, reduction, beta: -g * _smooth_l1_slope(x, target, reduction, beta),
    ),
    (
        lambda t, x, target, reduction, beta: _summed(t, _smooth_l1_slope(x, target, reduction, beta), reduction),
        lambda t, x, target, reduction, beta: -_summed(t, _smooth_l1_slope(x, target, reduction, beta), reduction),
    ),
    overload="of one shape",
    function=False,
    method=False,
    casting=only("f", "smooth_l1_cpu"),
    grad_fn="SmoothL1LossBackward0",
    doc="smooth_l1_loss, of tensors of one shape.",
)
_huber_row = general(
    "huber_loss",
    _huber,
    (
        lambda g, x, target, reduction, delta: g * _huber_slope(x, target, reduction, delta),
        lambda g, x, target, reduction, delta: -g * _huber_slope(x, target, reduction, delta),
    ),
    (
        lambda t, x, target, reduction, delta: _summed(t, _huber_slope(x, target, reduction, delta), reduction),
        lambda t, x, target, reduction, delta: -_summed(t, _huber_slope(x, target, reduction, delta), reduction),
    ),
    overload="of one shape",
    function=False,
    method=False,
    casting=only("f", "huber_cpu"),
    grad_fn="HuberLossBackward0",
    doc="huber_loss, of tensors of one shape.",
)


def _smooth_l1_loss(x: Any, target: Any, /, *, reduction: str = "mean", beta: Number = 1.0) -> Any:
    if beta < 0:
        raise Problem("argument", "smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return _l1_loss(x, target, reduction=reduction)
    return _smooth_l1_row(*_broadcast(x, target), _check_reduction(reduction), beta)


def _huber_loss(x: Any, target: Any, /, *, reduction: str = "mean", delta: Number = 1.0) -> Any:
    if delta <= 0:
        raise Problem("argument", "huber_loss does not support non-positive values for delta.")
    return _huber_row(*_broadcast(x, target), _check_reduction(reduction), delta)


def _joined(each: Any, reduction: str) -> Any:
    """The losses of all elements, reduced by operations that show in the graph."""
    return each if reduction == "none" else mean(each) if reduction == "mean" else total(each)


def _l1_loss(x: Any, target: Any, /, *, reduction: str = "mean") -> Any:
    x, target = _broadcast(x, target)
    return _joined(absolute(x - target), _check_reduction(reduction))


composite(
    "l1_loss",
    _l1_loss,
    namespace="F",
    method=False,
    doc="The mean (or sum, or each) of the absolute differences.",
    samples=("l1_loss(x, y)", "l1_loss(x, y, reduction='sum')", "l1_loss(x, y, reduction='none')"),
)
composite(
    "smooth_l1_loss",
    _smooth_l1_loss,
    namespace="F",
    method=False,
    doc="Half the square of differences below beta (over beta), the difference less beta / 2 beyond.",
    samples=(
        "smooth_l1_loss(x, y)",
        "smooth_l1_loss(x, y, reduction='sum', beta=0.5)",
        "smooth_l1_loss(x, y, reduction='none')",
    ),
)
composite(
    "huber_loss",
    _huber_loss,
    namespace="F",
    method=False,
    doc="Half the square of differences up to delta, delta times the difference (less delta / 2) beyond.",
    samples=("huber_loss(x, y)", "huber_loss(x, y, reduction='sum', delta=0.5)", "huber_loss(x, y, reduction='none')"),
)

# --- probabilities --------------------------------------------------------------------------------------------------

_PROBABILITY = Domain("0 <= x <= 1", 0.1, 0.9)
_LOWEST_LOG = -100.0  # PyTorch's bound, so that the loss of a certain miss is finite


def _bce(x: Any, target: Any, /, reduction: str) -> Any:
    if ((x < 0) | (x > 1)).any():
        raise Problem(
            "argument",
            "all elements of input should be between 0 and 1",
            hint="apply sigmoid first, or use binary_cross_entropy_with_logits",
        )
    if ((target < 0) | (target > 1)).any():
        raise Problem("argument", "all elements of target should be between 0 and 1", hint="a target is a probability")
    hit, miss = np.maximum(np.log(x), _LOWEST_LOG), np.maximum(np.log1p(-x), _LOWEST_LOG)
    return _reduced((target - 1) * miss - target * hit, reduction)


_TINY = 1e-12  # PyTorch's guard against probabilities of 0 and 1


def _bce_curvature(x: Any, target: Any) -> Any:
    return (x * x - 2 * x * target + target) / ((1 - x) * x + _TINY) ** 2


# The slope in a row of its own, because PyTorch guards its derivative in another way than itself.
_bce_slope_row = elementwise(
    "binary_cross_entropy_backward",
    lambda x, target, /: (x - target) / np.maximum((1 - x) * x, _TINY),
    (_bce_curvature, lambda x: -1 / clamp((1 - x) * x, _TINY, None)),
    function=False,
    method=False,
    grad_fn="BinaryCrossEntropyBackwardBackward0",
    domain=(_PROBABILITY, _PROBABILITY),
    doc="The slope of binary_cross_entropy.",
)


def _bce_slope(x: Any, target: Any, reduction: Any) -> Any:
    return _averaging(_bce_slope_row(x, target), reduction)


def _bce_target_slope(x: Any, reduction: Any) -> Any:
    return _averaging(log(1 - x) - log(x), reduction)


_bce_row = general(
    "binary_cross_entropy",
    _bce,
    (
        lambda g, x, target, reduction: g * _bce_slope(x, target, reduction),
        lambda g, x, target, reduction: g * _bce_target_slope(x, reduction),
    ),
    (
        lambda t, x, target, reduction: _summed(t, _bce_slope(x, target, reduction), reduction),
        lambda t, x, target, reduction: _summed(t, _bce_target_slope(x, reduction), reduction),
    ),
    overload="unweighted",
    function=False,
    method=False,
    casting=only("f", "binary_cross_entropy"),
    grad_fn="BinaryCrossEntropyBackward0",
    domain=(_PROBABILITY, _PROBABILITY),
    doc="binary_cross_entropy, of tensors of one shape.",
)


def _bce_logits(x: Any, target: Any, /, reduction: str) -> Any:
    return _reduced((1 - target) * x + np.logaddexp(-x, x.dtype.type(0)), reduction)


def _bce_logits_slope(x: Any, target: Any, reduction: Any) -> Any:
    return _averaging(sigmoid(x) - target, reduction)


_bce_logits_row = general(
    "binary_cross_entropy_with_logits",
    _bce_logits,
    (
        lambda g, x, target, reduction: g * _bce_logits_slope(x, target, reduction),
        lambda g, x, reduction: -g * _averaging(x, reduction),
    ),
    (
        lambda t, x, target, reduction: _summed(t, _bce_logits_slope(x, target, reduction), reduction),
        lambda t, x, reduction: -_summed(t, _averaging(x, reduction), reduction),
    ),
    overload="unweighted",
    function=False,
    method=False,
    casting=only("f", "binary_cross_entropy_with_logits"),
    grad_fn="BinaryCrossEntropyWithLogitsBackward0",
    doc="binary_cross_entropy_with_logits, of tensors of one shape.",
)


def _same_shape(x: Tensor, target: Tensor, words: str) -> None:
    if x.shape != target.shape:
        raise Problem("shape-mismatch", words.format(list(target.shape), list(x.shape)), type="ValueError")


def _weighted(row: Operation, x: Any, target: Any, weight: Any, reduction: str) -> Any:
    """The loss of each element times its weight, where there are weights."""
    _check_reduction(reduction)
    if weight is None:
        return row(x, target, reduction)
    return _joined(mul(row(x, target, "none"), weight), reduction)


def _binary_cross_entropy(x: Any, target: Any, weight: Any = None, /, *, reduction: str = "mean") -> Any:
    _same_shape(
        x,
        target,
        "Using a target size (torch.Size({})) that is different to the input size (torch.Size({})) is deprecated. "
        "Please ensure they have the same size.",
    )
    return _weighted(_bce_row, x, target, weight, reduction)


def _with_logits(x: Any, target: Any, weight: Any = None, /, *, reduction: str = "mean") -> Any:
    _same_shape(x, target, "Target size (torch.Size({})) must be the same as input size (torch.Size({}))")
    return _weighted(_bce_logits_row, x, target, weight, reduction)


composite(
    "binary_cross_entropy",
    _binary_cross_entropy,
    namespace="F",
    method=False,
    domain=(_PROBABILITY, _PROBABILITY),
    doc="-(target*log(x) + (1 - target)*log(1 - x)), the mean (or sum, or each); x are probabilities.",
    samples=(
        "binary_cross_entropy(x, y)",
        "binary_cross_entropy(x, y, reduction='sum')",
        "binary_cross_entropy(x, y, reduction='none')",
    ),
)
composite(
    "binary_cross_entropy_with_logits",
    _with_logits,
    namespace="F",
    method=False,
    doc="binary_cross_entropy of sigmoid(x), without overflow.",
    samples=(
        "F.binary_cross_entropy_with_logits(x, y)",
        "F.binary_cross_entropy_with_logits(x, y, reduction='sum')",
        "F.binary_cross_entropy_with_logits(x, y, reduction='none')",
    ),
)

# --- classification -------------------------------------------------------------------------------------------------


def _class_weights(x: Any, target: Any, weight: Any, ignore_index: int) -> Any:
    """The weight of each example, in the dtype of x: that of its class, 0 for the class to be ignored."""
    kept = (target != ignore_index).astype(x.dtype)
    return kept if weight is None else kept * weight[np.where(kept, target, 0)]


def _picks(shape: tuple[int, ...], target: Any, ignore_index: int) -> Any:
    """The indices of each example's own class, with the classes in dimension 1 (or 0 where there is one example)."""
    classes = 1 if len(shape) > 1 else 0
    chosen = np.expand_dims(np.where(target == ignore_index, 0, target), classes)
    return classes, chosen


def _nll(x: Any, /, target: Any, weight: Any, ignore_index: int, reduction: str) -> Any:
    classes, chosen = _picks(x.shape, target, ignore_index)
    weights = _class_weights(x, target, weight, ignore_index)
    each = -np.take_along_axis(x, chosen, classes).squeeze(classes) * weights
    if reduction == "none":
        return each
    return each.sum() / (weights.sum() if reduction == "mean" else 1)


def _unpick(y: Any, x: Any, /, target: Any, weight: Any, ignore_index: int, reduction: str) -> Any:
    """Each example's cotangent at the place of its class; zeros elsewhere."""
    classes, chosen = _picks(x.shape, target, ignore_index)
    weights = _class_weights(x, target, weight, ignore_index)
    count = weights.sum() if reduction == "mean" else 1
    share = -y * weights / (count or 1)
    out = zeros(x.shape, share)
    np.put_along_axis(out, chosen, np.expand_dims(share, classes), classes)
    return out


def _pick(g: Any, x: Any, target: Any, weight: Any, ignore_index: Any, reduction: Any) -> Any:
    return _nll_row(x.ndim)(g, target, weight, ignore_index, reduction)


def _unpick_again(t: Any, x: Any, target: Any, weight: Any, ignore_index: Any, reduction: Any) -> Any:
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


def _nll_vjp(g: Any, x: Any, target: Any, weight: Any, ignore_index: Any, reduction: Any) -> Any:
    return _unpicked(g, x, target, weight, ignore_index, reduction)


_nll_flat = linear(
    "nll_loss",
    _nll,
    _nll_vjp,
    overload="flat",
    casting=only("f", "nll_loss_out_frame"),
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
    function=False,
    method=False,
    grad_fn="NllLoss2DBackward0",
    doc="The same with dimensions behind the classes.",
)


def _nll_row(ndim: int) -> Any:
    return _nll_flat if ndim <= 2 else _nll_deep


def _checked_target(x: Tensor, target: Any, weight: Any, ignore_index: int) -> Any:
    """Class indices as an array in the shape of the examples, checked against the shape of the predictions."""
    array = target.array
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
    wrong = array[(array != ignore_index) & ((array < 0) | (array >= classes))]
    if wrong.size:
        raise Problem(
            "index",
            f"Target {wrong.flat[0]} is out of bounds.",
            type="IndexError",
            hint=f"there are {classes} classes, counted from 0",
        )
    if weight is not None:
        _check_weight(weight, x, classes)
    return array.astype(np.int64, copy=False).reshape(() if x.ndim == 1 else array.shape)


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
    if weight.dtype != x.dtype:
        raise Problem(
            "dtype",
            f"expected scalar type {scalar_name(x.dtype)} but found {scalar_name(weight.dtype)}",
            hint="convert the weights, as in weight.float()",
        )


def _nll_loss(x: Any, target: Any, weight: Any = None, /, *, ignore_index: int = -100, reduction: str = "mean") -> Any:
    array = _checked_target(x, target, weight, ignore_index)
    shape = array.shape
    if x.ndim == 3 or x.ndim > 4:  # as PyTorch does, whose kernel knows images only
        x = view(contiguous(x), (*x.shape[:2], 1, math.prod(x.shape[2:])))
        array = array.reshape(x.shape[0], 1, x.shape[3])
    loss = _nll_row(x.ndim)(x, array, None if weight is None else weight.array, ignore_index, _check_reduction(reduction))
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
_scaled = general(
    "mul",
    lambda x, /, number: x * number,
    lambda g, number: g * number,
    lambda t, number: t * number,
    overload="scalar",
    function=False,
    method=False,
    grad_fn="MulBackward1",
    doc="x times a number, inside other operations.",
)
_shifted = general(
    "add",
    lambda x, /, number: x + number,
    lambda g: g,
    lambda t: t,
    overload="scalar",
    function=False,
    method=False,
    grad_fn="AddBackward1",
    doc="x plus a number, inside other operations.",
)
_divided = general(
    "div",
    lambda x, /, number: x / number,
    lambda g, number: g / number,
    lambda t, number: t / number,
    overload="scalar",
    function=False,
    method=False,
    grad_fn="DivBackward1",
    doc="x over a number, inside other operations.",
)

_nan = general(
    "fill",
    lambda x, /: np.full_like(x, math.nan),
    ZERO,
    ZERO,
    function=False,
    method=False,
    grad_fn="FillBackward2",
    doc="nan, the mean of nothing.",
)


def _cross_entropy(
    x: Any,
    target: Any,
    weight: Any = None,
    /,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: Number = 0.0,
) -> Any:
    if target.shape == x.shape and target.dtype.kind != "f":
        raise Problem(
            "dtype",
            f"Expected floating point type for target with class probabilities, got {scalar_name(target.dtype)}",
            hint="class indices have no dimension of classes",
        )
    _check_reduction(reduction)
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
    return add(_scaled(hard, 1 - label_smoothing), _scaled(smooth, label_smoothing / count))


def _by_class(weight: Tensor, logs: Tensor, classes: int) -> Tensor:
    return Tensor(weight.array.reshape([-1 if each == classes else 1 for each in range(logs.ndim)]))


def _smoothing(logs: Tensor, target: Any, weight: Any, classes: int, ignore_index: int, reduction: str) -> Any:
    """The loss against the uniform distribution."""
    weighted = logs if weight is None else mul(logs, _by_class(weight, logs, classes))
    each = masked_fill(neg(sum_dim(weighted, classes, False)), Tensor(target == ignore_index), 0)
    if reduction == "none":
        return each
    kept = _class_weights(logs, target, None if weight is None else weight.array, ignore_index)
    return total(each) / Tensor(np.asarray(kept.sum())) if reduction == "mean" else total(each)


def _soft(logs: Tensor, target: Tensor, weight: Any, classes: int, reduction: str, label_smoothing: float) -> Any:
    """The loss against probabilities."""
    if label_smoothing:
        target = _shifted(_scaled(target, 1 - label_smoothing), label_smoothing / logs.shape[classes])
    products = mul(logs, target)
    if weight is not None:
        products = mul(products, _by_class(weight, logs, classes))
    if reduction == "none":
        return neg(sum_dim(products, classes, False))
    if reduction == "sum":
        return neg(total(products))
    if not logs.array.size:
        return neg(_nan(total(products)))
    return _divided(neg(total(products)), math.prod(logs.shape) // logs.shape[classes])


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
