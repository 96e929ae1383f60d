"""Nonlinear least squares: the parameters of a model that come nearest to data, with their standard errors.

    fit(problem) -> Fit

Each row of the data gives a residual r = (model - observed)/sigma, and the parameters make sum(rho(r**2)) least; rho is the
identity, or one of SciPy's robust losses.  SciPy's trust region goes there on the exact Jacobian, its Levenberg-Marquardt where
that gives up.  Then Newton's method, with the exact second derivatives of the model, removes what remains of the gradient: a
search stops where the sum no longer changes, which is at half of the digits of the parameters.

Covariances are those of the linearised model, s**2 (J.T J)**-1 (Seber and Wild, Nonlinear Regression, 1989, section 2.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem, Record
from gradcli.run.solving.extended_precision import refined
from gradcli.run.solving.function import Array, VectorFunction
from gradcli.run.solving.scipy_optimize import optimize

_TIGHT = 1e-15  # of SciPy's tolerances: as far as double precision goes
_MOST_STEPS = 50  # of Newton's method
_CONVERGED = 1e-6  # the cosine between the residuals and any column of the Jacobian, MINPACK's measure
_UNDETERMINED = 1e-13  # singular values of the Jacobian with columns of length 1, relative to the largest


class Fitting(Record):
    """What is to be fitted.

    model      outputs one value for each row
    observed   m values
    sigma      m standard deviations of the observations, or None where they are equal and not known
    absolute   whether sigma is taken at its word; else the spread of the residuals scales it
    bounds     (lowest, highest) for each of the n parameters
    loss       "linear", "huber", "soft_l1" or "cauchy"
    logarithm  whether the logarithms of model and observations are compared
    """

    __slots__ = ("model", "observed", "sigma", "absolute", "bounds", "loss", "logarithm")
    model: VectorFunction
    observed: Array
    sigma: Array | None
    absolute: bool
    bounds: tuple[Array, Array]
    loss: str
    logarithm: bool


class Fit(Record):
    """What was found.

    parameters   by name, arrays of the shapes that were given
    vector       the same, packed
    labels       names of the elements of `vector`
    stderr       n standard errors; nan for one that lies at its bound, and for all where no degree of freedom is left
    covariance   n x n
    residuals    m values, observed - model, in the units of the data
    rss          the sum of squared residuals, each divided by its sigma
    dof          m - n (free)
    r_squared    1 - rss / (that of the weighted mean)
    gradient_norm  the largest cosine between the residuals and a column of the Jacobian: 0 at a minimum
    at_bound     labels of parameters that lie at a bound
    """

    __slots__ = (
        "expr",
        "parameters",
        "vector",
        "labels",
        "stderr",
        "covariance",
        "residuals",
        "rss",
        "dof",
        "r_squared",
        "gradient_norm",
        "at_bound",
        "converged",
        "reason",
        "iterations",
        "evaluations",
    )
    expr: str
    parameters: dict[str, Array]
    vector: Array
    labels: list[str]
    stderr: Array
    covariance: Array
    residuals: Array
    rss: float
    dof: int
    r_squared: float
    gradient_norm: float
    at_bound: list[str]
    converged: bool
    reason: str
    iterations: int
    evaluations: int

    @property
    def correlation(self) -> Array:
        """n x n; nan where a standard error is 0 or nan."""
        with np.errstate(all="ignore"):
            matrix: Array = self.covariance / np.outer(self.stderr, self.stderr)
        return matrix


class _Residuals:
    """The residuals of a fitting and their derivatives, at any vector of parameters."""

    def __init__(self, fitting: Fitting) -> None:
        self.fitting = fitting
        self._weight = 1.0 if fitting.sigma is None else 1 / fitting.sigma
        self._target = np.log(fitting.observed) if fitting.logarithm else fitting.observed

    def at(self, vector: Array) -> Array:
        values = self.fitting.model.at(vector).outputs
        values = np.log(values) if self.fitting.logarithm else values
        residuals: Array = (values - self._target) * self._weight
        return residuals

    def jacobian(self, vector: Array) -> Array:
        """m x n."""
        slopes: Array = self._slope(vector)[:, None] * self.fitting.model.at(vector).jacobian
        return slopes

    def curvature(self, vector: Array) -> Array:
        """The sum over all rows of the residual times its Hessian, n x n."""
        point = self.fitting.model.at(vector)
        residuals = self.at(vector)
        curvature = point.weighted_hessian(residuals * self._slope(vector))
        if self.fitting.logarithm:  # d2 log f = d2 f / f - df df.T / f**2
            slopes = self.jacobian(vector)
            curvature = curvature - (slopes * (residuals / self._weight)[:, None]).T @ slopes
        return curvature

    def _slope(self, vector: Array) -> Array:
        """d residual / d model, of m elements."""
        values = self.fitting.model.at(vector).outputs
        return np.broadcast_to(np.asarray(self._weight / (values if self.fitting.logarithm else 1.0)), values.shape)


def fit(fitting: Fitting) -> Fit:
    """The parameters of least squares.

    Raises Problem (code "fit") where the model is not finite at the start, where there are fewer rows than parameters, and
    where the data do not determine every parameter, which are named then.
    """
    residuals = _Residuals(fitting)
    _check(fitting, residuals)
    with np.errstate(all="ignore"):
        vector, robust, iterations = _searched(fitting, residuals)
        if fitting.loss == "linear":
            vector, steps = _polished(fitting, residuals, vector)
            iterations += steps
        return _described(fitting, residuals, vector, robust, iterations)


# --- the search -----------------------------------------------------------------------------------------------------


def _searched(fitting: Fitting, residuals: _Residuals) -> tuple[Array, Any, int]:
    """Where SciPy's searches end, the better of two where the first gives up; its result; its iterations."""
    start = fitting.model.start
    ways = ["trf"] if fitting.loss != "linear" or np.isfinite(fitting.bounds).any() else ["trf", "lm"]
    found = None
    for way in ways:
        result = _search(fitting, residuals, start, way)
        if result is not None and (found is None or result.cost < found.cost):
            found = result
        if found is not None and found.status > 0 and _cosine(residuals, found.x) < _CONVERGED:
            break
    if found is None:
        raise Problem(
            "fit",
            "the search came to values where the model is not finite",
            hint="start nearer to the data, or keep parameters within --bounds",
        )
    return found.x, found, int(found.nfev)


