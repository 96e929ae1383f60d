"""What layer_norm and batch_norm refuse: inputs and parameters that do not fit together."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half, name_of
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.dtypes import not_implemented

Dimensions = tuple[int, ...]
BATCHES = "the dimensions are the batch, the channels, and the places"


def check_kinds(x: Tensor, *parameters: Any) -> None:
    """Refuse parameters of another dtype; those of floats of 16 bits may be float32.  Raises Problem."""
    kind = x.ndarray.dtype
    for each in parameters:
        own = kind if each is None else each.ndarray.dtype
        if own != kind and not (is_half(kind) and own == np.float32):
            what = (
                "all inputs must share same datatype." if own == np.float32 else "expect parameter to have scalar type of Float"
            )
            raise Problem("dtype", f"mixed dtype (CPU): {what}", hint=f"convert one of them, as in weight.to({name_of(kind)})")


def check_layer(x: Tensor, shape: Dimensions, weight: Operand | None, bias: Operand | None) -> None:
    """Refuse what does not fit together.  Raises Problem."""
    if not shape:
        words = "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element"
        raise Problem("shape-mismatch", f"{words}, but got normalized_shape = []")
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given.shape != shape:
            words = f"Expected {name} to be of same shape as normalized_shape"
            raise Problem(
                "shape-mismatch", f"{words}, but got {name} of shape {list(given.shape)} and normalized_shape = {list(shape)}"
            )
    if x.shape[-len(shape) :] != shape:
        words = f"Given normalized_shape={list(shape)}, expected input with shape [*, {', '.join(map(str, shape))}]"
        raise Problem("shape-mismatch", f"{words}, but got input of size{list(x.shape)}")
    if x.ndarray.dtype.kind != "f":
        raise not_implemented("LayerNormKernelImpl", x.ndarray.dtype)
    check_kinds(x, weight, bias)


def check_batch(
    x: Tensor, running_mean: Any, running_var: Any, weight: Operand | None, bias: Operand | None, training: bool
) -> None:
    """Refuse what does not fit together.  Raises Problem."""
    if training and not x.ndim:
        raise Problem("dimension", "tuple index out of range", type="IndexError", hint=BATCHES)
    channels = x.shape[1] if x.ndim > 1 else 0
    if training and x.ndarray.size == channels > 0:
        words = f"Expected more than 1 value per channel when training, got input size torch.Size({list(x.shape)})"
        raise Problem("shape-mismatch", words, type="ValueError", hint="the variance of one value is 0")
    if not x.ndarray.size:
        return  # PyTorch looks at nothing more
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    for name, each in given.items():
        if each is not None and each.ndarray.size != channels:
            raise Problem("shape-mismatch", f"{name} should contain {channels} elements not {each.ndarray.size}", hint=BATCHES)
        if each is None and name.startswith("running") and not training:
            raise Problem("argument", f"{name} must be defined in evaluation mode", hint="or pass training=True")
    if x.ndarray.dtype.kind != "f":
        raise not_implemented("batch_norm", x.ndarray.dtype)
    check_kinds(x, weight, bias, running_mean, running_var)
