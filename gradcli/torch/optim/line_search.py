"""A line search that ends where the strong Wolfe conditions hold (Nocedal and Wright, algorithms 3.5 and 3.6)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

Along = Callable[[float], tuple[float, Any]]
_SUFFICIENT, _CURVATURE = 1e-4, 0.9  # c1 and c2 of the conditions
_SMALLEST = 1e-9
_MOST = 25  # evaluations of each phase


class _Point(NamedTuple):
    """A step, and loss, gradient and slope there."""

    step: float
    loss: float
    gradient: Any
    slope: float


def strong_wolfe(
    along: Along, step: float, direction: Any, loss: float, gradient: Any, slope: float
) -> tuple[float, Any, float, int]:
    """Loss, gradient and step of a point along a direction, and how often `along` was called.

    along  gives loss and gradient a step away from where the search begins, whose are `loss`, `gradient` and `slope`
    """
    size = float(direction.abs().max())
    start = _Point(0.0, loss, gradient.clone(), slope)
    calls = 0

    def at(t: float) -> _Point:
        nonlocal calls
        calls += 1
        value, g = along(t)
        return _Point(t, value, g.clone(), float(g.dot(direction)))

    before, point, rounds = start, at(step), 0
    bracket = None
    while rounds < _MOST:
        too_high = point.loss > loss + _SUFFICIENT * point.step * slope or (rounds > 1 and point.loss >= before.loss)
        if too_high:
            bracket = [before, point]
            break
        if abs(point.slope) <= -_CURVATURE * slope:
            return point.loss, point.gradient, point.step, calls
        if point.slope >= 0:
            bracket = [before, point]
            break
        least = point.step + 0.01 * (point.step - before.step)
        before, point = point, at(_cubic(before, point, (least, point.step * 10)))
        rounds += 1
    if bracket is None:
        bracket = [start, point]
    found = _zoomed(bracket, at, start, size, rounds)
    return found.loss, found.gradient, found.step, calls


def _zoomed(bracket: list[_Point], at: Callable[[float], _Point], start: _Point, size: float, rounds: int) -> _Point:
    """The point within a bracket, which is made smaller until the conditions hold or nothing moves any more."""
    low, high = (0, 1) if bracket[0].loss <= bracket[-1].loss else (1, 0)
    insufficient = False
    while rounds < _MOST:
        ends = [each.step for each in bracket]
        width = max(ends) - min(ends)
        if width * size < _SMALLEST:
            break
        step = _cubic(bracket[0], bracket[1])
        margin = 0.1 * width
        if min(max(ends) - step, step - min(ends)) < margin:
            if insufficient or step >= max(ends) or step <= min(ends):
                step = max(ends) - margin if abs(step - max(ends)) < abs(step - min(ends)) else min(ends) + margin
                insufficient = False
            else:
                insufficient = True
        else:
            insufficient = False
        point = at(step)
        rounds += 1
        if point.loss > start.loss + _SUFFICIENT * step * start.slope or point.loss >= bracket[low].loss:
            bracket[high] = point
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
            continue
        if abs(point.slope) <= -_CURVATURE * start.slope:
            bracket[low] = point
            break
        if point.slope * (bracket[high].step - bracket[low].step) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = point
    return bracket[low]


def _cubic(one: _Point, other: _Point, bounds: tuple[float, float] | None = None) -> float:
    """The minimum, within bounds, of the cubic through two points with their slopes; the middle where it has none."""
    low, high = bounds or (min(one.step, other.step), max(one.step, other.step))
    d1 = one.slope + other.slope - 3 * (one.loss - other.loss) / (one.step - other.step)
    square = d1**2 - one.slope * other.slope
    if square < 0:
        return (low + high) / 2.0
    d2 = math.sqrt(square)
    if one.step <= other.step:
        least = other.step - (other.step - one.step) * ((other.slope + d2 - d1) / (other.slope - one.slope + 2 * d2))
    else:
        least = one.step - (one.step - other.step) * ((one.slope + d2 - d1) / (one.slope - other.slope + 2 * d2))
    return min(max(least, low), high)
