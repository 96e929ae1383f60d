"""Sampling an image at the points of a grid: `affine_grid` and `grid_sample`, put together from rows.

A sample is a weighted sum over the corners of the cell that its point lies in, so that one way serves images and volumes.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import gradcli.torch as torch
from gradcli.torch._boundary import failure
from gradcli.torch._naming import renamed
from gradcli.torch._warnings import warn_once

_ALIGN = (
    "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
    "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details."
)


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """The points of an image of a size (N, C, H, W), or (N, C, D, H, W), after affine maps.

    theta   (N, 2, 3), or (N, 3, 4) for volumes
    Gives (N, H, W, 2), or (N, D, H, W, 3), whose last dimension is x, y, (z).  Raises ValueError.
    """
    if align_corners is None:
        warn_once(_ALIGN)
    lengths = tuple(size)[2:]
    if theta.dim() != 3 or tuple(theta.shape[1:]) != (len(lengths), len(lengths) + 1):
        dims = len(lengths)
        wanted = f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size {tuple(size)}."
        raise failure("ValueError", f"{wanted} Got {theta.shape}.")
    axes = [_axis(length, bool(align_corners), theta.dtype) for length in lengths]
    points = [*reversed(torch.meshgrid(*axes, indexing="ij")), torch.ones(lengths, dtype=theta.dtype)]
    flat = torch.stack(points, -1).view(1, -1, len(points)).expand(theta.shape[0], -1, -1)
    out = flat.bmm(theta.transpose(1, 2)).view(theta.shape[0], *lengths, len(lengths))
    return renamed(out, "AffineGridGeneratorBackward0")


def _axis(length: int, align_corners: bool, dtype: Any) -> Any:
    if length <= 1:
        return torch.zeros(length, dtype=dtype)
    axis = torch.linspace(-1, 1, length, dtype=dtype)
    return axis if align_corners else axis * (length - 1) / length


def grid_sample(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Any:
    """What an image is at points, of which the borders are -1 and 1.

    input   (N, C, H, W), or (N, C, D, H, W)
    grid    (N, H', W', 2), or (N, D', H', W', 3): x, y, (z)
    mode    bilinear, nearest;  padding_mode  zeros, border, reflection
    Gives (N, C, H', W'), or (N, C, D', H', W').  Raises ValueError.
    """
    if mode not in ("bilinear", "nearest"):
        raise failure(
            "ValueError",
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'",
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise failure(
            "ValueError",
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'",
        )
    if align_corners is None:
        warn_once(_ALIGN)
    lengths = input.shape[2:]
    places = [_place(grid[..., -1 - dim], length, padding_mode, bool(align_corners)) for dim, length in enumerate(lengths)]
    flat, out = input.flatten(2), 0
    if mode == "nearest":
        out = _picked(flat, [place.round() for place in places], lengths)
        if grid.requires_grad:  # which has a gradient of zeros
            out = out + (grid * 0).sum(-1).unsqueeze(1)
    else:
        lower = [place.floor().detach() for place in places]
        for corner in product((0, 1), repeat=len(lengths)):
            weight = 1.0
            for place, low, step in zip(places, lower, corner):
                weight = weight * (place - low if step else low + 1 - place)
            out = out + _picked(flat, [low + step for low, step in zip(lower, corner)], lengths) * weight.unsqueeze(1)  # type: ignore[attr-defined]
    return renamed(out, f"GridSampler{len(lengths)}DBackward0")


def _place(at: Any, length: int, padding_mode: str, align_corners: bool) -> Any:
    """Points between -1 and 1 as places among so many pixels."""
    place = (at + 1) / 2 * (length - 1) if align_corners else ((at + 1) * length - 1) / 2
    if padding_mode == "reflection":
        low, span = (0.0, length - 1.0) if align_corners else (-0.5, float(length))
        if span <= 0:
            return torch.zeros_like(place)
        away = (place - low).abs()
        turns, rest = (away / span).floor().detach(), away % span
        place = torch.where(turns % 2 == 0, rest + low, span - rest + low)
    return place if padding_mode == "zeros" else place.clamp(0, length - 1)


def _picked(flat: Any, places: list[Any], lengths: Any) -> Any:
    """The pixels at whole places, and zeros outside."""
    inside, index = torch.ones_like(places[0], dtype=torch.bool), 0
    for place, length in zip(places, lengths):
        inside = inside & (place >= 0) & (place < length)
        index = index * length + place.detach().clamp(0, length - 1).long()
    spread = index.flatten(1).unsqueeze(1).expand(-1, flat.shape[1], -1)  # type: ignore[attr-defined]
    found = flat.gather(2, spread).view(*flat.shape[:2], *places[0].shape[1:])
    return found * inside.unsqueeze(1).to(flat.dtype)
