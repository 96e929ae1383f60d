"""What distributions share that are given by a covariance matrix, by its inverse, or by its lower Cholesky factor."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.torch.distributions.utils import lazy_property


class CovarianceForms:
    """The factor is kept as it was given, and each form is made of it when somebody asks, in the shape of the batch."""

    _unbroadcasted_scale_tril: Any

    def _keep_factor(self, covariance_matrix: Any, precision_matrix: Any, scale_tril: Any) -> None:
        """Keep the factor of the one form that is given."""
        if scale_tril is not None:
            self._unbroadcasted_scale_tril = scale_tril
        elif covariance_matrix is not None:
            self._unbroadcasted_scale_tril = torch.linalg.cholesky(covariance_matrix)
        else:
            self._unbroadcasted_scale_tril = _precision_to_scale_tril(precision_matrix)

    def _matrix_shape(self) -> tuple[int, ...]:
        """The shape of each form."""
        raise NotImplementedError

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower Cholesky factor of the covariance."""
        return self._unbroadcasted_scale_tril.expand(self._matrix_shape())

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        L = self._unbroadcasted_scale_tril
        return torch.matmul(L, L.mT).expand(self._matrix_shape())

    @lazy_property
    def precision_matrix(self) -> Any:
        """Its inverse."""
        return torch.cholesky_inverse(self._unbroadcasted_scale_tril).expand(self._matrix_shape())


def _precision_to_scale_tril(P: Any) -> Any:
    """The lower Cholesky factor of the inverse."""
    flipped = torch.linalg.cholesky(torch.flip(P, (-2, -1)))
    inverse = torch.transpose(torch.flip(flipped, (-2, -1)), -2, -1)
    return torch.linalg.solve_triangular(inverse, torch.eye(P.shape[-1], dtype=P.dtype), upper=False)
