"""Images and volumes at other sizes: each dimension is a product with a matrix of weights.

A row of such a matrix says what an element of the result takes of the input: the nearest element, two neighbours (linear), four
(cubic, Keys 1981, with a = -0.75), or a part of the dimension (means).  With antialiasing the weights are those of a filter
that is stretched as far as the elements of the result lie apart, as in PIL, whose cubic one has a = -0.5.  A reading of several
dimensions is one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Array, Cotangent, Operand
from gradcli.ops.core.builders import Operation, composite, linear
from gradcli.ops.core.dtypes import only
from gradcli.ops.core.parameter_types import Ints, OutputSize, Spacing
from gradcli.ops.core.table import family
from gradcli.ops.movement.joint_operands import beside
from gradcli.ops.nn.adaptive_pooling import _adaptive1d as adaptive_avg_pool1d
from gradcli.ops.nn.adaptive_pooling import _adaptive2d as adaptive_avg_pool2d
from gradcli.ops.nn.adaptive_pooling import _shares as shares
from gradcli.ops.reduction.reductions import mean_dim

family("convolution")

Reading = tuple[str, int, bool, float | None]  # mode, length of the result, whether corners are aligned, scale factor
_CUBIC, _SMOOTH_CUBIC = -0.75, -0.5


def _sources(reading: Reading, length: int) -> tuple[Any, Any]:
    """[count, taps]: which elements each element of the result takes, and with which weights."""
    mode, count, aligned, scale = reading
    place = np.arange(count, dtype=np.float64)
    step = 1 / scale if scale else length / count
    ratio = (length - 1) / (count - 1) if aligned and count > 1 else 0.0 if aligned else step
    if mode.startswith("nearest"):
        at = np.floor((place + 0.5 * (mode == "nearest-exact")) * ratio)[:, None]
        return at, np.ones_like(at)
    source = place * ratio if aligned else (place + 0.5) * ratio - 0.5
    if mode == "linear":
        source = np.maximum(source, 0)
        low = np.minimum(np.floor(source), length - 1)
        return np.stack([low, low + 1], 1), np.stack([1 - (source - low), source - low], 1)
    low = np.floor(source)
    return low[:, None] + np.arange(-1, 3), np.stack(cubic_weights(source - low), 1)


def _near(apart: Any, a: float = _CUBIC) -> Any:
    """Keys's kernel up to 1 apart."""
    return ((a + 2) * apart - (a + 3)) * apart * apart + 1


def _far(apart: Any, a: float = _CUBIC) -> Any:
    """Keys's kernel from 1 to 2 apart."""
    return ((a * apart - 5 * a) * apart + 8 * a) * apart - 4 * a


def cubic_weights(part: Any) -> list[Any]:
    """The weights of the four elements around a place that lies `part` (0 to 1) behind the second of them."""
    return [_far(part + 1), _near(part), _near(1 - part), _far(2 - part)]


# Filters: how far each reaches, and its weights by distance, which lies within that.
_FILTERS: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "smooth-linear": (1, lambda apart: 1 - apart),
    "smooth-cubic": (2, lambda apart: np.where(apart < 1, _near(apart, _SMOOTH_CUBIC), _far(apart, _SMOOTH_CUBIC))),
    "smooth-lanczos": (3, lambda apart: np.sinc(apart) * np.sinc(apart / 3)),
}


def _filtered(reading: Reading, length: int) -> Any:
    """[count, length]: the weights of a filter, which is not narrower than the elements of either side."""
    mode, count, aligned, scale = reading
    step = 1 / scale if scale else length / count
    ratio = (length - 1) / (count - 1) if aligned and count > 1 else 0.0 if aligned else step
    reach, weights = _FILTERS[mode]
    wide = max(ratio, 1.0)
    centre = (np.arange(count)[:, None] + 0.5) * ratio
    first, last = [np.trunc(centre + sign * reach * wide + 0.5) for sign in (-1, 1)]
    place = np.arange(length)
    apart = np.abs(place - centre + 0.5) / wide
    out = np.where((place >= first) & (place < last) & (apart < reach), weights(np.minimum(apart, reach)), 0.0)
    return out / out.sum(1, keepdims=True)


def _weights(reading: Reading, length: int, dtype: Any) -> Any:
    """[count, length]; what lies beyond the ends is taken from them."""
    if reading[0] == "area":
        return shares(length, reading[1], dtype)
    if reading[0] in _FILTERS:
        return _filtered(reading, length).astype(dtype)
    places, weights = _sources(reading, length)
    out = np.zeros((reading[1], length))
    np.add.at(out, (np.arange(reading[1])[:, None], np.clip(places, 0, length - 1).astype(np.int64)), weights)
    return out.astype(dtype)


