"""Reductions of losses, and what all losses share: their mean, their sum, or each of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand, Tangent
from gradcli.ops.core.parameter_types import Reduction
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.reduction.reductions import mean
from gradcli.ops.reduction.reductions import sum as total


def reduced(each: Operand, reduction: Reduction) -> Any:
    """The losses of all elements, an array, reduced."""
    if reduction == "none":
        return each
    return (mean if reduction == "mean" else total).forward(each, None)


def summed(t: Tangent, slope: Any, reduction: Reduction) -> Any:
    """The tangent of a loss whose slope (`averaging` has seen to a mean) is given."""
    return t * slope if reduction == "none" else total(t * slope)


def averaging(slope: Any, reduction: Reduction) -> Any:
    """The slope of each element's loss as that of the reduced one."""
    return slope * (1 / max(1, math.prod(slope.shape))) if reduction == "mean" else slope


def shared_out(product: Any, count: int, reduction: Reduction) -> Any:
    """The cotangents of so many elements, given their products with that of the loss: over the count where it is a mean."""
    return product / np.float32(count) if reduction == "mean" else product


def joined(each: Operand, reduction: Reduction) -> Any:
    """The losses of all elements, reduced by operations that show in the graph."""
    return each if reduction == "none" else mean(each) if reduction == "mean" else total(each)


def broadcast_together(x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the shape that they have together."""
    if x.shape == target.shape:
        return x, target
    try:
        shape = np.broadcast_shapes(x.shape, target.shape)
    except ValueError as error:
        raise broadcast_problem([x.ndarray, target.ndarray]) or error from None
    return expand(x, shape) if x.shape != shape else x, expand(target, shape) if target.shape != shape else target
