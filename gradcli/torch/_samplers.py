"""Samplers that take a number of draws that chance decides: gamma, Poisson and binomial numbers, one element after the other.

The draws come from the generator in the order in which PyTorch takes them: doubles, whatever the dtype of the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.graph.half_precision import is_half
from gradcli.ops.core.dtypes import not_implemented
from gradcli.torch._boundary import exception


def _uniform() -> float:
    return float(torch.empty((), dtype=torch.float64).uniform_())


def _normal() -> float:
    return float(torch.empty((), dtype=torch.float64).normal_())


def _each(function: Callable[..., float], *tensors: Any) -> Any:
    """A tensor of what a function of numbers draws for each element of tensors of one shape."""
    drawn = [function(*numbers) for numbers in zip(*[x.detach().double().reshape(-1).tolist() for x in tensors])]
    made: Any = torch.tensor(drawn, dtype=torch.float64)
    return made.reshape(tensors[0].shape).to(tensors[0].dtype)


def _refuse_16_bits(kernel: str, x: Any) -> None:
    if is_half(x.ndarray.dtype):
        raise exception(not_implemented(kernel, x.ndarray.dtype))


def cauchy(shape: Any, dtype: Any) -> Any:
    """Numbers of the standard Cauchy distribution."""
    drawn = torch.empty(shape, dtype=torch.float64).uniform_()
    return torch.tan(math.pi * (drawn - 0.5)).to(dtype)


def _one_gamma(alpha: float) -> float:
    """Marsaglia and Tsang (2000)."""
    scale = 1.0
    if alpha < 1:
        if alpha == 0:
            return 0.0
        scale = (1 - _uniform()) ** (1 / alpha)
        alpha += 1
    d = alpha - 1 / 3
    c = 1 / math.sqrt(9 * d)
    while True:
        x = _normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v = y * y * y
        u = 1 - _uniform()
        if u < 1 - 0.0331 * (x * x) * (x * x) or math.log(u) < 0.5 * x * x + d * (1 - v + math.log(v)):
            return scale * d * v


class _StandardGamma(torch.autograd.Function):
    """Gamma numbers, whose derivative by the concentration leaves the distribution function as it is.

    With F(x; a) the distribution function and f its density, dx/da = -(dF/da) / f.  F is a series of positive terms,
    x**a exp(-x) / Gamma(a+1) times the sum of x**n / ((a+1)...(a+n)), which is differentiated term by term.
    """

    @staticmethod
    def forward(ctx: Any, concentration: Any) -> Any:
        """The numbers."""
        drawn = _each(_one_gamma, concentration).clamp(min=torch.finfo(concentration.dtype).tiny)
        ctx.save_for_backward(concentration, drawn)
        return drawn

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        """The gradient by the concentration."""
        a, x = [each.detach().double().ndarray for each in ctx.saved_tensors]
        term, slope, total, moved, k = np.ones_like(x), np.zeros_like(x), np.ones_like(x), np.zeros_like(x), 0
        while k < 100_000 and bool(np.any(term > 1e-17 * total)):
            k += 1
            term = term * x / (a + k)
            slope = slope - 1 / (a + k)
            total += term
            moved += term * slope
        digamma: Any = torch.digamma(torch.from_numpy(a + 1)).ndarray
        slope_at: Any = torch.from_numpy(-(x / a) * (total * (np.log(x) - digamma) + moved))
        return g * slope_at.to(g.dtype)


def standard_gamma(concentration: Any) -> Any:
    """Gamma numbers of rate 1, one for each element of the concentration.  Raises NotImplementedError for 16 bits."""
    _refuse_16_bits("gamma_cpu", concentration)
    return _StandardGamma.apply(concentration)


def _one_poisson(rate: float) -> float:
    """By products of uniform numbers, or for great rates by transformed rejection (Hörmann, 1993)."""
    if rate == 0:
        return 0.0
    if rate < 10:
        bound, product, count = math.exp(-rate), 1.0, 0.0
        while (product := product * _uniform()) > bound:
            count += 1
        return count
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = _uniform() - 0.5, _uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= v_r:
            return float(k)
        if k < 0 or (us < 0.013 and v > us):
            continue
        accept = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if accept <= -rate + k * math.log(rate) - math.lgamma(k + 1):
            return float(k)


def poisson(rate: Any) -> Any:
    """Poisson numbers, one for each element of the rate."""
    return _each(_one_poisson, rate)


def _one_binomial(count: float, prob: float) -> float:
    if count <= 0 or prob <= 0:
        return 0.0
    if prob >= 1:
        return count
    if prob > 0.5:
        return count - _one_binomial_small(count, 1 - prob)
    return _one_binomial_small(count, prob)


def _one_binomial_small(count: float, prob: float) -> float:
    """Of a probability up to a half: by geometric numbers, or for many by transformed rejection (Hörmann, 1993)."""
    if count * prob < 10:
        steps, successes = 0.0, 0.0
        while (steps := steps + math.ceil(math.log(_uniform()) / math.log1p(-prob))) <= count:
            successes += 1
        return successes
    deviation = math.sqrt(count * prob * (1 - prob))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * prob
    c = count * prob + 0.5
    v_r = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * deviation
    r = prob / (1 - prob)
    m = math.floor((count + 1) * prob)
    while True:
        u, v = _uniform() - 0.5, _uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c)
        if us >= 0.07 and v <= v_r:
            return float(k)
        if k < 0 or k > count:
            continue
        bound = (m + 0.5) * math.log((m + 1) / (r * (count - m + 1)))
        bound += (count + 1) * math.log((count - m + 1) / (count - k + 1))
        bound += (k + 0.5) * math.log(r * (count - k + 1) / (k + 1))
        bound += _stirling_tail(m) + _stirling_tail(count - m) - _stirling_tail(k) - _stirling_tail(count - k)
        if math.log(v * alpha / (a / (us * us) + b)) <= bound:
            return float(k)


def _stirling_tail(k: float) -> float:
    """What Stirling's approximation of log k! lacks."""
    if k <= 9:
        return math.lgamma(k + 1) - (k + 0.5) * math.log(k + 1) + (k + 1) - 0.5 * math.log(2 * math.pi)
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)


def binomial(count: Any, prob: Any) -> Any:
    """Binomial numbers, one for each element.  Raises NotImplementedError for 16 bits."""
    _refuse_16_bits("binomial_cpu", prob)
    return _each(_one_binomial, count.to(prob.dtype), prob)
