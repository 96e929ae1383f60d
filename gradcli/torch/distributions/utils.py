"""Pieces that distributions share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradcli.torch as torch
import gradcli.torch.nn.functional as F

euler_constant = 0.57721566490153286060  # of Euler and Mascheroni


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """Tensors and numbers as tensors of one shape; numbers take the dtype of the first tensor.  Raises ValueError."""
    if not all(isinstance(v, (torch.Tensor, int, float)) for v in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    like = next((v for v in values if isinstance(v, torch.Tensor)), None)
    dtype = torch.get_default_dtype() if like is None else like.dtype
    made = [v if isinstance(v, torch.Tensor) else torch.tensor(v, dtype=dtype) for v in values]
    return tuple(torch.broadcast_tensors(*made))


def all_numbers(*values: Any) -> bool:
    """Whether no tensor is among the parameters, so that the distribution has no shape."""
    return all(isinstance(v, (int, float)) for v in values)


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    """Probabilities from log odds, or of several classes from unnormalized logarithms."""
    return torch.sigmoid(logits) if is_binary else F.softmax(logits, dim=-1)


def clamp_probs(probs: Any) -> Any:
    """Probabilities that are neither 0 nor 1."""
    eps = torch.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """The other way round."""
    clamped = clamp_probs(probs)
    return torch.log(clamped) - torch.log1p(-clamped) if is_binary else torch.log(clamped)


class lazy_property:
    """A property that is computed once, with gradients, and from then on is an attribute."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with torch.enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


def sum_rightmost(value: Any, dims: int) -> Any:
    """The sum over the last dimensions."""
    return value if dims == 0 else value.reshape(*value.shape[: value.dim() - dims], -1).sum(-1)


def tril_matrix_to_vec(mat: Any, diag: int = 0) -> Any:
    """The elements of lower triangles, row by row, up to a diagonal."""
    size = mat.shape[-1]
    if not (-size <= diag < size):
        raise ValueError(f"diag ({diag}) provided is outside [{-size}, {size - 1}].")
    rows, columns = torch.tril_indices(size, size, diag)
    return mat[..., rows, columns]


def vec_to_tril_matrix(vec: Any, diag: int = 0) -> Any:
    """Matrices with these elements in their lower triangle, zeros elsewhere.  Raises ValueError."""
    size = (-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * vec.shape[-1] + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    if not round(size) - size < torch.finfo(vec.dtype).eps:
        words = "which cannot be expressed as the lower triangular part of a square D x D matrix."
        raise ValueError(f"The size of last dimension is {vec.shape[-1]} {words}")
    matrix = vec.new_zeros((*vec.shape[:-1], round(size), round(size)))
    rows, columns = torch.tril_indices(round(size), round(size), diag)
    matrix[..., rows, columns] = vec
    return matrix
