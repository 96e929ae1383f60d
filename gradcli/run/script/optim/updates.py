"""Pieces of the updates, on arrays: each rounds where PyTorch's does, in the parameter's own dtype.

PyTorch's loops multiply and add in one instruction, which rounds once: `add_` with alpha, `addcmul_` and `lerp_` are `fused`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor


def kept(state: dict[str, Any], name: str, like: Any, value: float = 0.0) -> Any:
    """The array that is remembered under a name; at first the same number everywhere."""
    if name not in state:
        state[name] = Tensor(np.full_like(like, value))
    return state[name].array


def count(state: dict[str, Any]) -> float:
    """How many steps there have been, with this one."""
    if "step" not in state:
        state["step"] = Tensor(np.zeros((), np.float32))
    state["step"].array += 1
    return float(state["step"].array)


def fused(x: Any, y: Any, z: Any) -> Any:
    """`x + y * z` of float32 (arrays x and z; y an array or a number) as one operation; float64 rounds twice."""
    if x.dtype != np.float32:
        return x + y * z
    return (x + np.float64(np.asarray(y, np.float32)) * z).astype(np.float32)


def decayed(grad: Any, param: Tensor, weight_decay: float) -> Any:
    """The gradient with that of the parameter's squared size."""
    return fused(grad, weight_decay, param.array) if weight_decay else grad


def move_toward(mean: Any, value: Any, weight: float) -> None:
    """Move a running mean toward a value, in place: `lerp_`."""
    mean[...] = fused(mean, weight, value - mean) if weight < 0.5 else fused(value, weight - 1, value - mean)


def add_square(mean: Any, grad: Any, keep: float) -> None:
    """Move a running mean of squares toward the gradient's, in place."""
    mean[...] = fused(mean * keep, grad * (1 - keep), grad)
