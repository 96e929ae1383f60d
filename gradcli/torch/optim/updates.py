"""Pieces of the updates, in place: on arrays, each rounding where PyTorch's does, or on tensors, by the operations themselves.

Arrays are quicker.  Tensors it has to be where an update is to be differentiated, and where the dtype has 16 bits, of which
every operation rounds.  PyTorch's loops multiply and add in one instruction, which rounds once: what is `add_` with alpha,
`addcmul_` or `lerp_` there is a `_multiply_add` here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.graph.tensor import Tensor, from_array, is_unstrided

Values = Any  # an array or a tensor
Weight = Any  # a number; for tensors it may be a tensor of one element


def is_tensor(values: Values) -> bool:
    """Whether values are a tensor, and no array or number."""
    return isinstance(values, Tensor)


def kept(state: dict[str, Any], name: str, like: Values, value: float = 0.0) -> Values:
    """What is remembered under a name, an array or a tensor as `like` is; at first the same number everywhere."""
    if is_tensor(like):
        if name not in state:
            state[name] = torch.full_like(like, value)
        return state[name]
    if name not in state:
        state[name] = from_array(np.full_like(like, value))
    return state[name].ndarray


def number(like: Values) -> Values:
    """A zero for what is remembered of a parameter as one number: float64 where that is the default, else float32."""
    zero = np.zeros((), np.float64 if torch.get_default_dtype() == torch.float64 else np.float32)
    return from_array(zero) if is_tensor(like) else zero


def count(state: dict[str, Any]) -> float:
    """How many steps there have been, with this one."""
    if "step" not in state:
        state["step"] = from_array(number(None))
    step = state["step"].ndarray
    step += 1
    return float(step)


def _multiply_add(x: Any, y: Weight, z: Any) -> Any:
    """`x + y * z` of float32 (arrays x and z; y an array or a number) as one operation; float64 rounds twice."""
    if x.dtype != np.float32:
        return x + y * z
    factor = np.float32(y) if type(y) is float else np.asarray(y, np.float32)
    return (x + np.float64(factor) * z).astype(np.float32)


def added(x: Values, y: Values, weight: Weight) -> Values:
    """x + weight * y."""
    return x.add(y, alpha=weight) if is_tensor(x) else _multiply_add(x, weight, y)


def add(x: Values, y: Values, weight: Weight) -> None:
    """Add weight * y to x, in which y may be a sparse array."""
    if not is_tensor(x):
        if is_unstrided(y) and not is_unstrided(x):
            _add_entries(x, y, weight)
        else:
            x[...] = _multiply_add(x, weight, y)
    elif is_tensor(weight) and weight.requires_grad:
        x.addcmul_(y, -weight, value=-1)
    else:
        x.add_(y, alpha=weight)


def _add_entries(x: Any, y: Any, weight: Weight) -> None:
    """Add weight * y to an array, of which y has entries: those of one place one after the other, as PyTorch adds them up."""
    order, starts = y.in_turns()
    for start, stop in zip(starts, [*starts[1:], len(order)]):
        turn = order[start:stop]
        where = tuple(y.indices[:, turn])
        x[where] = _multiply_add(x[where], weight, y.values[turn])


def add_product(x: Values, y: Values, z: Values, weight: float = 1.0) -> None:
    """Add weight * y * z to x."""
    if is_tensor(x):
        x.addcmul_(y, z, value=weight)
    else:
        x[...] = _multiply_add(x, y if weight == 1 else y * weight, z)


def add_quotient(x: Values, y: Values, z: Values, weight: float = 1.0) -> None:
    """Add weight * y / z to x."""
    if is_tensor(x):
        x.addcdiv_(y, z, value=weight)
    else:
        x += (y if weight == 1 else y * weight) / z


def copy(x: Values, y: Values) -> None:
    """Give x the values of y."""
    if is_tensor(x):
        x.copy_(y)
    else:
        x[...] = y


def root(x: Values) -> Values:
    """The square root."""
    return x.sqrt() if is_tensor(x) else np.sqrt(x)


def plus(x: Values, weight: Weight) -> Values:
    """x + a number; in the place of x unless a graph may have saved it."""
    if is_tensor(x) and x.requires_grad:
        return x.add(weight)
    x += weight
    return x


def decayed(grad: Values, param: Values, weight_decay: Weight) -> Values:
    """The gradient with that of the parameter's squared size."""
    return added(grad, param, weight_decay) if weight_decay else grad


def move_toward(mean: Values, value: Values, weight: float) -> None:
    """Move a running mean toward a value: `lerp_`."""
    if is_tensor(mean):
        mean.lerp_(value, weight)
    elif weight < 0.5:
        mean[...] = _multiply_add(mean, weight, value - mean)
    else:
        mean[...] = _multiply_add(value, weight - 1, value - mean)


def add_square(mean: Values, grad: Values, keep: float) -> None:
    """Move a running mean of squares toward the gradient's."""
    mean *= keep
    add_product(mean, grad, grad, 1 - keep)


def moments(grad: Values, state: dict[str, Any], betas: tuple[float, float]) -> tuple[Values, Values]:
    """The running means of gradients and of their squares, as Adam and its kin remember them, moved on."""
    mean, squares = kept(state, "exp_avg", grad), kept(state, "exp_avg_sq", grad)
    move_toward(mean, grad, 1 - betas[0])
    add_square(squares, grad, betas[1])
    return mean, squares
