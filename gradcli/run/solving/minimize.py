"""Minima of a scalar expression, by its exact gradient and Hessian.

    minimize(search) -> Minimum

SciPy searches: BFGS, Newton's method along conjugate gradients or in a trust region, or, with bounds or constraints, L-BFGS-B
and SLSQP.  Then Newton's method brings the gradient down to rounding, and the eigenvalues of the Hessian tell what kind
of point it is (Nocedal and Wright, Numerical Optimization, 2006, theorems 2.3 and 2.4; of the Lagrangian, 12.5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem, Record
from gradcli.run.solving.function import Array, VectorFunction, curvature
from gradcli.run.solving.scipy_optimize import optimize

METHODS = ("auto", "bfgs", "newton", "trust")
_FEW = 100  # unknowns, up to which a Hessian is computed whole
_MOST_STEPS = 20
_MOST_ITERATIONS = 2000
_CONVERGED = 1e-6  # of the gradient, relative to 1 + |value|
_FLAT = 1e-10  # eigenvalues that are zero but for rounding, relative to the largest


class Search(Record):
    """What is to be made least.

    objective    one output of one element
    bounds       (lowest, highest) for each of the n unknowns; infinite where there is none
    constraints  functions of the same unknowns with their kinds: "ineq" (>= 0 everywhere) or "eq" (== 0)
    greatest     whether the greatest value is sought
    method       one of METHODS
    starts       how many points to start from: the one that is given, and others within the bounds
    seed         of the others
    follow       told of every step: its number, the vector, the value and the size of the gradient
    """

    __slots__ = ("objective", "bounds", "constraints", "greatest", "method", "starts", "seed", "follow")
    objective: VectorFunction
    bounds: tuple[Array, Array]
    constraints: list[tuple[VectorFunction, str]]
    greatest: bool
    method: str
    starts: int
    seed: int
    follow: Callable[[int, Array, float, float], None]


class Minimum(Record):
    """What was found.

    at             by name, arrays of the shapes that were given
    gradient       n elements; with bounds or constraints, what of it they do not hold up (the projected gradient)
    eigenvalues    of the Hessian, ascending, along the directions that bounds and constraints leave free; None for
                   more than 100 unknowns
    kind           "minimum", "maximum", "saddle point" or "flat": what the eigenvalues say
    at_bound       labels of unknowns that lie at a bound
    active         places of the constraints that hold with equality
    """

    __slots__ = (
        "expr",
        "at",
        "vector",
        "labels",
        "value",
        "gradient",
        "gradient_norm",
        "eigenvalues",
        "kind",
        "at_bound",
        "active",
        "converged",
        "reason",
        "method",
        "iterations",
        "evaluations",
        "starts",
    )
    expr: str
    at: dict[str, Array]
    vector: Array
    labels: list[str]
    value: float
    gradient: Array
    gradient_norm: float
    eigenvalues: Array | None
    kind: str
    at_bound: list[str]
    active: list[int]
    converged: bool
    reason: str
    method: str
    iterations: int
    evaluations: int
    starts: int


class _Descent:
    """The objective, turned so that less is better, with the directions that are free at a point."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.sign = -1.0 if search.greatest else 1.0
        self.lowest, self.highest = search.bounds

    def value(self, vector: Array) -> float:
        """The value, infinite where the expression is not a number: no search goes there."""
        value = self.sign * self.search.objective.at(vector).value
        return value if value == value else float("inf")

    def gradient(self, vector: Array) -> Array:
        gradient: Array = self.sign * self.search.objective.at(vector).gradient
        return gradient

    def hessian(self, vector: Array) -> Array:
        hessian: Array = self.sign * self.search.objective.at(vector).hessian
        return hessian

    def at_bound(self, vector: Array) -> Array:
        """Which unknowns lie at a bound that the gradient pushes them against."""
        gradient = self.gradient(vector)
        mask: Array = ((vector <= self.lowest) & (gradient > 0)) | ((vector >= self.highest) & (gradient < 0))
        return mask


