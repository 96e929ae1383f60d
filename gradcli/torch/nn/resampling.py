"""Padding by what is there, and interpolation, put together from rows: each dimension is picked by index, one after the "
"other."""

from __future__ import annotations

import math
from typing import Any

import gradcli.torch as torch
from gradcli.torch._naming import renamed
from gradcli.torch.nn.modules.layer import repeated

_PADS = {"reflect": "ReflectionPad{}DBackward0", "replicate": "ReplicationPad{}DBackward0", "circular": ""}
_LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3}
_SHARPNESS = -0.75  # the parameter of the cubic kernel (Keys, 1981)


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


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """(N, C, ...) at more or fewer places: by the nearest value, linearly, or by the mean of areas.

    Raises ValueError, NotImplementedError for other modes.
    """
    dims = input.dim() - 2
    if (size is None) == (scale_factor is None):
        what = "either" if size is None else "only one of"
        raise ValueError(f"{what} size or scale_factor should be defined")
    if align_corners is not None and mode not in (*_LINEAR, "bicubic"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    factors = None if scale_factor is None else repeated(scale_factor, dims)
    old = input.shape[2:]
    new = repeated(size, dims) if factors is None else tuple([math.floor(n * f) for n, f in zip(old, factors)])
    if mode == "area":
        return getattr(torch.nn.functional, f"adaptive_avg_pool{dims}d")(input, new)
    if mode in _LINEAR and _LINEAR[mode] != dims:
        raise NotImplementedError(f"Got {input.dim()}D input, but {mode} mode needs {_LINEAR[mode] + 2}D input")
    if mode not in ("nearest", "nearest-exact") and _LINEAR.get(mode) != dims and (mode, dims) != ("bicubic", 2):
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.dim()}D) for the modes: nearest | linear | "
            f"bilinear | trilinear | area | nearest-exact (got {mode})"
        )
    out = input
    given = factors if factors is not None and not recompute_scale_factor else None
    for place in range(dims):
        scale = 1 / given[place] if given else old[place] / new[place]
        if mode in _LINEAR:
            out = _linear(out, place + 2, old[place], new[place], scale, bool(align_corners))
        elif mode == "bicubic":
            out = _cubic(out, place + 2, old[place], new[place], scale, bool(align_corners))
        else:
            half = 0.5 if mode == "nearest-exact" else 0.0
            places = [min(math.floor((at + half) * scale), old[place] - 1) for at in range(new[place])]
            out = out.index_select(place + 2, torch.tensor(places))
    kind = {"nearest": "Nearest", "nearest-exact": "NearestExact"}.get(mode, mode.capitalize())
    return renamed(out, f"Upsample{kind}{dims}DBackward0")


def _linear(x: Any, dim: int, old: int, new: int, scale: float, align_corners: bool) -> Any:
    """Linear interpolation along one dimension."""
    if align_corners:
        step = (old - 1) / (new - 1) if new > 1 else 0.0
        sources = [at * step for at in range(new)]
    else:
        sources = [max((at + 0.5) * scale - 0.5, 0.0) for at in range(new)]
    low = [min(int(source), old - 1) for source in sources]
    high = [min(at + 1, old - 1) for at in low]
    weight: Any = torch.tensor([source - at for source, at in zip(sources, low)], dtype=x.dtype)
    weight = weight.view([-1, *[1] * (x.dim() - dim - 1)])
    return x.index_select(dim, torch.tensor(low)) * (1 - weight) + x.index_select(dim, torch.tensor(high)) * weight


def _cubic(x: Any, dim: int, old: int, new: int, scale: float, align_corners: bool) -> Any:
    """Cubic convolution along one dimension, of four neighbours; beyond the border stands the last element."""
    if align_corners:
        step = (old - 1) / (new - 1) if new > 1 else 0.0
        sources = [at * step for at in range(new)]
    else:
        sources = [(at + 0.5) * scale - 0.5 for at in range(new)]
    low = [math.floor(source) for source in sources]
    out = None
    for tap in range(-1, 3):
        places = [min(max(at + tap, 0), old - 1) for at in low]
        weight: Any = torch.tensor([_kernel(abs(source - at - tap)) for source, at in zip(sources, low)], dtype=x.dtype)
        part = x.index_select(dim, torch.tensor(places)) * weight.view([-1, *[1] * (x.dim() - dim - 1)])
        out = part if out is None else out + part
    return out


def _kernel(away: float) -> float:
    """The weight of a neighbour so far away."""
    a = _SHARPNESS
    if away <= 1:
        return ((a + 2) * away - (a + 3)) * away * away + 1
    return ((a * away - 5 * a) * away + 8 * a) * away - 4 * a if away < 2 else 0.0
