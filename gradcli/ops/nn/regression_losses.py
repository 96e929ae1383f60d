"""Losses of regression: mse_loss, l1_loss, smooth_l1_loss, huber_loss."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_rows import HalfSteps
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite, general
from gradcli.ops.core.dtypes import only
from gradcli.ops.core.parameter_types import Number, Reduction
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import abs as absolute
from gradcli.ops.elementwise.arithmetic import mul
from gradcli.ops.elementwise.powers import power
from gradcli.ops.elementwise.selection import where
from gradcli.ops.nn.loss_reduction import averaging, broadcast_together, joined, reduced, summed
from gradcli.ops.reduction.reductions import sum as total

family("losses")


def _mse(x: Operand, target: Operand, /, *, reduction: Reduction = "mean") -> Any:
    off = x - target
    return reduced(off * off, reduction)


def _mse_slope(x: Operand, target: Operand, reduction: Any) -> Any:
    off = x - target
    return off * (2 / max(1, math.prod(off.shape)) if reduction == "mean" else 2)


def _half_mse(r: Any, x: Operand, target: Operand, reduction: Reduction) -> Any:
    return reduced(r(r(x - target) ** 2), reduction)


def _norm(off: Any, reduction: Any) -> Any:
    return np.float32(1 / max(1, math.prod(off.shape)) if reduction == "mean" else 1)


def _half_mse_slope(r: Any, g: Operand, x: Operand, target: Operand, reduction: Any) -> Any:
    off = r(x - target)
    return r(r(2 * _norm(off, reduction)) * off) * g


_mse_row = general(
    "mse_loss",
    _mse,
    (
        lambda g, x, target, reduction: g * _mse_slope(x, target, reduction),
        lambda g, x, target, reduction: -g * _mse_slope(x, target, reduction),
    ),
    (
        lambda t, x, target, reduction: summed(t, _mse_slope(x, target, reduction), reduction),
        lambda t, x, target, reduction: -summed(t, _mse_slope(x, target, reduction), reduction),
    ),
    function=False,
    method=False,
    casting=only("f", "mse_cpu"),
    half=HalfSteps(_half_mse, (_half_mse_slope, lambda r, g, *values: -_half_mse_slope(r, g, *values))),
    grad_fn="MseLossBackward0",
    backward="MseLossBackwardBackward0",
    doc="mse_loss, of tensors of one shape.",
)


def _weighted(each: Operand, x: Operand, weight: Tensor, reduction: Reduction, average: bool = False) -> Any:
    """The losses of all elements, each times its weight, reduced; `average`: their mean is that of the weights, too."""
    if weight.shape != x.shape:
        raise Problem("shape-mismatch", "Weights and input must have the same size.", type="ValueError")
    out = mul(each, weight)
    return total(out) / total(weight) if average and reduction == "mean" else joined(out, reduction)


def _mse_loss(x: Tensor, target: Tensor, /, *, reduction: Reduction = "mean", weight: Tensor | None = None) -> Any:
    if weight is not None:
        one, other = broadcast_together(x, target)
        return _weighted(power(one - other, 2), x, weight, reduction, average=True)
    return _mse_row(*broadcast_together(x, target), reduction)


mse_loss = composite(
    "mse_loss",
    _mse_loss,
    namespace="F",
    method=False,
    doc="The mean (or sum, or each) of the squared differences.",
    samples=(
        "mse_loss(x, y)",
        "mse_loss(x, y, reduction='sum')",
        "mse_loss(x, y, reduction='none')",
        "y:3 mse_loss(x, y)",
        "mse_loss(x, y, weight=exp(z))",
    ),
)

# --- bent ones: squares near the target, straight lines far from it ------------------------------------------------


def _off(x: Operand, target: Operand) -> tuple[Any, Any]:
    off = x - target
    return off, np.abs(off)


def _smooth_l1(x: Operand, target: Operand, /, reduction: Reduction, beta: Number) -> Any:
    off, far = _off(x, target)
    return reduced(np.where(far < beta, off * off * (0.5 / (beta or 1)), far - 0.5 * beta), reduction)


def _huber(x: Operand, target: Operand, /, reduction: Reduction, delta: Number) -> Any:
    off, far = _off(x, target)
    return reduced(np.where(far <= delta, off * off * 0.5, delta * (far - 0.5 * delta)), reduction)


def _smooth_l1_slope(x: Operand, target: Operand, reduction: Any, beta: Any) -> Any:
    off = x - target
    return averaging(where(off <= -beta, -1.0, where(off >= beta, 1.0, off / beta)), reduction)


def _huber_slope(x: Operand, target: Operand, reduction: Any, delta: Any) -> Any:
    return averaging(_bounded(x - target, delta), reduction)


def _bounded(off: Any, delta: Any) -> Any:
    """clamp(off, -delta, delta), whose derivative at the bounds is 0, as in PyTorch's second derivative."""
    return where(off <= -delta, -delta, where(off >= delta, delta, off))


