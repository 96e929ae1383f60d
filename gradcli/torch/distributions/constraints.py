"""What values parameters and samples may have: each constraint has `check(value)`, True where it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradcli.torch as torch


class Constraint:
    """A set of values; `event_dim` dimensions at the end are checked together."""

    is_discrete = False
    event_dim = 0

    def check(self, value: Any) -> Any:
        """Where a value is in the set."""
        raise NotImplementedError

    def __repr__(self) -> str:
        name = type(self).__name__
        return (name[1:] if name.startswith("_") else name) + "()"


class _Dependent(Constraint):
    """Depends on other parameters, and cannot be checked alone."""

    def check(self, value: Any) -> Any:
        """Raises ValueError."""
        raise ValueError("Cannot determine validity of dependent constraint")


class _DependentProperty(property, _Dependent):
    """A constraint that is a property of a distribution, for it depends on the parameters."""

    def __init__(self, fn: Any = None, *, is_discrete: bool = False, event_dim: int = 0) -> None:
        super().__init__(fn)
        self.is_discrete = is_discrete
        self.event_dim = event_dim

    def __call__(self, fn: Callable[[Any], Any]) -> _DependentProperty:
        return _DependentProperty(fn, is_discrete=self.is_discrete, event_dim=self.event_dim)


class _Where(Constraint):
    """The values for which a function holds."""

    def __init__(self, name: str, holds: Callable[[Any], Any], is_discrete: bool = False, event_dim: int = 0) -> None:
        self._name = name
        self._holds = holds
        self.is_discrete = is_discrete
        self.event_dim = event_dim

    def check(self, value: Any) -> Any:
        """Where it holds."""
        return self._holds(value)

    def __repr__(self) -> str:
        return self._name


def greater_than(lower_bound: Any) -> Constraint:
    """Above a bound."""
    return _Where(f"GreaterThan(lower_bound={lower_bound})", lambda x: lower_bound < x)


def greater_than_eq(lower_bound: Any) -> Constraint:
    """Not below a bound."""
    return _Where(f"GreaterThanEq(lower_bound={lower_bound})", lambda x: lower_bound <= x)


def less_than(upper_bound: Any) -> Constraint:
    """Below a bound."""
    return _Where(f"LessThan(upper_bound={upper_bound})", lambda x: x < upper_bound)


def interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Within bounds."""
    name = f"Interval(lower_bound={lower_bound}, upper_bound={upper_bound})"
    return _Where(name, lambda x: (lower_bound <= x) & (x <= upper_bound))


def half_open_interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Within bounds, the upper excluded."""
    name = f"HalfOpenInterval(lower_bound={lower_bound}, upper_bound={upper_bound})"
    return _Where(name, lambda x: (lower_bound <= x) & (x < upper_bound))


def integer_interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Whole numbers within bounds."""
    name = f"IntegerInterval(lower_bound={lower_bound}, upper_bound={upper_bound})"
    return _Where(name, lambda x: (x % 1 == 0) & (lower_bound <= x) & (x <= upper_bound), True)


def integer_greater_than(lower_bound: Any) -> Constraint:
    """Whole numbers not below a bound."""
    name = f"IntegerGreaterThan(lower_bound={lower_bound})"
    return _Where(name, lambda x: (x % 1 == 0) & (x >= lower_bound), True)


def multinomial(upper_bound: Any) -> Constraint:
    """Counts that add up to a number."""
    return _Where("Multinomial()", lambda x: (x >= 0).all(dim=-1) & (x.sum(dim=-1) <= upper_bound), True, 1)


class independent(Constraint):
    """A constraint of which the last dimensions are checked together."""

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        self.is_discrete = base_constraint.is_discrete
        self.event_dim = base_constraint.event_dim + reinterpreted_batch_ndims

    def check(self, value: Any) -> Any:
        """Where it holds for all of them."""
        result = self.base_constraint.check(value)
        if result.dim() < self.reinterpreted_batch_ndims:
            expected = self.base_constraint.event_dim + self.reinterpreted_batch_ndims
            raise ValueError(f"Expected value.dim() >= {expected} but got {value.dim()}")
        keep = result.dim() - self.reinterpreted_batch_ndims
        return result.reshape(*result.shape[:keep], -1).all(-1)

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


def _symmetric(x: Any) -> Any:
    return torch.isclose(x, x.mT, atol=1e-6).all(-2).all(-1)


def _positive_definite(x: Any) -> Any:
    return _symmetric(x) & (torch.linalg.eigvalsh(x) > 0).all(-1)


def _lower_cholesky(x: Any) -> Any:
    return (x.tril() == x).flatten(-2).all(-1) & (x.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


def _corr_cholesky(x: Any) -> Any:
    close = torch.finfo(x.dtype).eps * x.size(-1) * 10
    return _lower_cholesky(x) & ((torch.linalg.norm(x, dim=-1) - 1).abs() < close).all(-1)


def _simplex(x: Any) -> Any:
    return (x >= 0).all(dim=-1) & ((x.sum(-1) - 1).abs() < 1e-6)


dependent = _Dependent()
dependent_property = _DependentProperty
boolean = _Where("Boolean()", lambda x: (x == 0) | (x == 1), True)
one_hot = _Where("OneHot()", lambda x: ((x == 0) | (x == 1)).all(-1) & (x.sum(-1) == 1), True, 1)
nonnegative_integer = integer_greater_than(0)
positive_integer = integer_greater_than(1)
real = _Where("Real()", lambda x: x == x)
real_vector = independent(real, 1)
positive = greater_than(0.0)
nonnegative = greater_than_eq(0.0)
unit_interval = interval(0.0, 1.0)
simplex = _Where("Simplex()", _simplex, event_dim=1)
lower_triangular = _Where("LowerTriangular()", lambda x: (x.tril() == x).flatten(-2).all(-1), event_dim=2)
lower_cholesky = _Where("LowerCholesky()", _lower_cholesky, event_dim=2)
corr_cholesky = _Where("CorrCholesky()", _corr_cholesky, event_dim=2)
symmetric = _Where("Symmetric()", _symmetric, event_dim=2)
positive_definite = _Where("PositiveDefinite()", _positive_definite, event_dim=2)
square = _Where("Square()", lambda x: torch.full(x.shape[:-2], x.shape[-2] == x.shape[-1]), event_dim=2)


def is_dependent(constraint: Any) -> bool:
    """Whether a constraint cannot be checked alone."""
    return isinstance(constraint, _Dependent)
