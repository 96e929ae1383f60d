"""Claims: what the user says that a derivative is, held against autograd's numbers."""

from __future__ import annotations

import numpy as np

from gradcli.engine.differences import Array, Direction
from gradcli.engine.real_parts import real_view
from gradcli.errors import Problem
from gradcli.run.bindings import value_of
from gradcli.run.checking.finite_differences import along
from gradcli.run.checking.function import CheckedFunction
from gradcli.run.checking.result import Difference, Place
from gradcli.run.checking.tally import Tally
from gradcli.run.checking.verdict import INFINITE
from gradcli.run.request import Request

Interval = tuple[float, float] | None

RTOL = 1e-6  # formulas are written with constants such as 3.14159265
_ROUNDINGS = 64  # of the function's own value: formulas cancel where the derivative is small


def compare(
    claim: tuple[str, str],
    point: int,
    function: CheckedFunction,
    found: Array,
    tally: Tally,
    intervals: dict[Place, Interval],
    rtol: float = RTOL,
    sides: list[Direction] | None = None,
) -> None:
    """Hold a (leaf, formula) against autograd's derivatives by the leaf, and count what comes of it in a tally.

    found      those derivatives, of shape (rows, entries)
    rtol       how far off the formula may be, relatively
    sides      of a symmetric leaf, the places that mirror each other: there the sums of both are compared
    intervals  the subgradients at the kinks that differences have met: any of them is as good as PyTorch's own
    Raises Problem where the formula fails or has another shape.
    """
    name, formula = claim
    rows, found = _rows_of(function, name, found)
    claimed = _claimed(formula, name, function, len(rows)).reshape(found.shape)
    shape = function.leaves[name].shape
    if sides is not None:
        found, claimed = along(found, sides), along(claimed, sides)
    differ = _differing(found, claimed, function, rtol)
    infinite = differ & ((found == claimed) | (np.isnan(found) & np.isnan(claimed)))
    differ &= ~infinite
    agree = ~differ & ~infinite
    tally.agree(claimed[agree], found[agree])
    tally.leave_open(INFINITE, int(infinite.sum()))
    tally.entries += int(differ.sum())
    nonzero = (found != 0) | (claimed != 0)
    tally.scale(np.divide(claimed, found, out=np.full(found.shape, np.inf), where=found != 0)[nonzero])
    for row, entry in np.argwhere(differ).tolist():
        first = entry if sides is None else sides[entry][0]
        place = Place(point, *function.row(rows[row]), name, tuple(map(int, np.unravel_index(first, shape))))
        difference = Difference(place, float(claimed[row, entry]), float(found[row, entry]), None, None)
        if _is_subgradient(difference.found, intervals.get(place), rtol):
            tally.kinks += 1
        else:
            tally.differ(difference)


def _rows_of(function: CheckedFunction, name: str, found: Array) -> tuple[list[int], Array]:
    """The rows that a claim about a leaf speaks of: all; in second order those of the leaf's own gradient."""
    rows = list(range(function.rows))
    if function.order == 2:
        if function.weighted is not None:
            raise Problem(
                "limit",
                "--claim with --order 2 needs the second derivatives entry by entry, and there are too many of them",
                type="ValueError",
                hint="make the leaves smaller",
            )
        rows = [row for row in rows if function.row(row)[0] == f"{name}.grad"]
    return rows, found[rows]


def _claimed(formula: str, name: str, function: CheckedFunction, rows: int) -> Array:
    """The claim's numbers.  Raises Problem where the formula fails, or has another shape than the derivative."""
    try:
        array = value_of("--claim", formula, function.computed.names, Request(formula)).ndarray
    except Problem as problem:
        raise problem.at(None, "--claim", formula) from None
    if function.computed.leaves[name].ndarray.dtype.kind == "c":
        array = real_view(array.astype(np.complex128))
    array = array.astype(np.float64)
    leaf: tuple[int, ...] = function.leaves[name].shape
    out = leaf if function.order == 2 else () if rows == 1 else function.parts[0][1]
    if function.drawn or (array.shape != out + leaf and out and function.order == 1):
        raise _not_scalar(function, formula)
    if array.shape == out + leaf or not array.ndim:
        return np.broadcast_to(array, out + leaf)
    raise _wrong_shape(formula, name, array.shape, out + leaf)


def _not_scalar(function: CheckedFunction, formula: str) -> Problem:
    return Problem(
        "not-scalar",
        "grad can be implicitly created only for scalar outputs, and this one has shape "
        f"{list(function.parts[0][1])}: it is not clear of what sum the claim is the gradient",
        hint="give weights with -w (-w ones), or reduce the output with .sum()",
        source="--claim",
        text=formula,
    )


def _wrong_shape(formula: str, name: str, given: tuple[int, ...], wanted: tuple[int, ...]) -> Problem:
    fits = "it fits when it is transposed" if given[::-1] == wanted else f"it has to have the shape {list(wanted)}"
    return Problem(
        "shape-mismatch",
        f"the claim for {name} has shape {list(given)}, and the derivative has {list(wanted)}",
        hint=fits,
        source="--claim",
        text=formula,
    )


def _differing(found: Array, claimed: Array, function: CheckedFunction, rtol: float) -> Array:
    """Where two derivatives differ by more than what their formulas' rounding can do."""
    largest = [np.abs(each[np.isfinite(each)]).max(initial=0) for each in (function.here, found)]
    slack = rtol * np.maximum(np.abs(found), np.abs(claimed)) + _ROUNDINGS * function.eps * max(largest)
    close = np.isfinite(slack) & (np.abs(found - claimed) <= slack)
    exact: Array = np.isfinite(found) & (found == claimed)
    differ: Array = ~(close | exact)
    return differ


def _is_subgradient(number: float, interval: Interval, rtol: float) -> bool:
    if interval is None:
        return False
    slack = rtol * max(map(abs, interval))
    return interval[0] - slack <= number <= interval[1] + slack