def _search(fitting: Fitting, residuals: _Residuals, start: Array, way: str) -> Any:
    settings = {"bounds": fitting.bounds, "loss": fitting.loss} if way == "trf" else {}
    try:
        return optimize("fit").least_squares(
            residuals.at,
            start,
            residuals.jacobian,
            method=way,
            x_scale="jac",
            ftol=_TIGHT,
            xtol=_TIGHT,
            gtol=_TIGHT,
            max_nfev=2000,
            **settings,
        )
    except (ValueError, np.linalg.LinAlgError):  # infinite values on the way
        return None


def _polished(fitting: Fitting, residuals: _Residuals, vector: Array) -> tuple[Array, int]:
    """Newton's steps from where the search ended, as long as they bring the gradient down; how many there were."""
    lowest, highest = fitting.bounds
    vector = _at_bounds(residuals, vector)
    best, steps = _cosine(residuals, vector), 0
    while steps < _MOST_STEPS:
        free = (vector > lowest) & (vector < highest)
        step = _newton_step(residuals, vector, free)
        moved = np.clip(vector + step, lowest, highest)
        cosine = _cosine(residuals, moved)
        if not cosine < best or not _no_worse(residuals, vector, moved):
            break
        vector, best, steps = moved, cosine, steps + 1
    if fitting.sigma is None and not fitting.logarithm and not np.isfinite(fitting.bounds).any():
        vector = refined(fitting.model, fitting.observed, vector).vector
    return vector, steps


def _at_bounds(residuals: _Residuals, vector: Array) -> Array:
    """The vector with what came near to a bound, and is pushed towards it, on the bound: SciPy's search stays inside."""
    push = residuals.jacobian(vector).T @ residuals.at(vector)
    for bound, pushed in zip(residuals.fitting.bounds, (push > 0, push < 0)):
        near = np.isfinite(bound) & (np.abs(vector - bound) <= 1e-5 * np.maximum(1e-3, np.abs(bound)))
        vector = np.where(near & pushed, bound, vector)
    return vector


