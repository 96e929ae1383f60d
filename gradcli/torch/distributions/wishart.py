"""The Wishart distribution, of random covariance matrices."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import gradcli.torch as torch
from gradcli.torch._warnings import warn
from gradcli.torch.distributions import constraints
from gradcli.torch.distributions.covariance_forms import CovarianceForms
from gradcli.torch.distributions.distribution import ExponentialFamily
from gradcli.torch.distributions.gamma import Chi2
from gradcli.torch.distributions.kl_registry import register_kl


def _log_gamma(x: Any, p: int) -> Any:
    return torch.mvlgamma(x, p=p)


class Wishart(CovarianceForms, ExponentialFamily):
    """The sum of the outer squares of `df` normal vectors, of one covariance, which is given, or its inverse or factor."""

    arg_constraints: ClassVar[dict[str, Any]] = {
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
        "df": constraints.greater_than(0),
    }
    support = constraints.positive_definite
    has_rsample = True

    def __init__(
        self,
        df: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        given = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril}
        named = {name: value for name, value in given.items() if value is not None}
        if len(named) != 1:
            raise AssertionError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = named.items()
        if matrix.dim() < 2:
            raise ValueError("scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        df = torch.as_tensor(df, dtype=matrix.dtype)
        batch_shape = torch.broadcast_shapes(df.shape, matrix.shape[:-2])
        self.df = df.expand(batch_shape)
        setattr(self, name, matrix.expand((*batch_shape, -1, -1)))
        event_shape = matrix.shape[-2:]
        if (self.df <= event_shape[-1] - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {event_shape[-1] - 1}.")
        bound = constraints.greater_than(event_shape[-1] - 1)
        self.__dict__["arg_constraints"] = {**type(self).arg_constraints, "df": bound}
        super().__init__(batch_shape, event_shape, validate_args=validate_args)
        if (self.df < event_shape[-1]).any():
            warn("Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.", UserWarning)
        self._keep_factor(covariance_matrix, precision_matrix, scale_tril)
        self._dist_chi2 = self._of_diagonal()

    def _of_diagonal(self) -> Chi2:
        """The squares of the diagonal of a sample's factor: one degree of freedom less from row to row."""
        less = torch.arange(self._event_shape[-1], dtype=self.df.dtype)
        return Chi2(df=self.df.unsqueeze(-1) - less.expand((*self._batch_shape, -1)))

    def _expand_into(self, new: Any, batch_shape: Any) -> None:
        new._batch_shape, new._event_shape = batch_shape, self._event_shape
        new._dist_chi2 = new._of_diagonal()

    def _matrix_shape(self) -> tuple[int, ...]:
        return (*self._batch_shape, *self._event_shape)

    def _df(self) -> Any:
        return self.df.view((*self._batch_shape, 1, 1))

    @property
    def mean(self) -> Any:
        """df times the covariance."""
        return self._df() * self.covariance_matrix

    @property
    def mode(self) -> Any:
        """The most probable matrix; nan where there is none."""
        factor = self.df - self.covariance_matrix.shape[-1] - 1
        factor = torch.where(factor <= 0, math.nan, factor)
        return factor.view((*self._batch_shape, 1, 1)) * self.covariance_matrix

    @property
    def variance(self) -> Any:
        """The variance of each entry."""
        V = self.covariance_matrix
        diagonal = V.diagonal(dim1=-2, dim2=-1)
        return self._df() * (V.pow(2) + torch.einsum("...i,...j->...ij", diagonal, diagonal))

    def rsample(self, sample_shape: Any = (), max_try_correction: int | None = None) -> Any:
        """Samples through which gradients flow (Bartlett's decomposition).

        PyTorch takes the first matrices for singular where they are not, and draws those again, until they are in the support;
        so that the numbers are the same, it is done here, too.
        """
        sample = self._bartlett(torch.Size(sample_shape))
        again = self._where_inside(sample)
        if again.any():
            warn("Singular sample detected.", UserWarning)
            for _ in range(10 if max_try_correction is None else max_try_correction):
                drawn = self._bartlett(again[again].shape)
                sample[again] = drawn
                again[again.clone()] = ~self._where_inside(drawn)
                if not again.any():
                    break
        return sample

    def _where_inside(self, sample: Any) -> Any:
        inside = self.support.check(sample)
        return inside.amax(tuple(range(-len(self._batch_shape), 0))) if self._batch_shape else inside

    def _bartlett(self, sample_shape: Any) -> Any:
        p = self._event_shape[-1]
        diagonal = self._dist_chi2.rsample(sample_shape).clamp_min(torch.finfo(self.df.dtype).tiny).sqrt()
        factor = diagonal.diag_embed(dim1=-2, dim2=-1)
        rows, columns = torch.tril_indices(p, p, offset=-1)
        noise = torch.randn((*sample_shape, *self._batch_shape, p * (p - 1) // 2), dtype=self.df.dtype)
        factor[..., rows, columns] = noise
        chol = self._unbroadcasted_scale_tril @ factor
        return chol @ chol.mT

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        nu, p = self.df, self._event_shape[-1]
        log_det = self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        front = -nu * (p * math.log(2) / 2 + log_det) - _log_gamma(nu / 2, p=p)
        trace = torch.cholesky_solve(value, self._unbroadcasted_scale_tril).diagonal(dim1=-2, dim2=-1).sum(dim=-1)
        return front + (nu - p - 1) / 2 * torch.linalg.slogdet(value).logabsdet - trace / 2

    def entropy(self) -> Any:
        """The entropy."""
        nu, p = self.df, self._event_shape[-1]
        log_det = self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        mean = _log_det_mean(nu, p)
        return (p + 1) * (p * math.log(2) / 2 + log_det) + _log_gamma(nu / 2, p=p) - (nu - p - 1) / 2 * mean + nu * p / 2


def _log_det_mean(nu: Any, p: int) -> Any:
    """The sum of digammas, the mean log determinant but for the scale."""
    less = torch.arange(p, dtype=nu.dtype).expand((*nu.shape, -1))
    return torch.digamma((nu.unsqueeze(-1) - less) / 2).sum(-1)


@register_kl(Wishart, Wishart)
def _wisharts(p: Any, q: Any) -> Any:
    nu, other, size = p.df, q.df, p._event_shape[-1]
    half = [each._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1) for each in (q, p)]
    solved = torch.cholesky_solve(p.covariance_matrix, q._unbroadcasted_scale_tril)
    trace = solved.diagonal(dim1=-2, dim2=-1).sum(-1)
    scale = other * (half[0] - half[1]) + nu / 2 * (trace - size)
    gammas = _log_gamma(other / 2, p=size) - _log_gamma(nu / 2, p=size)
    return scale + gammas + (nu - other) / 2 * _log_det_mean(nu, size)
