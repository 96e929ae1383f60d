"""What PyTorch's random functions refuse: arguments go in, and a Problem comes out if there is no such distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.dtypes import c_name, scalar_name

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

_PROBABILITY: Final = "a probability lies between 0 and 1"
_DEVIATION: Final = "a standard deviation is 0 or positive"


def check_seed(seed: int) -> None:
    """Refuse a seed of more than 64 bits."""
    if not -(1 << 63) <= seed < 1 << 64:
        raise Problem(
            "bad-argument",
            f"Overflow when unpacking long long: the seed {seed} has more than 64 bits",
            type="ValueError",
            hint="use a seed from -2**63 to 2**64 - 1",
        )


def check_shape(shape: tuple[int, ...]) -> None:
    """Refuse negative sizes."""
    for size in shape:
        if size < 0:
            raise _refusal(f"Trying to create tensor with negative dimension {size}: {list(shape)}", "sizes are 0 or positive")


def floating(dtype: DTypeLike, clause: str, type: str = "NotImplementedError") -> np.dtype[Any]:
    """The dtype, if it is a floating point one; `clause` opens the message if not."""
    kind = np.dtype(dtype)
    if kind.kind != "f":
        raise Problem("dtype", f"{clause} '{scalar_name(kind)}'", type=type, hint="use a floating point dtype")
    return kind


def check_bounds(kind: np.dtype[Any], low: float, high: float) -> None:
    """Refuse a uniform distribution over [low, high) that `kind` cannot hold."""
    most = float(np.finfo(kind).max)
    for name, bound in (("from", low), ("to", high)):
        if not -most <= bound <= most:
            raise _refusal(
                f"{name} is out of bounds for {c_name(kind)}",
                f"bounds of {kind.name} lie between {-most:g} and {most:g}",
            )
    if low > high:
        raise _refusal(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}", "give the lower bound first"
        )
    if high - low > most:
        raise _refusal(
            f"uniform_ expects to-from <= {most:g}, but found to={high:g} and from={low:g}",
            "draw from a smaller range and scale the result",
        )


def check_rate(rate: float) -> None:
    """Refuse an exponential distribution whose rate is not positive."""
    if not rate > 0:
        raise _refusal(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}", "a rate is positive")


def check_deviation(std: float) -> None:
    """Refuse a normal distribution whose standard deviation is negative."""
    if not std >= 0:
        raise _refusal(f"normal expects std >= 0.0, but found std {std:g}", _DEVIATION)


def check_deviations(std: NDArray[Any]) -> None:
    """Refuse normal distributions of which a standard deviation is negative."""
    if not (std >= 0).all():
        raise _refusal("normal expects all elements of std >= 0.0", _DEVIATION)


def check_range(kind: np.dtype[Any], low: int, high: int) -> None:
    """Refuse whole numbers in [low, high) if there are none, or if `kind` cannot hold them."""
    if not -(1 << 63) <= min(low, high) <= max(low, high) < 1 << 63:
        raise Problem(
            "bad-argument",
            "Overflow when unpacking long long: a bound has more than 64 bits",
            type="ValueError",
            hint="bounds lie between -2**63 and 2**63 - 1",
        )
    if low >= high:
        raise _refusal(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}",
            "the upper bound is excluded, so it has to be at least low + 1",
        )
    least, most = _limits(kind)
    for name, bound in (("from", low), ("to - 1", high - 1)):
        if not least <= bound <= most:
            raise _refusal(
                f"{name} is out of bounds for {c_name(kind)}", f"{kind.name} holds numbers from {least:g} to {most:g}"
            )


def check_probability(p: float) -> None:
    """Refuse what is not a probability."""
    if not 0 <= p <= 1:
        raise _refusal(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}", _PROBABILITY)


def check_probabilities(p: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Refuse what are not probabilities, or not as many as `shape` has elements (or 1 for all along a dimension)."""
    floating(p.dtype, '"bernoulli_tensor_cpu_p_" not implemented for')
    if not ((p >= 0) & (p <= 1)).all():
        raise _refusal(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false: an element is not a probability", _PROBABILITY
        )
    pairs = zip(p.shape[::-1], shape[::-1], strict=False)
    if p.ndim > len(shape) or any(own not in (1, size) for own, size in pairs):
        raise Problem(
            "shape-mismatch",
            f"The expanded size of the tensor must match the existing size: "
            f"probabilities of shape {list(p.shape)} cannot fill {list(shape)}",
            hint="give one probability, or one for each element",
        )


def check_weights(weights: NDArray[Any], count: int, replacement: bool) -> None:
    """Refuse `count` draws from rows of weights that are no weights, or too few."""
    if weights.ndim not in (1, 2):
        raise _refusal("prob_dist must be 1 or 2 dim", "give a row of weights, or a matrix of rows")
    if weights.dtype.kind != "f":
        words = f"multinomial only supports floating-point dtypes for input, got: {scalar_name(weights.dtype)}"
        raise Problem("dtype", words, hint="use a floating point dtype")
    if count <= 0:
        raise _refusal("cannot sample n_sample <= 0 samples", "draw at least one")
    if not replacement and count > weights.shape[-1]:
        raise _refusal(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
            f"draw at most {weights.shape[-1]}, or with replacement=True",
        )
    if not ((weights >= 0) & (weights < np.inf)).all():
        raise _refusal(
            "probability tensor contains either `inf`, `nan` or element < 0", "weights are finite, and 0 or positive"
        )
    if not (weights.sum(axis=-1) > 0).all():
        raise _refusal("invalid multinomial distribution (sum of probabilities <= 0)", "every row needs a positive weight")


def _limits(kind: np.dtype[Any]) -> tuple[float, float]:
    if kind.kind == "b":
        return 0, 1
    if kind.kind == "f":
        return float(np.finfo(kind).min), float(np.finfo(kind).max)
    return np.iinfo(kind).min, np.iinfo(kind).max


def _refusal(message: str, hint: str) -> Problem:
    return Problem("bad-argument", message, hint=hint)
