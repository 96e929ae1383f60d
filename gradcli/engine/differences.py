"""Derivatives by finite differences, each with an estimate of its own error.

    quick    one central difference for every entry, at the step where rounding and truncation are equally small
    ladder   for one entry, differences at steps that fall by a factor of 4, seen from both sides and from each by itself

A rung of the ladder is joined to the next by Richardson's extrapolation: of D(h) and D(h/4), whose errors are as h**2
(central) or h (from one side), the combination (16 D(h/4) - D(h)) / 15, or (4 D(h/4) - D(h)) / 3, loses the leading error.
How far it moved is the estimate of truncation; what rounding the values of the function can do is added to that.

A function to differentiate is given as `change`, which evaluates it at the numbers as they stand in `entries`, and gives by
how much its value (a vector of float64) differs from that at the point itself.  A direction is the places of the entries that
move by one and the same step: a single one, or the two that mirror each other in a symmetric matrix; ~place is one that moves
the other way, as the imaginary part of an entry's mirror image in a Hermitian matrix does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.engine.noise import Noise
from gradcli.errors import Record

Array = np.ndarray[Any, Any]
Change = Callable[[], Array]
Direction = tuple[int, ...]

TOLERANCE = 1e-4  # of what is compared: a rule that is wrong by a thousandth is ten times as far off
_LARGEST = 2.0**-5  # the first step of a ladder, in units of its scale
_RUNGS = 12
_FACTOR = 4.0
_ROUNDINGS = 4.0  # how many rounding errors of the function's value a difference may show
# A function that moves by more than so many of its own roundings, but little beside its noise, may be flat, or wilder than
# the steps can follow: then no slope can be said to be zero.
_FLAT, _COARSE = 64.0, 0.01
_RAGGED = 1e-3  # of the largest change: a function that still moves so much at the smallest step outruns all steps

# What keeps differences from settling a slope.
OVERFLOW = "overflow"  # the function has no finite value beside the point
STEEP = "steep"  # it moves as much over the smallest step as over the largest
NOISE = "noise"  # it moves less than the rounding of its own value


class Quick(Record):
    """Central differences along all directions, each array of shape (directions, values).

    slopes    the derivatives
    rounding  how far rounding may have moved them
    bends     how far the differences from the two sides are apart: about h for a smooth function, and not at a kink
    """

    __slots__ = ("slopes", "rounding", "bends")
    slopes: Array
    rounding: Array
    bends: Array

    def settles(self, expected: Array) -> Array:
        """Where this is enough to say that the derivatives are `expected`: they agree, and there is no sign of a kink."""
        size = np.maximum(np.abs(self.slopes), np.abs(expected))
        close = (np.abs(self.slopes - expected) <= TOLERANCE * size) & (self.rounding <= TOLERANCE * size)
        unmoved = (self.slopes == 0) & (expected == 0)
        settled: Array = (close | unmoved) & np.isfinite(size) & (self.bends <= 100 * TOLERANCE * size)
        return settled


def quick(change: Change, entries: Array, directions: Sequence[Direction], roundings: Array, eps: float) -> Quick:
    """Two evaluations a direction.

    entries    the numbers to move, a 1-d float64 array that `change` reads
    roundings  by how much each of the function's values is rounded, at the least
    eps        the relative precision in which the function is computed
    """
    count = len(roundings)
    sizes = np.array([abs(float(entries[places[0]])) for places in directions])
    steps = 2.0 ** round(np.log2(eps) / 3) * _binary(np.maximum(sizes, 1))
    up, down = np.empty((len(directions), count)), np.empty((len(directions), count))
    forth, back = np.empty(len(directions)), np.empty(len(directions))
    for number, (places, step) in enumerate(zip(directions, steps.tolist())):
        up[number], forth[number] = _moved(change, entries, places, step)
        down[number], back[number] = _moved(change, entries, places, -step)
    slopes = (up - down) / (forth - back)[:, None]
    bends = np.abs(up / forth[:, None] - down / back[:, None])
    return Quick(slopes, _ROUNDINGS * roundings / steps[:, None], bends)


def _moved(change: Change, entries: Array, places: Direction, step: float) -> tuple[Array, float]:
    """The change of the function when entries move by a step, and how far they really moved."""
    signed = [(place, step) if place >= 0 else (~place, -step) for place in places]
    here = [float(entries[place]) for place, _ in signed]
    for (place, own), x in zip(signed, here):
        entries[place] = x + own
    changed = change()
    moved = float(entries[places[0]]) - here[0]
    for (place, _), x in zip(signed, here):
        entries[place] = x
    return changed, moved


class Slope(Record):
    """Estimates of one derivative by falling steps, and of their errors; what cannot be computed is nan, and inf off.

    roundings  the part of the errors below which a slope may be zero; inf where that can never be told
    """

    __slots__ = ("values", "errors", "roundings")
    values: Array
    errors: Array
    roundings: Array

    @property
    def best(self) -> tuple[float, float]:
        """The estimate with the smallest error, and that error; (nan, inf) where there is none."""
        place = int(np.argmin(self.errors))
        return float(self.values[place]), float(self.errors[place])

    def agrees(self, expected: float, unit: float) -> bool:
        """Whether some estimate is precise enough to tell, and is `expected`; below `unit` precision is relative to that."""
        if not np.isfinite(expected):
            return False
        size = abs(expected)
        near = (self.errors <= 2 * TOLERANCE * size) & (np.abs(self.values - expected) <= TOLERANCE * size + self.errors)
        small = (self.errors <= TOLERANCE * unit) & (np.abs(self.values - expected) <= 2 * self.errors)
        return bool((near | small).any())

    def converged(self, unit: float) -> tuple[float, float] | None:
        """The derivative and its error, if the estimates know it: to a relative precision, or that it is zero beside `unit`."""
        relative = np.divide(self.errors, np.abs(self.values), out=np.full(len(self.values), np.inf), where=self.values != 0)
        place = int(np.argmin(relative))
        if relative[place] <= TOLERANCE:
            return float(self.values[place]), float(self.errors[place])
        zero = (np.abs(self.values) <= self.roundings) & (self.roundings <= TOLERANCE * unit)
        return (0.0, float(self.roundings[zero].min())) if zero.any() else None

    def tends_to(self) -> float:
        """inf or -inf if the estimates grow without end as the step falls, else 0."""
        known = 2 * self.errors < np.abs(self.values)
        values, errors = self.values[known][-6:], self.errors[known][-6:]
        moves = np.diff(values) * np.sign(values[-1:])
        away = len(moves) > 2 and np.all(moves > 2 * errors[1:]) and moves[-1] > moves[0] / 2
        return float(np.copysign(np.inf, values[-1])) if away and self.converged(0.0) is None else 0.0


class Ladder:
    """The changes of a function on both sides along one direction, at falling steps."""

    __slots__ = ("_back", "_down", "_forth", "_noise", "_up")

    def __init__(self, change: Change, entries: Array, places: Direction, noise: Noise, scale: float) -> None:
        """Evaluate; `scale` is the distance over which the function may change, from a 32nd of which the steps fall."""
        here = float(entries[places[0]])
        steps = _LARGEST * float(_binary(np.asarray(scale))) / _FACTOR ** np.arange(_RUNGS)
        felt = [step for step in steps.tolist() if here + step > here > here - step]
        above = [_moved(change, entries, places, step) for step in felt]
        below = [_moved(change, entries, places, -step) for step in felt]
        self._forth, self._back = np.array([moved for _, moved in above]), -np.array([moved for _, moved in below])
        self._up, self._down = np.array([changed for changed, _ in above]), np.array([changed for changed, _ in below])
        self._noise = noise

    def trouble(self, value: int) -> str:
        """Why the slopes of one of the function's values may be unknown: OVERFLOW, STEEP or NOISE."""
        if len(self._forth) < 2:
            return NOISE
        changes = np.maximum(np.abs(self._up[:, value]), np.abs(self._down[:, value]))
        if not np.isfinite(changes).all():
            return OVERFLOW
        reach = float(changes.max())
        return STEEP if changes[-1] > _RAGGED * reach else NOISE

    def slopes(self, value: int) -> tuple[Slope, Slope, Slope]:
        """The derivatives of one of the function's values: central, from the right, from the left."""
        if len(self._forth) < 2:
            nothing = Slope(np.array([np.nan]), np.array([np.inf]), np.array([np.inf]))
            return nothing, nothing, nothing
        up, down, errors = self._up[:, value], self._down[:, value], float(self._noise.errors[value])
        both = self._forth + self._back
        changes = np.abs([*up, *down])
        reach = float(changes[np.isfinite(changes)].max(initial=0))
        coarse = reach > _FLAT * float(self._noise.own[value]) and errors > _COARSE * reach
        return (
            _joined((up - down) / both, _FACTOR**2, errors / both, coarse),
            _joined(up / self._forth, _FACTOR, errors / self._forth, coarse),
            _joined(-down / self._back, _FACTOR, errors / self._back, coarse),
        )


def _joined(differences: Array, falls: float, rounding: Array, coarse: bool) -> Slope:
    """Richardson's extrapolation from each step to the next, at which the error falls by the factor `falls`."""
    finer = differences[1:]
    values = (falls * finer - differences[:-1]) / (falls - 1)
    roundings = _ROUNDINGS * rounding[1:]
    errors = np.abs(values - finer) + roundings
    return Slope(values, np.where(np.isfinite(errors), errors, np.inf), roundings + np.inf if coarse else roundings)


def _binary(scale: Array) -> Array:
    """Powers of two just above: steps of whole binary digits are added without rounding."""
    power: Array = 2.0 ** np.frexp(scale)[1]
    return power
