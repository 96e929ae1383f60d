"""Channels of float32 brought to mean 0 and variance 1 over a batch, and the gradients, rounded where PyTorch rounds them.

An array has the shape [examples, channels, places].  With places, each example's line of a channel is summed by itself, and
the sums of the examples are added in float64; without, a channel is a column.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Cotangent, Operand
from gradcli.ops.kernels.correct_rounding import fused
from gradcli.ops.kernels.line_sums import LANES, along_lines, over_lines

_f = np.float32


def _column(values: Operand) -> Any:
    return values[:, None]


def _examples_sums(x: Operand, y: Operand | None = None) -> Any:
    """The sums of each channel, in float64, over the lines of all examples."""
    places = x.shape[2]
    lines = along_lines(x.reshape(-1, places), None if y is None else y.reshape(-1, places))
    return lines.reshape(x.shape[:2]).sum(0, dtype=np.float64)


def _column_sums(x: Operand, y: Operand | None = None) -> Any:
    first, second = over_lines(x[..., 0], None if y is None else y[..., 0])
    return first + second.astype(np.float64)


def statistics(x: Operand) -> tuple[Any, Any]:
    """The mean of each channel, and the sum of the squared distances from it."""
    count = len(x) * x.shape[2]
    if x.shape[2] == 1:
        mean = (_column_sums(x) / count).astype(_f)
        distance = x - _column(mean)
        return mean, _column_sums(distance, distance).astype(_f)
    mean = (x.sum((0, 2), dtype=np.float64) / count).astype(_f)
    distance = x - _column(mean)
    return mean, (distance * distance).sum((0, 2), dtype=np.float64).astype(_f)


def own_scale(squares: Operand, count: int, eps: float) -> Any:
    """By what channels of a batch are scaled, given `statistics`."""
    variance = (squares / _f(count)).astype(np.float64)
    return (1 / np.sqrt(variance + eps)).astype(_f)


def given_scale(variance: Operand, eps: float) -> Any:
    """By what they are scaled, given a variance."""
    return _f(1) / np.sqrt(variance + _f(eps))


def standardise(x: Operand, weight: Operand, bias: Operand, mean: Operand, scale: Operand) -> Any:
    """Channels less their means, scaled and shifted; weight and bias may be None."""
    slope = scale if weight is None else scale * weight
    shift = fused(-mean, slope, _f(0) if bias is None else bias)
    return fused(x, _column(slope), _column(shift))


def _totals(g: Cotangent) -> Any:
    """The sums of the cotangents of each channel, in float64."""
    return _column_sums(g) if g.shape[2] == 1 else _examples_sums(g)


def _moved(g: Cotangent, distance: Operand) -> Any:
    """The sums of their products with distances from the means."""
    if g.shape[2] == 1:
        return _column_sums(distance, g).astype(_f).astype(np.float64)
    return _examples_sums(distance, g)


def to_input(g: Cotangent, x: Operand, weight: Operand, mean: Operand, scale: Operand) -> Any:
    """The cotangent of what was standardised by its own statistics."""
    count = _f(len(x) * x.shape[2])
    total, distance = _totals(g), x - _column(mean)
    average = (total / count).astype(_f) if x.shape[2] > 1 else total.astype(_f) / count
    slope = _column(_moved(g, distance).astype(_f) * scale * scale / count)
    own = g - _column(average)
    out = fused(-distance, slope, own)
    if x.shape[2] == 1:  # columns behind the last whole vector are computed singly
        rest = slice(x.shape[1] // LANES * LANES, None)
        out[:, rest] = own[:, rest] - distance[:, rest] * slope[rest]
    out *= _column(scale)
    return out if weight is None else out * _column(weight)


def to_weight(g: Cotangent, x: Operand, mean: Operand, scale: Operand) -> Any:
    return (_moved(g, x - _column(mean)) * scale).astype(_f)


def to_bias(g: Cotangent) -> Any:
    return _totals(g).astype(_f)
