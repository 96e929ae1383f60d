"""Transforms of real numbers into a constraint: `biject_to` with an inverse, `transform_to` whatever is of use."""

from __future__ import annotations

from typing import Any

from gradcli.torch.distributions import constraints, transforms, vector_transforms


def _to(constraint: Any, unbounded: Any) -> Any:
    shown = repr(constraint)
    if isinstance(constraint, constraints.independent):
        base = _to(constraint.base_constraint, unbounded)
        return vector_transforms.IndependentTransform(base, constraint.reinterpreted_batch_ndims)
    name, _, rest = shown.partition("(")
    bounds = [float(part.partition("=")[2]) for part in rest.rstrip(")").split(", ")] if "=" in rest else []
    if name == "Real":
        return transforms.identity_transform
    if name in ("GreaterThan", "GreaterThanEq"):
        return transforms.ComposeTransform([transforms.ExpTransform(), transforms.AffineTransform(bounds[0], 1)])
    if name == "LessThan":
        return transforms.ComposeTransform([transforms.ExpTransform(), transforms.AffineTransform(bounds[0], -1)])
    if name in ("Interval", "HalfOpenInterval"):
        low, high = bounds
        if (low, high) == (0.0, 1.0):
            return transforms.SigmoidTransform()
        return transforms.ComposeTransform([transforms.SigmoidTransform(), transforms.AffineTransform(low, high - low)])
    if name == "Simplex":
        return unbounded()
    if name == "LowerCholesky":
        return vector_transforms.LowerCholeskyTransform()
    if name == "CorrCholesky":
        from gradcli.torch.distributions.joined_transforms import CorrCholeskyTransform  # few programs ask for it

        return CorrCholeskyTransform()
    raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")


def biject_to(constraint: Any) -> Any:
    """A bijection from real numbers to a constraint.  Raises NotImplementedError."""
    return _to(constraint, vector_transforms.StickBreakingTransform)


def transform_to(constraint: Any) -> Any:
    """A function from real numbers to a constraint.  Raises NotImplementedError."""
    return _to(constraint, vector_transforms.SoftmaxTransform)
