"""Unpooling, put together from a row that writes elements by index."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.torch._naming import renamed
from gradcli.torch.nn.modules.layer import repeated


def _unpooled(dims: int, input: Any, indices: Any, kernel: Any, stride: Any, padding: Any, output_size: Any) -> Any:
    """Values at the places that pooling took them from, and zeros elsewhere."""
    kernel, padding = repeated(kernel, dims), repeated(padding, dims)
    stride = kernel if stride is None else repeated(stride, dims)
    lead = input.shape[: input.dim() - dims]
    sizes = [(n - 1) * s - 2 * p + k for n, s, p, k in zip(input.shape[len(lead) :], stride, padding, kernel)]
    sizes = sizes if output_size is None else [*output_size][-dims:]
    flat = input.new_zeros(*lead, torch.Size(sizes).numel())
    start = len(lead)
    out = flat.scatter(start, indices.flatten(start), input.flatten(start)).view(*lead, *sizes)
    return renamed(out, f"MaxUnpool{dims}DBackward0" if dims > 1 else "SqueezeBackward1")


def max_unpool1d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """The reverse of max_pool1d."""
    return _unpooled(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """The reverse of max_pool2d."""
    return _unpooled(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """The reverse of max_pool3d."""
    return _unpooled(3, input, indices, kernel_size, stride, padding, output_size)
