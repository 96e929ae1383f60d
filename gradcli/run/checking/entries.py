"""Autograd's derivatives by one leaf, held against finite differences entry by entry.

One central difference settles most entries.  What it leaves open goes up a ladder of steps, or several: 1, and the number
itself, are distances over which functions change.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradcli.engine.differences import Array, Ladder, Quick, quick
from gradcli.run.checking.function import Function
from gradcli.run.checking.verdict import KINK, OPEN, RIGHT, WRONG, Verdict, verdict

_NOTHING = 1e-3  # of the function's size over the leaf's: derivatives that are all below may be zeros, badly rounded


class Entries:
    """The entries of one leaf.

    expected  autograd's derivatives, of shape (rows, entries)
    declared  whether some operation that a gradient flowed through declares a kink at this point
    """

    def __init__(self, function: Function, name: str, expected: Array, declared: bool) -> None:
        self.function = function
        self.entries = function.leaves[name].reshape(-1)
        self.expected = expected
        self.declared = declared
        self.quick: Quick = quick(function.change, self.entries, function.roundings, function.eps)
        self.settled: Array = self.quick.settles(expected.T).T

    def open(self) -> Iterator[tuple[int, int, Verdict]]:
        """(row, entry, verdict) of those that the first difference did not settle."""
        for entry in np.flatnonzero(~self.settled.all(axis=0)).tolist():
            rows = np.flatnonzero(~self.settled[:, entry]).tolist()
            for row, found in self._examined(entry, rows).items():
                yield row, entry, found

    def _examined(self, entry: int, rows: list[int]) -> dict[int, Verdict]:
        """What ladders of all scales say of some rows; the first that finds one right is believed."""
        verdicts: dict[int, Verdict] = {}
        for scale in _scales(abs(float(self.entries[entry]))):
            waiting = [row for row in rows if row not in verdicts or verdicts[row].word != RIGHT]
            if waiting:
                ladder = Ladder(self.function.change, self.entries, entry, self.function.noise, scale)
                for row in waiting:
                    verdicts[row] = _better(verdicts.get(row), self._judged(ladder, row, entry))
        return verdicts

    def _judged(self, ladder: Ladder, row: int, entry: int) -> Verdict:
        found = verdict(ladder.slopes(row), float(self.expected[row, entry]), self._unit(row), self.declared)
        return Verdict(OPEN, *found.value_and_error, None) if found.word == WRONG and self._muddled(row, entry) else found

    def _unit(self, row: int) -> float:
        """The size of a row's derivatives, which are not taken for more than rounding where what made them is large."""
        known = self.expected[row][np.isfinite(self.expected[row])]
        size = float(self.function.roundings[row]) / self.function.eps
        natural = size / max(1.0, float(np.abs(self.entries).max(initial=0)))
        return max(float(np.abs(known).max(initial=0)), _NOTHING * natural if 0 < natural < np.inf else 1.0)

    def _muddled(self, row: int, entry: int) -> bool:
        """Whether a nan comes of a row's zero weights, which a backward pass multiplies by what is not finite in other rows."""
        others = np.isinf(self.expected[:, entry]).any() or not np.isfinite(self.function.here).all()
        return bool(np.isnan(self.expected[row, entry]) and others)


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
