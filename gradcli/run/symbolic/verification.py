"""Formulas are believed when they have been evaluated: by the language itself, at random points, against autograd.

The dimensions that have names get other lengths at every point.  Points are drawn until the function and its derivatives are
finite: from all numbers first, then from positive ones, from (0, 1), from (1, 3), and from mixtures of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.errors import Problem, Record
from gradcli.graph.context import isolated
from gradcli.graph.tensor import from_array
from gradcli.run.forward import Forward, forward
from gradcli.run.request import Request
from gradcli.run.symbolic.formulas import evaluated
from gradcli.run.symbolic.terms.dimensions import Dim, Shape

POINTS: Final = 5
VALUE: Final = "value"
TOLERANCE: Final = 1e-10
_TRIES: Final = 60
_REDRAWN: Final = 8  # points that turn out to be on the edge of the domain, such as singular matrices
_NUDGES: Final = ((1e-11, 1e-4), (4e-16, TOLERANCE))  # of a point, and what it may change: far less than an edge, or rounding
_SAME_LENGTHS: Final = 6  # tries before the dimensions get other lengths, too
_INTERVALS: Final = ((-2.0, 2.0), (0.2, 2.0), (0.05, 0.95), (1.1, 3.0))
_LENGTHS: Final = (3, 4, 5, 2, 6, 7)
SEED: Final = 0

Array = np.ndarray[Any, Any]
Leaves = Mapping[str, tuple[Shape, frozenset[str]]]


class Claim(Record):
    """A formula to be tested.

    text   a program of the language
    leaf   by what is differentiated; `first` the leaf of the first derivative where it is a second one, else None
    kind   "gradient", "each" (a diagonal, entry by entry), "matrix" (a Jacobian or Hessian), "product" (with `along`), or
           "value": of the expression itself, by no leaf
    along  what the text calls the incoming gradient, or the direction of a second derivative
    """

    __slots__ = ("text", "leaf", "first", "kind", "along")
    text: str
    leaf: str
    first: str | None
    kind: str
    along: str


class Point(Record):
    """Values for all names, the weights of the output, the tangents for second derivatives, which leaves stay symmetric."""

    __slots__ = ("values", "computed", "weight", "tangents", "symmetric")
    values: dict[str, Array]
    computed: Forward
    weight: Array
    tangents: dict[str, Array]
    symmetric: frozenset[str]


class _Numbers:
    """Random numbers for a few small points: Knuth's linear congruential generator, since others take longer to import."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def uniform(self, shape: tuple[int, ...], low: float, high: float) -> Array:
        """Numbers from low to high."""
        return low + (high - low) * np.array([self._next() for _ in range(int(np.prod(shape)))]).reshape(shape)

    def _next(self) -> float:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) / 2**53


@isolated
def confirmed(
    expr: str, leaves: Leaves, known: Mapping[str, Array], claims: Sequence[Claim], points: int = POINTS
) -> list[int]:
    """At how many points each claim has been found true: all of `points`, or 0 where it is false or cannot be tested."""
    generator = _Numbers(SEED)
    good = [0] * len(claims)
    wrong = [False] * len(claims)
    for number in range(points):
        for again in range(_REDRAWN):
            point = _drawn(expr, leaves, known, number + again, generator, claims)
            if point is None:
                return [0] * len(claims)
            held = [_holds(claim, point) for claim in claims]
            if all(held) or _is_settled(expr, point, claims):
                break
        for place, holds in enumerate(held):
            good[place] += holds
            wrong[place] |= not holds
    return [0 if bad else count for bad, count in zip(wrong, good)]


