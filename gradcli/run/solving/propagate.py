"""Error propagation: the uncertainty of an expression from those of its inputs, and what each of them contributes.

    propagate(question) -> Propagation

First order is the law of propagation of JCGM 100:2008 (the GUM), equations (10) and (13): u(y)**2 = J C J.T, with the exact
Jacobian.  Second order adds the bias, 1/2 sum H C, and the variance 1/2 trace(H C H C) of a quadratic of normal inputs.  Monte
Carlo (JCGM 101:2008) draws normal inputs and looks at what comes out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem, Record, unknown_name
from gradcli.run.solving.function import Array, VectorFunction

_ENOUGH = 0.01  # second-order effects beyond this share of the uncertainty are told
_NEGATIVE = -1e-10  # eigenvalues of a covariance below this share of the largest are no rounding


class Question(Record):
    """What is to be propagated.

    function     n inputs, m outputs
    covariance   n x n, of the inputs
    order        1 or 2
    samples      how many random inputs to draw, or 0
    seed         of the draws
    coverage     the factor k of the expanded uncertainty, or None
    """

    __slots__ = ("function", "covariance", "order", "samples", "seed", "coverage")
    function: VectorFunction
    covariance: Array
    order: int
    samples: int
    seed: int
    coverage: float | None


class Sampled(Record):
    """What came out of random inputs: mean, standard deviation and the ends of the shortest symmetric 95 %, m each."""

    __slots__ = ("count", "mean", "deviation", "low", "high", "undefined")
    count: int
    mean: Array
    deviation: Array
    low: Array
    high: Array
    undefined: int


class Propagation(Record):
    """The uncertainty of m outputs, and where it comes from.

    value, uncertainty   of the outputs' shape
    covariance           m x m, of the outputs
    inputs               by name: the value, its uncertainty, and with the outputs' shape before the input's own the
                         sensitivity df/dx, the contribution |df/dx| u(x) and its share of the variance
    correlated           the share of the variance that comes from correlations between inputs, of the outputs' shape
    bias, second_order   what second order adds to the value, and the uncertainty with it; None for first order
    warnings             sentences
    """

    __slots__ = (
        "expr",
        "value",
        "uncertainty",
        "covariance",
        "inputs",
        "correlated",
        "bias",
        "second_order",
        "sampled",
        "coverage",
        "warnings",
    )
    expr: str
    value: Array
    uncertainty: Array
    covariance: Array
    inputs: dict[str, dict[str, Array]]
    correlated: Array
    bias: Array | None
    second_order: Array | None
    sampled: Sampled | None
    coverage: float | None
    warnings: tuple[str, ...]


def propagate(question: Question) -> Propagation:
    """The uncertainty of the outputs.  Raises Problem where a value or a derivative is not finite."""
    function, inputs = question.function, question.covariance
    with np.errstate(all="ignore"):
        point = function.at(function.start)
        slopes, shape = point.jacobian, point.shapes[0] if len(point.shapes) == 1 else (point.outputs.size,)
        _check_finite(function, point.outputs, slopes)
        covariance = slopes @ inputs @ slopes.T
        deviations = np.sqrt(np.diag(inputs))
        uncertainty = np.sqrt(np.maximum(np.diag(covariance), 0))
        contributions = np.abs(slopes) * deviations
        shares = _shares(contributions, uncertainty)
        bias, second = _second_order(question, covariance)
        return Propagation(
            function.expr,
            point.outputs.reshape(shape),
            uncertainty.reshape(shape),
            covariance,
            _by_name(function, deviations, slopes, contributions, shares, shape),
            (np.where(uncertainty > 0, 1.0, 0.0) - shares.sum(axis=1)).reshape(shape),
            None if bias is None or question.order < 2 else bias.reshape(shape),
            None if second is None or question.order < 2 else second.reshape(shape),
            _sampled(question, shape) if question.samples else None,
            question.coverage,
            _warnings(uncertainty, bias, second),
        )


def _shares(contributions: Array, uncertainty: Array) -> Array:
    """The part of each output's variance that each input brings by itself, m x n."""
    whole = uncertainty[:, None] ** 2
    shares: Array = np.divide(contributions**2, whole, out=np.zeros_like(contributions), where=whole > 0)
    return shares


def _by_name(
    function: VectorFunction, deviations: Array, slopes: Array, contributions: Array, shares: Array, shape: tuple[int, ...]
) -> dict[str, dict[str, Array]]:
    found: dict[str, dict[str, Array]] = {}
    begin = 0
    for name, value in function.unpacked(function.start).items():
        part = slice(begin, begin + value.size)
        whole = shape + value.shape
        found[name] = {
            "value": value,
            "uncertainty": deviations[part].reshape(value.shape),
            "sensitivity": slopes[:, part].reshape(whole),
            "contribution": contributions[:, part].reshape(whole),
            "share": shares[:, part].reshape(whole),
        }
        begin += value.size
    return found


# --- beyond first order ---------------------------------------------------------------------------------------------


