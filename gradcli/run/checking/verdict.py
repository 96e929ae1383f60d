"""Whether one number is the derivative, as far as finite differences can tell."""

from __future__ import annotations

import math
from typing import Final

from gradcli.engine.differences import TOLERANCE, Slope
from gradcli.errors import Record

RIGHT: Final = "right"
KINK: Final = "kink"
WRONG: Final = "wrong"
OPEN: Final = "open"


class Verdict(Record):
    """What is said of an entry.

    word   RIGHT; KINK (a convention, and a possible one); WRONG; or OPEN (differences do not settle it)
    value  what the differences give
    error  how exact that is
    sides  the differences from the left and from the right, where they disagree
    """

    __slots__ = ("word", "value", "error", "sides")
    word: str
    value: float
    error: float
    sides: tuple[float, float] | None

    @property
    def value_and_error(self) -> tuple[float, float]:
        """The number and how exact it is."""
        return self.value, self.error


def verdict(slopes: tuple[Slope, Slope, Slope], expected: float, unit: float, declared: bool) -> Verdict:
    """Judge `expected`, autograd's number, by the slopes (central, from the right, from the left).

    unit      the size of the derivatives around it: what is below TOLERANCE of that is as good as zero
    declared  whether some operation that a gradient flowed through declares a kink at this point
    """
    central, right, left = slopes
    if right.agrees(expected, unit) and left.agrees(expected, unit):
        return Verdict(RIGHT, *min(central.best, right.best, left.best, key=lambda each: each[1]), None)
    above, below = right.settled(unit), left.settled(unit)
    if above is not None and below is not None and _apart(above, below):
        return _between(expected, below[0], above[0])
    if central.agrees(expected, unit):
        return Verdict(RIGHT, *central.best, None)
    jumps = [each.tends_to() for each in (left, right)]
    if math.isinf(expected) and expected in jumps:
        return Verdict(RIGHT, expected, 0.0, None)
    if right.agrees(expected, unit) or left.agrees(expected, unit):  # the other side jumps, or is outside the domain
        return Verdict(KINK if any(jumps) else RIGHT, expected, 0.0, None)
    if any(jumps) and declared and math.isfinite(expected):
        return Verdict(KINK, expected, 0.0, None)
    for slope in (central, right, left):
        known = slope.settled(unit)
        if known is not None:
            is_within = abs(known[0] - expected) <= 2 * known[1]
            return Verdict(OPEN if is_within else WRONG, *known, None)
    end = next((each for each in jumps if each), 0.0)
    return Verdict(WRONG, end, math.inf, None) if end and math.isnan(expected) else Verdict(OPEN, *central.best, None)


def _apart(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two slopes, each with its error, are different ones."""
    size = max(abs(one[0]), abs(other[0]))
    return abs(one[0] - other[0]) > max(100 * TOLERANCE * size, 8 * (one[1] + other[1]))


def _between(expected: float, below: float, above: float) -> Verdict:
    """The function bends: whatever lies between the slopes of the two sides is a subgradient."""
    low, high = min(below, above), max(below, above)
    slack = 10 * TOLERANCE * max(abs(low), abs(high))
    fits = low - slack <= expected <= high + slack
    return Verdict(KINK if fits else WRONG, (low + high) / 2, (high - low) / 2, (below, above))