def _along(x: Array, dim: int, matrix: Any) -> Any:
    return np.moveaxis(np.moveaxis(x, dim, -1) @ matrix.T, -1, dim)


def _read(x: Array, /, readings: tuple[Reading, ...]) -> Any:
    for dim, reading in zip(range(-len(readings), 0), readings):
        x = _along(x, dim, _weights(reading, x.shape[dim], x.dtype))
    return x


def _unread(y: Array, /, readings: tuple[Reading, ...], lengths: tuple[int, ...]) -> Any:
    for dim, reading, length in zip(range(-len(readings), 0), readings, lengths):
        y = _along(y, dim, _weights(reading, length, y.dtype).T)
    return y


def _row(name: str, title: str, kinds: str = "f", joint: bool = False) -> Operation:
    """The row of a mode, and its transpose.

    joint  whether the gradient's node leads to the input, too
    """
    node = beside(f"{title}BackwardBackward0") if joint else None
    back: Operation = linear(
        f"{name}_backward",
        _unread,
        lambda g, readings: row(g, readings),
        function=False,
        method=False,
        grad_fn=f"{title}BackwardBackward0",
        doc="The transpose of a reading at other places.",
    )

    def pulled(g: Cotangent, x_shape: Any, readings: Any) -> Any:
        return back(g, readings, tuple(x_shape[-len(readings) :]))

    row: Operation = linear(
        name,
        _read,
        (lambda g, x, readings: node(pulled(g, x.shape, readings), x)) if node else pulled,
        overload="readings",
        function=False,
        method=False,
        elements=lambda x, readings: math.prod(x.shape[: -len(readings)]) * math.prod([each[1] for each in readings]),
        casting=only(kinds, f"{name}_out_frame"),
        complex=None,
        grad_fn=f"{title}Backward0",
        doc="A tensor read at other places.",
    )
    return row


_NAMES = {
    ("nearest", 1): "nearest1d",
    ("nearest", 2): "nearest2d",
    ("nearest", 3): "nearest3d",
    ("nearest-exact", 1): "nearest_exact1d",
    ("nearest-exact", 2): "nearest_exact2d",
    ("nearest-exact", 3): "nearest_exact3d",
    ("linear", 1): "linear1d",
    ("bilinear", 2): "bilinear2d",
    ("trilinear", 3): "trilinear3d",
    ("bicubic", 2): "bicubic2d",
}


def _titled(name: str) -> str:
    plain = name.removesuffix("_aa")
    title = "Upsample" + "".join([part.capitalize() for part in plain[:-1].split("_")]) + "D"
    return title if plain == name else f"{title}Aa"


_ROWS = {
    key: _row(f"upsample_{name}", _titled(name), "fu" if key[0].startswith("nearest") else "f") for key, name in _NAMES.items()
}
_SMOOTH_ROWS = {mode: _row(f"upsample_{mode}2d_aa", _titled(f"{mode}2d_aa")) for mode in ("bilinear", "bicubic", "lanczos")}
_means3d = _row("adaptive_avg_pool3d", "AdaptiveAvgPool3D", joint=True)


def _interpolate(
    x: Operand,
    /,
    size: Ints | None = None,
    scale_factor: Spacing | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    count = x.ndim - 2
    if mode in ("nearest", "area", "nearest-exact") and align_corners is not None:
        words = "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        raise Problem("argument", words, type="ValueError", hint="leave it out")
    lengths, scales = _lengths(x, count, size, scale_factor)
    if antialias and not (mode in _SMOOTH_ROWS and x.ndim == 4):
        words = "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        raise Problem("argument", words, type="ValueError", hint="leave it out")
    if mode == "lanczos" and x.ndim == 4 and not antialias:
        raise Problem("argument", "Lanczos mode requires antialias=True", type="ValueError")
    if recompute_scale_factor:
        scales = (None,) * count
    if mode == "area" and count in (1, 2, 3):
        pools = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: _adaptive_avg_pool3d}
        return pools[count](x, lengths)
    if not antialias and (mode, count) not in _ROWS:
        raise _no_such_row(x.ndim, mode)
    kind = {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}.get(mode, mode)
    return _resized(x, mode, kind, bool(align_corners), antialias, lengths, scales)


def _resized(x: Operand, mode: str, kind: str, aligned: bool, smooth: bool, lengths: Any, scales: Any) -> Any:
    name = f"smooth-{kind}" if smooth else kind
    readings = tuple([(name, length, aligned, scale) for length, scale in zip(lengths, scales)])
    return _SMOOTH_ROWS[mode](x, readings) if smooth else _ROWS[mode, len(lengths)](x, readings)


def upsample_smoothly(x: Operand, mode: str, lengths: Any, aligned: bool, scales: Any) -> Any:
    """A batch of images at another size by a filter; `scales`, which may be None, say how far apart elements are read."""
    return _resized(x, mode, {"bilinear": "linear", "bicubic": "cubic"}.get(mode, mode), aligned, True, lengths, scales)


