"""Sums over data as functions of a vector, for minimize and fit: the data are gone through anew at each point.

    DataFunction(request, way)           the sum of an expression over all rows, as solvers take it
    least_squares(request, way, ...)     Gauss-Newton with Levenberg's damping on J.T J, which is summed row by row

Newton's matrix of least squares needs p x p sums, whatever the number of rows (Nocedal and Wright, Numerical Optimization,
2006, section 10.3).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from gradcli.errors import Problem
from gradcli.run.evaluate import computed_bindings
from gradcli.run.partials import labels_of
from gradcli.run.request import Request
from gradcli.run.solving.fit import Fit
from gradcli.run.solving.function import Array
from gradcli.run.total.rows import Question, question
from gradcli.run.total.total import Group, Journey, partial, total

_MOST_STEPS = 200
_CONVERGED = 1e-10  # of a step, relative to the parameters


class DataFunction:
    """A sum over all rows, in the place of a `VectorFunction` of the solvers: `start`, `labels`, `at`."""

    def __init__(self, request: Request, way: Journey, mean: bool = False, skip: bool = False) -> None:
        self.expr = request.expr
        self._bindings = computed_bindings(request)
        self._request, self._way, self._mean, self._skip = request, way, mean, skip
        leaves = [(name, np.asarray(value, np.float64)) for name, value, constant in self._bindings if not constant]
        self.shapes = {name: value.shape for name, value in leaves}
        self.labels = [label for name, value in leaves for label in labels_of(name, value.shape)]
        self.start: Array = np.concatenate([value.ravel() for _, value in leaves]) if leaves else np.empty(0)
        self.evaluations = 0
        self._last: tuple[bytes, DataPoint] | None = None

    @property
    def names(self) -> list[str]:
        """The unknowns."""
        return [*self.shapes]

    def unpacked(self, vector: Array) -> dict[str, Array]:
        """The values by name that a vector stands for."""
        found, begin = {}, 0
        for name, shape in self.shapes.items():
            end = begin + int(np.prod(shape))
            found[name] = np.array(vector[begin:end]).reshape(shape)
            begin = end
        return found

    def at(self, vector: Array) -> DataPoint:
        """The sum at a vector; the last point is kept."""
        key = np.asarray(vector, np.float64).tobytes()
        if self._last is None or self._last[0] != key:
            self.evaluations += 1
            self._last = key, DataPoint(self, np.array(vector, np.float64))
        return self._last[1]

    def question(self, vector: Array, order: int, squares: str = "") -> Question:
        """What is to be summed at a vector."""
        values = self.unpacked(vector)
        bindings = [(name, value if constant else values[name], constant) for name, value, constant in self._bindings]
        return question(self._request, bindings, order=order, squares=squares, by=None, skip=self._skip)

    def group(self, vector: Array, order: int) -> Group:
        """The sum with derivatives up to `order`."""
        return total(self.question(vector, order), self._way, self._mean).whole

    def normal(self, vector: Array) -> tuple[int, float, Array, Array]:
        """(rows, r.T r, J.T r, J.T J) of residuals r, the values of the rows."""
        result, _ = partial(self.question(vector, 1, "residuals"), self._way)
        if None not in result.groups:
            raise Problem("file", "the data have no rows", hint="name other files", source="--data")
        rows, (high, low) = result.groups[None]
        with np.errstate(all="ignore"):
            numbers, size = high + low, len(vector)
        return rows, float(numbers[0]), numbers[1 : 1 + size], numbers[1 + size :].reshape(size, size)


class DataPoint:
    """A sum at one vector: value and gradient by one way through the data, the Hessian by another."""

    def __init__(self, function: DataFunction, vector: Array) -> None:
        self._function, self._vector = function, vector

    @cached_property
    def _first(self) -> Group:
        return self._function.group(self._vector, 1)

    @property
    def value(self) -> float:
        return self._first.value

    @property
    def outputs(self) -> Array:
        return np.array([self.value])

    @property
    def gradient(self) -> Array:
        return np.concatenate([each.ravel() for each in self._first.grads.values()])

    @cached_property
    def hessian(self) -> Array:
        hessian = self._function.group(self._vector, 2).hessian
        assert hessian is not None
        return hessian


def least_squares(function: DataFunction, bounds: tuple[Array, Array]) -> Fit:
    """The parameters that make the sum of squared rows least.

    function  each row gives a residual, observed - model over sigma or the other way round
    Raises Problem where the sums are not finite at the start, or do not determine every parameter.
    """
    vector, damping = function.start, 1e-3
    rows, cost, slope, matrix = function.normal(vector)
    if not np.isfinite(cost):
        raise Problem("fit", "at the start the model is not finite in some row", hint="start elsewhere")
    steps, reason, converged = 0, "the search ran out of steps", False
    while steps < _MOST_STEPS and not converged:
        steps += 1
        size = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
        scaled = matrix / np.outer(size, size)
        step = -np.linalg.lstsq(scaled + damping * np.eye(len(vector)), slope / size, rcond=None)[0] / size
        moved = np.clip(vector + step, *bounds)
        after = function.normal(moved)
        if np.isfinite(after[1]) and after[1] <= cost:
            shift = np.max(np.abs(moved - vector) / np.maximum(np.abs(moved), 1e-10), initial=0.0)
            converged = bool(shift < _CONVERGED or cost == 0)
            vector, (rows, cost, slope, matrix) = moved, after
            damping = max(damping / 10, 1e-14)
        else:
            damping *= 10
            converged = damping > 1e12  # no step makes the sum smaller
    if converged:
        reason = "the sum of squares no longer changes"
    return _described(function, vector, bounds, (rows, cost, slope, matrix), (converged, reason, steps))


def _described(
    function: DataFunction,
    vector: Array,
    bounds: tuple[Array, Array],
    sums: tuple[int, float, Array, Array],
    end: tuple[bool, str, int],
) -> Fit:
    rows, cost, slope, matrix = sums
    inside = (vector > bounds[0]) & (vector < bounds[1])
    dof = rows - int(inside.sum())
    size = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    scaled = (matrix / np.outer(size, size))[np.ix_(inside, inside)]
    if len(scaled) and np.linalg.cond(scaled) > 1e14:
        raise Problem(
            "fit",
            f"the data cannot tell apart {' and '.join(np.array(function.labels)[inside])}: J.T J is singular at the solution",
            hint="hold one of them, as in --fix, or write the model with fewer parameters",
        )
    covariance = np.full(matrix.shape, np.nan)
    free = np.ix_(inside, inside)
    covariance[free] = np.linalg.inv(scaled) / np.outer(size[inside], size[inside]) * (cost / dof if dof > 0 else np.nan)
    with np.errstate(all="ignore"):
        cosine = float(np.nanmax(np.abs(slope)[inside] / (size[inside] * np.sqrt(cost)), initial=0.0)) if cost else 0.0
    converged, reason, steps = end
    return Fit(
        function.expr,
        function.unpacked(vector),
        vector,
        function.labels,
        np.sqrt(np.diag(covariance)),
        covariance,
        np.empty(0),
        cost,
        dof,
        float("nan"),
        cosine,
        [label for label, is_inside in zip(function.labels, inside) if not is_inside],
        converged,
        reason,
        steps,
        function.evaluations + steps,
    )
