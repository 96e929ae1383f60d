"""Functions of `torch.nn.functional` for which the table has no row (yet): each is put together from rows.

`functional` asks here only where the table has nothing of a name.  The functions of the graph go by PyTorch's names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradcli.torch as torch
from gradcli.torch._naming import renamed

# --- normalization --------------------------------------------------------------------------------------------------


def rms_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """Divided by the root mean square over the last dimensions.  Raises RuntimeError."""
    dims = [-place - 1 for place in range(len(normalized_shape))]
    if list(input.shape[input.dim() - len(dims) :]) != list(normalized_shape):
        raise RuntimeError(
            f"Given normalized_shape={list(normalized_shape)}, expected input with shape [*, "
            f"{', '.join(map(str, normalized_shape))}], but got input of size{list(input.shape)}"
        )
    eps = torch.finfo(input.dtype).eps if eps is None else eps
    out = input * torch.rsqrt(input.pow(2).mean(dims, keepdim=True) + eps)
    return out if weight is None else out * weight


# --- channels and pixels --------------------------------------------------------------------------------------------


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """(*, C r², H, W) -> (*, C, H r, W r)."""
    r = upscale_factor
    *lead, channels, height, width = input.shape
    parts = input.reshape(*lead, channels // (r * r), r, r, height, width)
    n = len(lead)
    order = [*range(n), n, n + 3, n + 1, n + 4, n + 2]
    out = parts.permute(order).reshape(*lead, channels // (r * r), height * r, width * r)
    return renamed(out, "PixelShuffleBackward0")


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """The reverse."""
    r = downscale_factor
    *lead, channels, height, width = input.shape
    parts = input.reshape(*lead, channels, height // r, r, width // r, r)
    n = len(lead)
    order = [*range(n), n, n + 2, n + 4, n + 1, n + 3]
    out = parts.permute(order).reshape(*lead, channels * r * r, height // r, width // r)
    return renamed(out, "PixelUnshuffleBackward0")


def channel_shuffle(input: Any, groups: int) -> Any:
    """Channels of (N, C, *) in another order: the first of each group, the second of each, ..."""
    count, channels = input.shape[:2]
    parts = input.reshape(count, groups, channels // groups, *input.shape[2:])
    return renamed(parts.transpose(1, 2).reshape(input.shape), "ChannelShuffleBackward0")


# --- losses ---------------------------------------------------------------------------------------------------------


def _reduced(loss: Any, reduction: str, name: str) -> Any:
    return renamed(loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum(), name)


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean over the other classes of `max(0, margin - x[target] + x)**p`."""
    rows, classes = torch.atleast_2d(input), torch.atleast_1d(target)
    own = rows.gather(1, classes.unsqueeze(1))
    missing = (margin - own + rows).clamp(min=0).pow(p)
    missing = missing if weight is None else missing * weight[classes].unsqueeze(1)
    others = torch.ones_like(missing).scatter(1, classes.unsqueeze(1), 0.0)
    loss = (missing * others).sum(1) / rows.size(1)
    return _reduced(loss if input.dim() > 1 else loss.squeeze(0), reduction, "MultiMarginLossBackward0")


def multilabel_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """The mean over pairs of a target and another class of `max(0, 1 - x[target] + x[other])`; targets end at -1."""
    rows, classes = torch.atleast_2d(input), torch.atleast_2d(target)
    listed = (classes < 0).long().cumsum(1) == 0
    chosen = torch.zeros_like(rows).scatter_add(1, classes.clamp(min=0), listed.to(rows.dtype)) > 0
    own = rows.gather(1, classes.clamp(min=0))
    pairs = (1 - own.unsqueeze(2) + rows.unsqueeze(1)).clamp(min=0)
    counted = listed.unsqueeze(2) & ~chosen.unsqueeze(1)
    loss = (pairs * counted.to(rows.dtype)).sum((1, 2)) / rows.size(1)
    return _reduced(loss if input.dim() > 1 else loss.squeeze(0), reduction, "MultilabelMarginLossBackward0")


# --- embeddings -----------------------------------------------------------------------------------------------------


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """Sums, means or maxima of rows in bags: (B, N), or (N,) with the offset of each bag.  Raises ValueError."""
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences."
            )
        bags, weights = list(input), None if per_sample_weights is None else list(per_sample_weights)
    else:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        starts = offsets.tolist()
        ends = starts[1:] if include_last_offset else [*starts[1:], len(input)]
        sizes = [end - start for start, end in zip(starts, ends)]
        bags = list(input.split(sizes))
        weights = None if per_sample_weights is None else list(per_sample_weights.split(sizes))
    out = []
    for place, bag in enumerate(bags):
        scale = None if weights is None else weights[place]
        if padding_idx is not None:
            kept = bag != padding_idx
            bag, scale = bag[kept], None if scale is None else scale[kept]
        rows = torch.nn.functional.embedding(bag, weight, None, max_norm, norm_type, scale_grad_by_freq)
        rows = rows if scale is None else rows * scale.unsqueeze(1)
        empty = len(bag) == 0
        out.append(rows.sum(0) if empty or mode == "sum" else rows.mean(0) if mode == "mean" else rows.max(0)[0])
    return renamed(torch.stack(out), "EmbeddingBagBackward0")
