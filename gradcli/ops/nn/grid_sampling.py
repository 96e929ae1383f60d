"""Images and volumes read at places that a grid names (Jaderberg et al., Spatial transformer networks, 2015).

A grid holds a place for each element of the result, x first, from -1 to 1 over the image.  What a mode takes of the elements
around a place: the nearest, two along each dimension with weights that fall linearly, or four by the cubic of Keys (1981).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import Operation, composite, linear
from gradcli.ops.core.dtypes import not_implemented, scalar_name
from gradcli.ops.core.parameter_types import IntTuple
from gradcli.ops.core.table import family
from gradcli.ops.creation.factories import evenly_spaced
from gradcli.ops.elementwise.arithmetic import add, mul
from gradcli.ops.elementwise.scalar_arithmetic import scaled, shifted
from gradcli.ops.elementwise.selection import where
from gradcli.ops.kernels.matrix_products import product as multiplied
from gradcli.ops.movement.fusing import fused
from gradcli.ops.movement.gather_scatter import gathered
from gradcli.ops.movement.shapes import reshaped, unsqueeze
from gradcli.ops.nn.resampling import cubic_weights

family("convolution")

_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


class _Taps(NamedTuple):
    """What is taken along one dimension: places in it, whether they are inside, and their weights."""

    places: list[Any]
    inside: list[Any]
    weights: list[Any]


def _in_elements(grid: Any, length: int, aligned: bool) -> Any:
    """Places from -1 to 1 as places among elements: -1 is the first element's middle (aligned) or its outer edge."""
    return scaled(shifted(grid, 1), (length - 1) / 2) if aligned else shifted(scaled(shifted(grid, 1), length / 2), -0.5)


def _brought_inside(places: Any, length: int, padding: str, aligned: bool) -> tuple[Any, Any]:
    """Places in the image for those beyond its ends, and what their derivative is multiplied by."""
    slope = np.ones_like(places)
    if padding == "reflection":
        low, high = (0.0, length - 1.0) if aligned else (-0.5, length - 0.5)
        if high == low:
            return np.zeros_like(places), np.zeros_like(places)
        away = np.abs(places - low)
        rounds = np.floor(away / (high - low))
        rest = away - rounds * (high - low)
        slope = np.where(places < low, -1.0, 1.0) * np.where(rounds % 2, -1.0, 1.0)
        places = np.where(rounds % 2, high - rest, low + rest)
    if padding != "zeros":
        slope = np.where((places > 0) & (places < length - 1), slope, 0)
        places = np.clip(places, 0, length - 1)
    return places, slope.astype(places.dtype)


def _moved_inside(places: Any, length: int, padding: str, aligned: bool) -> Any:
    """The same for a tensor of places."""
    if padding == "zeros":
        return places
    values, slope = _brought_inside(places.ndarray, length, padding, aligned)
    return add(mul(places, from_array(slope)), from_array((values - slope * places.ndarray).astype(values.dtype)))


def _taps(places: Any, length: int, mode: str, padding: str, aligned: bool) -> _Taps:
    if mode == "bicubic":
        low = np.floor(places.ndarray)
        found = [_brought_inside(low + step, length, padding, aligned)[0] for step in range(-1, 3)]
        weights = cubic_weights(places - from_array(low))
    else:
        places = _moved_inside(places, length, padding, aligned)
        if mode == "nearest":
            found = [np.rint(places.ndarray)]
            one = from_array(np.ones(places.shape, places.ndarray.dtype))
            weights = [where(from_array(np.ones(places.shape, bool)), one, places)]  # whose derivative by the place is 0
        else:
            low = np.floor(places.ndarray)
            part = places - from_array(low)
            found, weights = [low, low + 1], [1 - part, part]
    inside = [(each >= 0) & (each <= length - 1) for each in found]
    return _Taps([np.where(ok, each, 0).astype(np.int64) for each, ok in zip(found, inside)], inside, weights)


