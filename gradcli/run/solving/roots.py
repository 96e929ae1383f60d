"""Roots of equations, by Newton's method with the exact Jacobian.

    solve(search)                 a root near the start
    bracketed(search, low, high)  a root between two numbers
    every(search, low, high)      all roots of a function of one number between two numbers

From far away Powell's hybrid method (SciPy) goes near; Newton's method then doubles the digits with each step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem, Record
from gradcli.run.solving.function import Array, VectorFunction
from gradcli.run.solving.scipy_optimize import optimize

_MOST_STEPS = 100
_CELLS = 2000  # of an interval that is searched for all roots


class Root(Record):
    """A point where all equations hold, or the best that was found.

    residual       the largest of the m outputs there
    gradient_norm  the largest derivative of half the sum of squares: 0 with a residual that is not is a point where
                   only the derivative vanishes
    reason         why the search stopped
    """

    __slots__ = ("expr", "at", "vector", "labels", "residual", "gradient_norm", "converged", "reason", "evaluations")
    expr: str
    at: dict[str, Array]
    vector: Array
    labels: list[str]
    residual: float
    gradient_norm: float
    converged: bool
    reason: str
    evaluations: int


def solve(function: VectorFunction) -> Root:
    """The root that is reached from the function's start.

    Raises Problem (code "solve") where there are fewer equations than unknowns, or values that are not finite at the start.
    """
    start = function.start
    _check(function, start)
    with np.errstate(all="ignore"):
        vector = _newton(function, start)
        if not _is_root(function, vector):
            vector = min([vector, _newton(function, _hybrid(function, start))], key=lambda each: _size(function, each))
        return _root(function, vector)


def bracketed(function: VectorFunction, low: float, high: float) -> Root:
    """A root of a function of one number between two numbers at which its values have different signs."""
    _one_unknown(function, "a bracket")
    with np.errstate(all="ignore"):
        below, above = (float(function.at(np.array([each])).outputs[0]) for each in (low, high))
        if not below * above <= 0:
            raise Problem(
                "solve",
                f"at {low:g} and {high:g} the value has the same sign ({below:.4g}, {above:.4g}): no root is certain between",
                hint="choose ends at which the signs differ, or list what there is with --all",
            )
        return _root(function, _newton(function, _bisected(function, low, high), (low, high)))


def every(function: VectorFunction, low: float, high: float) -> list[Root]:
    """All roots between two numbers, ascending: where the value changes its sign, and where it touches zero.

    The interval is sampled at 2,001 points: roots that lie closer together than that may be missed.  Poles, where the
    sign changes too, are left out.
    """
    _one_unknown(function, "an interval")
    grid = np.linspace(low, high, _CELLS + 1)
    with np.errstate(all="ignore"):
        points = [function.at(np.array([each])) for each in grid]
        values = np.array([float(point.outputs[0]) for point in points])
        slopes = np.array([float(point.jacobian[0, 0]) for point in points])
        found = [_newton(function, grid[[place]]) for place in np.flatnonzero(values == 0)]
        for place in np.flatnonzero(values[:-1] * values[1:] < 0):
            found.append(_newton(function, _bisected(function, *grid[place : place + 2]), tuple(grid[place : place + 2])))
        found += _touching(function, grid, values, slopes)
        roots = [_root(function, each) for each in sorted(found, key=lambda each: float(each[0]))]
    kept: list[Root] = []
    for root in roots:
        is_new = not kept or abs(root.vector[0] - kept[-1].vector[0]) > 1e-7 * (1 + abs(root.vector[0]))
        if root.converged and is_new:
            kept.append(root)
    return kept


def _touching(function: VectorFunction, grid: Array, values: Array, slopes: Array) -> list[Array]:
    """Roots of even order: between neighbours where the slope of |f| turns from down to up, and f comes down to zero."""
    turns = (values[:-1] * slopes[:-1] < 0) & (values[1:] * slopes[1:] > 0) & (values[:-1] * values[1:] > 0)
    found = []
    for place in np.flatnonzero(turns):
        low, high = grid[place], grid[place + 1]
        slope = lambda x: float(function.at(np.array([x])).jacobian[0, 0])  # noqa: E731
        lowest = np.array([optimize("solve").brentq(slope, low, high, xtol=1e-300, rtol=8.9e-16)])
        if abs(function.at(lowest).outputs[0]) <= 1e-12 * max(abs(values[place]), abs(values[place + 1]), 1e-300) * 1e3:
            found.append(lowest)
    return found


# --- steps ----------------------------------------------------------------------------------------------------------


def _newton(function: VectorFunction, vector: Array, within: tuple[Any, ...] | None = None) -> Array:
    """Newton's method, each step halved until the residual falls; it ends where no step makes it smaller."""
    size = _size(function, vector)
    for _ in range(_MOST_STEPS):
        point = function.at(vector)
        if size == 0 or not np.isfinite(size):
            break
        step = np.linalg.lstsq(point.jacobian, point.outputs, rcond=None)[0] if np.isfinite(point.jacobian).all() else None
        if step is None or not np.isfinite(step).all():
            break
        for halving in range(40):
            moved = vector - step / 2**halving
            if within is not None:
                moved = np.clip(moved, *within)
            after = _size(function, moved)
            if after < size:
                break
        else:
            break
        vector, size = moved, after
    return vector


