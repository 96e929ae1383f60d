"""The cross entropy of scores that are linear in the input: the last layer of a classifier and its loss in one call."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.parameter_types import Number, Reduction
from gradcli.ops.core.table import family
from gradcli.ops.linalg.affine import _linear as linear
from gradcli.ops.movement.shapes import reshape, view
from gradcli.ops.nn.class_losses import _cross_entropy as cross_entropy

family("losses")


def _check(x: Operand, linear_weight: Any, linear_bias: Tensor | None) -> None:
    """Refuse what does not fit together.  Raises Problem."""
    if x.ndim not in (1, 2):
        raise Problem("dimension", f"expected input with dimensionality 1 or 2, got {x.ndim}")
    if linear_weight.ndim < 2:
        words = f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}"
        raise Problem("dimension", words, hint="its shape is [classes, in_features]")
    if x.shape[-1] != linear_weight.shape[-1]:
        words = "expected equal input and linear_weight last dimensions (in_features), got"
        raise Problem("shape-mismatch", f"{words} {x.shape[-1]} and {linear_weight.shape[-1]}, respectively")
    scores = tuple(linear_weight.shape[:-1])
    if linear_bias is not None and tuple(linear_bias.shape) != scores:
        raise Problem("shape-mismatch", f"expected linear_bias shape {scores}, got {tuple(linear_bias.shape)}")
    if len(scores) > 1 and x.ndim == 1:
        words = f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input"
        raise Problem("shape-mismatch", f"{words}, (N, {x.shape[-1]}), got unbatched input with shape {tuple(x.shape)}")


def _linear_cross_entropy(
    x: Operand,
    linear_weight: Any,
    target: Any,
    /,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: Reduction = "mean",
    ignore_index: int | None = None,
    label_smoothing: Number = 0.0,
) -> Any:
    _check(x, linear_weight, linear_bias)
    shape = (*x.shape[:-1], *linear_weight.shape[:-1])
    flat, bias = linear_weight, linear_bias
    if linear_weight.ndim > 2:
        flat = reshape(linear_weight, (-1, linear_weight.shape[-1]))
        bias = None if bias is None else reshape(bias, (-1,))
    scores = view(linear(x, flat, bias), shape)
    if target.shape == shape and ignore_index is not None:
        raise Problem("argument", "ignore_index cannot be specified when target contains probabilities", hint="leave it out")
    ignored = -100 if ignore_index is None else ignore_index
    return cross_entropy(scores, target, weight, ignore_index=ignored, reduction=reduction, label_smoothing=label_smoothing)


composite(
    "linear_cross_entropy",
    _linear_cross_entropy,
    namespace="F",
    method=False,
    doc="The cross entropy of linear(x, linear_weight, linear_bias) and a target.",
    samples=(
        "y:4,3 linear_cross_entropy(x, y, tensor([3, 0]))",
        "y:4,3 z:4 linear_cross_entropy(x, y, tensor([3, 0]), linear_bias=z, reduction='sum')",
        "y:2,2,3 linear_cross_entropy(x, y, tensor([[1, 0], [0, 1]]), label_smoothing=0.1)",
        "y:2,3 z:2,2 linear_cross_entropy(x, y, z, reduction='none')",
    ),
)