def _drawn(
    expr: str, leaves: Leaves, known: Mapping[str, Array], number: int, generator: _Numbers, claims: Sequence[Claim]
) -> Point | None:
    for tried in range(_TRIES):
        dims = _lengths(leaves, known, number + tried // _SAME_LENGTHS)
        values = {
            name: _values(shape, flags, dims, tried, place, generator)
            for place, (name, (shape, flags)) in enumerate(leaves.items())
        }
        constants = {name for name, (_, flags) in leaves.items() if "integer" in flags} | {*known}
        bindings = [(name, array, name in constants) for name, array in {**known, **values}.items()]
        try:
            computed = forward(Request(expr, bindings, seed=SEED))
        except Problem as problem:
            if problem.code in ("shape-mismatch", "unknown-name", "syntax") and tried > len(_INTERVALS):
                raise
            continue
        out = computed.outputs[0].ndarray
        if out.size and np.isfinite(out).all():
            weight = np.asarray(generator.uniform(out.shape, -2.0, 2.0)) if out.ndim else np.ones(())
            symmetric = frozenset([name for name, (_, flags) in leaves.items() if "symmetric" in flags])
            tangents = {name: np.asarray(generator.uniform(each.shape, -2.0, 2.0)) for name, each in values.items()}
            tangents |= {name: tangents[name] + tangents[name].T for name in symmetric}
            point = Point({**known, **values}, computed, weight, tangents, symmetric)
            if _is_finite(claims, point):
                return point
    return None


def _is_finite(claims: Sequence[Claim], point: Point) -> bool:
    """Whether all derivatives are there."""
    try:
        return all([np.isfinite(_expected(each, point)).all() for each in claims])
    except Problem:
        return False


def _is_settled(expr: str, point: Point, claims: Sequence[Claim]) -> bool:
    """Whether the derivatives at a point hardly change when it moves by less than can be seen: else it says nothing."""
    return all([_is_steady(expr, point, claims, *each) for each in _NUDGES])


def _is_steady(expr: str, point: Point, claims: Sequence[Claim], nudge: float, tolerance: float) -> bool:
    computed = point.computed
    moved = {name: array * (1 + nudge) + nudge if array.dtype.kind == "f" else array for name, array in point.values.items()}
    bindings = [(name, array, name not in computed.leaves) for name, array in moved.items()]
    try:
        forwards = forward(Request(expr, bindings, seed=SEED))
        beside = Point(moved, forwards, point.weight, point.tangents, point.symmetric)
        pairs = [(_expected(each, point), _expected(each, beside)) for each in claims]
    except Problem:
        return False
    return all([np.allclose(one, two, rtol=tolerance, atol=tolerance * np.max(np.abs(one), initial=0)) for one, two in pairs])


def _lengths(leaves: Leaves, known: Mapping[str, Array], number: int) -> dict[Dim, int]:
    names = sorted({str(dim) for shape, _ in leaves.values() for dim in shape if isinstance(dim, str)})
    return {name: _LENGTHS[(place + number) % len(_LENGTHS)] for place, name in enumerate(names)}


def _values(shape: Shape, flags: frozenset[str], dims: Mapping[Dim, int], tried: int, place: int, generator: _Numbers) -> Array:
    lengths = tuple([dim if isinstance(dim, int) else dims[dim] for dim in shape])
    if "integer" in flags:
        return (np.asarray(generator.uniform(lengths, 0.0, 1.0)) > 0.5).astype(np.int64)
    which = tried if tried < len(_INTERVALS) else (tried // (place + 1) + place) % len(_INTERVALS)
    low, high = _INTERVALS[max(which, 1) if "positive" in flags else which]
    drawn = np.asarray(generator.uniform(lengths, low, high))
    if "symmetric" in flags:
        drawn = drawn + drawn.T
        if tried % 2:
            drawn = drawn @ drawn + np.eye(len(drawn))
    elif drawn.ndim == 2 and drawn.shape[0] == drawn.shape[1] and tried % 2:
        drawn = drawn / len(drawn) + 2 * np.eye(len(drawn))
    return drawn


def _expected(claim: Claim, point: Point) -> Array:
    """What autograd says: the gradient with the point's weight, or a second derivative along its tangents."""
    computed, out = point.computed, point.computed.outputs[0]
    if claim.kind == VALUE:
        return np.asarray(out.ndarray)
    leaf = computed.leaves[claim.leaf]
    weights = [from_array(point.weight)]
    if claim.first is None:
        (found,) = reverse_mode.grad([out], [leaf], weights, retain_graph=True, materialize_grads=True)
    else:
        first = computed.leaves[claim.first]
        ones = [from_array(np.ones(out.ndarray.shape))]
        (slope,) = reverse_mode.grad([out], [first], ones, create_graph=True, materialize_grads=True)
        assert slope is not None
        if not slope.requires_grad:
            return np.zeros(leaf.ndarray.shape)
        tangent = from_array(point.tangents[claim.first])
        (found,) = reverse_mode.grad([slope], [leaf], [tangent], retain_graph=True, materialize_grads=True)
    assert found is not None
    return np.asarray(found.ndarray)


def _holds(claim: Claim, point: Point) -> bool:
    along = point.weight if claim.first is None else point.tangents[claim.first]
    names = {claim.along: from_array(along)} | {name: from_array(value) for name, value in point.values.items()}
    value = evaluated(claim.text, names)
    if value is None:
        return False
    value = np.asarray(value, np.float64)
    expected = _expected(claim, point)
    try:
        if claim.kind == "each" or (claim.kind == "gradient" and claim.first is not None):
            value = along * value
        elif claim.kind == "matrix":
            value = np.tensordot(along, value, along.ndim)
        value = np.broadcast_to(value, expected.shape)
    except ValueError:
        return False
    if claim.first is not None and claim.leaf in point.symmetric:  # which moves along symmetric directions alone
        value, expected = value + value.T, expected + expected.T
    scale = np.max(np.abs(expected), initial=0.0)
    return bool(np.allclose(value, expected, rtol=TOLERANCE, atol=TOLERANCE * max(scale, 1e-3)))
