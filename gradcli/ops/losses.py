"""Losses: how far a prediction is from its target."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.arithmetic import add, mul, neg
from gradcli.ops.builders import composite, general, linear
from gradcli.ops.dtypes import promote
from gradcli.ops.exponential import log_softmax
from gradcli.ops.kinds import Number
from gradcli.ops.reductions import sum as total
from gradcli.ops.reductions import sum_dim
from gradcli.ops.selection import masked_fill
from gradcli.ops.table import family

family("losses")

_REDUCTIONS = ("mean", "sum", "none")


def _check_reduction(reduction: str) -> str:
    if reduction not in _REDUCTIONS:
        raise Problem("argument", f"{reduction} is not a valid value for reduction", type="ValueError", hint="use 'mean', 'sum' or 'none'")
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


def _mse_jvp(t: Any, x: Any, target: Any, reduction: Any) -> Any:
    share = t * _mse_slope(x, target, reduction)
    return share if reduction == "none" else total(share)


mse_loss = general("mse_loss", _mse, (lambda g, x, target, reduction: g * _mse_slope(x, target, reduction),
                                      lambda g, x, target, reduction: -g * _mse_slope(x, target, reduction)),
                   (_mse_jvp, lambda t, x, target, reduction: -_mse_jvp(t, x, target, reduction)),
                   casting=promote, grad_fn="MseLossBackward0", namespace="F", method=False,
                   doc="The mean (or sum, or each) of the squared differences.",
                   samples=("mse_loss(x, y)", "mse_loss(x, y, reduction='sum')", "mse_loss(x, y, reduction='none')"))

# --- classification -------------------------------------------------------------------------------------------------


def _class_weights(x: Any, target: Any, weight: Any, ignore_index: int) -> Any:
    """The weight of each example: that of its class, 0 for the class to be ignored; of the target's shape."""
    kept = target != ignore_index
    return kept * (1.0 if weight is None else weight[np.where(kept, target, 0)])


def _picks(x: Any, target: Any, ignore_index: int) -> Any:
    """The indices of each example's own class, with the classes in dimension 1 (or 0 where x is one example)."""
    classes = 1 if len(x) > 1 else 0
    chosen = np.expand_dims(np.where(target == ignore_index, 0, target), classes)
    return classes, chosen


def _nll(x: Any, /, target: Any, weight: Any, ignore_index: int, reduction: str) -> Any:
    classes, chosen = _picks(x.shape, target, ignore_index)
    weights = _class_weights(x, target, weight, ignore_index)
    each = -(np.take_along_axis(x, chosen, classes).squeeze(classes) * weights).astype(x.dtype)
    if reduction == "none":
        return each
    return each.sum() / (weights.sum() if reduction == "mean" else 1)


def _un_nll(x: Any, /, shape: Any, target: Any, weight: Any, ignore_index: Any, reduction: Any) -> Any:
    classes, chosen = _picks(shape, target, ignore_index)
    weights = _class_weights(shape, target, weight, ignore_index)
    share = -x * weights / (weights.sum() if reduction == "mean" else 1)
    out = np.zeros(shape, x.dtype)
    np.put_along_axis(out, chosen, np.expand_dims(share, classes), classes)
    return out


_spread_nll = linear("nll_loss_backward", _un_nll,
                     lambda g, shape, target, weight, ignore_index, reduction: _nll_row(shape)(g, target, weight, ignore_index, reduction),
                     function=False, method=False, grad_fn="NllLossBackwardBackward0", doc="The transpose of nll_loss.")


def _nll_vjp(g: Any, x_shape: Any, target: Any, weight: Any, ignore_index: Any, reduction: Any) -> Any:
    return _spread_nll(g, x_shape, target, weight, ignore_index, reduction)


_nll_flat = linear("nll_loss", _nll, _nll_vjp, overload="flat", function=False, method=False, grad_fn="NllLossBackward0",
                   doc="The negative log-likelihood of classes.")
_nll_deep = linear("nll_loss", _nll, _nll_vjp, overload="2d", function=False, method=False, grad_fn="NllLoss2DBackward0",
                   doc="The same with dimensions behind the classes.")
for row in (_nll_flat, _nll_deep):  # PyTorch saves the input and the target
    row.saves_tensor = (True,)


def _nll_row(shape: tuple[int, ...]) -> Any:
    return _nll_flat if len(shape) <= 2 else _nll_deep


