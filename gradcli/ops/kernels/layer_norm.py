"""Lines of float32 brought to mean 0 and variance 1, and the gradients, rounded where PyTorch's layer_norm rounds.

Mean and variance are updated value by value in eight lanes (Welford), in chunks of 16 vectors, and those of chunks and lanes
are joined (Chan, Golub and LeVeque, The American Statistician 37(3), 1983, formula 2.1).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.types import Array
from gradcli.ops.core.arrays import Cotangent, Operand
from gradcli.ops.kernels.correct_rounding import fused
from gradcli.ops.kernels.line_sums import LANES, along_lines, over_lines

_f = np.float32
_CHUNK = 16  # vectors
Moments = tuple[int, Any, Any]  # a count of values, their mean, and the sum of the squared distances from it


def _seen(x: Array) -> Moments:
    """The moments over the second axis of x: [lines, values, lanes]."""
    mean = np.zeros((len(x), x.shape[2]), x.dtype)
    squares = mean
    for place in range(x.shape[1]):
        values = x[:, place]
        distance = values - mean
        mean = fused(distance, _f(1) / _f(place + 1), mean)
        squares = fused(distance, values - mean, squares)
    return x.shape[1], mean, squares


def _joined(left: Moments, right: Moments) -> Moments:
    """Those of two chunks together."""
    if not left[0]:
        return right
    count = left[0] + right[0]
    share, distance = _f(right[0]) / _f(count), right[1] - left[1]
    mean = share * distance + left[1]
    return count, mean, fused(distance, distance * (share * _f(left[0])), left[2] + right[2])


def _of_lanes(x: Operand) -> Moments:
    """The moments of each lane of x: [lines, vectors, lanes]; chunks are joined by two, these by two, and so on."""
    levels: list[Moments | None] = []
    for start in range(0, x.shape[1], _CHUNK):
        joined, level = _seen(x[:, start : start + _CHUNK]), 0
        while level < len(levels) and (waiting := levels[level]) is not None:
            joined, levels[level], level = _joined(waiting, joined), None, level + 1
        levels[level : level + 1] = [joined]
    total: Moments = (0, 0, 0)
    for each in levels:
        total = total if each is None else _joined(total, each) if total[0] else each
    return total


def moments(x: Array) -> tuple[Any, Any]:
    """The means and variances of the lines of a matrix, as columns."""
    whole = x.shape[1] // LANES * LANES
    mean: Any = np.zeros(len(x), x.dtype)
    squares: Any = mean
    for place in range(whole, x.shape[1]):  # singly, and not fused
        distance = x[:, place] - mean
        mean = mean + distance / _f(place - whole + 1)
        squares = squares + distance * (x[:, place] - mean)
    total: Moments = (x.shape[1] - whole, mean, squares)
    if whole:
        count, means, all_squares = _of_lanes(x[:, :whole].reshape(len(x), -1, LANES))
        for lane in range(LANES):
            total = _lane_joined(total, (count, means[:, lane], all_squares[:, lane]))
    return total[1][:, None], total[2][:, None] / _f(x.shape[1])


def _lane_joined(left: Moments, right: Moments) -> Moments:
    """The same of single numbers, where the compiler fuses in other places."""
    count = left[0] + right[0]
    share, distance = _f(right[0]) / _f(count), right[1] - left[1]
    return count, fused(share, distance, left[1]), left[2] + fused(distance * distance * share, _f(left[0]), right[2])


def scales(variances: Operand, eps: float) -> Any:
    return _f(1) / np.sqrt(variances + _f(eps))


def standardise(x: Array, weight: Operand, bias: Operand, eps: float) -> Any:
    """Lines standardised, scaled and shifted; weight and bias may be None."""
    mean, variance = moments(x)
    out = (x - mean) * scales(variance, eps)
    if weight is None:
        return out if bias is None else out + bias
    return out * weight if bias is None else fused(out, weight, bias)


def to_input(g: Cotangent, x: Array, weight: Operand, eps: float) -> Any:
    """The cotangents of the lines."""
    mean, variance = moments(x)
    scale, part = scales(variance, eps), _f(1) / _f(x.shape[1])
    if weight is None:
        moved, weighted = along_lines(g, x), along_lines(g)
    else:
        weight = np.broadcast_to(weight, x.shape)
        moved, weighted = along_lines(g * x, weight), along_lines(g, weight)
    slope = fused(weighted, mean, -moved) * scale * scale * scale * part
    shift = fused(-slope, mean, -(weighted * scale * part))
    own = scale * g if weight is None else scale * g * weight
    return fused(slope, x, own) + shift


def to_weight(g: Cotangent, x: Array, eps: float) -> Any:
    """The cotangent of the weight."""
    mean, variance = moments(x)
    scale = scales(variance, eps)
    first, second = over_lines(g, fused(scale, x, -scale * mean))
    return first + second


def to_bias(g: Cotangent) -> Any:
    """The cotangent of the bias."""
    first, second = over_lines(g)
    return first + second