def _newton_step(residuals: _Residuals, vector: Array, free: Array) -> Array:
    """Minus the inverse Hessian of half the sum times its gradient; Gauss's approximation of it where it is not positive."""
    step = np.zeros_like(vector)
    slopes, r = residuals.jacobian(vector)[:, free], residuals.at(vector)
    lengths = np.linalg.norm(slopes, axis=0)
    lengths[lengths == 0] = 1
    slopes = slopes / lengths
    curvature = residuals.curvature(vector)[np.ix_(free, free)] / np.outer(lengths, lengths)
    try:
        # With the triangle of a QR factorization, J.T J loses no digits: (R.T R + C) s = -R.T Q.T r.
        q, triangle = np.linalg.qr(slopes)
        inverse = np.linalg.inv(triangle)
        core = np.eye(len(triangle)) + inverse.T @ curvature @ inverse
        if len(core) and np.linalg.eigvalsh(core).min() <= 0:
            core = np.eye(len(triangle))
        step[free] = -(inverse @ np.linalg.solve(core, q.T @ r)) / lengths
    except np.linalg.LinAlgError:
        return np.zeros_like(vector)
    return step if np.isfinite(step).all() else np.zeros_like(vector)


def _no_worse(residuals: _Residuals, vector: Array, moved: Array) -> bool:
    """Whether the sum of squares does not rise, but for its own rounding."""
    before, after = (float(np.sum(residuals.at(each) ** 2)) for each in (vector, moved))
    return after <= before * (1 + 1e-9)


def _cosine(residuals: _Residuals, vector: Array) -> float:
    """The largest cosine between the residuals and a column of the Jacobian, those of parameters at a bound left out; inf
    where one of them is not finite."""
    lowest, highest = residuals.fitting.bounds
    r, slopes = residuals.at(vector), residuals.jacobian(vector)[:, (vector > lowest) & (vector < highest)]
    lengths = np.linalg.norm(slopes, axis=0) * np.linalg.norm(r)
    products = np.abs(slopes.T @ r)
    if not np.isfinite(products).all():
        return float("inf")
    return float(np.max(np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0), initial=0.0))


# --- what it means --------------------------------------------------------------------------------------------------


def _described(fitting: Fitting, residuals: _Residuals, vector: Array, found: Any, iterations: int) -> Fit:
    model = fitting.model
    lowest, highest = fitting.bounds
    inside = (vector > lowest) & (vector < highest)
    r, slopes = residuals.at(vector), residuals.jacobian(vector)
    exact = None
    if fitting.sigma is None and not fitting.logarithm and fitting.loss == "linear":
        exact = refined(model, fitting.observed, vector, steps=0).residuals
    rss = float(np.sum((r if exact is None else exact) ** 2))
    dof = len(r) - int(inside.sum())
    scale = 1.0 if fitting.absolute else (rss / dof if dof else float("nan"))
    if fitting.loss != "linear":
        slopes, scale = found.jac, (1.0 if fitting.absolute else 2 * found.cost / dof if dof else float("nan"))
    covariance = np.full((len(vector),) * 2, np.nan)
    covariance[np.ix_(inside, inside)] = scale * _inverse_of_normal_matrix(slopes[:, inside], model, inside)
    cosine = _cosine(residuals, vector) if fitting.loss == "linear" else float(found.optimality)
    negligible = rss <= 1e-20 * float(np.sum(residuals._target**2))  # residuals are rounding: their direction means nothing
    converged = bool(negligible or found.status > 0 if fitting.loss != "linear" else negligible or cosine < _CONVERGED)
    if not inside.all():
        converged = converged or found.status > 0
    observed = fitting.observed
    return Fit(
        model.expr,
        model.unpacked(vector),
        vector,
        model.labels,
        np.sqrt(np.diag(covariance)),
        covariance,
        observed - model.at(vector).outputs,
        rss,
        dof,
        _r_squared(fitting, residuals, rss),
        cosine,
        [label for label, is_inside in zip(model.labels, inside) if not is_inside],
        converged,
        _reason(found, cosine, negligible),
        iterations,
        model.evaluations,
    )


