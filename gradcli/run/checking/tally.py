"""Counting what came of the entries of one leaf, and keeping the first that are worth telling."""

from __future__ import annotations

import numpy as np

from gradcli.engine.differences import NOISE, TOLERANCE, Array
from gradcli.run.checking.result import MOST_LISTED, Comparison, Difference, KinkMet, Place
from gradcli.run.checking.verdict import KINK, OPEN, RIGHT, Verdict


class Tally:
    """The counts of one Comparison, which grow from point to point."""

    def __init__(self, leaf: str, against: str, order: int, formula: str | None) -> None:
        self.leaf, self.against, self.order, self.formula = leaf, against, order, formula
        self.entries = self.differing = self.kinks = self.unresolved = self.elsewhere = 0
        self.ours: str | None = None  # the formula that a claim should have been
        self.reasons: dict[str, int] = {}  # why what is unresolved is
        self.worst: float | None = None
        self.ratios: list[float] = []  # the least and the greatest so far
        self.differences: list[Difference] = []
        self.met: list[KinkMet] = []
        self.intervals: dict[Place, tuple[float, float] | None] = {}  # of all kinks

    def agree(self, one: Array, other: Array) -> None:
        """Count entries in which two arrays agree."""
        self.entries += one.size
        if one.size:
            size = np.maximum(np.abs(one), np.abs(other))
            off = np.divide(np.abs(one - other), size, out=np.zeros(one.shape), where=(size > 0) & np.isfinite(size))
            self.worst = max(float(off.max()), self.worst or 0.0)

    def judge(
        self,
        point: int,
        part: str,
        part_index: tuple[int, ...] | None,
        shape: tuple[int, ...],
        entry: int,
        found: float,
        verdict: Verdict,
    ) -> None:
        """Count one entry, the one that is at `entry` of the flattened leaf, by what was said of it."""
        place = Place(point, part, part_index, self.leaf, tuple(map(int, np.unravel_index(entry, shape))))
        if verdict.word == RIGHT:
            exact = np.isfinite(verdict.value) and verdict.error <= TOLERANCE * abs(verdict.value)
            self.agree(np.array([verdict.value if exact else 0.0]), np.array([found if exact else 0.0]))
            return
        if verdict.word == OPEN:
            self.leave_open(verdict.reason or NOISE, 1)
            return
        self.entries += 1
        if verdict.word == KINK:
            self.bend(place, found, verdict.sides)
        else:
            self.differ(Difference(place, found, verdict.value, verdict.error, verdict.sides))

    def leave_open(self, reason: str, count: int) -> None:
        """Count entries that cannot be settled."""
        if count:
            self.entries += count
            self.unresolved += count
            self.reasons[reason] = self.reasons.get(reason, 0) + count

    def bend(self, place: Place, found: float, sides: tuple[float, float] | None) -> None:
        """Count an entry at a kink; what was found is a possible convention (the entry is among `entries` already)."""
        self.kinks += 1
        self.intervals[place] = None if sides is None else (min(sides), max(sides))
        if len(self.met) < MOST_LISTED:
            self.met.append(KinkMet(place, found + 0.0, self.intervals[place]))

    def differ(self, difference: Difference) -> None:
        """Count an entry that differs (it is among `entries` already)."""
        self.differing += 1
        if len(self.differences) < MOST_LISTED:
            self.differences.append(difference)

    def join(self, other: Tally) -> None:
        """Add what came of another point than the one that was given: `entries` stay those of the given one."""
        self.elsewhere += other.entries
        self.differing += other.differing
        self.differences += other.differences[: MOST_LISTED - len(self.differences)]
        self.scale(np.array(other.ratios))

    def scale(self, ratios: Array) -> None:
        """Note the ratios of some entries, of which a claim may have one and the same everywhere."""
        if ratios.size:
            self.ratios = [min([*self.ratios, float(ratios.min())]), max([*self.ratios, float(ratios.max())])]

    def comparison(self) -> Comparison:
        """The counts as they stand."""
        return Comparison(
            self.leaf,
            self.against,
            self.order,
            self.formula,
            self.entries,
            self.differing,
            self.kinks,
            self.unresolved,
            self.worst,
            self._ratio(),
            self.elsewhere,
            dict(self.reasons),
            self.ours,
            tuple(self.differences),
        )

    def _ratio(self) -> float | None:
        """The one ratio that all entries have, if they have one and it is not 1."""
        if not self.differing or not self.ratios or not np.isfinite(self.ratios).all():
            return None
        low, high = self.ratios
        return (low + high) / 2 if high - low <= 1e-6 * abs(high) else None
