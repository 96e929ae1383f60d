"""Angles: the von Mises distribution, the normal distribution of the circle."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import gradcli.torch as torch
from gradcli.torch.distributions import constraints
from gradcli.torch.distributions.distribution import Distribution
from gradcli.torch.distributions.utils import broadcast_all, lazy_property

_NARROW = 1e-5  # a concentration below which the ratio of the proposal loses its digits


class VonMises(Distribution):
    """Angles around `loc`, between -pi and pi, with a density proportional to `exp(concentration * cos(x - loc))`."""

    arg_constraints: ClassVar[dict[str, Any]] = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, torch.Size(), validate_args)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        log_bessel = torch.special.i0e(self.concentration).log() + self.concentration
        return self.concentration * torch.cos(value - self.loc) - math.log(2 * math.pi) - log_bessel

    @lazy_property
    def _ratio(self) -> Any:
        """The parameter of the proposal, a wrapped Cauchy distribution (Best and Fisher, 1979)."""
        kappa = self.concentration.double()
        tau = 1 + (1 + 4 * kappa**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
        return torch.where(kappa < _NARROW, 1 / kappa + kappa, (1 + rho**2) / (2 * rho))

    def sample(self, sample_shape: Any = ()) -> Any:
        """Samples, by rejection: in double precision, three uniform numbers for each try of each of them."""
        shape = self._extended_shape(sample_shape)
        with torch.no_grad():
            kappa, ratio = self.concentration.double(), self._ratio
            angles, done = torch.empty(shape, dtype=torch.double), torch.zeros(shape, dtype=torch.bool)
            while not done.all():
                first, second, third = torch.rand((3, *shape), dtype=torch.double).unbind()
                z = torch.cos(math.pi * first)
                cosine = (1 + ratio * z) / (ratio + z)
                c = kappa * (ratio - cosine)
                accepted = (c * (2 - c) - second > 0) | ((c / second).log() + 1 - c >= 0)
                angles = torch.where(accepted, (third - 0.5).sign() * cosine.acos(), angles)
                done = done | accepted
            return ((angles + math.pi + self.loc.double()) % (2 * math.pi) - math.pi).to(self.loc.dtype)

    mean = property(lambda self: self.loc)
    mode = property(lambda self: self.loc)

    @lazy_property
    def variance(self) -> Any:
        """The circular variance."""
        return 1 - torch.special.i1e(self.concentration) / torch.special.i0e(self.concentration)
