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

INFINITE: Final = "infinite"  # autograd's number is: no difference of finite numbers can confirm that


class Verdict(Record):
    """What is said of an entry.

    word   RIGHT; KINK (a convention, and a possible one); WRONG; or OPEN (differences do not settle it)
    value  what the differences give
    error  how exact that is
    sides  the differences from the left and from the right, where they disagree
    reason what keeps an OPEN one from being settled: INFINITE, or the ladder's trouble
    """

    __slots__ = ("word", "value", "error", "sides", "reason")
    word: str
    value: float
    error: float
    sides: tuple[float, float] | None
    reason: str | None

    @property
    def value_and_error(self) -> tuple[float, float]:
        """The number and how exact it is."""
        return self.value, self.error


def verdict(slopes: tuple[Slope, Slope, Slope], expected: float, unit: float, declared: bool, trouble: str) -> Verdict:
    """Judge `expected`, autograd's number, by the slopes (central, from the right, from the left).

    unit      the size of the derivatives around it: what is below TOLERANCE of that is as good as zero
    declared  whether some operation that a gradient flowed through declares a kink at this point
    trouble   what to say where the slopes are not known
    """
    central, right, left = slopes
    if right.agrees(expected, unit) and left.agrees(expected, unit):
        return _known(RIGHT, *min(central.best, right.best, left.best, key=lambda each: each[1]))
    above, below = right.converged(unit), left.converged(unit)
    if above is not None and below is not None and _apart(above, below):
        return _between(expected, below[0], above[0])
    if central.agrees(expected, unit):
        return _known(RIGHT, *central.best)
    jumps = [each.tends_to() for each in (left, right)]
    if right.agrees(expected, unit) or left.agrees(expected, unit):  # the other side jumps, or is outside the domain
        return _known(KINK if any(jumps) else RIGHT, expected, 0.0)
    if any(jumps) and declared and math.isfinite(expected):
        return _known(KINK, expected, 0.0)
    for slope in (central, right, left):
        known = slope.converged(unit)
        if known is not None:
            is_within = abs(known[0] - expected) <= 2 * known[1]
            return Verdict(OPEN, *known, None, trouble) if is_within else _known(WRONG, *known)
    end = next((each for each in jumps if each), 0.0)
    if end and math.isnan(expected):
        return _known(WRONG, end, math.inf)
    return Verdict(OPEN, *central.best, None, INFINITE if math.isinf(expected) else trouble)


def _known(word: str, value: float, error: float) -> Verdict:
    return Verdict(word, value, error, None, None)


def _apart(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two slopes, each with its error, are different ones."""
    size = max(abs(one[0]), abs(other[0]))
    return abs(one[0] - other[0]) > max(100 * TOLERANCE * size, 8 * (one[1] + other[1]))


def _between(expected: float, below: float, above: float) -> Verdict:
    """The function bends: whatever lies between the slopes of the two sides is a subgradient."""
    low, high = min(below, above), max(below, above)
    slack = 10 * TOLERANCE * max(abs(low), abs(high))
    fits = low - slack <= expected <= high + slack
    return Verdict(KINK if fits else WRONG, (low + high) / 2, (high - low) / 2, (below, above), None)
