"""Derivatives to many digits: a formula for mpmath, differenced with steps so small, at so many digits, that nothing is lost.

A function that bends or jumps at a point, or has no real value on some side of it, has no derivative there (None): what a
library answers then is a convention.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath

FEWEST, MOST = 100, 800  # digits; exp(-800), differenced twice, needs 500
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
    digits = FEWEST
    while digits <= MOST:
        with mpmath.workdps(digits):
            try:
                return _number(_Stencil(exact, point).derivative(places))
            except _TooFewDigits:
                digits = digits * 5 // 2 if digits < 250 else MOST + (digits == MOST)
            except (_Bend, ZeroDivisionError, ValueError, TypeError, OverflowError, mpmath.libmp.NoConvergence):
                return None
    return 0.0  # of what so many digits cannot see


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

    def __init__(self, exact: Exact, point: Sequence[float]) -> None:
        self.exact = exact
        self.point = [mpmath.mpf(float(each)) for each in point]
        self.steps = [STEP * (min(abs(each), 1) or 1) for each in self.point]
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
        below, here, above = [self.at({place: each}) for each in (-1, 0, 1)]
        return self.agreed([above - here, here - below], self.steps[place], [place])

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
        if largest <= self.size * mpmath.mpf(10) ** (15 - mpmath.mp.dps):
            if self.size:
                raise _TooFewDigits
            return mpmath.mpf(0)
        low, high = min(differences) / over, max(differences) / over
        if any(self.point[place] == 0 for place in places) and max(abs(low), abs(high)) < mpmath.mpf(10) ** -20:
            return mpmath.mpf(0)
        if high - low > SAME * max(abs(low), abs(high)):
            raise _Bend
        return (low + high) / 2
