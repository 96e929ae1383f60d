"""`x.view(dtype)`: the memory of a tensor read as numbers of another kind, which no gradient goes through."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import conjugates
from gradcli.graph.half_precision import BFLOAT16
from gradcli.graph.tensor import Tensor, from_array
from gradcli.graph.types import Array
from gradcli.ops.core.dtypes import scalar_name
from gradcli.ops.movement.as_strided import offset_of

_HALF = 16  # the bits of a bfloat16, which are the first ones of a float32


def as_kind(x: Tensor, kind: np.dtype[Any]) -> Tensor:
    """The same memory as numbers of a dtype; bfloat16, which NumPy lacks, is copied.  Raises Problem.

    Where those have another size, the last dimension grows or shrinks.
    """
    if conjugates.is_conj(x.ndarray):
        words = "torch.Tensor.view is not supported for conjugate view tensors when converting to a different dtype."
        raise Problem("dtype", words, hint="x.resolve_conj() is a copy that has no conjugate bit")
    array = _bits_of_bfloat16(x.ndarray) if x.ndarray.dtype == BFLOAT16 else x.ndarray
    target = np.dtype(np.uint16) if kind == BFLOAT16 else kind
    _check(x, array, target, f"view {scalar_name(x.ndarray.dtype)} as {scalar_name(kind)} (different element sizes)")
    seen = array.view(target)
    return from_array(_from_bits(seen) if kind == BFLOAT16 else seen)


def _check(x: Tensor, array: Array, kind: np.dtype[Any], purpose: str) -> None:
    """Refuse numbers of another size where they would not lie one behind the other.  Raises Problem."""
    own, other = array.itemsize, kind.itemsize
    if own == other:
        return
    if not array.ndim:
        raise Problem("dimension", f"self.dim() cannot be 0 to {purpose}", hint="x.reshape(1) has a dimension")
    last = array.strides[-1] // own
    if last != 1 and array.shape[-1] > 1:
        raise Problem("layout", f"self.stride(-1) must be 1 to {purpose}, but got {last}", hint="x.contiguous() has that")
    ratio = other // own
    if ratio > 1:
        steps = [step // own for step in array.strides[:-1]]
        found = {"size(-1)": array.shape[-1], "storage_offset()": offset_of(x.ndarray)}
        found |= {f"stride({dim})": step for dim, step in enumerate(steps) if array.shape[dim] > 1}
        for name, number in found.items():
            if number % ratio:
                raise Problem("layout", f"self.{name} must be divisible by {ratio} to {purpose}, but got {number}")


def _bits_of_bfloat16(array: Array) -> Array:
    return (array.astype(np.float32).view(np.uint32) >> _HALF).astype(np.uint16)


def _from_bits(bits: Array) -> Array:
    return (bits.astype(np.uint32) << _HALF).view(np.float32).astype(BFLOAT16)