def _second_order(question: Question, covariance: Array) -> tuple[Array | None, Array | None]:
    """The bias and the uncertainty of second order, m each; None where there are no second derivatives."""
    function, inputs = question.function, question.covariance
    point = function.at(function.start)
    count = point.outputs.size
    if question.order < 2 and count * len(function.start) > 1000:
        return None, None  # a warning is not worth that much
    bias, variance = np.zeros(count), np.diag(covariance).copy()
    try:
        for place in range(count):
            curved = point.weighted_hessian(np.eye(count)[place]) @ inputs
            bias[place] = np.trace(curved) / 2
            variance[place] += np.trace(curved @ curved) / 2
    except Problem:
        if question.order > 1:
            raise
        return None, None
    return bias, np.sqrt(np.maximum(variance, 0))


def _warnings(uncertainty: Array, bias: Array | None, second: Array | None) -> tuple[str, ...]:
    if bias is None or second is None:
        return ()
    found = []
    drift = np.abs(bias) > np.maximum(_ENOUGH * 5 * second, 0)
    spread = np.abs(second - uncertainty) > _ENOUGH * 5 * second
    if (drift | spread).any():
        worst = int(np.argmax(np.abs(bias) + np.abs(second - uncertainty)))
        found.append(
            "first order is not enough: with second order the value moves by "
            f"{bias[worst]:.2g} and the uncertainty is {second[worst]:.2g} instead of {uncertainty[worst]:.2g}"
        )
    return tuple(found)


def _sampled(question: Question, shape: tuple[int, ...]) -> Sampled:
    """Outputs at normal inputs, in one seeded stream."""
    function = question.function
    random = np.random.default_rng(question.seed)
    factor = _factor(question.covariance)
    draws = function.start + random.standard_normal((question.samples, len(function.start))) @ factor.T
    outputs, *_ = function.many(draws, 0)
    defined = np.isfinite(outputs).all(axis=1)
    kept = outputs[defined]
    if len(kept) < 2:
        raise Problem(
            "propagate",
            "hardly any random input gives a finite value",
            hint="leave out --samples, or make the uncertainties smaller",
        )
    low, high = np.quantile(kept, [0.025, 0.975], axis=0)
    return Sampled(
        len(kept),
        kept.mean(axis=0).reshape(shape),
        kept.std(axis=0, ddof=1).reshape(shape),
        low.reshape(shape),
        high.reshape(shape),
        int(len(outputs) - len(kept)),
    )


def _factor(covariance: Array) -> Array:
    """A matrix whose product with its transpose is the covariance, which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    factor: Array = vectors * np.sqrt(np.maximum(values, 0))
    return factor


# --- covariances ----------------------------------------------------------------------------------------------------


def covariance_of(
    function: VectorFunction, uncertainties: dict[str, Array], correlations: dict[tuple[str, str], float], given: Any = None
) -> Array:
    """The covariance matrix of a function's inputs, n x n.

    uncertainties  by name, in the shapes of the inputs; an input without one is exact
    correlations   by pairs of labels, "m" or "x[0]"
    given          (labels, matrix) of some of the inputs, such as a fit wrote it; it replaces their uncertainties

    Raises Problem where no random numbers can have that covariance, or a label is not known.
    """
    deviations = np.concatenate(
        [np.ravel(uncertainties.get(name, np.zeros(shape))) for name, shape in function.shapes.items()] or [np.empty(0)]
    )
    places = {label: place for place, label in enumerate(function.labels)}
    matrix = np.diag(deviations**2)
    if given is not None:
        labels, block = given
        known = [(row, places[label]) for row, label in enumerate(labels) if label in places]
        if not known:
            raise Problem(
                "propagate",
                f"the covariance is that of {', '.join(labels)}, none of which is an input here",
                hint=f"the inputs are {', '.join(function.labels)}",
                source="--cov",
            )
        rows, inputs = zip(*known)
        matrix[np.ix_(inputs, inputs)] = block[np.ix_(rows, rows)]
    for (one, other), value in correlations.items():
        for label in (one, other):
            if label not in places:
                raise unknown_name("--corr", label, "is no input here", (), f"the inputs are {', '.join(function.labels)}")
        i, j = places[one], places[other]
        matrix[i, j] = matrix[j, i] = value * np.sqrt(matrix[i, i] * matrix[j, j])
    values = np.linalg.eigvalsh(matrix) if len(matrix) else np.zeros(1)
    if values.min() < _NEGATIVE * max(values.max(), 1e-300):
        raise Problem(
            "propagate",
            "no inputs can have these correlations together: their covariance matrix has a negative eigenvalue",
            hint="correlations between three quantities limit each other",
            source="--corr",
        )
    return matrix


def _check_finite(function: VectorFunction, values: Array, slopes: Array) -> None:
    if not np.isfinite(values).all():
        raise Problem("propagate", f"the value is {values[~np.isfinite(values)][0]}", hint="uncertainties need a finite value")
    if not np.isfinite(slopes).all():
        column = int(np.flatnonzero(~np.isfinite(slopes).all(axis=0))[0])
        raise Problem(
            "propagate",
            f"the derivative by {function.labels[column]} is not finite there: first order says nothing",
            hint="try --samples 100000, which needs no derivative, at another point",
        )
