"""Pieces of the updates, on arrays: each rounds where PyTorch's does, in the parameter's own dtype.

PyTorch's loops multiply and add in one instruction, which rounds once: `add_` with alpha, `addcmul_` and `lerp_` are a
`multiply_add` here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.graph import versions
from gradcli.graph.half_precision import in_dtype, is_half
from gradcli.graph.tensor import from_array


def write(param: Any, values: Any) -> None:
    """Give a parameter new values in place."""
    array = param.ndarray
    array[...] = values if array.dtype.isnative else in_dtype(values, array.dtype)
    versions.changed(array)


def kept(state: dict[str, Any], name: str, like: Any, value: float = 0.0) -> Any:
    """The array that is remembered under a name; at first the same number everywhere."""
    if name not in state:
        state[name] = from_array(np.full_like(like, value))
    return state[name].ndarray


def number() -> Any:
    """An array for a number that is remembered of a parameter: float64 where that is the default, else float32."""
    return np.zeros((), np.float64 if torch.get_default_dtype() == torch.float64 else np.float32)


def count(state: dict[str, Any]) -> float:
    """How many steps there have been, with this one."""
    step = kept(state, "step", number())
    step += 1
    return float(step)


def multiply_add(x: Any, y: Any, z: Any) -> Any:
    """`x + y * z` of float32 (arrays x and z; y an array or a number) as one operation; float64 rounds twice."""
    if is_half(x.dtype):  # of which PyTorch rounds the number, too
        number = np.asarray(in_dtype(y, x.dtype) if isinstance(y, float) else y, np.float32)
        return in_dtype(x.astype(np.float32) + number * z, x.dtype)
    if x.dtype != np.float32:
        return x + y * z
    return (x + np.float64(np.asarray(y, np.float32)) * z).astype(np.float32)


def decayed(grad: Any, param: Any, weight_decay: float) -> Any:
    """The gradient with that of the parameter's squared size."""
    return multiply_add(grad, weight_decay, param) if weight_decay else grad


def move_toward(mean: Any, value: Any, weight: float) -> None:
    """Move a running mean toward a value, in place: `lerp_`."""
    if weight < 0.5:
        mean[...] = multiply_add(mean, weight, value - mean)
    else:
        mean[...] = multiply_add(value, weight - 1, value - mean)


def add_square(mean: Any, grad: Any, keep: float) -> None:
    """Move a running mean of squares toward the gradient's, in place."""
    mean[...] = multiply_add(mean * keep, grad * (1 - keep), grad)


def moments(grad: Any, state: dict[str, Any], betas: tuple[float, float]) -> tuple[Any, Any]:
    """The running means of gradients and of their squares, as Adam and its kin remember them, moved on."""
    mean, squares = kept(state, "exp_avg", grad), kept(state, "exp_avg_sq", grad)
    move_toward(mean, grad, 1 - betas[0])
    add_square(squares, grad, betas[1])
    return mean, squares