def _sampled(x: Any, grid: Any, /, mode: str, padding: str, aligned: bool) -> Any:
    """[N, C, ...]: x read where the grid [N, ..., dims] says."""
    lengths, (count, channels) = x.shape[2:], x.shape[:2]
    taps = [
        _taps(_in_elements(grid[..., len(lengths) - 1 - dim], length, aligned), length, mode, padding, aligned)
        for dim, length in enumerate(lengths)
    ]
    flat = reshaped(x, (count, channels, math.prod(lengths)))
    shape = grid.shape[1:-1]
    out: Any = None
    for chosen in product(*[range(len(each.places)) for each in taps]):
        at, seen, weight = np.zeros((), np.int64), np.ones((), bool), None
        for each, tap, length in zip(taps, chosen, lengths):
            at, seen = at * length + each.places[tap], seen & each.inside[tap]
            weight = each.weights[tap] if weight is None else mul(weight, each.weights[tap])
        line = np.broadcast_to(at.reshape(count, 1, -1), (count, channels, math.prod(shape)))
        read = reshaped(gathered(flat, from_array(line), 2), (count, channels, *shape))
        part = mul(read, unsqueeze(mul(weight, from_array(seen.astype(x.ndarray.dtype))), 1))
        out = part if out is None else add(out, part)
    return out


_ROWS = {
    dims: fused(
        f"grid_sampler_{dims}d", _sampled, grad_fn=f"GridSampler{dims}DBackward0", doc="A tensor read at the places of a grid."
    )
    for dims in (2, 3)
}


def _read(x: Any, grid: Any, mode: str, padding: str, aligned: bool) -> Any:
    """x read at the places of a grid, after a look at both.  Raises Problem."""
    if not (x.ndim and grid.ndim):
        raise Problem("dimension", "grid_sampler(): expected 4D input and grid, but got a number", hint="a batch of images")
    if x.shape[0] != grid.shape[0]:
        words = f"grid_sampler(): expected grid and input to have same batch size, but got input with sizes {list(x.shape)}"
        raise Problem("shape-mismatch", f"{words} and grid with sizes {list(grid.shape)}")
    if grid.shape[-1] != x.ndim - 2:
        words = f"grid_sampler(): expected grid to have size {x.ndim - 2} in last dimension, but got grid with sizes"
        raise Problem("shape-mismatch", f"{words} {list(grid.shape)}")
    if 0 in x.shape[2:]:
        dim = x.shape.index(0, 2)
        words = f"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {list(x.shape)}"
        raise Problem("shape-mismatch", f"{words} with dimension {dim} being empty")
    if x.ndim not in (4, 5) or x.ndim != grid.ndim:
        words = "grid_sampler(): expected 4D input and grid with same number of dimensions, but got input with sizes"
        raise Problem("shape-mismatch", f"{words} {list(x.shape)} and grid with sizes {list(grid.shape)}")
    if x.ndim == 5 and mode == "bicubic":
        raise Problem("argument", "grid_sampler(): bicubic interpolation only supports 4D input")
    if x.ndarray.dtype.kind != "f":
        raise not_implemented("grid_sampler_2d_cpu_kernel_impl" if x.ndim == 4 else "grid_sampler3d_cpu", x.ndarray.dtype)
    if x.ndarray.dtype != grid.ndarray.dtype:
        words = f"expected scalar type {scalar_name(x.ndarray.dtype)} but found {scalar_name(grid.ndarray.dtype)}"
        raise Problem("dtype", words, hint="convert one of them, as in grid.double()")
    return _ROWS[x.ndim - 2](x, grid, mode, padding, aligned)


