"""What rules and forward functions do alike to tensors, arrays and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor, from_array
from gradcli.graph.types import Array, Cotangent, Operand, Tangent

__all__ = ["Array", "Cotangent", "Operand", "Tangent", "tensor_of", "zeros"]


def zeros(shape: tuple[int, ...], like: Any) -> Any:
    """An array of zeros in the dtype of another; what only stands for arrays makes its own (engine.batch, engine.plan)."""
    return np.zeros(shape, like.dtype) if type(like) is np.ndarray or isinstance(like, np.generic) else like.zeros(shape)


def tensor_of(x: Any) -> Tensor:
    """A composite's operand, which may be a number, as a tensor."""
    return x if isinstance(x, Tensor) else from_array(np.asarray(x))
