"""Channels that become places, places that become channels, and channels in another order.

With n examples, c channels and a factor r: pixel_shuffle takes [n, c * r * r, h, w] to [n, c, h * r, w * r] (Shi et al., 2016).
"""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import Operation, composite, linear
from gradcli.ops.core.table import family

family("shapes")


def _to_places(x: Operand, /, factor: int) -> Any:
    *lead, channels, high, wide = x.shape
    count = channels // factor**2
    parts = x.reshape(*lead, count, factor, factor, high, wide)
    at = len(lead)
    order = (*range(at + 1), at + 3, at + 1, at + 4, at + 2)
    return parts.transpose(order).copy().reshape(*lead, count, high * factor, wide * factor)


def _to_channels(x: Operand, /, factor: int) -> Any:
    *lead, channels, high, wide = x.shape
    parts = x.reshape(*lead, channels, high // factor, factor, wide // factor, factor)
    at = len(lead)
    order = (*range(at + 1), at + 2, at + 4, at + 1, at + 3)
    return parts.transpose(order).copy().reshape(*lead, channels * factor**2, high // factor, wide // factor)


_shuffled: Operation = linear(
    "pixel_shuffle",
    _to_places,
    lambda g, factor: _unshuffled(g, factor),
    overload="factor",
    function=False,
    method=False,
    grad_fn="PixelShuffleBackward0",
    doc="Channels as places.",
)
_unshuffled: Operation = linear(
    "pixel_unshuffle",
    _to_channels,
    lambda g, factor: _shuffled(g, factor),
    overload="factor",
    function=False,
    method=False,
    grad_fn="PixelUnshuffleBackward0",
    doc="Places as channels.",
)


def _need(x: Operand, name: str, factor: int, word: str) -> None:
    if x.ndim < 3:
        words = f"{name} expects input to have at least 3 dimensions, but got input with {x.ndim} dimension(s)"
        raise Problem("dimension", words, hint="the last three are the channels, and the places")
    if factor <= 0:
        raise Problem("argument", f"{name} expects a positive {word}, but got {factor}")


def _pixel_shuffle(x: Operand, /, upscale_factor: int) -> Any:
    _need(x, "pixel_shuffle", upscale_factor, "upscale_factor")
    if x.shape[-3] % upscale_factor**2:
        words = "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor"
        raise Problem("shape-mismatch", f"{words}, but input.size(-3)={x.shape[-3]} is not divisible by {upscale_factor**2}")
    return _shuffled(x, upscale_factor)


def _pixel_unshuffle(x: Operand, /, downscale_factor: int) -> Any:
    _need(x, "pixel_unshuffle", downscale_factor, "downscale_factor")
    for name, dim in (("height", -2), ("width", -1)):
        if x.shape[dim] % downscale_factor:
            words = f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({dim})="
            raise Problem("shape-mismatch", f"{words}{x.shape[dim]} is not divisible by {downscale_factor}")
    return _unshuffled(x, downscale_factor)


composite(
    "pixel_shuffle",
    _pixel_shuffle,
    method=False,
    doc="Channels as places: each place becomes a square of them.",
    samples=("z:1,4,2,3 pixel_shuffle(z, 2)", "z:9,1,2 pixel_shuffle(z, 3)"),
)
composite(
    "pixel_unshuffle",
    _pixel_unshuffle,
    method=False,
    doc="Places as channels: each square of places becomes one.",
    samples=("z:1,1,4,6 pixel_unshuffle(z, 2)", "z:1,3,3 pixel_unshuffle(z, 3)"),
)


def _regrouped(x: Operand, /, groups: int) -> Any:
    n, channels, *places = x.shape
    return x.reshape(n, groups, channels // groups, *places).swapaxes(1, 2).reshape(x.shape)


_channels: Operation = linear(
    "channel_shuffle",
    _regrouped,
    lambda g, x_shape, groups: _channels(g, x_shape[1] // groups),
    overload="groups",
    function=False,
    method=False,
    grad_fn="ChannelShuffleBackward0",
    doc="The channels of all groups by turns.",
)


def _channel_shuffle(x: Operand, /, groups: int) -> Any:
    if x.ndim < 3:
        words = f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(x.shape)}"
        raise Problem("dimension", words, hint="the dimensions are the batch, the channels, and the places")
    if groups <= 0:
        raise Problem("argument", f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if x.shape[1] % groups:
        raise Problem(
            "shape-mismatch", f"Number of channels must be divisible by groups. Got {x.shape[1]} channels and {groups} groups."
        )
    return _channels(x, groups)


composite(
    "channel_shuffle",
    _channel_shuffle,
    method=False,
    doc="The channels of all groups by turns.",
    samples=("z:1,4,2,2 channel_shuffle(z, 2)", "z:2,6,1 channel_shuffle(z, 3)"),
)
