"""`check`: is this derivative right?  Autograd against finite differences, and against the user's own formulas.

Bindings are settled once, as float64; every point then has them with other numbers.  At each point every leaf's derivatives
are compared: first all of them with one central difference each, then those that this leaves open by a ladder of steps, from
both sides.  Tallies add up over the points and become the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.engine.differences import Array
from gradcli.engine.plain import checked
from gradcli.errors import Problem, did_you_mean
from gradcli.run import kinks
from gradcli.run.checking.claims import RTOL, compare
from gradcli.run.checking.entries import Entries
from gradcli.run.checking.function import Function, random_weights
from gradcli.run.checking.points import Point, points_of
from gradcli.run.checking.result import CheckResult
from gradcli.run.checking.tally import Tally
from gradcli.run.evaluate import settled, weights_of
from gradcli.run.forward import Forward, check_wrt, forward
from gradcli.run.places import placed
from gradcli.run.request import Request

Binding = tuple[str, Any, bool]


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
    points   how many random points to try in place of the values given, which then tell the shapes
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
        self.bindings: list[Binding] = [_in_double(each) for each in settled(_with(request, request.bindings, self.seed))]
        self.wrt = self._names()
        self.tallies: dict[tuple[str, str, int], Tally] = {}
        self.weighted: str | None = None
        self.notes: tuple[Any, ...] = ()

    def run(self, count: int | None) -> CheckResult:
        """Check at the point that was given, or at `count` random ones."""
        points = points_of(self._at(self.bindings), self.wrt, count, self.seed)
        for number, point in enumerate(points.points):
            self._check(number, self._at(point.bindings), given=count is None)
        failing = sorted({each.place.point for tally in self.tallies.values() for each in tally.differences})
        return CheckResult(
            self.request.expr,
            self.seed,
            len(points.points),
            points.skipped,
            tuple([(number, _leaves(points.points[number], self.wrt)) for number in failing]),
            self.weighted,
            tuple([tally.comparison() for tally in self.tallies.values()]),
            tuple([met for tally in self.tallies.values() for met in tally.met]),
            self.notes,
        )

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
                raise Problem(
                    "unknown-name",
                    f"--claim is about '{name}', which is not a leaf that is checked",
                    type="NameError",
                    hint=did_you_mean(name, names) or f"write --claim '{names[0]}=...'",
                    source="--claim",
                    text=f"{name}={formula}",
                )
        return names

    def _at(self, bindings: list[Binding]) -> Request:
        return _with(self.request, bindings, self.seed)

    # --- one point --------------------------------------------------------------------------------------------------

    def _check(self, number: int, request: Request, given: bool) -> None:
        computed = forward(request)
        _check_comparable(computed, request.expr)
        weight = self._weight(request, computed)
        watched = computed.recorder.watched or []
        kinks.attend(watched)
        for order in range(1, self.order + 1):
            if order == 2 and weight is None and computed.outputs[0].size != 1:  # made one number, which has a gradient
                weight, self.weighted = random_weights(computed.outputs[0].shape, self.seed), "random"
            function = Function(request, computed, self.wrt, order, weight)
            self.weighted = "random" if function.drawn else self.weighted
            derivatives = function.derivatives()
            if given:
                self.notes = kinks.notes(watched)
            declared = any([each.flowed.any() for each in watched])
            for name in self.wrt:
                self._compare(number, function, name, derivatives[name], declared)
        for name, formula in self.claims:  # about the derivatives of the highest order
            intervals = self._tally(name, "differences", self.order).intervals
            tally = self._tally(name, "claim", self.order, formula)
            compare((name, formula), number, function, derivatives[name], tally, intervals, self.rtol)

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
            return checked(weights[0], computed.outputs[0], 0).array.astype(np.float64)

    # --- one leaf ---------------------------------------------------------------------------------------------------

    def _tally(self, leaf: str, against: str, order: int, formula: str | None = None) -> Tally:
        key = (leaf, against, order)
        if key not in self.tallies:
            self.tallies[key] = Tally(leaf, against, order, formula)
        return self.tallies[key]

    def _compare(self, point: int, function: Function, name: str, found: Array, declared: bool) -> None:
        """All derivatives by one leaf; `found` are autograd's, of shape (rows, entries)."""
        entries = Entries(function, name, found, declared)
        tally = self._tally(name, "differences", function.order)
        tally.agree(entries.quick.slopes.T[entries.settled], found[entries.settled])
        shape = function.leaves[name].shape
        for row, entry, verdict in entries.open():
            tally.judge(point, *function.row(row), shape, entry, float(found[row, entry]), verdict)


def _check_comparable(computed: Forward, expr: str) -> None:
    """Raise the Problem of an output that has no derivative to check: a tuple, or nowhere finite."""
    out = computed.outputs[0].array
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


def _in_double(bound: Binding) -> Binding:
    name, array, is_constant = bound
    return (name, array, True) if is_constant else (name, np.array(array, np.float64), False)


def _leaves(point: Point, wrt: list[str]) -> dict[str, Array]:
    return {name: array for name, array, _ in point.bindings if name in wrt}
