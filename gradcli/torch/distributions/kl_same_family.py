"""Kullback-Leibler divergences between distributions of one family."""

from __future__ import annotations

import math
from typing import Any

import gradcli.torch as torch
from gradcli.torch.distributions import (
    bounded,
    categorical,
    discrete,
    gamma,
    location_scale,
    multivariate_normal,
    transformed,
)
from gradcli.torch.distributions.composed import Independent, TransformedDistribution
from gradcli.torch.distributions.distribution import ExponentialFamily
from gradcli.torch.distributions.kl_registry import kl_divergence, register_kl
from gradcli.torch.distributions.utils import sum_rightmost

_EULER = 0.57721566490153286060
_NORMALS = (multivariate_normal.MultivariateNormal, multivariate_normal.LowRankMultivariateNormal)


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


def _multivariate_normals(p: Any, q: Any) -> Any:
    if p.event_shape != q.event_shape:
        raise ValueError("KL-divergence between two Multivariate Normals with different event shapes cannot be computed")
    Lp, Lq = [getattr(each, "_unbroadcasted_scale_tril", None) for each in (p, q)]
    Lp, Lq = p.scale_tril if Lp is None else Lp, q.scale_tril if Lq is None else Lq
    half = _log_diagonal(Lq) - _log_diagonal(Lp)
    shape = torch.broadcast_shapes(Lq.shape, Lp.shape)
    trace = torch.linalg.solve_triangular(Lq.expand(shape), Lp.expand(shape), upper=False).pow(2).sum((-2, -1))
    away = multivariate_normal._batch_mahalanobis(Lq, q.loc - p.loc)
    return half + 0.5 * (trace + away - p.event_shape[0])


for _one in _NORMALS:
    for _other in _NORMALS:
        register_kl(_one, _other)(_multivariate_normals)


def _log_diagonal(matrix: Any) -> Any:
    return matrix.diagonal(dim1=-2, dim2=-1).log().sum(-1)


@register_kl(location_scale.Cauchy, location_scale.Cauchy)
def _cauchys(p: Any, q: Any) -> Any:
    # Chyzak and Nielsen, A closed-form formula for the Kullback-Leibler divergence between Cauchy distributions (2019).
    spread = ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log()
    return spread - (4 * p.scale * q.scale).log()


@register_kl(transformed.HalfCauchy, transformed.HalfCauchy)
def _half_cauchys(p: Any, q: Any) -> Any:
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(transformed.Gumbel, transformed.Gumbel)
def _gumbels(p: Any, q: Any) -> Any:
    ratio, place = p.scale / q.scale, q.loc / q.scale
    own = p.loc / q.scale
    return -ratio.log() - place + own + ratio * _EULER + torch.exp(place + (1 + ratio).lgamma() - own) - (1 + _EULER)


@register_kl(transformed.Pareto, transformed.Pareto)
def _paretos(p: Any, q: Any) -> Any:
    ratio = q.alpha / p.alpha
    result = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return torch.where(p.support.lower_bound < q.support.lower_bound, math.inf, result)


@register_kl(bounded.ContinuousBernoulli, bounded.ContinuousBernoulli)
def _continuous_bernoullis(p: Any, q: Any) -> Any:
    mean = p.mean * (p.logits - q.logits)
    return mean + p._log_norm() + torch.log1p(-p.probs) - q._log_norm() - torch.log1p(-q.probs)


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


@register_kl(ExponentialFamily, ExponentialFamily)
def _other_exponential_families(p: Any, q: Any) -> Any:
    what = "cannot be computed using Bregman divergences"
    raise NotImplementedError(f"The cross KL-divergence between different exponential families {what}")
