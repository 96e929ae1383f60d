"""Binary cross entropy, of probabilities and of logits.

Weights, of elements and of the positive ones (`pos_weight`), have no derivative: rows take them as bare arrays, or None.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_rows import HalfSteps
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Cotangent, Operand, are_small, is_small
from gradcli.ops.core.builders import composite, elementwise, general
from gradcli.ops.core.domains import Domain
from gradcli.ops.core.dtypes import only, scalar_name
from gradcli.ops.core.parameter_types import Reduction
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.exponential import log, sigmoid, softplus, steady_sigmoid
from gradcli.ops.elementwise.selection import clamp, where
from gradcli.ops.kernels.correct_rounding import apply
from gradcli.ops.nn.activations import logsigmoid
from gradcli.ops.nn.loss_reduction import averaging, reduced, shared_out, summed

family("losses")

_PROBABILITY = Domain("0 <= x <= 1", 0.1, 0.9)
_TINY = float(np.float32(1e-12))  # PyTorch's guard against division by 0, a float32 there for every dtype
_LOWEST_LOG = -100.0  # PyTorch's bound, so that the loss of a certain miss is finite


def _weighing(each: Operand, weight: Operand) -> Any:
    return each if weight is None else each * weight


def _bce(x: Operand, target: Operand, /, weight: Any, reduction: Reduction) -> Any:
    if ((x < 0) | (x > 1)).any():
        raise Problem(
            "argument",
            "all elements of input should be between 0 and 1",
            hint="apply sigmoid first, or use binary_cross_entropy_with_logits",
        )
    if ((target < 0) | (target > 1)).any():
        raise Problem("argument", "all elements of target should be between 0 and 1", hint="a target is a probability")
    hit, miss = [np.maximum(apply(log, each), _LOWEST_LOG) for log, each in ((np.log, x), (np.log1p, -x))]
    return reduced(_weighing((target - 1) * miss - target * hit, weight), reduction)


def _bce_curvature(x: Operand, target: Operand) -> Any:
    return (x * x - 2 * x * target + target) / ((1 - x) * x + 1e-12) ** 2


# The slope in a row of its own, because PyTorch guards its derivative against probabilities of 0 and 1 (by 1e-12) in another
# way than itself.
_bce_slope_row = elementwise(
    "binary_cross_entropy_backward",
    lambda x, target, /: (x - target) / np.maximum((1 - x) * x, x.dtype.type(_TINY)),
    (_bce_curvature, lambda x: -1 / clamp((1 - x) * x, 1e-12, None)),
    function=False,
    method=False,
    grad_fn="BinaryCrossEntropyBackwardBackward0",
    domain=(_PROBABILITY, _PROBABILITY),
    doc="The slope of binary_cross_entropy.",
)


def _bce_slope(x: Operand, target: Operand, weight: Operand, reduction: Any) -> Any:
    return averaging(_weighing(_bce_slope_row(x, target), weight), reduction)


def _bce_vjp(g: Cotangent, x: Array, target: Operand, weight: Operand, reduction: Any) -> Any:
    if isinstance(g, Tensor) or not are_small(x, target):
        return g * _bce_slope(x, target, weight, reduction)
    product = g * (x - target) / np.maximum((1 - x) * x, x.dtype.type(_TINY))
    return shared_out(_weighing(product, weight), x.size, reduction)


def _bce_target_slope(x: Operand, weight: Operand, reduction: Any) -> Any:
    return averaging(_weighing(log(1 - x) - log(x), weight), reduction)


_bce_row = general(
    "binary_cross_entropy",
    _bce,
    (
        lambda g, x, target, weight, reduction: _bce_vjp(g, x, target, weight, reduction),
        lambda g, x, target, weight, reduction: g * _bce_target_slope(x, weight, reduction),
    ),
    (
        lambda t, x, target, weight, reduction: summed(t, _bce_slope(x, target, weight, reduction), reduction),
        lambda t, x, target, weight, reduction: summed(t, _bce_target_slope(x, weight, reduction), reduction),
    ),
    overload="of one shape",
    function=False,
    method=False,
    casting=only("f", "binary_cross_entropy"),
    grad_fn="BinaryCrossEntropyBackward0",
    backward=("BinaryCrossEntropyBackwardBackward0", None),
    domain=(_PROBABILITY, _PROBABILITY),
    doc="binary_cross_entropy, of tensors of one shape.",
)

# --- logits ---------------------------------------------------------------------------------------------------------


def _bce_logits(x: Array, target: Operand, /, weight: Any, pos_weight: Any, reduction: Reduction) -> Any:
    if pos_weight is None and is_small(x):
        return reduced(_weighing((1 - target) * x - logsigmoid.forward(x), weight), reduction)
    miss = np.logaddexp(-x, x.dtype.type(0))
    of_positives = miss if pos_weight is None else ((pos_weight - 1) * target + 1) * miss
    return reduced(_weighing((1 - target) * x + of_positives, weight), reduction)


def _logits_slope(x: Operand, target: Operand, weight: Operand, pos_weight: Any, reduction: Any) -> Any:
    return averaging(_weighing(_off_target(x, target, pos_weight), weight), reduction)


def _logits_vjp(g: Cotangent, x: Array, target: Operand, weight: Operand, pos_weight: Any, reduction: Any) -> Any:
    if isinstance(g, Tensor) or pos_weight is not None or not are_small(x, target):
        return g * _logits_slope(x, target, weight, pos_weight, reduction)
    return shared_out(_weighing((sigmoid(x) - target) * g, weight), x.size, reduction)


def _off_target(x: Operand, target: Operand, pos_weight: Any) -> Any:
    """sigmoid(x) - target without cancellation, and with a weight for what is to be 1."""
    if pos_weight is None:
        return where(target > 0.5, (1 - target) - steady_sigmoid(-x), steady_sigmoid(x) - target)
    return (1 - target) * steady_sigmoid(x) - target * pos_weight * steady_sigmoid(-x)


def _logits_target_slope(x: Operand, weight: Operand, pos_weight: Any, reduction: Any) -> Any:
    slope = -x if pos_weight is None else softplus(-x, 1, math.inf) * (pos_weight - 1) - x
    return averaging(_weighing(slope, weight), reduction)


def _half_logits(r: Any, x: Array, target: Array, weight: Operand, pos_weight: Any, reduction: Reduction) -> Any:
    if pos_weight is not None:
        return _bce_logits(x, target, weight, pos_weight, reduction)
    loss = r(r(r(1 - target) * x) + r(np.logaddexp(np.float32(0), -x)))
    return reduced(loss if weight is None else r(loss * weight), reduction)


def _half_logits_target_slope(r: Any, g: Operand, x: Operand, weight: Operand, pos_weight: Any, reduction: Any) -> Any:
    if pos_weight is not None:
        return g * _logits_target_slope(x, weight, pos_weight, reduction)
    slope: Any = r(-x * g)
    slope = slope if weight is None else r(slope * weight)
    return slope / np.float32(slope.size) if reduction == "mean" else slope


def _half_logits_slope(
    r: Any, g: Operand, x: Operand, target: Operand, weight: Operand, pos_weight: Any, reduction: Any
) -> Any:
    if pos_weight is not None:
        return g * _logits_slope(x, target, weight, pos_weight, reduction)
    slope = r(r(r(steady_sigmoid(x)) - target) * g)
    slope = slope if weight is None else r(slope * weight)
    return slope / np.float32(slope.size) if reduction == "mean" else slope


_logits_row = general(
    "binary_cross_entropy_with_logits",
    _bce_logits,
    (
        lambda g, x, target, weight, pos_weight, reduction: _logits_vjp(g, x, target, weight, pos_weight, reduction),
        lambda g, x, weight, pos_weight, reduction: g * _logits_target_slope(x, weight, pos_weight, reduction),
    ),
    (
        lambda t, x, target, weight, pos_weight, reduction: summed(
            t, _logits_slope(x, target, weight, pos_weight, reduction), reduction
        ),
        lambda t, x, weight, pos_weight, reduction: summed(
            t, _logits_target_slope(x, weight, pos_weight, reduction), reduction
        ),
    ),
    overload="of one shape",
    function=False,
    method=False,
    casting=only("f", "log_sigmoid_cpu"),
    half=HalfSteps(_half_logits, (_half_logits_slope, _half_logits_target_slope)),
    grad_fn="BinaryCrossEntropyWithLogitsBackward0",
    doc="binary_cross_entropy_with_logits, of tensors of one shape.",
)


# --- as they are called ---------------------------------------------------------------------------------------------


def _same_shape(x: Tensor, target: Tensor, words: str) -> None:
    if x.shape != target.shape:
        raise Problem("shape-mismatch", words.format(list(target.shape), list(x.shape)), type="ValueError")


def _weights(given: Any, x: Tensor, first: bool = False) -> Any:
    """Weights as a bare array in the dtype of x, found to broadcast with it; None where there are none.  Raises Problem."""
    if given is None:
        return None
    problem = broadcast_problem([given.ndarray, x.ndarray] if first else [x.ndarray, given.ndarray])
    if problem is not None:
        raise problem
    shape = np.broadcast_shapes(given.shape, x.shape)
    if shape != x.shape:
        raise Problem("shape-mismatch", f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(shape)}")
    return given.ndarray.astype(x.ndarray.dtype, copy=False)


def _binary_cross_entropy(x: Tensor, target: Tensor, weight: Operand | None = None, /, *, reduction: Reduction = "mean") -> Any:
    _same_shape(
        x,
        target,
        "Using a target size (torch.Size({})) that is different to the input size (torch.Size({})) is deprecated. "
        "Please ensure they have the same size.",
    )
    if x.ndarray.dtype.kind == "f" and target.ndarray.dtype != x.ndarray.dtype:
        found, wanted = scalar_name(target.ndarray.dtype), scalar_name(x.ndarray.dtype)
        raise Problem("dtype", f"Found dtype {found} but expected {wanted}", hint="a target has the dtype of the probabilities")
    return _bce_row(x, target, _weights(weight, x), reduction)


def _with_logits(
    x: Tensor,
    target: Tensor,
    weight: Operand | None = None,
    pos_weight: Operand | None = None,
    /,
    *,
    reduction: Reduction = "mean",
) -> Any:
    _same_shape(x, target, "Target size (torch.Size({})) must be the same as input size (torch.Size({}))")
    positives = _weights(pos_weight, x, first=True)
    return _logits_row(x, target, _weights(weight, x), positives, reduction)


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
        "binary_cross_entropy(x, y, weight=tensor([1., 2., 0.5], dtype=x.dtype))",
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
        "F.binary_cross_entropy_with_logits(x, y, pos_weight=tensor([1., 2., 0.5], dtype=x.dtype))",
        "F.binary_cross_entropy_with_logits(x, y, weight=tensor([[2.], [1.]], dtype=x.dtype), reduction='sum')",
    ),
)