def minimize(search: Search) -> Minimum:
    """The least value that can be found.

    Raises Problem (code "minimize") where the value at the start is not finite, or the search leaves what is finite.
    """
    _check(search)
    descent = _Descent(search)
    found: list[tuple[bool, float, Array, Any, str]] = []
    with np.errstate(all="ignore"):
        for start in _starts(search):
            method = _method(search)
            result = _searched(descent, start, method)
            vector = np.clip(result.x, *search.bounds)
            violated = max([0.0, *[_violation(each, vector) for each in search.constraints]]) > 1e-6
            found.append((violated, descent.value(vector), vector, result, method))
        _, _, vector, result, method = min(found, key=lambda each: (each[0], each[1]))
        if not search.constraints:
            vector = _polished(descent, vector)
        return _described(descent, vector, result, method, sum([int(each[3].nit) for each in found]))


# --- the search -----------------------------------------------------------------------------------------------------


def _starts(search: Search) -> list[Array]:
    """The given start, and others: spread over the bounds, or around it where there are none."""
    start = search.objective.start
    random = np.random.default_rng(search.seed)
    lowest, highest = search.bounds
    reach = np.maximum(1.0, 2 * np.abs(start))
    low = np.where(np.isfinite(lowest), lowest, np.minimum(start - reach, highest - 2 * reach))
    low = np.where(np.isfinite(low), low, start - reach)
    high = np.where(np.isfinite(highest), highest, np.maximum(start + reach, low + 2 * reach))
    return [start, *[random.uniform(low, high) for _ in range(search.starts - 1)]]


def _method(search: Search) -> str:
    """SciPy's name of the way to go."""
    bounded = bool(np.isfinite(search.bounds).any())
    if search.constraints:
        return "SLSQP"
    if search.method == "bfgs" or len(search.objective.start) > _FEW:
        return "L-BFGS-B" if bounded or len(search.objective.start) > _FEW else "BFGS"
    if bounded:
        return "L-BFGS-B" if search.method == "auto" else "trust-constr"
    return {"auto": "BFGS", "newton": "Newton-CG", "trust": "trust-exact"}[search.method]


def _searched(descent: _Descent, start: Array, method: str) -> Any:
    """SciPy's result; where BFGS comes to a stop before a minimum, as it does in narrow valleys, a trust region goes on."""
    result = _run(descent, start, method)
    if descent.search.method != "auto" or method != "BFGS" or _is_flat(descent, result.x):
        return result
    further = _run(descent, result.x if np.isfinite(result.x).all() else start, "trust-exact")
    if descent.value(further.x) > descent.value(result.x):
        return result
    further.nit += result.nit
    return further


def _run(descent: _Descent, start: Array, method: str) -> Any:
    search, count = descent.search, [0]

    def follow(vector: Array, *_: Any) -> None:
        count[0] += 1
        gradient = descent.gradient(vector)
        search.follow(count[0], vector, descent.sign * descent.value(vector), float(np.max(np.abs(gradient), initial=0.0)))

    settings: dict[str, Any] = {}
    if method in ("Newton-CG", "trust-exact", "trust-constr"):
        settings["hess"] = descent.hessian
    if np.isfinite(search.bounds).any():
        settings["bounds"] = list(zip(*search.bounds))
    if search.constraints:
        settings["constraints"] = [
            {"type": kind, "fun": lambda v, f=f: f.at(v).outputs, "jac": lambda v, f=f: f.at(v).jacobian}
            for f, kind in search.constraints
        ]
    tolerances = {
        "BFGS": {"gtol": 1e-10},
        "L-BFGS-B": {"ftol": 1e-15, "gtol": 1e-10, "maxfun": 100_000},
        "SLSQP": {"ftol": 1e-15},
        "trust-exact": {"gtol": 1e-10},
        "Newton-CG": {"xtol": 1e-12},
        "trust-constr": {"gtol": 1e-10, "xtol": 1e-14},
    }[method]
    options = {"maxiter": _MOST_ITERATIONS} | tolerances
    try:
        return optimize("minimize").minimize(
            descent.value, start, jac=descent.gradient, method=method, callback=follow, options=options, **settings
        )
    except (ValueError, np.linalg.LinAlgError) as error:
        raise Problem(
            "minimize",
            f"the search came to values that are not finite ({error})",
            hint="start elsewhere, or keep the unknowns within --bounds",
        ) from None


