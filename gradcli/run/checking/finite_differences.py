"""Autograd's derivatives by one leaf, held against finite differences, direction by direction.

A direction is one entry of the leaf; of a symmetric matrix, an entry with its mirror image.  One central difference settles
most of them.  What it leaves open goes up a ladder of steps, or several: 1, and the number itself, are distances over which
functions change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gradcli.engine.differences import Array, Direction, Ladder, Quick, quick
from gradcli.run.checking.function import CheckedFunction
from gradcli.run.checking.verdict import KINK, OPEN, RIGHT, WRONG, Verdict, verdict

_NOTHING = 1e-3  # of the function's size over the leaf's: derivatives that are all below may be zeros, badly rounded


class Entries:
    """The entries of one leaf.

    expected    autograd's derivatives, of shape (rows, directions): sums over the entries that move together
    directions  the places that move together, one tuple for each column of `expected`
    declared    whether some operation that a gradient flowed through declares a kink at this point
    """

    def __init__(
        self, function: CheckedFunction, name: str, found: Array, declared: bool, directions: Sequence[Direction] | None = None
    ) -> None:
        """`found` are autograd's derivatives by every entry; without directions, each entry moves by itself."""
        self.function, self.name = function, name
        self.entries = function.leaves[name].reshape(-1)
        self.directions = [(place,) for place in range(self.entries.size)] if directions is None else directions
        self.expected = found if directions is None else along(found, directions)
        self.declared = declared
        self.quick: Quick = quick(function.change, self.entries, self.directions, function.roundings, function.eps)
        self.settled: Array = self.quick.settles(self.expected.T).T

    def open(self) -> Iterator[tuple[int, int, Verdict]]:
        """(row, direction, verdict) of those that the first difference did not settle."""
        for number in np.flatnonzero(~self.settled.all(axis=0)).tolist():
            rows = np.flatnonzero(~self.settled[:, number]).tolist()
            for row, found in self._examined(number, rows).items():
                yield row, number, found

    def _examined(self, number: int, rows: list[int]) -> dict[int, Verdict]:
        """What ladders of all scales say of some rows; the first that finds one right is believed."""
        verdicts: dict[int, Verdict] = {}
        places = self.directions[number]
        for scale in _scales(abs(float(self.entries[places[0]]))):
            waiting = [row for row in rows if row not in verdicts or verdicts[row].word != RIGHT]
            if waiting:
                ladder = Ladder(self.function.change, self.entries, places, self.function.noise, scale)
                for row in waiting:
                    verdicts[row] = _better(verdicts.get(row), self._judged(ladder, row, number))
        return verdicts

    def _judged(self, ladder: Ladder, row: int, number: int) -> Verdict:
        expected, trouble = float(self.expected[row, number]), ladder.trouble(row)
        found = verdict(ladder.slopes(row), expected, self._unit(row), self.declared, trouble)
        muddled = found.word == WRONG and self._muddled(row, number)
        return Verdict(OPEN, *found.value_and_error, None, trouble) if muddled else found

    def _unit(self, row: int) -> float:
        """The size of a row's derivatives, which are not taken for more than rounding where what made them is large."""
        known = self.expected[row][np.isfinite(self.expected[row])]
        size = float(self.function.roundings[row]) / self.function.eps
        natural = size / max(1.0, float(np.abs(self.entries).max(initial=0)))
        return max(float(np.abs(known).max(initial=0)), _NOTHING * natural if 0 < natural < np.inf else 1.0)

    def _muddled(self, row: int, number: int) -> bool:
        """Whether a nan comes of a row's zero weights, which a backward pass multiplies by what is not finite in other rows."""
        others = np.isinf(self.expected[:, number]).any() or not np.isfinite(self.function.here).all()
        return bool(np.isnan(self.expected[row, number]) and others)


def along(found: Array, directions: Sequence[Direction]) -> Array:
    """Derivatives by every entry, of shape (rows, entries), as derivatives along directions: (rows, directions)."""
    sums = [sum([found[:, place] if place >= 0 else -found[:, ~place] for place in places]) for places in directions]
    return np.stack(sums, axis=1) if sums else found[:, :0]


def _better(before: Verdict | None, found: Verdict) -> Verdict:
    """The one of two verdicts that is believed."""
    if before is None or before.word == OPEN or found.word == RIGHT:
        return found
    if before.word == WRONG and (found.word == KINK or (found.word == WRONG and found.error < before.error)):
        return found
    return before


def _scales(size: float) -> list[float]:
    """The distances over which a function may change at a number of that size."""
    scales = [1.0] if size <= 1 else [size, 1.0]
    return scales if not 0 < size < 0.25 else [*scales, size]
