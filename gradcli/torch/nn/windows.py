"""Windows of images put together from rows that pick elements by index, and add them up there: fold, unfold, unpooling."""

from __future__ import annotations

from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.torch._naming import renamed
from gradcli.torch.nn.modules.layer import repeated


def _places(size: tuple[int, ...], kernel: tuple[int, ...], dilation: tuple[int, ...], stride: tuple[int, ...]) -> Any:
    """For each element of the kernel, and each window, the place in the flat image."""
    lines = []
    for n, k, d, s in zip(size, kernel, dilation, stride):
        starts = np.arange(0, n - d * (k - 1), s)
        lines.append(np.arange(k)[:, None] * d + starts)
    (kh, wh), (kw, ww) = lines[0].shape, lines[1].shape
    places = lines[0][:, None, :, None] * size[1] + lines[1][None, :, None, :]
    return places.reshape(kh * kw, wh * ww)


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """(N, C, H, W) -> (N, C * kernel, windows): the elements of each window as a column."""
    kernel, dilation, padding, stride = (repeated(x, 2) for x in (kernel_size, dilation, padding, stride))
    unbatched = input.dim() == 3
    x = input.unsqueeze(0) if unbatched else input
    x = torch.nn.functional.pad(x, [padding[1], padding[1], padding[0], padding[0]])
    places = _places(tuple(x.shape[2:]), kernel, dilation, stride)
    picked = x.flatten(2).index_select(2, torch.from_numpy(places.reshape(-1)))
    out = renamed(picked.view(x.size(0), x.size(1) * places.shape[0], places.shape[1]), "Im2ColBackward0")
    return out.squeeze(0) if unbatched else out


def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """(N, C * kernel, windows) -> (N, C, H, W): columns added up where the windows were.  Raises RuntimeError."""
    size, kernel, dilation, padding, stride = (repeated(x, 2) for x in (output_size, kernel_size, dilation, padding, stride))
    unbatched = input.dim() == 2
    columns = input.unsqueeze(0) if unbatched else input
    whole = (size[0] + 2 * padding[0], size[1] + 2 * padding[1])
    places = _places(whole, kernel, dilation, stride)
    if columns.size(2) != places.shape[1]:
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={dilation}, padding={padding}, stride={stride}, "
            "expected "
            "size of input's dimension 2 to match the calculated number of sliding blocks, but got "
            f"input.size(2)={columns.size(2)}."
        )
    count, channels = columns.size(0), columns.size(1) // places.shape[0]
    flat = columns.new_zeros(count, channels, whole[0] * whole[1])
    flat = flat.index_add(2, torch.from_numpy(places.reshape(-1)), columns.reshape(count, channels, -1))
    out = flat.view(count, channels, *whole)
    out = out[:, :, padding[0] : padding[0] + size[0], padding[1] : padding[1] + size[1]]
    out = renamed(out, "Col2ImBackward0")
    return out.squeeze(0) if unbatched else out


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


def _adaptive_max(dims: int, input: Any, output_size: Any, return_indices: bool) -> Any:
    """The greatest of windows that cover the input evenly, and where they stand in it."""
    old = tuple(input.shape[-dims:])
    new = tuple([n if wanted is None else wanted for n, wanted in zip(old, repeated(output_size, dims))])
    bounds = [[(at * n // m, -(-(at + 1) * n // m)) for at in range(m)] for n, m in zip(old, new)]
    rows = bounds[0] if dims == 2 else [(0, 1)]
    x = input if dims == 2 else input.unsqueeze(-2)
    values, places = [], []
    for top, bottom in rows:
        for left, right in bounds[-1]:
            value, place = x[..., top:bottom, left:right].flatten(-2).max(-1)
            width = right - left
            values.append(value)
            places.append((top + torch.div(place, width, rounding_mode="floor")) * old[-1] + left + place % width)
    shape = (*input.shape[:-dims], *new)
    out = renamed(torch.stack(values, -1).view(shape), f"AdaptiveMaxPool{dims}DBackward0" if dims > 1 else "SqueezeBackward1")
    return (out, torch.stack(places, -1).view(shape)) if return_indices else out


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """(N, C, L) -> (N, C, output_size)."""
    return _adaptive_max(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """(N, C, H, W) -> (N, C, *output_size)."""
    return _adaptive_max(2, input, output_size, return_indices)
