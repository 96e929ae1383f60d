"""Residuals in extended precision, for fits whose residuals are hardly larger than the rounding of the model's values.

Where a model meets its data to thirteen digits, the residuals of double precision are mostly rounding, and so is their sum of
squares, from which standard errors are made.  Iterative refinement helps (Björck, Numerical Methods for Least Squares
Problems, 1996, section 2.9.3): residuals are computed in NumPy's longdouble, which has 64 bits or more on most machines, and
the steps that they ask for in double.  Numbers are taken as the decimals that people wrote: the shortest that read back to the
same double.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem, Record
from gradcli.run.solving.function import Array, VectorFunction

_MOST_ROWS = 20_000  # beyond, a sum of squares has digits to spare
_NEAR = 1e-9  # residuals that much smaller than the values are worth the effort


class Refined(Record):
    """The vector of parameters in double precision, and the residuals (model - observed) there, None where double is enough."""

    __slots__ = ("vector", "residuals")
    vector: Array
    residuals: Array | None


def refined(model: VectorFunction, observed: Array, vector: Array, steps: int = 5) -> Refined:
    """`vector` after steps of Gauss and Newton on residuals of extended precision, and those residuals."""
    if np.finfo(np.longdouble).nmant <= 52 or len(observed) > _MOST_ROWS:
        return Refined(vector, None)
    rough = model.at(vector).outputs - observed
    if np.linalg.norm(rough) > _NEAR * np.linalg.norm(observed):
        return Refined(vector, None)
    try:
        return _refined(model, observed, vector, steps)
    except (Problem, TypeError, np.linalg.LinAlgError):  # an operation that has no longdouble
        return Refined(vector, None)


def _refined(model: VectorFunction, observed: Array, vector: Array, steps: int) -> Refined:
    extended = model.in_decimals()
    target, point = decimals(observed), decimals(vector)
    slopes = model.at(vector).jacobian
    lengths = np.linalg.norm(slopes, axis=0)
    residuals = extended.at(point, np.longdouble).outputs - target
    for _ in range(max(steps, 3)):
        size = np.linalg.norm(residuals.astype(np.float64))
        if not size:
            break
        step = np.linalg.lstsq(slopes / lengths, (residuals / size).astype(np.float64), rcond=None)[0] / lengths
        moved = point - size * step.astype(np.longdouble)
        after = extended.at(moved, np.longdouble).outputs - target
        if not np.sum(after**2) < np.sum(residuals**2):
            break
        point, residuals = moved, after
    return Refined(point.astype(np.float64), residuals.astype(np.float64))


def decimals(values: Any) -> Array:
    """Doubles as the shortest decimals that read back to them, in longdouble."""
    flat = np.ravel(np.asarray(values, np.float64))
    return np.array([repr(float(each)) for each in flat]).astype(np.longdouble).reshape(np.shape(values))