def _reason(found: Any, cosine: float, negligible: bool) -> str:
    if negligible:
        return "the residuals are as small as rounding"
    if cosine < _CONVERGED:
        return "the residuals are orthogonal to the Jacobian"
    return "the search ran out of steps" if found.status <= 0 else "the sum of squares no longer changes"


def _r_squared(fitting: Fitting, residuals: _Residuals, rss: float) -> float:
    target, weight = residuals._target, np.broadcast_to(np.asarray(residuals._weight, np.float64) ** 2, fitting.observed.shape)
    mean = float(np.sum(weight * target) / np.sum(weight))
    total = float(np.sum(weight * (target - mean) ** 2))
    return 1 - rss / total if total else float("nan")


def _inverse_of_normal_matrix(slopes: Array, model: VectorFunction, inside: Array) -> Array:
    """(J.T J)**-1 by the singular values of J.  Raises Problem where some parameters cannot be told apart."""
    lengths = np.linalg.norm(slopes, axis=0)
    labels = [label for label, is_inside in zip(model.labels, inside) if is_inside]
    still = [label for label, length in zip(labels, lengths) if not length > 0]
    if still:
        raise _undetermined(still, "the model does not change with")
    if not labels:
        return np.empty((0, 0))
    _, sizes, directions = np.linalg.svd(slopes / lengths, full_matrices=False)
    if len(sizes) < len(labels) or sizes[-1] <= _UNDETERMINED * sizes[0]:
        together = [label for label, part in zip(labels, directions[-1]) if abs(part) > 0.1]
        raise _undetermined(together, "the data cannot tell apart")
    half = (directions.T / sizes) / lengths[:, None]
    inverse: Array = half @ half.T
    return inverse


def _undetermined(labels: Sequence[str], what: str) -> Problem:
    name = labels[0].partition("[")[0]
    return Problem(
        "fit",
        f"{what} {' and '.join(labels)}: the Jacobian is singular at the solution",
        hint=f"hold one of them, as in --fix {name}, or write the model with fewer parameters",
    )


# --- what cannot be fitted ------------------------------------------------------------------------------------------


def _check(fitting: Fitting, residuals: _Residuals) -> None:
    model, rows = fitting.model, len(fitting.observed)
    if not model.labels:
        raise Problem("fit", "there is no parameter to fit", hint="give starting values as NAME=VALUE words: a=1 b=0.1")
    values = model.at(model.start).outputs
    if values.size != rows:
        raise Problem(
            "shape-mismatch",
            f"the model gives {values.size} value{'s' * (values.size != 1)}, and the data have {rows} rows",
            hint="columns of the data are known in the model by their names",
        )
    if rows < len(model.labels):
        raise Problem(
            "fit",
            f"{rows} row{'s' * (rows != 1)} cannot determine {len(model.labels)} parameters ({', '.join(model.labels)})",
            hint="give more data, or hold some of them with --fix",
        )
    for label, value, low, high in zip(model.labels, model.start, *fitting.bounds):
        if not low <= value <= high:
            raise Problem("fit", f"{label} starts at {value:g}, outside of its bounds {low:g} to {high:g}", source="--bounds")
    with np.errstate(all="ignore"):
        if fitting.logarithm and (fitting.observed <= 0).any():
            raise Problem("fit", f"{_rows(fitting.observed <= 0)} of the data cannot have a logarithm: not positive")
        bad = ~np.isfinite(residuals.at(model.start))
    if bad.any():
        what = "the observed value" if not np.isfinite(fitting.observed[bad]).all() else "the model"
        raise Problem(
            "fit",
            f"at the start {what} is not finite in {_rows(bad)}",
            hint="start elsewhere, or leave such rows out of the data",
        )


def _rows(wrong: Array) -> str:
    places = np.flatnonzero(wrong)
    shown = ", ".join(str(place + 1) for place in places[:5])
    return f"row{'s' * (len(places) != 1)} {shown}{' ...' if len(places) > 5 else ''}"
