"""Derivatives to many digits: a formula for mpmath, differenced with steps so small, at so many digits, that nothing is lost.

A function that bends or jumps at a point, or has no real value on some side of it, has no derivative there (None): what a
library answers then is a convention.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath

MOST = 900  # digits; exp(-800), differenced twice, needs 500
STEP = mpmath.mpf(10) ** -30
SAME = mpmath.mpf(10) ** -8
Exact = Callable[..., Any]


def function(formula: str, names: Sequence[str]) -> Exact:
    """A formula in the names of mpmath (and abs, min, max) as a function of its operands."""
    known = {name: getattr(mpmath, name) for name in dir(mpmath) if not name.startswith("_")}
    made: Exact = eval(f"lambda {', '.join(names)}: {formula}", {**known, "abs": abs, "min": min, "max": max})
    return made


def derivative(exact: Exact, point: Sequence[float], places: Sequence[int]) -> float | None:
    """The value (no places), the derivative by one operand, or the second by two; None where there is none."""
    if not all(math.isfinite(each) for each in point):
        return None
    wide = max(abs(mpmath.log10(abs(each))) if each else 0 for each in point) if places else 0
    for digits in (100 + 2 * int(wide), 300 + 2 * int(wide), MOST + int(wide)):
        with mpmath.workdps(digits):
            try:
                return _number(_Stencil(exact, point, digits >= MOST).derivative(places))
            except _TooFewDigits:
                continue
            except (_Bend, ZeroDivisionError, ValueError, TypeError, OverflowError, mpmath.libmp.NoConvergence):
                return None
    raise AssertionError


class _TooFewDigits(Exception):
    pass


class _Bend(Exception):
    pass


def _number(value: Any) -> float:
    if abs(value) > mpmath.mpf(2) ** 1024:
        return math.inf if value > 0 else -math.inf
    return float(value)


class _Stencil:
    """The values of a function around a point, in steps of its operands."""

    def __init__(self, exact: Exact, point: Sequence[float], last: bool) -> None:
        self.exact = exact
        self.last = last  # what is not seen by now is zero
        self.point = [mpmath.mpf(float(each)) for each in point]
        scale = min([abs(each) for each in self.point if each] or [1])
        self.steps = [STEP * min(abs(each) or scale, 1) for each in self.point]
        self.size = mpmath.mpf(0)

    def derivative(self, places: Sequence[int]) -> Any:
        if not places:
            return self.at({})
        if len(places) == 1:
            return self.first(places[0])
        one, other = places
        for place in places:
            self.first(place)
        return self.twice(one) if one == other else self.mixed(one, other)

    def at(self, offsets: dict[int, int]) -> Any:
        """The value so many steps away."""
        value = self.exact(*[each + offsets.get(place, 0) * self.steps[place] for place, each in enumerate(self.point)])
        if not isinstance(value, mpmath.mpf) or not mpmath.isfinite(value):
            raise _Bend
        self.size = max(self.size, abs(value))
        return value

    def first(self, place: int) -> Any:
        line = [self.at({place: each}) for each in (-2, -1, 0, 1, 2)]
        slopes = [line[3] - line[2], line[2] - line[1], (line[4] - line[2]) / 2, (line[2] - line[0]) / 2]
        return self.agreed(slopes, self.steps[place], [place])

    def twice(self, place: int) -> Any:
        line = [self.at({place: each}) for each in (-2, -1, 0, 1, 2)]
        bends = [line[each] - 2 * line[each + 1] + line[each + 2] for each in range(3)]
        return self.agreed(bends, self.steps[place] ** 2, [place])

    def mixed(self, one: int, other: int) -> Any:
        grid = {(i, j): self.at({one: i, other: j}) for i in (-1, 0, 1) for j in (-1, 0, 1)}
        twists = [grid[i + 1, j + 1] - grid[i + 1, j] - grid[i, j + 1] + grid[i, j] for i in (-1, 0) for j in (-1, 0)]
        return self.agreed(twists, self.steps[one] * self.steps[other], [one, other])

    def agreed(self, differences: list[Any], over: Any, places: list[int]) -> Any:
        """What the differences on all sides agree on."""
        largest = max(abs(each) for each in differences)
        if largest <= max(self.size, 1) * mpmath.mpf(10) ** (15 - mpmath.mp.dps):
            if not self.last:
                raise _TooFewDigits
            return mpmath.mpf(0)
        low, high = min(differences) / over, max(differences) / over
        if high - low <= SAME * max(abs(low), abs(high)):
            return (low + high) / 2
        if max(abs(low), abs(high)) < mpmath.mpf(10) ** -20:
            return mpmath.mpf(0)  # it goes through zero here
        raise _Bend
