"""Kullback-Leibler divergences between pairs of distributions, by the classes of both."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import gradcli.torch as torch
from gradcli.torch.distributions import categorical, discrete, gamma, location_scale, multivariate_normal, transformed
from gradcli.torch.distributions.composed import Independent, TransformedDistribution
from gradcli.torch.distributions.distribution import Distribution
from gradcli.torch.distributions.utils import sum_rightmost

Divergence = Callable[[Any, Any], Any]
_registry: dict[tuple[type, type], Divergence] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Divergence], Divergence]:
    """A decorator for the function of two classes.  Raises TypeError."""
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def add(function: Divergence) -> Divergence:
        _registry[type_p, type_q] = function
        return function

    return add


def kl_divergence(p: Any, q: Any) -> Any:
    """The mean of `log p(x) - log q(x)` for x from p.  Raises NotImplementedError."""
    found = [
        (type(p).__mro__.index(one) + type(q).__mro__.index(other), function)
        for (one, other), function in _registry.items()
        if isinstance(p, one) and isinstance(q, other)
    ]
    if not found:
        raise NotImplementedError(f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}")
    return min(found, key=lambda pair: pair[0])[1](p, q)


@register_kl(location_scale.Normal, location_scale.Normal)
def _normals(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).pow(2)
    away = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + away - 1 - ratio.log())


@register_kl(location_scale.Uniform, location_scale.Uniform)
def _uniforms(p: Any, q: Any) -> Any:
    result = ((q.high - q.low) / (p.high - p.low)).log()
    return result.masked_fill((q.low > p.low) | (q.high < p.high), math.inf)


@register_kl(location_scale.Exponential, location_scale.Exponential)
def _exponentials(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(location_scale.Laplace, location_scale.Laplace)
def _laplaces(p: Any, q: Any) -> Any:
    ratio, away = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + away / q.scale + ratio * torch.exp(-away / p.scale) - 1


@register_kl(transformed.HalfNormal, transformed.HalfNormal)
def _half_normals(p: Any, q: Any) -> Any:
    return _normals(p.base_dist, q.base_dist)


@register_kl(discrete.Bernoulli, discrete.Bernoulli)
def _bernoullis(p: Any, q: Any) -> Any:
    softplus = torch.nn.functional.softplus
    one = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    one = one.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0)
    zero = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    zero = zero.masked_fill(q.probs == 1, math.inf).masked_fill(p.probs == 1, 0)
    return one + zero


@register_kl(discrete.Binomial, discrete.Binomial)
def _binomials(p: Any, q: Any) -> Any:
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    kl = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return kl.masked_fill(p.total_count > q.total_count, math.inf)


@register_kl(categorical.Categorical, categorical.Categorical)
def _categoricals(p: Any, q: Any) -> Any:
    parts = p.probs * (p.logits - q.logits)
    parts = parts.masked_fill((q.probs == 0).expand_as(parts), math.inf)
    return parts.masked_fill((p.probs == 0).expand_as(parts), 0).sum(-1)


@register_kl(categorical.OneHotCategorical, categorical.OneHotCategorical)
def _one_hots(p: Any, q: Any) -> Any:
    return _categoricals(p._categorical, q._categorical)


@register_kl(discrete.Geometric, discrete.Geometric)
def _geometrics(p: Any, q: Any) -> Any:
    return -p.entropy() - torch.log1p(-q.probs) / p.probs - q.logits


@register_kl(discrete.Poisson, discrete.Poisson)
def _poissons(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(gamma.Gamma, gamma.Gamma)
def _gammas(p: Any, q: Any) -> Any:
    one = q.concentration * (p.rate / q.rate).log()
    two = torch.lgamma(q.concentration) - torch.lgamma(p.concentration)
    three = (p.concentration - q.concentration) * torch.digamma(p.concentration)
    return one + two + three + (q.rate - p.rate) * (p.concentration / p.rate)


@register_kl(gamma.Beta, gamma.Beta)
def _betas(p: Any, q: Any) -> Any:
    p_sum, q_sum = p.concentration1 + p.concentration0, q.concentration1 + q.concentration0
    one = q.concentration1.lgamma() + q.concentration0.lgamma() + p_sum.lgamma()
    two = p.concentration1.lgamma() + p.concentration0.lgamma() + q_sum.lgamma()
    three = (p.concentration1 - q.concentration1) * torch.digamma(p.concentration1)
    four = (p.concentration0 - q.concentration0) * torch.digamma(p.concentration0)
    return one - two + three + four + (q_sum - p_sum) * torch.digamma(p_sum)


@register_kl(gamma.Dirichlet, gamma.Dirichlet)
def _dirichlets(p: Any, q: Any) -> Any:
    p_sum, q_sum = p.concentration.sum(-1), q.concentration.sum(-1)
    one = p_sum.lgamma() - q_sum.lgamma()
    two = (p.concentration.lgamma() - q.concentration.lgamma()).sum(-1)
    three = p.concentration - q.concentration
    four = p.concentration.digamma() - p_sum.digamma().unsqueeze(-1)
    return one - two + (three * four).sum(-1)


@register_kl(multivariate_normal.MultivariateNormal, multivariate_normal.MultivariateNormal)
def _multivariate_normals(p: Any, q: Any) -> Any:
    if p.event_shape != q.event_shape:
        raise ValueError("KL-divergence between two Multivariate Normals with different event shapes cannot be computed")
    half = q._half_log_det() - p._half_log_det()
    shape = torch.broadcast_shapes(q._unbroadcasted_scale_tril.shape, p._unbroadcasted_scale_tril.shape)
    Lq, Lp = q._unbroadcasted_scale_tril.expand(shape), p._unbroadcasted_scale_tril.expand(shape)
    trace = torch.linalg.solve_triangular(Lq, Lp, upper=False).pow(2).sum((-2, -1))
    away = multivariate_normal._batch_mahalanobis(q._unbroadcasted_scale_tril, q.loc - p.loc)
    return half + 0.5 * (trace + away - p.event_shape[0])


@register_kl(Independent, Independent)
def _independents(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Any:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(location_scale.Uniform, location_scale.Normal)
def _uniform_normal(p: Any, q: Any) -> Any:
    width = p.high - p.low
    one = (math.sqrt(math.pi * 2) * q.scale / width).log()
    two = (width / q.scale).pow(2) / 12
    return one + 0.5 * (two + ((p.high + p.low - 2 * q.loc) / (2 * q.scale)).pow(2))


@register_kl(location_scale.Normal, location_scale.Laplace)
def _normal_laplace(p: Any, q: Any) -> Any:
    away = p.loc - q.loc
    reach = away / (math.sqrt(2) * p.scale)
    one = torch.log(q.scale / (p.scale * math.sqrt(math.pi / 2))) - 0.5
    mean = p.scale * math.sqrt(2 / math.pi) * torch.exp(-reach.pow(2)) + away * torch.erf(reach)
    return one + mean / q.scale


@register_kl(location_scale.Exponential, location_scale.Normal)
def _exponential_normal(p: Any, q: Any) -> Any:
    variance = q.scale.pow(2)
    spread = torch.log(p.rate.pow(2) * variance * 2 * math.pi)
    return 0.5 * (spread - 2 + ((2 / p.rate.pow(2)) - 2 * q.loc / p.rate + q.loc.pow(2)) / variance)
