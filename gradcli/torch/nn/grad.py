"""`torch.nn.grad`: the gradients of convolutions by their inputs and by their weights, without a graph at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradcli.torch as torch

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def _by_input(dims: int) -> Callable[..., Any]:
    def gradient(
        input_size: Any, weight: Any, grad_output: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
    ) -> Any:
        x = torch.zeros(tuple(input_size), dtype=grad_output.dtype, requires_grad=True)
        return _slope(dims, x, weight, x, grad_output, (stride, padding, dilation, groups))

    return _named(gradient, f"conv{dims}d_input", "The gradient by an input of this size.")


def _by_weight(dims: int) -> Callable[..., Any]:
    def gradient(
        input: Any, weight_size: Any, grad_output: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
    ) -> Any:
        weight = torch.zeros(tuple(weight_size), dtype=grad_output.dtype, requires_grad=True)
        return _slope(dims, input, weight, weight, grad_output, (stride, padding, dilation, groups))

    return _named(gradient, f"conv{dims}d_weight", "The gradient by a weight of this size.")


def _slope(dims: int, x: Any, weight: Any, target: Any, grad_output: Any, options: tuple[Any, ...]) -> Any:
    stride, padding, dilation, groups = options
    with torch.enable_grad():
        out = getattr(torch.nn.functional, f"conv{dims}d")(x, weight, None, stride, padding, dilation, groups)
        (found,) = torch.autograd.grad(out, target, grad_output, create_graph=grad_output.requires_grad)
    return found


def _named(made: Callable[..., Any], name: str, doc: str) -> Callable[..., Any]:
    made.__name__ = made.__qualname__ = name
    made.__doc__ = doc
    return made


conv1d_input, conv2d_input, conv3d_input = map(_by_input, (1, 2, 3))
conv1d_weight, conv2d_weight, conv3d_weight = map(_by_weight, (1, 2, 3))
