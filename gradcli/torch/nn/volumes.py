"""Means of windows of volumes, put together from what is done to their slices along the first dimension."""

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
    unbatched = input.dim() == 4
    x = input.unsqueeze(0) if unbatched else input
    x = torch.nn.functional.pad(x, [0, 0, 0, 0, padding[0], padding[0]])
    count = (x.size(2) - kernel[0]) // stride[0] + 1

    def pooled(first: int) -> Any:
        """The sums over the images at one place of each window's depth."""
        frames = _frames(x, first, count, stride[0])
        return torch.nn.functional.avg_pool2d(frames, kernel[1:], stride[1:], padding[1:], divisor_override=1)

    divisor = math.prod(kernel) if divisor_override is None else divisor_override
    sums = torch.stack([pooled(first) for first in range(kernel[0])]).sum(0)
    out = renamed(_volume(sums, count) / divisor, "AvgPool3DBackward0")
    return out.squeeze(0) if unbatched else out
