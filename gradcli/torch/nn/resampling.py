"""Padding by what is there, put together from rows: each dimension is picked by index, one after the other."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.torch._naming import renamed

_PADS = {"reflect": "ReflectionPad{}DBackward0", "replicate": "ReplicationPad{}DBackward0", "circular": ""}


def padded(input: Any, pad: Any, mode: str) -> Any:
    """The last dimensions extended by mirror images, by their borders, or by what stands at the other end.

    pad  pairs (before, behind), the last dimension first; negative ones cut off.  Raises RuntimeError, NotImplementedError.
    """
    pairs = [(pad[place], pad[place + 1]) for place in range(0, len(pad), 2)]
    out = input
    for place, (before, behind) in enumerate(pairs):
        dim = input.dim() - 1 - place
        size = input.size(dim)
        if mode == "reflect" and max(before, behind) >= size:
            raise RuntimeError(
                "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({before}, {behind}) at dimension {dim} of input {list(input.shape)}"
            )
        if mode == "circular" and max(before, behind) > size:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        places = [_source(at, size, mode) for at in range(-before, size + behind)]
        out = out.index_select(dim, torch.tensor(places))
    name = _PADS[mode].format(len(pairs))
    return renamed(out, name) if name else out


def _source(at: int, size: int, mode: str) -> int:
    if mode == "replicate":
        return min(max(at, 0), size - 1)
    if mode == "circular":
        return at % size
    return -at if at < 0 else 2 * (size - 1) - at if at >= size else at
