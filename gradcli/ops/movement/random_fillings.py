"""Random numbers in place of a tensor's values: `x.normal_()`, `x.bernoulli_(0.3)` and their kin.

PyTorch fills a tensor in the order in which its elements lie in memory, so that of a transposed one is another than its
indices'.  The numbers are made in the tensor's own dtype, which may have 16 bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import ZERO
from gradcli.ops.core.dtypes import as_dtype, not_implemented, real_dtype
from gradcli.ops.core.parameter_types import Number
from gradcli.ops.core.table import family
from gradcli.ops.creation.factories import generator
from gradcli.ops.movement.in_place import changing

family("changes")

_DOUBLE = np.dtype(np.float64)


def _in_memory_order(x: Array, draw: Callable[[tuple[int, ...]], Array]) -> Array:
    """What `draw(shape)` gives for the elements of x as they follow each other in memory."""
    if x.flags.c_contiguous or x.ndim < 2:
        return draw(x.shape)
    order = sorted(range(x.ndim), key=lambda axis: -x.strides[axis])
    return draw(tuple([x.shape[axis] for axis in order])).transpose(np.argsort(order))


def _by_libm(function: Callable[[float], float], x: Array, draw: Callable[[tuple[int, ...]], Array]) -> Array:
    """A function of the C library of doubles that are drawn, in the dtype of x."""
    from gradcli.ops.random.box_muller import by_libm

    drawn = _in_memory_order(x, draw)
    with np.errstate(all="ignore"):
        numbers: Array = as_dtype(by_libm(function, drawn.reshape(-1)).reshape(drawn.shape), x.dtype)
    return numbers


def _uniform_doubles(shape: tuple[int, ...]) -> Array:
    numbers: Array = generator().uniform(shape, _DOUBLE, 0.0, 1.0)
    return numbers


def _by_parts(x: Array, draw: Callable[[tuple[int, ...], Any], Array]) -> Array:
    """Random numbers of the shape and dtype of x, from `draw(shape, dtype)`; of complex ones, for both parts."""
    if x.dtype.kind != "c":
        return _in_memory_order(x, lambda shape: draw(shape, x.dtype))
    return _in_memory_order(x, lambda shape: draw((*shape, 2), real_dtype(x.dtype)).view(x.dtype)[..., 0])


def _uniform(x: Array, /, from_: Number = 0.0, to: Number = 1.0) -> Any:
    return _by_parts(x, lambda shape, dtype: generator().uniform(shape, dtype, from_, to))


def _normal(x: Array, /, mean: Number = 0.0, std: Number = 1.0) -> Any:
    if x.dtype.kind == "c":
        std = std / math.sqrt(2)  # each part has half of the variance
    elif x.dtype.kind != "f":
        raise not_implemented("normal_kernel_cpu", x.dtype)
    return _by_parts(x, lambda shape, dtype: generator().normal(shape, dtype, mean, std, bool(x.flags.c_contiguous)))


def _bernoulli(x: Array, /, p: Number = 0.5) -> Any:
    if x.dtype.kind == "c":
        raise not_implemented("bernoulli_scalar_cpu_", x.dtype)
    return _by_parts(x, lambda shape, dtype: generator().bernoulli(float(p), shape, dtype))


def _bernoulli_tensor(x: Array, p: Operand, /) -> Any:
    return generator().bernoulli(p, x.shape, x.dtype)


def _exponential(x: Array, /, lambd: Number = 1.0) -> Any:
    return _by_parts(x, lambda shape, dtype: generator().exponential(shape, dtype, lambd))


def _cauchy(x: Array, /, median: Number = 0.0, sigma: Number = 1.0) -> Any:
    return _by_libm(lambda u: median + sigma * math.tan(math.pi * (u - 0.5)), x, _uniform_doubles)


def _geometric(x: Array, /, p: Number) -> Any:
    if not 0 < p < 1:
        raise Problem("argument", f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    if x.dtype.kind == "c":
        raise not_implemented("geometric_cpu", x.dtype)
    scale = math.log1p(-p)
    return _by_libm(lambda u: math.ceil(math.log(u) / scale) if u else math.inf, x, _uniform_doubles)


def _log_normal(x: Array, /, mean: Number = 1.0, std: Number = 2.0) -> Any:
    return _by_libm(_exp, x, lambda shape: generator().normal(shape, _DOUBLE, mean, std, False))


def _exp(x: float) -> float:
    return math.exp(x) if x < 709.78 else math.inf


def _random(x: Array, /, from_: int | None = None, to: int | None = None) -> Any:
    if x.dtype.kind == "c":
        raise not_implemented("random_kernel_cpu", x.dtype)
    low, high = (0, from_) if to is None else (from_ or 0, to)
    if high is None:
        return _by_parts(x, lambda shape, dtype: generator().naturals(shape, dtype))
    return _by_parts(x, lambda shape, dtype: generator().randint(low, high, shape, dtype))


changing("uniform_", _uniform, ZERO, "UniformBackward0", "Uniform random numbers in [from, to).")
changing("normal_", _normal, ZERO, "NormalBackward0", "Normal random numbers.")
changing("bernoulli_", _bernoulli, ZERO, "BernoulliBackward2", "Ones with probability p, else zeros.", overload="number")
changing(
    "bernoulli_",
    _bernoulli_tensor,
    (ZERO, ZERO),
    "BernoulliBackward1",
    "Ones with the probabilities of p, else zeros.",
    overload="tensor",
)
_OF_MEAN = "Exponentially distributed random numbers of mean 1/lambd."
changing("exponential_", _exponential, ZERO, "ExponentialBackward0", _OF_MEAN)
changing("cauchy_", _cauchy, ZERO, "CauchyBackward0", "Random numbers of a Cauchy distribution.")
_TRIES = "How many tries it takes to the first success, of probability p."
changing("geometric_", _geometric, ZERO, "GeometricBackward0", _TRIES)
changing("log_normal_", _log_normal, ZERO, "LogNormalBackward0", "Random numbers whose logarithms are normal.")
changing("random_", _random, ZERO, "RandomBackward0", "Random whole numbers: from <= number < to.")