def _grid_sample(
    x: Operand,
    grid: Operand,
    /,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    for name, known, given in (("mode", _MODES, mode), ("padding_mode", _PADDINGS, padding_mode)):
        if given not in known:
            listed = f"{', '.join([repr(each) for each in known[:-1]])} or {known[-1]!r}"
            words = f"nn.functional.grid_sample(): expected {name} to be {listed}, but got: '{given}'"
            raise Problem("argument", words, type="ValueError")
    return _read(x, grid, mode, padding_mode, bool(align_corners))


composite(
    "grid_sample",
    _grid_sample,
    namespace="F",
    method=False,
    doc="Images or volumes read at the places of a grid, which go from -1 to 1.",
    samples=(
        "z:1,2,3,3 w:1,2,2,2 F.grid_sample(z, w / 3, align_corners=False)",
        "z:1,1,3,4 w:1,2,2,2 F.grid_sample(z, w, mode='bicubic', padding_mode='reflection', align_corners=False)",
        "z:1,1,2,3,2 w:1,1,2,2,3 F.grid_sample(z, w, padding_mode='reflection', align_corners=True)",
    ),
)


def _sampler(dims: int) -> Callable[..., Any]:
    def forward(x: Operand, grid: Operand, /, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
        if not (0 <= interpolation_mode < len(_MODES) and 0 <= padding_mode < len(_PADDINGS)):
            raise Problem("argument", f"grid_sampler_{dims}d has modes 0, 1 and 2", hint="F.grid_sample has names for them")
        return _read(x, grid, _MODES[interpolation_mode], _PADDINGS[padding_mode], align_corners)

    return forward


for _dims, _sample in ((2, "z:1,1,2,3 w:1,2,1,2"), (3, "z:1,1,2,2,2 w:1,1,2,1,3")):
    composite(
        f"grid_sampler_{_dims}d",
        _sampler(_dims),
        method=False,
        doc="grid_sample, with numbers for the modes: bilinear, nearest, bicubic; zeros, border, reflection.",
        samples=(f"{_sample} grid_sampler_{_dims}d(z, w / 3, 0, 1, False)",),
    )

# --- grids ----------------------------------------------------------------------------------------------------------


def _base(lengths: tuple[int, ...], aligned: bool, dtype: Any) -> Any:
    """[places, dims + 1]: the places of the grid of an image as it is, x first, and a 1 behind."""
    edges = [
        evenly_spaced(-1, 1, length, dtype) if length > 1 else np.zeros(length, dtype) for length in lengths
    ]  # their last digits decide which elements lie on either side of a place
    if not aligned:
        edges = [edge * dtype.type(length - 1) / dtype.type(length) if length else edge for edge, length in zip(edges, lengths)]
    places = np.meshgrid(*edges, indexing="ij")
    return np.stack([*[each.reshape(-1) for each in places[::-1]], np.ones(math.prod(lengths), dtype)], -1)


def _affine(x: Array, /, size: tuple[int, ...], aligned: bool) -> Any:
    base = _base(size[2:], aligned, x.dtype)
    out = multiplied(np.broadcast_to(base, (size[0], *base.shape[-2:])), x.swapaxes(1, 2))
    return out.reshape(size[0], *size[2:], len(size) - 2)


def _from_grid(y: Array, /, size: tuple[int, ...], aligned: bool) -> Any:
    places = y.reshape(size[0], math.prod(size[2:]), len(size) - 2)
    base = _base(size[2:], aligned, y.dtype)
    return multiplied(places.swapaxes(1, 2), np.broadcast_to(base, (size[0], *base.shape[-2:])))


_affine_row: Operation = linear(
    "affine_grid",
    _affine,
    lambda g, size, aligned: _affine_back(g, size, aligned),
    overload="places",
    function=False,
    method=False,
    grad_fn="AffineGridGeneratorBackward0",
    doc="The grid of an image after an affine map.",
)
_affine_back: Operation = linear(
    "affine_grid_backward",
    _from_grid,
    lambda g, size, aligned: _affine_row(g, size, aligned),
    function=False,
    method=False,
    grad_fn="BmmBackward0",
    doc="The transpose of affine_grid.",
)


def _affine_grid(theta: Tensor, /, size: IntTuple, align_corners: bool | None = None) -> Any:
    if theta.ndarray.dtype.kind != "f":
        words = f"Expected theta to have floating point type, but got {theta.ndarray.dtype}"
        raise Problem("dtype", words, type="ValueError")
    if len(size) not in (4, 5):
        words = "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size"
        raise Problem("argument", f"{words} torch.Size({list(size)}).", type="NotImplementedError")
    dims = len(size) - 2
    if theta.ndim != 3 or theta.shape[1:] != (dims, dims + 1):
        words = f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size {size}."
        raise Problem("shape-mismatch", f"{words} Got torch.Size({list(theta.shape)}).", type="ValueError")
    if min(size) <= 0:
        raise Problem("argument", f"Expected non-zero, positive output size. Got torch.Size({list(size)})", type="ValueError")
    if theta.shape[0] != size[0]:
        words = f"Expected a batch of {size[0]} affine matrices for size torch.Size({list(size)})"
        raise Problem("shape-mismatch", f"{words}, but got {theta.shape[0]}")
    return _affine_row(theta, size, bool(align_corners))


composite(
    "affine_grid",
    _affine_grid,
    namespace="F",
    method=False,
    doc="The grid that grid_sample reads to show an affine map (a matrix for each image) of images of a size.",
    samples=(
        "w:2,2,3 F.affine_grid(w, (2, 1, 2, 3), align_corners=False)",
        "w:1,3,4 F.affine_grid(w, (1, 1, 2, 1, 2), align_corners=True)",
    ),
)
