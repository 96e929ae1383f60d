"""Convolution and pooling over three dimensions, put together from what is done to their slices along the first."""

from __future__ import annotations

import math
from typing import Any

import gradcli.torch as torch
from gradcli.torch._naming import renamed
from gradcli.torch.nn.modules.layer import repeated


def _frames(x: Any, first: int, count: int, step: int) -> Any:
    """So many slices along the depth of (N, C, D, H, W), as one batch of images."""
    picked = x[:, :, first : first + (count - 1) * step + 1 : step]
    return picked.transpose(1, 2).flatten(0, 1)


def _volume(frames: Any, count: int) -> Any:
    """Images as (N, C, D, H, W) again."""
    return frames.unflatten(0, (-1, count)).transpose(1, 2)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Cross-correlation over (N, C, D, H, W): for each slice of the kernel one over images, added up."""
    functional = torch.nn.functional
    kernel = tuple(weight.shape[2:])
    stride, dilation = repeated(stride, 3), repeated(dilation, 3)
    unbatched = input.dim() == 4
    x = input.unsqueeze(0) if unbatched else input
    if isinstance(padding, str):
        spans = [d * (k - 1) if padding == "same" else 0 for d, k in zip(dilation, kernel)]
        margins = [(span // 2, span - span // 2) for span in spans]
    else:
        margins = [(each, each) for each in repeated(padding, 3)]
    x = functional.pad(x, [each for pair in reversed(margins) for each in pair])
    count = (x.size(2) - dilation[0] * (kernel[0] - 1) - 1) // stride[0] + 1
    out = None
    for slice_ in range(kernel[0]):
        frames = _frames(x, slice_ * dilation[0], count, stride[0])
        part = functional.conv2d(frames, weight[:, :, slice_], None, stride[1:], 0, dilation[1:], groups)
        out = part if out is None else out + part
    out = _volume(out, count)
    out = out if bias is None else out + bias.view(-1, 1, 1, 1)
    out = renamed(out, "ConvolutionBackward0")
    return out.squeeze(0) if unbatched else out


def _pooled(
    input: Any, depth: tuple[int, int, int, int], fill: float, ceil_mode: bool, pool: Any
) -> tuple[list[Any], Any, int]:
    """What `pool` makes of the images in each place of the windows' depth, and the first slice of each of these places."""
    size, step, margin, dilation = depth
    unbatched = input.dim() == 4
    x = input.unsqueeze(0) if unbatched else input
    room = x.size(2) + 2 * margin - dilation * (size - 1) - 1
    count = (math.ceil(room / step) if ceil_mode else room // step) + 1
    if ceil_mode and (count - 1) * step >= x.size(2) + margin:
        count -= 1
    needed = (count - 1) * step + dilation * (size - 1) + 1
    x = torch.nn.functional.pad(x, [0, 0, 0, 0, margin, max(needed - x.size(2) - margin, 0)], value=fill)
    parts = [pool(_frames(x, place * dilation, count, step)) for place in range(size)]
    return parts, unbatched, count


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The greatest of each window of (N, C, D, H, W), and where it stands."""
    kernel, padding, dilation = (repeated(x, 3) for x in (kernel_size, padding, dilation))
    stride = kernel if stride is None else repeated(stride, 3)

    def pool(frames: Any) -> Any:
        return torch.nn.functional.max_pool2d(
            frames, kernel[1:], stride[1:], padding[1:], dilation[1:], ceil_mode, return_indices=True
        )

    depth = (kernel[0], stride[0], padding[0], dilation[0])
    parts, unbatched, count = _pooled(input, depth, -math.inf, ceil_mode, pool)
    values, chosen = torch.stack([_volume(value, count) for value, _ in parts]).max(0)
    out = renamed(values, "MaxPool3DWithIndicesBackward0")
    flat = torch.stack([_volume(place, count) for _, place in parts]).gather(0, chosen.unsqueeze(0)).squeeze(0)
    first = (torch.arange(count) * stride[0] - padding[0]).view(-1, 1, 1)
    indices = (first + chosen * dilation[0]) * (input.size(-2) * input.size(-1)) + flat
    if unbatched:
        out, indices = out.squeeze(0), indices.squeeze(0)
    return (out, indices) if return_indices else out


def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window of (N, C, D, H, W).  Raises NotImplementedError where margins are not to be counted."""
    kernel, padding = repeated(kernel_size, 3), repeated(padding, 3)
    stride = kernel if stride is None else repeated(stride, 3)
    if (not count_include_pad and any(padding)) or ceil_mode:
        raise NotImplementedError("avg_pool3d: margins are counted here: leave count_include_pad=True and ceil_mode=False")

    def pool(frames: Any) -> Any:
        return torch.nn.functional.avg_pool2d(frames, kernel[1:], stride[1:], padding[1:], divisor_override=1)

    parts, unbatched, count = _pooled(input, (kernel[0], stride[0], padding[0], 1), 0.0, False, pool)
    divisor = math.prod(kernel) if divisor_override is None else divisor_override
    out = renamed(_volume(torch.stack(parts).sum(0), count) / divisor, "AvgPool3DBackward0")
    return out.squeeze(0) if unbatched else out


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """The means of windows that cover (N, C, D, H, W) evenly."""
    depth, *plane = repeated(output_size, 3)
    size = input.size(-3)
    depth = size if depth is None else depth
    slices = []
    for at in range(depth):
        window = input.narrow(-3, at * size // depth, -(-(at + 1) * size // depth) - at * size // depth)
        flat = window.mean(-3)
        slices.append(torch.nn.functional.adaptive_avg_pool2d(flat, plane))
    return renamed(torch.stack(slices, -3), "AdaptiveAvgPool3DBackward0")