_NEEDED = {"linear": 3, "bilinear": 4, "trilinear": 5}  # dimensions


def _no_such_row(ndim: int, mode: str) -> Problem:
    """PyTorch's words for a mode that does not exist, or not for so many dimensions."""
    if ndim in (3, 4, 5) and mode in _NEEDED:
        words = f"Got {ndim}D input, but {mode} mode needs {_NEEDED[mode]}D input"
    else:
        words = f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {ndim}D) for the modes: nearest | linear |"
        words = f"{words} bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})"
    hint = "linear is for 3 dimensions, bilinear and bicubic for 4, trilinear for 5, the others for each of these"
    return Problem("argument", words, type="NotImplementedError", hint=hint)


def _lengths(x: Operand, count: int, size: Any, factor: Any) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """The lengths of the result, and by which factors they were told.  Raises Problem."""
    if (size is None) == (factor is None):
        both = "only one of size or scale_factor should be defined"
        words = both if size is not None else "either size or scale_factor should be defined"
        raise Problem("argument", words, type="ValueError")
    given = size if factor is None else factor
    numbers = tuple(given) if isinstance(given, (list, tuple)) else (given,) * count
    if len(numbers) != count:
        words = "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of"
        raise Problem("argument", f"{words} {list(x.shape[2:])} and output size of {list(numbers)}.", type="ValueError")
    scales: tuple[float | None, ...] = (None,) * count
    lengths = numbers
    if factor is not None:
        scales = tuple([float(each) for each in numbers])
        lengths = tuple([math.floor(length * scale) for length, scale in zip(x.shape[2:], numbers)])
    if min(lengths, default=1) < 1:
        words = f"Input and output sizes should be greater than 0, but got input (W: {x.shape[-1]}) and output"
        raise Problem("shape-mismatch", f"{words} (W: {lengths[-1]})")
    return lengths, scales


composite(
    "interpolate",
    _interpolate,
    namespace="F",
    method=False,
    aliases=("upsample",),
    doc="A batch of lines, images or volumes at another size.",
    samples=(
        "z:1,2,3 interpolate(z, size=5)",
        "z:1,1,2,3 interpolate(z, scale_factor=2)",
        "z:1,1,2,2,2 interpolate(z, scale_factor=2, mode='nearest')",
        "z:1,1,4 interpolate(z, scale_factor=1.6, mode='nearest-exact')",
        "z:1,1,2,3 interpolate(z, size=(3, 4), mode='nearest-exact')",
        "z:1,1,2,2,2 interpolate(z, size=3, mode='nearest-exact')",
        "z:1,2,3 interpolate(z, size=5, mode='linear')",
        "z:1,1,2,3 interpolate(z, scale_factor=1.7, mode='bilinear')",
        "z:1,1,2,3 interpolate(z, size=(3, 5), mode='bilinear', align_corners=True)",
        "z:1,1,3,3 interpolate(z, size=(4, 5), mode='bicubic')",
        "z:1,1,2,2,2 interpolate(z, size=3, mode='trilinear', align_corners=True)",
        "z:1,1,4,4 interpolate(z, size=(2, 3), mode='area')",
        "z:1,1,5,4 interpolate(z, size=(2, 6), mode='bilinear', antialias=True)",
        "z:1,1,6,4 interpolate(z, size=(2, 3), mode='bicubic', antialias=True, align_corners=True)",
        "z:1,1,4,5 interpolate(z, scale_factor=0.6, mode='lanczos', antialias=True)",
    ),
)


def _adaptive_avg_pool3d(x: Operand, /, output_size: OutputSize) -> Any:
    wanted = output_size if isinstance(output_size, tuple) else (output_size,) * 3
    if wanted == (1, 1, 1):
        return mean_dim(x, (-1, -2, -3), True)
    if x.ndim not in (4, 5) or len(wanted) != 3:
        words = f"adaptive_avg_pool3d(): Expected 4D or 5D tensor, but got {list(x.shape)}"
        raise Problem("shape-mismatch", words, hint="the dimensions are the batch, the channels, and the places")
    lengths = [length if given is None else given for given, length in zip(wanted, x.shape[-3:])]
    return _means3d(x, tuple([("area", length, False, None) for length in lengths]))


composite(
    "adaptive_avg_pool3d",
    _adaptive_avg_pool3d,
    namespace="F",
    method=False,
    doc="Means over parts of the last three dimensions, so many as are asked for.",
    samples=("z:1,1,3,2,4 adaptive_avg_pool3d(z, 2)", "z:1,2,2,2 F.adaptive_avg_pool3d(z, 1)"),
)
