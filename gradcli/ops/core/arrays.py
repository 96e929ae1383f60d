"""What rules and forward functions do alike to tensors, arrays and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor, from_array
from gradcli.graph.types import Array, Cotangent, Operand, Tangent

__all__ = ["Array", "Cotangent", "Operand", "Tangent", "sign_of", "tensor_of", "zeros"]


def zeros(shape: tuple[int, ...], like: Any) -> Any:
    """An array of zeros in the dtype of another; what only stands for arrays makes its own (engine.batch, engine.plan)."""
    return np.zeros(shape, like.dtype) if type(like) is np.ndarray or isinstance(like, np.generic) else like.zeros(shape)


def tensor_of(x: Any) -> Tensor:
    """A composite's operand, which may be a number, as a tensor."""
    return x if isinstance(x, Tensor) else from_array(np.asarray(x))


def sign_of(x: Array) -> Any:
    """x / abs(x), and 0 where x is 0; of real nan, too.  The parts of a complex number are divided each by itself, since one
    may be infinite."""
    if x.dtype.kind != "c":
        return x.copy() if x.dtype.kind == "b" else np.where(x == x, np.sign(x), x.dtype.type(0))
    size = np.abs(x)
    if type(x) is not np.ndarray:  # a batch of them, or a stand-in
        return np.where(size == 0, 0j, x / size)
    out = np.empty_like(x)
    out.real, out.imag = x.real / size, x.imag / size
    out[size == 0] = 0
    return out


_MOST = 1 << 16  # elements: a few milliseconds


def is_small(x: Any) -> bool:
    """Whether this is a bare array of float32 that is computed with PyTorch's roundings, whatever that takes."""
    return isinstance(x, np.ndarray) and x.dtype.char == "f" and x.size <= _MOST


def are_small(*arrays: Any) -> bool:
    """Whether all of these are."""
    return all([is_small(each) for each in arrays])