def _half_smooth_l1(r: Any, x: Operand, target: Operand, reduction: Reduction, beta: Number) -> Any:
    far = np.abs(r(x - target) if r.dtype.char == "e" else x - target)
    return reduced(r(np.where(far < beta, far * far * (0.5 / (beta or 1)), far - 0.5 * beta)), reduction)


_smooth_l1_row = general(
    "smooth_l1_loss",
    _smooth_l1,
    (
        lambda g, x, target, reduction, beta: g * _smooth_l1_slope(x, target, reduction, beta),
        lambda g, x, target, reduction, beta: -g * _smooth_l1_slope(x, target, reduction, beta),
    ),
    (
        lambda t, x, target, reduction, beta: summed(t, _smooth_l1_slope(x, target, reduction, beta), reduction),
        lambda t, x, target, reduction, beta: -summed(t, _smooth_l1_slope(x, target, reduction, beta), reduction),
    ),
    overload="of one shape",
    function=False,
    method=False,
    casting=only("f", "smooth_l1_cpu"),
    half=HalfSteps(_half_smooth_l1),
    grad_fn="SmoothL1LossBackward0",
    backward="SmoothL1LossBackwardBackward0",
    doc="smooth_l1_loss, of tensors of one shape.",
)


def _half_huber_slope(r: Any, g: Operand, x: Operand, target: Operand, reduction: Any, delta: Any) -> Any:
    off = r(x - target)
    bound = r(np.float32(delta))
    return r(r(_norm(off, reduction)) * np.clip(off, -bound, bound)) * g


def _half_huber(r: Any, x: Operand, target: Operand, reduction: Reduction, delta: Number) -> Any:
    far = np.abs(r(x - target) if r.dtype.char == "f" else x - target)  # rounded for bfloat16, which stands as float32
    return reduced(r(np.where(far <= delta, far * far * 0.5, delta * (far - 0.5 * delta))), reduction)


_huber_row = general(
    "huber_loss",
    _huber,
    (
        lambda g, x, target, reduction, delta: g * _huber_slope(x, target, reduction, delta),
        lambda g, x, target, reduction, delta: -g * _huber_slope(x, target, reduction, delta),
    ),
    (
        lambda t, x, target, reduction, delta: summed(t, _huber_slope(x, target, reduction, delta), reduction),
        lambda t, x, target, reduction, delta: -summed(t, _huber_slope(x, target, reduction, delta), reduction),
    ),
    overload="of one shape",
    function=False,
    method=False,
    casting=only("f", "huber_cpu"),
    half=HalfSteps(_half_huber, (_half_huber_slope, lambda r, g, *values: -_half_huber_slope(r, g, *values))),
    grad_fn="HuberLossBackward0",
    backward="HuberLossBackwardBackward0",
    doc="huber_loss, of tensors of one shape.",
)


def _smooth_l1_loss(x: Tensor, target: Tensor, /, *, reduction: Reduction = "mean", beta: Number = 1.0) -> Any:
    if beta < 0:
        raise Problem("argument", "smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return _l1_loss(x, target, reduction=reduction)
    return _smooth_l1_row(*broadcast_together(x, target), reduction, beta)


def _huber_loss(
    x: Tensor,
    target: Tensor,
    /,
    *,
    reduction: Reduction = "mean",
    delta: Number = 1.0,
    weight: Tensor | None = None,
) -> Any:
    if delta <= 0:
        raise Problem("argument", "huber_loss does not support non-positive values for delta.")
    if weight is not None:
        return _weighted(_huber_row(*broadcast_together(x, target), "none", delta), x, weight, reduction)
    return _huber_row(*broadcast_together(x, target), reduction, delta)


def _l1_loss(x: Tensor, target: Tensor, /, *, reduction: Reduction = "mean", weight: Tensor | None = None) -> Any:
    if weight is not None:
        one, other = broadcast_together(x, target)
        return _weighted(absolute(one - other), x, weight, reduction, average=True)
    x, target = broadcast_together(x, target)
    return joined(absolute(x - target), reduction)


composite(
    "l1_loss",
    _l1_loss,
    namespace="F",
    method=False,
    doc="The mean (or sum, or each) of the absolute differences.",
    samples=(
        "l1_loss(x, y)",
        "l1_loss(x, y, reduction='sum')",
        "l1_loss(x, y, reduction='none')",
        "l1_loss(x, y, weight=exp(z))",
    ),
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
    samples=(
        "huber_loss(x, y)",
        "huber_loss(x, y, reduction='sum', delta=0.5)",
        "huber_loss(x, y, reduction='none')",
        "huber_loss(x, y, weight=exp(z))",
    ),
)
