"""The LKJ distribution of correlation matrices, as their Cholesky factors."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import gradcli.torch as torch
from gradcli.torch.distributions import constraints
from gradcli.torch.distributions.distribution import Distribution
from gradcli.torch.distributions.gamma import Beta
from gradcli.torch.distributions.utils import broadcast_all


class LKJCholesky(Distribution):
    """Cholesky factors of correlation matrices M of order `dim`; the density of M goes as det(M)**(concentration - 1).

    Samples by the onion method (Lewandowski, Kurowicka and Joe, Journal of Multivariate Analysis 100, 2009, section 3).
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        marginal = self.concentration + 0.5 * (dim - 2)
        offset = torch.cat([torch.zeros(1), torch.arange(dim - 1, dtype=self.concentration.dtype)])
        self._beta = Beta(offset + 0.5, marginal.unsqueeze(-1) - 0.5 * offset)
        super().__init__(self.concentration.size(), torch.Size((dim, dim)), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same of a larger batch."""
        return LKJCholesky(self.dim, self.concentration.expand(torch.Size(batch_shape)), validate_args=False)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Factors whose rows are unit vectors: a direction, and how much of it, by a beta distribution."""
        with torch.no_grad():
            amount = self._beta.sample(torch.Size(sample_shape)).unsqueeze(-1)
            normal = torch.randn(self._extended_shape(sample_shape), dtype=amount.dtype).tril(-1)
            direction = normal / normal.norm(dim=-1, keepdim=True)
            direction[..., 0, :].fill_(0.0)
            below = amount.sqrt() * direction
            rest = torch.clamp(1 - torch.sum(below**2, dim=-1), min=torch.finfo(below.dtype).tiny)
            return below + torch.diag_embed(rest.sqrt())

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - torch.arange(2, self.dim + 1)
        others = self.dim - 1
        alpha = self.concentration + 0.5 * others
        normaliser = 0.5 * others * math.log(math.pi) + torch.mvlgamma(alpha - 0.5, others) - torch.lgamma(alpha) * others
        return torch.sum(order * diagonal.log(), dim=-1) - normaliser