def _hybrid(function: VectorFunction, start: Array) -> Array:
    """Where Powell's method ends; for more equations than unknowns, Levenberg and Marquardt's."""
    try:
        method = "hybr" if function.at(start).outputs.size == len(start) else "lm"
        found = optimize("solve").root(
            lambda v: function.at(v).outputs, start, jac=lambda v: function.at(v).jacobian, method=method, tol=1e-12
        )
    except (ValueError, np.linalg.LinAlgError):
        return start
    vector: Array = found.x
    return vector if np.isfinite(vector).all() else start


def _bisected(function: VectorFunction, low: float, high: float) -> Array:
    """Brent's root between two numbers with different signs."""

    def value(x: float) -> float:
        return float(function.at(np.array([x])).outputs[0])

    for end in (low, high):
        if value(end) == 0:
            return np.array([end])
    return np.array([optimize("solve").brentq(value, low, high, xtol=1e-300, rtol=8.9e-16)])


def _size(function: VectorFunction, vector: Array) -> float:
    size = float(np.linalg.norm(function.at(vector).outputs))
    return size if size == size else float("inf")


# --- what it means --------------------------------------------------------------------------------------------------


def _is_root(function: VectorFunction, vector: Array) -> bool:
    """Whether the residual is what rounding of the unknowns gives: |F| is below |J| times the spacing of numbers."""
    point = function.at(vector)
    if not np.isfinite(point.outputs).all():
        return False
    if not np.isfinite(point.jacobian).all():
        return bool((point.outputs == 0).all())
    rounding = np.abs(point.jacobian) @ np.maximum(np.abs(vector), 1e-3) * 1e-11
    return bool((np.abs(point.outputs) <= rounding + 1e-13).all())


def _root(function: VectorFunction, vector: Array) -> Root:
    point = function.at(vector)
    residual = float(np.max(np.abs(point.outputs), initial=0.0))
    slope = point.jacobian.T @ point.outputs
    norm = float(np.max(np.abs(slope), initial=0.0))
    converged = _is_root(function, vector)
    return Root(
        function.expr,
        function.unpacked(vector),
        vector,
        function.labels,
        residual,
        norm,
        converged,
        _reason(function, point, converged, residual, norm),
        function.evaluations,
    )


def _reason(function: VectorFunction, point: Any, converged: bool, residual: float, norm: float) -> str:
    if converged:
        return "the residual is zero but for rounding"
    if not np.isfinite(residual):
        return "the search came to values that are not finite"
    sizes = np.max(np.abs(point.jacobian), initial=0.0)
    if norm <= 1e-6 * max(residual, 1e-300) * max(sizes, 1.0):
        return "only the derivative vanishes here: a point of least residual, and no root"
    return "no step makes the residual smaller"


def _one_unknown(function: VectorFunction, what: str) -> None:
    if len(function.labels) != 1 or function.at(function.start).outputs.size != 1:
        raise Problem(
            "solve",
            f"{what} is for one equation in one unknown, and here there are {function.at(function.start).outputs.size} in "
            f"{len(function.labels)}",
            hint="give starting values instead: x=1 y=2",
        )


def _check(function: VectorFunction, start: Array) -> None:
    if not function.labels:
        raise Problem("solve", "there is no unknown to solve for", hint="give a start as NAME=VALUE words: x=1")
    with np.errstate(all="ignore"):
        values = function.at(start).outputs
    if values.size < len(start):
        raise Problem(
            "solve",
            f"{values.size} equation{'s' * (values.size != 1)} cannot determine {len(start)} unknowns "
            f"({', '.join(function.labels)})",
            hint="give as many equations as unknowns, or constants with -c NAME=VALUE",
        )
    if not np.isfinite(values).all():
        raise Problem("solve", f"at the start the value is {values[~np.isfinite(values)][0]}", hint="start where it is finite")
