"""`check`: is this derivative right?  Autograd against finite differences, and against the user's own formulas.

Bindings are settled once, as float64; every point then has them with other numbers.  At each point every leaf's derivatives
are compared: first all of them with one central difference each, then those that this leaves open by a ladder of steps, from
both sides.  A formula that holds at one point may hold by accident: unless told otherwise, a check looks at the point that was
given and at others of the domain, at which nothing but disagreement counts against it (what cannot be settled there is drawn
anew).  Tallies add up over the points and become the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.engine.differences import Array, Direction
from gradcli.engine.reverse_mode import checked
from gradcli.errors import Problem, unknown_name
from gradcli.graph.context import isolated
from gradcli.run import kinks
from gradcli.run.checking.claims import RTOL, compare
from gradcli.run.checking.finite_differences import Entries
from gradcli.run.checking.function import CheckedFunction, random_weights
from gradcli.run.checking.points import Bound, Draws, points_of
from gradcli.run.checking.result import CheckResult
from gradcli.run.checking.symmetry import mirrored, symmetric_leaves
from gradcli.run.checking.tally import Tally
from gradcli.run.evaluate import computed_bindings, weights_of
from gradcli.run.forward import Forward, check_wrt, forward
from gradcli.run.request import Request
from gradcli.run.source_places import placed

OTHERS = 10  # points beside the one that was given
_TRIES = 3  # for each of them: not every point in the domain can be computed_bindings
_MOST_MOVED = 64  # directions of a leaf that are looked at there

Tallies = dict[tuple[str, str, int], Tally]


@isolated
def check(
    request: Request,
    *,
    order: int = 1,
    claims: Sequence[tuple[str, str]] = (),
    points: int | None = None,
    rtol: float = RTOL,
) -> CheckResult:
    """Check the derivatives of a request's expression.

    request  its expression, bindings, `wrt`, `seed`, and at most one of `weights`
    order    1, or 2 for second derivatives as well
    claims   (leaf, formula) pairs: what the user says that the derivative of highest order is
    rtol     how far off a claim may be, relatively
    points   how many random points to try in place of the values given, which then tell the shapes; 0 for the values
             given and nothing else
    Raises Problem: where the function has no finite value to compare, or cannot be differentiated at all.
    """
    return _Check(request, order, claims, rtol).run(points)


class _Check:
    """A check that is under way."""

    def __init__(self, request: Request, order: int, claims: Sequence[tuple[str, str]], rtol: float) -> None:
        self.seed = 0 if request.seed is None else request.seed
        self.request = request
        self.order = order
        self.claims = claims
        self.rtol = rtol
        self.bindings: list[Bound] = [
            _in_double(each) for each in computed_bindings(_with(request, request.bindings, self.seed))
        ]
        self.wrt = self._names()
        self.symmetric = symmetric_leaves(self._at(self.bindings), self.wrt)
        self.tallies: Tallies = {}
        self.points: list[list[Bound]] = []
        self.weighted: str | None = None
        self.notes: tuple[Any, ...] = ()

    def run(self, count: int | None) -> CheckResult:
        """Check at the point that was given and at others, at `count` random ones, or (0) at the one given alone."""
        draws = Draws(self._at(self.bindings), self.wrt, self.seed, self.symmetric)
        for point in points_of(draws, count) if count else [self.bindings]:
            self.points.append(point)
            self._check(len(self.points) - 1, self.tallies, given=not count)
        asked = len(self.points)
        if count is None and not _differ(self.tallies):  # what is wrong here needs no other point
            self._elsewhere(draws)
        for key, tally in self.tallies.items():
            if tally.differing and tally.formula is not None:
                tally.ours = self._ours(key[0])
        failing = sorted({each.place.point for tally in self.tallies.values() for each in tally.differences})
        return CheckResult(
            self.request.expr,
            self.seed,
            len(self.points),
            len(self.points) - asked if count is None else None,
            draws.skipped,
            tuple([(number, _leaves(self.points[number], self.wrt)) for number in failing]),
            self.weighted,
            tuple([(*each, "Hermitian" if self._is_complex(each[0]) else "symmetric") for each in self.symmetric.items()]),
            tuple([tally.comparison() for tally in self.tallies.values()]),
            tuple([met for tally in self.tallies.values() for met in tally.met]),
            self.notes,
        )

    def _ours(self, leaf: str) -> str | None:
        """The formula that a claim about a leaf should have been, where there is one."""
        from gradcli.run.symbolic.derivative import Question, derivative
        from gradcli.run.symbolic.terms.shapes import Declared

        flags = frozenset[str]()
        leaves = [each for each in self.bindings if not each[2]]
        if any([array.dtype.kind == "c" for _, array, _ in self.bindings]):
            return None  # formulas are of real numbers
        shapes = tuple([Declared(name, tuple(map(int, array.shape)), flags) for name, array, _ in leaves])
        constants = {name: array for name, array, is_constant in self.bindings if is_constant}
        try:
            found = derivative(Question(self.request.expr, shapes, constants, [leaf], self.order, False))
        except Problem:
            return None
        own = [each for each in found.derivatives if each.leaf == leaf]
        return found.whole(own[0]) if own else None

    def _elsewhere(self, draws: Draws) -> None:
        """Check at other points, too; those at which something cannot be computed_bindings, or computed, are passed over."""
        weighted, tried = self.weighted, 0
        while len(self.points) <= OTHERS and tried < OTHERS * _TRIES:
            tried += 1
            point = draws.draw()
            if point is None:
                continue
            self.points.append(point)
            there: Tallies = {}
            try:
                self._check(len(self.points) - 1, there, given=False, sparing=True)
            except Problem:
                there = {}
            if not there or (any([each.unresolved for each in there.values()]) and not _differ(there)):
                self.points.pop()
                continue
            for key, tally in there.items():
                self.tallies[key].join(tally)
        self.weighted = weighted

    def _names(self) -> list[str]:
        """The leaves to differentiate by.  Raises Problem where there are none, or --wrt or a claim names something else."""
        leaves = {name: array for name, array, is_constant in self.bindings if not is_constant}
        check_wrt(self.request.wrt, leaves, {name: array for name, array, _ in self.bindings})
        names = list(dict.fromkeys(self.request.wrt or leaves))
        if not names:
            raise Problem(
                "no-grad",
                "there is nothing to check: no leaf is bound",
                hint="bind one as NAME=VALUE; constants (-c) and tensors made in the expression cannot be moved",
            )
        for name, formula in self.claims:
            if name not in names:
                raise unknown_name(
                    "--claim",
                    name,
                    "is not a leaf that is checked",
                    names,
                    f"write --claim '{names[0]}=...'",
                    f"{name}={formula}",
                )
        return names

    def _at(self, bindings: list[Bound]) -> Request:
        return _with(self.request, bindings, self.seed)

    # --- one point --------------------------------------------------------------------------------------------------

    def _check(self, number: int, tallies: Tallies, given: bool, sparing: bool = False) -> None:
        """Compare all derivatives at a point; `sparing` looks at some entries of a large leaf."""
        request = self._at(self.points[number])
        computed = forward(request)
        _check_comparable(computed, request.expr)
        weight = self._weight(request, computed)
        watched = computed.recorder.watched or []
        lossy = computed.recorder.lossy
        kinks.observe(watched + lossy)
        for order in range(1, self.order + 1):
            out = computed.outputs[0].ndarray
            if (
                order == 2 and weight is None and (out.size != 1 or out.dtype.kind == "c")
            ):  # made one number, which has a gradient
                weight, self.weighted = random_weights(out.shape, self.seed), "random"
            function = CheckedFunction(request, computed, self.wrt, order, weight)
            self.weighted = "random" if function.drawn else self.weighted
            derivatives = function.derivatives()
            if given:
                self.notes = kinks.notes(watched + lossy)
            declared = any([each.flowed.any() for each in watched])
            for name in self.wrt:
                moves = self._directions(function.leaves[name], name, number if sparing else None)
                self._compare(tallies, number, Entries(function, name, derivatives[name], declared, moves))
        for name, formula in self.claims:  # about the derivatives of the highest order
            intervals = _tally(tallies, name, "differences", self.order).intervals
            tally = _tally(tallies, name, "claim", self.order, formula)
            sides = self._mirrored(function.leaves[name], name)
            compare((name, formula), number, function, derivatives[name], tally, intervals, self.rtol, sides)

    def _directions(self, leaf: Array, name: str, point: int | None) -> list[Direction] | None:
        """What moves together; None for every entry by itself.  With the number of a point, some of them, in turn."""
        found = self._mirrored(leaf, name)
        if point is None or leaf.size <= _MOST_MOVED:
            return found
        found = [(place,) for place in range(leaf.size)] if found is None else found
        stride = -(-len(found) // _MOST_MOVED)
        return found[point % stride :: stride]

    def _mirrored(self, leaf: Array, name: str) -> list[Direction] | None:
        """The directions in which a leaf stays symmetric, or Hermitian; None where it need not."""
        if name not in self.symmetric:
            return None
        return mirrored(leaf.shape, self._is_complex(name))

    def _is_complex(self, name: str) -> bool:
        return any([each == name and array.dtype.kind == "c" for each, array, _ in self.bindings])

    def _weight(self, request: Request, computed: Forward) -> Any:
        """The weights that were given, as an array; None where there are none.  Raises Problem."""
        weights = weights_of(request, computed)
        if len(weights) > 1:
            raise Problem(
                "argument",
                f"a check takes one --weights, and here are {len(weights)}",
                type="ValueError",
                hint="check each by itself",
                source="--weights",
            )
        if not weights:
            return None
        self.weighted = "given"
        with placed(computed.program, request.expr):
            weight = checked(weights[0], computed.outputs[0], 0).ndarray
            return weight.astype(np.complex128 if weight.dtype.kind == "c" else np.float64)

    # --- one leaf ---------------------------------------------------------------------------------------------------

    def _compare(self, tallies: Tallies, point: int, entries: Entries) -> None:
        """All derivatives by one leaf."""
        function = entries.function
        tally = _tally(tallies, entries.name, "differences", function.order)
        tally.agree(entries.quick.slopes.T[entries.settled], entries.expected[entries.settled])
        shape = function.leaves[entries.name].shape
        for row, number, verdict in entries.open():
            place = entries.directions[number][0]
            tally.judge(point, *function.row(row), shape, place, float(entries.expected[row, number]), verdict)


def _tally(tallies: Tallies, leaf: str, against: str, order: int, formula: str | None = None) -> Tally:
    return tallies.setdefault((leaf, against, order), Tally(leaf, against, order, formula))


def _differ(tallies: Tallies) -> bool:
    return any([each.differing for each in tallies.values()])


def _check_comparable(computed: Forward, expr: str) -> None:
    """Raise the Problem of an output that has no derivative to check: a tuple, or nowhere finite."""
    out = computed.outputs[0].ndarray
    with placed(computed.program, expr):
        if computed.is_tuple:
            raise Problem(
                "not-scalar",
                f"the expression gives a tuple of {len(computed.outputs)}, and a check wants one tensor",
                hint="pick one, as in (...)[0]",
            )
        if out.size and not np.isfinite(out).any():
            raise Problem(
                "undefined",
                f"the value is {out.flat[0]:g} at this point, so that there is nothing to compare",
                type="ValueError",
                hint="choose a point at which the expression is finite, or let --at random:10 choose",
            )


def _with(request: Request, bindings: list[Any], seed: int) -> Request:
    """The request with other bindings, in double precision, with all values kept and kinks told."""
    return Request(
        request.expr,
        bindings,
        weights=request.weights,
        wrt=request.wrt,
        seed=seed,
        stdin=request.stdin,
        values=True,
        notes=True,
    )


def _in_double(bound: Bound) -> Bound:
    name, array, is_constant = bound
    return (
        (name, array, True)
        if is_constant
        else (name, np.array(array, np.complex128 if array.dtype.kind == "c" else np.float64), False)
    )


def _leaves(point: list[Bound], wrt: list[str]) -> dict[str, Array]:
    return {name: array for name, array, _ in point if name in wrt}