def _is_flat(descent: _Descent, vector: Array) -> bool:
    free = ~descent.at_bound(vector)
    return bool(np.max(np.abs(descent.gradient(vector)[free]), initial=0.0) <= 1e-8 * (1 + abs(descent.value(vector))))


def _polished(descent: _Descent, vector: Array) -> Array:
    """Newton's steps along the free directions, as long as they bring the gradient down and lead to no greater value."""
    if len(vector) > _FEW:
        return vector
    for _ in range(_MOST_STEPS):
        free = ~descent.at_bound(vector)
        gradient = np.where(free, descent.gradient(vector), 0.0)
        size = np.max(np.abs(gradient), initial=0.0)
        if size == 0:
            break
        hessian = descent.hessian(vector)[np.ix_(free, free)]
        try:
            np.linalg.cholesky(hessian)  # positive definite: the step leads to a minimum
            step = np.linalg.solve(hessian, gradient[free])
        except np.linalg.LinAlgError:
            break
        moved = vector.copy()
        moved[free] -= step
        moved = np.clip(moved, *descent.search.bounds)
        value, before = descent.value(moved), descent.value(vector)
        after = np.max(np.abs(np.where(free, descent.gradient(moved), 0.0)), initial=0.0)
        if not after < size or value > before + 1e-9 * abs(before):
            break
        vector = moved
    return vector


# --- what it means --------------------------------------------------------------------------------------------------


def _described(descent: _Descent, vector: Array, result: Any, method: str, iterations: int) -> Minimum:
    search, objective = descent.search, descent.search.objective
    value, gradient = descent.value(vector), descent.gradient(vector)
    held = descent.at_bound(vector)
    normals, active, multipliers = _active(search, vector, gradient, held)
    projected = _projected(gradient, normals)
    norm = float(np.max(np.abs(projected), initial=0.0))
    eigenvalues = _eigenvalues(descent, vector, normals, active, multipliers)
    endless = _is_endless(search, value, vector, projected)
    converged = bool(not endless and norm <= _CONVERGED * (1 + abs(value)))
    feasible = all([_violation(each, vector) <= 1e-6 for each in search.constraints])
    kind = _kind(eigenvalues)
    if search.greatest:
        kind = {"minimum": "maximum", "maximum": "minimum"}.get(kind, kind)
        eigenvalues = None if eigenvalues is None else -eigenvalues[::-1]
    return Minimum(
        objective.expr,
        objective.unpacked(vector),
        vector,
        objective.labels,
        descent.sign * value,
        descent.sign * projected,
        norm,
        eigenvalues,
        kind,
        [label for label, is_held in zip(objective.labels, held) if is_held],
        sorted(set(active)),
        converged and feasible,
        _reason(converged, feasible, endless, result),
        method,
        iterations,
        objective.evaluations,
        search.starts,
    )


def _is_endless(search: Search, value: float, vector: Array, gradient: Array) -> bool:
    """Whether the search ran away, where the value goes as a power of x: g·x is as large as it (x at -1e155 has g = 1)."""
    start = abs(search.objective.at(search.objective.start).value)
    change = float(np.max(np.abs(gradient * vector), initial=0.0))
    return not np.isfinite(value) or (abs(value) > 1e3 * (1 + start) and change > 1e-3 * abs(value))


def _reason(converged: bool, feasible: bool, endless: bool, result: Any) -> str:
    if converged or not feasible:
        return "the gradient vanishes" if feasible else "no point was found that satisfies the constraints"
    if endless:
        return "the value has no bound along the search"
    return "the search ran out of steps" if result.nit >= _MOST_ITERATIONS else "the value no longer changes"


