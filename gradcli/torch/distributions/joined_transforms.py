"""Changes of variables part by part, and of vectors to Cholesky factors of correlation matrices."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import gradcli.torch as torch
import gradcli.torch.nn.functional as F
from gradcli.torch.distributions import constraints
from gradcli.torch.distributions.transforms import Transform


class CatTransform(Transform):
    """One transform after the other along a dimension, each for so many elements as `lengths` says."""

    def __init__(self, tseq: Sequence[Any], dim: int = 0, lengths: Sequence[int] | None = None, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.transforms, self.dim = list(tseq), dim
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        self.bijective = all(each.bijective for each in self.transforms)
        self.domain = constraints.cat([each.domain for each in self.transforms], dim, self.lengths)
        self.codomain = constraints.cat([each.codomain for each in self.transforms], dim, self.lengths)

    def _apart(self, x: Any) -> list[Any]:
        return list(x.split(self.lengths, self.dim))

    def _call(self, x: Any) -> Any:
        return torch.cat([transform(part) for transform, part in zip(self.transforms, self._apart(x))], self.dim)

    def _inverse(self, y: Any) -> Any:
        return torch.cat([transform.inv(part) for transform, part in zip(self.transforms, self._apart(y))], self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |dy/dx|, part by part."""
        parts = zip(self.transforms, self._apart(x), self._apart(y))
        return torch.cat([transform.log_abs_det_jacobian(*pair) for transform, *pair in parts], self.dim)


class StackTransform(Transform):
    """A transform for each slice along a dimension."""

    def __init__(self, tseq: Sequence[Any], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.transforms, self.dim = list(tseq), dim
        self.bijective = all(each.bijective for each in self.transforms)
        self.domain = constraints.stack([each.domain for each in self.transforms], dim)
        self.codomain = constraints.stack([each.codomain for each in self.transforms], dim)

    def _slices(self, x: Any, function: Callable[..., Any], *others: Any) -> Any:
        parts = zip(self.transforms, *[each.unbind(self.dim) for each in (x, *others)])
        return torch.stack([function(transform)(*slices) for transform, *slices in parts], self.dim)

    def _call(self, x: Any) -> Any:
        return self._slices(x, lambda transform: transform)

    def _inverse(self, y: Any) -> Any:
        return self._slices(y, lambda transform: transform.inv)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |dy/dx|, slice by slice."""
        return self._slices(x, lambda transform: transform.log_abs_det_jacobian, y)


def _as_triangle(x: Any, size: int, diagonal: int) -> Any:
    """A matrix with the elements of a vector row by row up to a diagonal, zeros elsewhere."""
    made = x.new_zeros((*x.shape[:-1], size, size))
    rows, columns = torch.tril_indices(size, size, diagonal)
    made[..., rows, columns] = x
    return made


def _triangle(y: Any, diagonal: int) -> Any:
    """The elements of a matrix up to a diagonal, row by row."""
    rows, columns = torch.tril_indices(y.shape[-1], y.shape[-1], diagonal)
    return y[..., rows, columns]


class CorrCholeskyTransform(Transform):
    """D * (D - 1) / 2 real numbers to the Cholesky factor of a correlation matrix of order D.

    Each row is a unit vector, of which tanh of the numbers gives the shares of what is left, with their signs (Lewandowski,
    Kurowicka and Joe, Journal of Multivariate Analysis 100, 2009).
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Any) -> Any:
        tiny = torch.finfo(x.dtype).eps
        shares = torch.tanh(x).clamp(min=-1 + tiny, max=1 - tiny)
        size = round((0.25 + 2 * x.shape[-1]) ** 0.5 + 0.5)
        matrix = _as_triangle(shares, size, -1)
        left = (1 - matrix**2).sqrt().cumprod(-1)
        return (matrix + torch.eye(size, dtype=x.dtype)) * F.pad(left[..., :-1], [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        left = F.pad((1 - torch.cumsum(y * y, dim=-1))[..., :-1], [1, 0], value=1)
        share = _triangle(y, -1) / _triangle(left, -1).sqrt()
        return (share.log1p() - share.neg().log1p()) / 2

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |dy/dx|."""
        left = _triangle(1 - (y * y).cumsum(dim=-1), -2)
        return 0.5 * left.log().sum(-1) + -2 * (x + F.softplus(-2 * x) - math.log(2.0)).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        """The shape of the result."""
        size = round((0.25 + 2 * shape[-1]) ** 0.5 + 0.5)
        if size * (size - 1) // 2 != shape[-1]:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return (*shape[:-1], size, size)

    def inverse_shape(self, shape: Any) -> Any:
        """The shape of an argument."""
        return (*shape[:-2], shape[-1] * (shape[-1] - 1) // 2)
