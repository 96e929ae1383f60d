"""What a check gives back: plain data, from which its reports are rendered."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Record
from gradcli.run.result import Note

MOST_LISTED = 20  # entries of one kind; beyond that only their number is told


class Place(Record):
    """An entry of a derivative: of `part` ("out", or "x.grad" in second order) at `part_index`, by leaf at `index`.

    point       which of the points that were tried, from 0
    part_index  None where the part is taken as a whole, in a sum with weights (or is one number)
    """

    __slots__ = ("point", "part", "part_index", "leaf", "index")
    point: int
    part: str
    part_index: tuple[int, ...] | None
    leaf: str
    index: tuple[int, ...]

    @property
    def whole(self) -> str:
        """What is differentiated."""
        return _written(self.part, self.part_index or ())

    @property
    def entry(self) -> str:
        """By what."""
        return _written(self.leaf, self.index)

    def __str__(self) -> str:
        return self.entry if self.part_index is None else f"d {self.whole} / d {self.entry}"


def _written(name: str, index: tuple[int, ...]) -> str:
    return f"{name}{list(index)}" if index else name


class Difference(Record):
    """An entry in which two numbers do not agree: `found`, the one under test, and `expected`.

    found     autograd's number; of a claim, the user's
    expected  what finite differences give; of a claim, autograd's number
    error     how exact `expected` is, where that is known
    sides     the differences from the left and from the right where they disagree, too, or None
    """

    __slots__ = ("place", "found", "expected", "error", "sides")
    place: Place
    found: float
    expected: float
    error: float | None
    sides: tuple[float, float] | None

    @property
    def ratio(self) -> float | None:
        """How many times too large, or None where that says nothing."""
        ratio = self.found / self.expected if self.expected else float("inf")
        return ratio if self.found and abs(ratio) < float("inf") else None  # nan is not, either


class KinkMet(Record):
    """An entry at which there is no derivative; `used` is PyTorch's convention.

    interval  the subgradients, (lowest, highest), or None where the function jumps
    """

    __slots__ = ("place", "used", "interval")
    place: Place
    used: float
    interval: tuple[float, float] | None

    @property
    def message(self) -> str:
        """The sentence that tells it."""
        what = "the function jumps there"
        if self.interval is not None:
            what = f"any value in [{self.interval[0]:.6g}, {self.interval[1]:.6g}] is a subgradient"
        place = self.place
        of = "" if place.part_index in (None, place.index) and place.part == "out" else f"of {place.whole} "
        return f"kink {of}at {place.entry}: {what}; PyTorch's convention, used here, is {self.used:.6g}"


class Comparison(Record):
    """What came of one leaf's derivatives, over all points.

    against     "differences" (autograd is under test) or "claim" (the user's formula is)
    order       1, or 2 for second derivatives
    formula     of a claim, as it was given
    entries     how many numbers were compared at the points that were asked for
    elsewhere   how many at the other points of the domain
    differing   how many of both differ; `differences` lists the first
    kinks       how many are at a kink, and count as right
    unresolved  how many (at the points that were asked for) differences could not settle
    ours        of a claim that differs: the formula that it should have been, where there is one
    reasons     why, with the number of each: "infinite", "overflow", "steep", "noise"
    worst       the largest relative deviation of those that agree, or None
    ratio       of a claim: the one ratio to autograd's numbers that all its entries have, or None
    """

    __slots__ = (
        "leaf",
        "against",
        "order",
        "formula",
        "entries",
        "differing",
        "kinks",
        "unresolved",
        "worst",
        "ratio",
        "elsewhere",
        "reasons",
        "ours",
        "differences",
    )
    leaf: str
    against: str
    order: int
    formula: str | None
    entries: int
    differing: int
    kinks: int
    unresolved: int
    worst: float | None
    ratio: float | None
    elsewhere: int
    reasons: dict[str, int]
    ours: str | None
    differences: tuple[Difference, ...]

    @property
    def everything(self) -> int:
        """How many numbers were compared at all points."""
        return self.entries + self.elsewhere


class CheckResult(Record):
    """The answer of `gradcli check`.

    seed         what drew random points and weights
    points       how many points were looked at
    others       how many of them beside the one that was given; None where none was to be
    skipped      how many draws were passed over, because something is not finite there
    at           the points at which something differs: (number, {leaf: ndarray})
    weighted     how outputs of many elements were checked: None (entry by entry), "given", or "random" weights
    symmetric    (leaf, operation, "symmetric" or "Hermitian"): these leaves stay such matrices, since the operation takes them
    comparisons  first derivatives, then second ones, then claims
    kinks        the first of the entries at kinks
    notes        which nodes used a convention at the point that was given
    """

    __slots__ = ("expr", "seed", "points", "others", "skipped", "at", "weighted", "symmetric", "comparisons", "kinks", "notes")
    expr: str
    seed: int
    points: int
    others: int | None
    skipped: int
    at: tuple[tuple[int, dict[str, Any]], ...]
    weighted: str | None
    symmetric: tuple[tuple[str, str, str], ...]
    comparisons: tuple[Comparison, ...]
    kinks: tuple[KinkMet, ...]
    notes: tuple[Note, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing differs, and nothing is left open."""
        return not any([each.differing or each.unresolved for each in self.comparisons])

    @property
    def word(self) -> str:
        """What came of it: "passed", "failed", or that some of it, or nothing, could be settled."""
        if any([each.differing for each in self.comparisons]):
            return "failed"
        if self.passed:
            return "passed"
        settled = any([each.entries > each.unresolved for each in self.comparisons if each.against == "differences"])
        return "not all could be settled" if settled else "nothing could be settled"