def _active(search: Search, vector: Array, gradient: Array, held: Array) -> tuple[Array, list[int], Array]:
    """The normals of what holds the point (rows, of n elements), the constraints among it, and their multipliers."""
    rows = [np.eye(len(vector))[place] for place in np.flatnonzero(held)]
    active: list[int] = []
    for place, (function, kind) in enumerate(search.constraints):
        point = function.at(vector)
        for row, value in zip(point.jacobian, point.outputs):
            if kind == "eq" or abs(value) <= 1e-7 * (1 + np.linalg.norm(row)):
                rows.append(row)
                active.append(place)
    normals = np.array(rows).reshape(-1, len(vector))
    multipliers = np.linalg.lstsq(normals.T, gradient, rcond=None)[0] if len(rows) else np.empty(0)
    return normals, active, multipliers


def _projected(gradient: Array, normals: Array) -> Array:
    """The part of the gradient along the directions that are free."""
    if not len(normals):
        return gradient
    along: Array = gradient - normals.T @ np.linalg.lstsq(normals.T, gradient, rcond=None)[0]
    return along


def _eigenvalues(descent: _Descent, vector: Array, normals: Array, active: list[int], multipliers: Array) -> Array | None:
    """Those of the Lagrangian's Hessian on the free directions."""
    if len(vector) > _FEW:
        return None
    try:
        hessian = descent.sign * curvature(descent.search.objective, vector)
        held = len(normals) - len(active)
        for place in set(active):
            function = descent.search.constraints[place][0]
            lines = [line for line, each in enumerate(active) if each == place]
            point = function.at(vector)
            weights = np.zeros(point.outputs.size)
            weights[: len(lines)] = multipliers[[held + line for line in lines]]
            hessian = hessian - point.weighted_hessian(weights)
    except Problem:  # an operation without a second derivative
        return None
    free = _null_space(normals, len(vector))
    values: Array = np.linalg.eigvalsh(free.T @ hessian @ free) if free.shape[1] else np.empty(0)
    return values if np.isfinite(values).all() else None


def _null_space(normals: Array, count: int) -> Array:
    """An orthonormal basis of the directions along which no normal changes, as columns."""
    if not len(normals):
        return np.eye(count)
    _, sizes, directions = np.linalg.svd(normals)
    rank = int(np.sum(sizes > 1e-10 * max(sizes[0], 1e-300)))
    basis: Array = directions[rank:].T
    return basis


def _kind(eigenvalues: Array | None) -> str:
    if eigenvalues is None:
        return "unknown"
    flat = _FLAT * float(np.max(np.abs(eigenvalues), initial=0.0))
    up, down = (eigenvalues > flat).any(), (eigenvalues < -flat).any()
    if up and down:
        return "saddle point"
    if (np.abs(eigenvalues) <= flat).any() and len(eigenvalues):
        return "flat"
    return "maximum" if down else "minimum"


def _violation(constraint: tuple[VectorFunction, str], vector: Array) -> float:
    """How far a constraint is from being satisfied."""
    function, kind = constraint
    values = function.at(vector).outputs
    return float(np.max(np.abs(values) if kind == "eq" else -values, initial=0.0))


def _check(search: Search) -> None:
    objective = search.objective
    if not objective.labels:
        raise Problem("minimize", "there is no unknown to vary", hint="give a start as NAME=VALUE words: x=1")
    for label, value, low, high in zip(objective.labels, objective.start, *search.bounds):
        if not low <= value <= high:
            raise Problem(
                "minimize", f"{label} starts at {value:g}, outside of its bounds {low:g} to {high:g}", source="--bounds"
            )
    value = objective.at(objective.start).value
    if not np.isfinite(value):
        raise Problem("minimize", f"at the start the value is {value}", hint="start where the expression is finite")
