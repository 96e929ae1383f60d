"""Kullback-Leibler divergences between distributions of two families."""

from __future__ import annotations

import math
from typing import Any

import gradcli.torch as torch
from gradcli.torch.distributions.bounded import ContinuousBernoulli
from gradcli.torch.distributions.discrete import Bernoulli, Binomial, Poisson
from gradcli.torch.distributions.gamma import Beta, Gamma
from gradcli.torch.distributions.kl_registry import register_kl
from gradcli.torch.distributions.location_scale import Exponential, Laplace, Normal, Uniform
from gradcli.torch.distributions.transformed import Gumbel, Pareto

_EULER = 0.57721566490153286060
_LOG_ROOT_TAU = 0.5 * math.log(2 * math.pi)

# Where the first gives what the second cannot give, the divergence is infinite.
_BEYOND = {
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gamma: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gumbel: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Laplace: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Normal: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
}


def _infinite(p: Any, q: Any) -> Any:
    mean = p.mean
    return torch.full_like(mean, math.inf)


for _first, _seconds in _BEYOND.items():
    for _second in _seconds:
        register_kl(_first, _second)(_infinite)


def _within(q: Any, low: Any, high: Any, result: Any) -> Any:
    """A divergence, infinite where q does not cover what lies between bounds."""
    return torch.where((q.low > low) | (q.high < high), math.inf, result)


def _cross_normal(q: Any, mean: Any, variance: Any) -> Any:
    """-E log q of a normal q, from the first two moments."""
    squared = (mean - q.loc).pow(2) + variance
    return squared / (2 * q.scale.pow(2)) + q.scale.log() + _LOG_ROOT_TAU


def _cross_exponential(q: Any, mean: Any) -> Any:
    return q.rate * mean - q.rate.log()


def _cross_gamma(q: Any, mean: Any, mean_log: Any) -> Any:
    a, rate = q.concentration, q.rate
    return a.lgamma() - a * rate.log() - (a - 1) * mean_log + rate * mean


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Any, q: Any) -> Any:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


# --- beta -----------------------------------------------------------------------------------------------------------


@register_kl(Beta, ContinuousBernoulli)
def _beta_continuous_bernoulli(p: Any, q: Any) -> Any:
    return -p.entropy() - p.mean * q.logits - torch.log1p(-q.probs) - q._log_norm()


@register_kl(Beta, Exponential)
def _beta_exponential(p: Any, q: Any) -> Any:
    return -p.entropy() + _cross_exponential(q, p.mean)


@register_kl(Beta, Gamma)
def _beta_gamma(p: Any, q: Any) -> Any:
    mean_log = p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    return -p.entropy() + _cross_gamma(q, p.mean, mean_log)


@register_kl(Beta, Normal)
@register_kl(ContinuousBernoulli, Normal)
@register_kl(Exponential, Normal)
@register_kl(Gamma, Normal)
@register_kl(Gumbel, Normal)
@register_kl(Laplace, Normal)
@register_kl(Uniform, Normal)
def _any_normal(p: Any, q: Any) -> Any:
    return -p.entropy() + _cross_normal(q, p.mean, p.variance)


@register_kl(Beta, Uniform)
@register_kl(ContinuousBernoulli, Uniform)
def _unit_uniform(p: Any, q: Any) -> Any:
    return _within(q, p.support.lower_bound, p.support.upper_bound, -p.entropy() + (q.high - q.low).log())


@register_kl(ContinuousBernoulli, Exponential)
def _continuous_bernoulli_exponential(p: Any, q: Any) -> Any:
    return -p.entropy() + _cross_exponential(q, p.mean)


# --- positive numbers -----------------------------------------------------------------------------------------------


@register_kl(Exponential, Gamma)
def _exponential_gamma(p: Any, q: Any) -> Any:
    return -p.entropy() + _cross_gamma(q, p.mean, -(p.rate.log() + _EULER))


@register_kl(Exponential, Gumbel)
def _exponential_gumbel(p: Any, q: Any) -> Any:
    product, place = p.rate * q.scale, q.loc / q.scale
    return product.log() - 1 + product.reciprocal() - place + torch.exp(place) * product / (product + 1)


@register_kl(Gamma, Exponential)
def _gamma_exponential(p: Any, q: Any) -> Any:
    return -p.entropy() + _cross_exponential(q, p.mean)


