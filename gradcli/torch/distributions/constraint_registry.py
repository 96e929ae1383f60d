"""Transforms of real numbers into a constraint: `biject_to` with an inverse, `transform_to` whatever is of use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gradcli.torch.distributions import constraints, joined_transforms, transforms, vector_transforms
from gradcli.torch.distributions.number_transforms import AffineTransform, ExpTransform, SigmoidTransform

Factory = Callable[[Any], Any]


class ConstraintRegistry:
    """By the class of a constraint, a function that gives a transform to it."""

    def __init__(self) -> None:
        self._registry: dict[type, Factory] = {}

    def register(self, constraint: Any, factory: Factory | None = None) -> Any:
        """Give the function of a class of constraints, by call or as a decorator.  Raises TypeError."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not isinstance(kind, type) or not issubclass(kind, constraints.Constraint):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        """The transform.  Raises NotImplementedError."""
        try:
            factory = self._registry[type(constraint)]
        except KeyError:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints") from None
        return factory(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def _to_real(constraint: Any) -> Any:
    return transforms.identity_transform


def _to_positive(constraint: Any) -> Any:
    return transforms.ComposeTransform([ExpTransform(), AffineTransform(constraint.lower_bound, 1)])


def _to_less_than(constraint: Any) -> Any:
    return transforms.ComposeTransform([ExpTransform(), AffineTransform(constraint.upper_bound, -1)])


def _to_interval(constraint: Any) -> Any:
    low, high = constraint.lower_bound, constraint.upper_bound
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and (low, high) == (0, 1):
        return SigmoidTransform()
    return transforms.ComposeTransform([SigmoidTransform(), AffineTransform(low, high - low)])


def _to_independent(registry: ConstraintRegistry, constraint: Any) -> Any:
    base = registry(constraint.base_constraint)
    return vector_transforms.IndependentTransform(base, constraint.reinterpreted_batch_ndims)


def _to_cat(registry: ConstraintRegistry, constraint: Any) -> Any:
    return joined_transforms.CatTransform([registry(each) for each in constraint.cseq], constraint.dim, constraint.lengths)


def _to_stack(registry: ConstraintRegistry, constraint: Any) -> Any:
    return joined_transforms.StackTransform([registry(each) for each in constraint.cseq], constraint.dim)


_MADE_OF_OTHERS: dict[Any, Callable[..., Any]] = {
    constraints.independent: _to_independent,
    constraints.cat: _to_cat,
    constraints.stack: _to_stack,
}
_FOR_BOTH: dict[Any, Factory] = {
    constraints.real: _to_real,
    constraints.positive: _to_positive,
    constraints.nonnegative: _to_positive,
    constraints.less_than: _to_less_than,
    constraints.interval: _to_interval,
    constraints.half_open_interval: _to_interval,
    constraints.corr_cholesky: lambda constraint: joined_transforms.CorrCholeskyTransform(),
}
_WITHOUT_INVERSE: dict[Any, Factory] = {
    constraints.simplex: lambda constraint: vector_transforms.SoftmaxTransform(),
    constraints.lower_cholesky: lambda constraint: vector_transforms.LowerCholeskyTransform(),
    constraints.positive_definite: lambda constraint: vector_transforms.PositiveDefiniteTransform(),
    constraints.positive_semidefinite: lambda constraint: vector_transforms.PositiveDefiniteTransform(),
}
for _registry in (biject_to, transform_to):
    for _known, _made in _MADE_OF_OTHERS.items():
        _registry.register(_known, partial(_made, _registry))
    for _known, _factory in _FOR_BOTH.items():
        _registry.register(_known, _factory)
biject_to.register(constraints.simplex, lambda constraint: vector_transforms.StickBreakingTransform())
for _known, _factory in _WITHOUT_INVERSE.items():
    transform_to.register(_known, _factory)