def _checked_target(x: Tensor, target: Any, weight: Any, ignore_index: int) -> Any:
    """Class indices as an array, checked against the shape of the predictions."""
    array = target.array if type(target) is Tensor else np.asarray(target)
    if array.dtype.kind not in "iu":
        raise Problem("dtype", f"expected scalar type Long but found {array.dtype.name}",
                      hint="class indices are whole numbers: bind them with -c, which keeps int64")
    wanted = () if x.ndim == 1 else (x.shape[0], *x.shape[2:])
    if array.shape != wanted:
        raise Problem("shape-mismatch", f"Expected input batch_size and the target to match: the input of shape {list(x.shape)} wants a "
                      f"target of shape {list(wanted)}, and got {list(array.shape)}", type="ValueError")
    classes = x.shape[1 if x.ndim > 1 else 0]
    wrong = array[(array != ignore_index) & ((array < 0) | (array >= classes))]
    if wrong.size:
        raise Problem("index", f"Target {wrong.flat[0]} is out of bounds.", type="IndexError", hint=f"there are {classes} classes, counted from 0")
    if weight is not None and weight.shape != (classes,):
        raise Problem("shape-mismatch", f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor "
                      f"of shape: {list(weight.shape)}")
    return array


def _nll_loss(x: Any, target: Any, weight: Any = None, /, *, ignore_index: int = -100, reduction: str = "mean") -> Any:
    array = _checked_target(x, target, weight, ignore_index)
    row = _nll_row(x.shape)
    return row(x, array, None if weight is None else weight.array, ignore_index, _check_reduction(reduction))


nll_loss = composite("nll_loss", _nll_loss, namespace="F", method=False, doc="The negative log-likelihood of classes.",
                     samples=("nll_loss(x, tensor([0, 2]))",))
_scaled = general("mul", lambda x, /, number: x * number, lambda g, number: g * number, lambda t, number: t * number, overload="scalar",
                  function=False, method=False, grad_fn="MulBackward1", doc="x times a number, inside other operations.")
_shifted = general("add", lambda x, /, number: x + number, lambda g: g, lambda t: t, overload="scalar",
                   function=False, method=False, grad_fn="AddBackward1", doc="x plus a number, inside other operations.")
_divided = general("div", lambda x, /, number: x / number, lambda g, number: g / number, lambda t, number: t / number, overload="scalar",
                   function=False, method=False, grad_fn="DivBackward1", doc="x over a number, inside other operations.")


def _cross_entropy(x: Any, target: Any, weight: Any = None, /, *, ignore_index: int = -100, reduction: str = "mean",
                   label_smoothing: Number = 0.0) -> Any:
    if not x.ndim:
        raise Problem("shape-mismatch", "cross_entropy: the input needs a dimension of classes, and is 0-d")
    _check_reduction(reduction)
    if not 0 <= label_smoothing <= 1:
        raise Problem("argument", f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    classes = 1 if x.ndim > 1 else 0
    logs = log_softmax(x, classes)
    if type(target) is Tensor and target.shape == x.shape and target.dtype.kind == "f":
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
    kept = _class_weights(logs.shape, target, None if weight is None else weight.array, ignore_index)
    return total(each) / Tensor(np.asarray(kept.sum(), logs.dtype)) if reduction == "mean" else total(each)


def _soft(logs: Tensor, target: Tensor, weight: Any, classes: int, reduction: str, label_smoothing: float) -> Any:
    """The loss against probabilities."""
    if label_smoothing:
        target = _shifted(_scaled(target, 1 - label_smoothing), label_smoothing / logs.shape[classes])
    products = mul(logs, target)
    if weight is not None:
        products = mul(products, _by_class(weight, logs, classes))
    if reduction == "none":
        return neg(sum_dim(products, classes, False))
    loss = neg(total(products))
    return _divided(loss, math.prod(logs.shape) // logs.shape[classes]) if reduction == "mean" else loss


composite("cross_entropy", _cross_entropy, namespace="F", method=False,
          doc="The cross entropy of unnormalised scores against classes (whole numbers) or probabilities.",
          samples=("cross_entropy(x, tensor([0, 2]))", "cross_entropy(x, softmax(y, 1))", "x:3 cross_entropy(x, tensor(1))",
                   "cross_entropy(x, tensor([0, 2]), reduction='sum')", "cross_entropy(x, tensor([1, 2]), label_smoothing=0.1)",
                   "cross_entropy(x, tensor([1, -100]))", "cross_entropy(x, tensor([0, 2]), weight=tensor([1., 2., 0.5]))",
                   "x:2,3,2 cross_entropy(x, tensor([[0, 1], [2, 0]]))", "cross_entropy(x, tensor([0, 2]), reduction='none')"))
