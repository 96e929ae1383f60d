"""Gradients kept within bounds, in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import gradcli.torch as torch
from gradcli.torch._warnings import warn


def get_total_norm(tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: Any = None) -> Any:
    """The norm of the norms of tensors.  Raises RuntimeError where it is not finite and this is asked for."""
    found = [tensors] if isinstance(tensors, torch.Tensor) else [*tensors]
    norm_type = float(norm_type)
    if not found:
        return torch.tensor(0.0)
    norms = [torch.linalg.vector_norm(g, norm_type) for g in found]
    total = torch.linalg.vector_norm(torch.stack(norms), norm_type)
    if error_if_nonfinite and torch.logical_or(total.isnan(), total.isinf()):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be clipped. To "
            "disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


def clip_grads_with_norm_(parameters: Any, max_norm: float, total_norm: Any, foreach: Any = None) -> None:
    """Multiply gradients by max_norm / total_norm where that is below 1."""
    factor = torch.clamp(float(max_norm) / (total_norm + 1e-6), max=1.0)
    for g in _gradients(parameters):
        g.mul_(factor)


def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: Any = None,
) -> Any:
    """Shrink the gradients of parameters so that their norm together is at most `max_norm`.  Gives the norm before."""
    found = [parameters] if isinstance(parameters, torch.Tensor) else list(parameters)
    if not found and isinstance(parameters, Iterator):
        warn("`parameters` is an empty generator, no gradient clipping will occur.", UserWarning)
    with torch.no_grad():
        total = get_total_norm(_gradients(found), norm_type, error_if_nonfinite)
        clip_grads_with_norm_(found, max_norm, total)
    return total


def clip_grad_norm(parameters: Any, max_norm: float, norm_type: float = 2.0, **options: Any) -> Any:
    """`clip_grad_norm_`, by its name of old."""
    warn("`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.", FutureWarning)
    return clip_grad_norm_(parameters, max_norm, norm_type, **options)


def clip_grad_value_(parameters: Any, clip_value: float, foreach: Any = None) -> None:
    """Clamp each element of the gradients to [-clip_value, clip_value]."""
    with torch.no_grad():
        for g in _gradients(parameters):
            g.clamp_(min=-float(clip_value), max=float(clip_value))


def _gradients(parameters: Any) -> list[Any]:
    found: Iterable[Any] = [parameters] if isinstance(parameters, torch.Tensor) else parameters
    return [p.grad for p in found if p.grad is not None]
