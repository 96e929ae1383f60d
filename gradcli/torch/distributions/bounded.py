"""The continuous Bernoulli and the generalized Pareto distribution, sampled by the inverses of their distribution functions.

Both have a parameter at which a formula becomes 0/0: near 1/2, and at 0.  There stand a few terms of a series, and the limit.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import gradcli.torch as torch
import gradcli.torch.nn.functional as F
from gradcli.torch.distributions import constraints
from gradcli.torch.distributions.discrete import BINARY, Binary
from gradcli.torch.distributions.distribution import Distribution, ExponentialFamily
from gradcli.torch.distributions.utils import all_numbers, broadcast_all, clamp_probs


class ContinuousBernoulli(Binary, ExponentialFamily):
    """Numbers x between 0 and 1 with a density proportional to `probs**x * (1 - probs)**(1 - x)` (Loaiza-Ganem et al., 2019).

    lims  between these `probs` counts as 1/2
    """

    arg_constraints: ClassVar[dict[str, Any]] = BINARY
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self, probs: Any = None, logits: Any = None, lims: tuple[float, float] = (0.499, 0.501), validate_args: Any = None
    ) -> None:
        shape, _ = self._set(probs, logits)
        if probs is not None:
            if validate_args and not constraints.unit_interval.check(self.probs).all():
                raise ValueError("The parameter probs has invalid values")
            self.probs = self._param = clamp_probs(self.probs)
        self._lims = lims
        super().__init__(shape, validate_args=validate_args)

    def _expand_into(self, new: Any, batch_shape: Any) -> None:
        super()._expand_into(new, batch_shape)
        new._lims = self._lims

    def _apart(self) -> tuple[Any, Any]:
        """Where the formulas hold, and `probs` there (a number that does no harm elsewhere)."""
        low, high = self._lims
        apart = (self.probs <= low) | (self.probs > high)
        return apart, torch.where(apart, self.probs, low * torch.ones_like(self.probs))

    def _log_norm(self) -> Any:
        apart, p = self._apart()
        low, high = torch.where(p <= 0.5, p, torch.zeros_like(p)), torch.where(p >= 0.5, p, torch.ones_like(p))
        between = torch.where(p <= 0.5, torch.log1p(-2 * low), torch.log(2 * high - 1))
        exact = torch.log(torch.abs(torch.log1p(-p) - torch.log(p))) - between
        x = torch.pow(self.probs - 0.5, 2)
        return torch.where(apart, exact, math.log(2) + (4 / 3 + 104 / 45 * x) * x)

    @property
    def mean(self) -> Any:
        """The mean."""
        apart, p = self._apart()
        x = self.probs - 0.5
        exact = p / (2 * p - 1) + 1 / (torch.log1p(-p) - torch.log(p))
        return torch.where(apart, exact, 0.5 + (1 / 3 + 16 / 45 * torch.pow(x, 2)) * x)

    @property
    def variance(self) -> Any:
        """The variance."""
        apart, p = self._apart()
        x = torch.pow(self.probs - 0.5, 2)
        exact = p * (p - 1) / torch.pow(1 - 2 * p, 2) + 1 / torch.pow(torch.log1p(-p) - torch.log(p), 2)
        return torch.where(apart, exact, 1 / 12 - (1 / 15 - 128 / 945 * x) * x)

    stddev = property(lambda self: torch.sqrt(self.variance))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Samples through which gradients flow."""
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -F.binary_cross_entropy_with_logits(logits, value, reduction="none") + self._log_norm()

    def cdf(self, value: Any) -> Any:
        """The probability of at most a value."""
        if self._validate_args:
            self._validate_sample(value)
        apart, p = self._apart()
        exact = (torch.pow(p, value) * torch.pow(1 - p, 1 - value) + p - 1) / (2 * p - 1)
        within = torch.where(apart, exact, value)
        return torch.where(value <= 0, torch.zeros_like(value), torch.where(value >= 1, torch.ones_like(value), within))

    def icdf(self, value: Any) -> Any:
        """Its inverse."""
        apart, p = self._apart()
        exact = (torch.log1p(-p + value * (2 * p - 1)) - torch.log1p(-p)) / (torch.log(p) - torch.log1p(-p))
        return torch.where(apart, exact, value)

    def entropy(self) -> Any:
        """The entropy."""
        no, yes = torch.log1p(-self.probs), torch.log(self.probs)
        return self.mean * (no - yes) - self._log_norm() - no


class GeneralizedPareto(Distribution):
    """What exceeds a threshold `loc`: exponential where `concentration` is 0, with heavier tails above, bounded below."""

    arg_constraints: ClassVar[dict[str, Any]] = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        shape = torch.Size() if all_numbers(loc, scale, concentration) else self.loc.size()
        super().__init__(shape, validate_args=validate_args)

    def _shape_parameter(self) -> tuple[Any, Any]:
        """Where the concentration is 0, and the concentration elsewhere (1 there)."""
        zero = torch.isclose(self.concentration, torch.zeros_like(self.concentration))
        return zero, torch.where(zero, torch.ones_like(self.concentration), self.concentration)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Samples through which gradients flow."""
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        z = (value - self.loc) / self.scale
        zero, c = self._shape_parameter()
        power = 1 / c + torch.ones_like(z)
        tail = torch.where(power == 0, power, power * torch.log1p(c * z))
        return torch.where(zero, -z, -tail) - torch.log(self.scale)

    def log_survival_function(self, value: Any) -> Any:
        """The logarithm of the probability of more than a value."""
        z = (value - self.loc) / self.scale
        zero, c = self._shape_parameter()
        return torch.where(zero, -z, -torch.log1p(c * z) / c)

    def log_cdf(self, value: Any) -> Any:
        """The logarithm of the probability of at most a value."""
        return torch.log1p(-torch.exp(self.log_survival_function(value)))

    def cdf(self, value: Any) -> Any:
        """The probability of at most a value."""
        if self._validate_args:
            self._validate_sample(value)
        return torch.exp(self.log_cdf(value))

    def icdf(self, value: Any) -> Any:
        """Its inverse."""
        left = torch.log1p(-value)
        zero, c = self._shape_parameter()
        return torch.where(zero, self.loc - self.scale * left, self.loc + self.scale * torch.expm1(-c * left) / c)

    mode = property(lambda self: self.loc)

    @property
    def mean(self) -> Any:
        """The mean; nan where there is none."""
        c = torch.where(self.concentration < 1, self.concentration, 0.5 * torch.ones_like(self.concentration))
        return torch.where(self.concentration < 1, self.loc + self.scale / (1 - c), torch.full_like(c, math.nan))

    @property
    def variance(self) -> Any:
        """The variance; nan where there is none."""
        c = torch.where(self.concentration < 0.5, self.concentration, 0.25 * torch.ones_like(self.concentration))
        exact = self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c))
        return torch.where(self.concentration < 0.5, exact, torch.full_like(c, math.nan))

    def entropy(self) -> Any:
        """The entropy."""
        return (torch.log(self.scale) + self.concentration + 1).expand(self._batch_shape)

    @property
    def support(self) -> Any:
        """From `loc` on; below `loc - scale / concentration` where that is negative."""
        zero, c = self._shape_parameter()
        bound = torch.where(zero, torch.full_like(self.loc, math.inf), self.loc - self.scale / c)
        upper = torch.where(self.concentration < 0, bound, torch.full_like(self.loc, math.inf))
        return constraints.interval(self.loc, upper)