@register_kl(Gamma, Gumbel)
def _gamma_gumbel(p: Any, q: Any) -> Any:
    product, place = p.rate * q.scale, q.loc / q.scale
    shape = p.concentration
    front = (shape - 1) * shape.digamma() - shape.lgamma() - shape
    return product.log() + front + shape / product - place + place.exp() * (1 + product.reciprocal()).pow(-shape)


@register_kl(Pareto, Exponential)
def _pareto_exponential(p: Any, q: Any) -> Any:
    result = -p.entropy() + _cross_exponential(q, p.mean)
    return torch.where(p.alpha <= 1, math.inf, result)


@register_kl(Pareto, Gamma)
def _pareto_gamma(p: Any, q: Any) -> Any:
    result = -p.entropy() + _cross_gamma(q, p.mean, p.scale.log() + p.alpha.reciprocal())
    return torch.where(p.alpha <= 1, math.inf, result)


@register_kl(Pareto, Normal)
def _pareto_normal(p: Any, q: Any) -> Any:
    return torch.where(p.alpha <= 2, math.inf, -p.entropy() + _cross_normal(q, p.mean, p.variance))


# --- all numbers ----------------------------------------------------------------------------------------------------


@register_kl(Normal, Gumbel)
def _normal_gumbel(p: Any, q: Any) -> Any:
    away = (p.loc - q.loc) / q.scale
    ratio = (p.scale / q.scale).pow(2)
    return -p.entropy() + away + torch.exp(-away + 0.5 * ratio) + q.scale.log()


@register_kl(Normal, Laplace)
def _normal_laplace(p: Any, q: Any) -> Any:
    away = p.loc - q.loc
    reach = away / (math.sqrt(2) * p.scale)
    one = torch.log(q.scale / (p.scale * math.sqrt(math.pi / 2))) - 0.5
    mean = p.scale * math.sqrt(2 / math.pi) * torch.exp(-reach.pow(2)) + away * torch.erf(reach)
    return one + mean / q.scale


# --- uniform --------------------------------------------------------------------------------------------------------


def _x_log_x(x: Any) -> Any:
    return torch.special.xlogy(x, x)


def _outside(inside: Any, result: Any) -> Any:
    return torch.where(inside, result, math.inf)


@register_kl(Uniform, Beta)
def _uniform_beta(p: Any, q: Any) -> Any:
    width = p.high - p.low
    a, b = q.concentration1, q.concentration0
    low = (a - 1) * (_x_log_x(p.high) - _x_log_x(p.low) - width) / width
    high = (b - 1) * (_x_log_x(1 - p.high) - _x_log_x(1 - p.low) + width) / width
    result = high - low + a.lgamma() + b.lgamma() - (a + b).lgamma() - p.entropy()
    return _outside((p.low >= 0) & (p.high <= 1), result)


@register_kl(Uniform, ContinuousBernoulli)
def _uniform_continuous_bernoulli(p: Any, q: Any) -> Any:
    result = -p.entropy() - p.mean * q.logits - torch.log1p(-q.probs) - q._log_norm()
    return _outside((p.low >= 0) & (p.high <= 1), result)


@register_kl(Uniform, Exponential)
def _uniform_exponential(p: Any, q: Any) -> Any:
    return _outside(p.low >= 0, _cross_exponential(q, p.mean) - p.entropy())


@register_kl(Uniform, Gamma)
def _uniform_gamma(p: Any, q: Any) -> Any:
    width = p.high - p.low
    mean_log = (_x_log_x(p.high) - _x_log_x(p.low) - width) / width
    return _outside(p.low >= 0, -p.entropy() + _cross_gamma(q, p.mean, mean_log))


@register_kl(Uniform, Gumbel)
def _uniform_gumbel(p: Any, q: Any) -> Any:
    high, low = (p.high - q.loc) / q.scale, (p.low - q.loc) / q.scale
    middle = 0.5 * (high + low)
    return middle - (torch.exp(-high) - torch.exp(-low)) / (high - low) - (high - low).log()


@register_kl(Uniform, Pareto)
def _uniform_pareto(p: Any, q: Any) -> Any:
    width = p.high - p.low
    mean_log = (_x_log_x(p.high) - _x_log_x(p.low) - width) / width
    result = mean_log * (q.alpha + 1) - (q.alpha * q.scale.pow(q.alpha) * width).log()
    return _outside(p.low >= q.support.lower_bound, result)
