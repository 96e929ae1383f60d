"""Pools that take the largest element of given parts of each dimension, and their inverse, which puts values back in place.

A part is a list of places along a dimension; shorter ones repeat a place, which changes no maximum.  What is found at a
combination of places is told by its place in the plane or volume, counted in one line.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.ops.core.arrays import Operand, zeros
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.dtypes import only
from gradcli.ops.core.parameter_types import Ints, OutputSize
from gradcli.ops.core.table import family
from gradcli.ops.kernels.sliding_windows import several
from gradcli.ops.movement.joint_operands import beside
from gradcli.ops.movement.shapes import squeeze_dim, unsqueeze
from gradcli.ops.nn.pooling import places
from gradcli.ops.reduction.reductions import array_of

family("convolution")

Parts = tuple[tuple[tuple[int, ...], ...], ...]  # for each dimension its parts, each with the same number of places


def _largest(x: Operand, /, parts: Parts) -> Any:
    """The largest elements, and where each stands; of equal ones the first, and nan before all numbers."""
    count = len(parts)
    listed = [np.array(each, np.int64).reshape(len(each), len(each[0]) if each else 1) for each in parts]
    lengths = x.shape[-count:]
    where = np.zeros((), np.int64)
    for dim, (each, length) in enumerate(zip(listed, lengths)):
        shape = [1] * (2 * count)
        shape[dim], shape[count + dim] = each.shape
        where = where * length + each.reshape(shape)
    where = where.reshape(*[len(each) for each in listed], math.prod([each.shape[1] for each in listed]))
    seen = x.reshape(*x.shape[:-count], math.prod(lengths))[..., where]
    chosen = seen.argmax(-1)  # NumPy's is the first nan, if there is one
    values = np.take_along_axis(seen, chosen[..., None], -1)[..., 0]
    return values, np.take_along_axis(np.broadcast_to(where, seen.shape), chosen[..., None], -1)[..., 0]


def _flat(indices: Any, lead: int, size: int) -> Any:
    """Places in planes as places in the whole array, in one line."""
    return (np.arange(lead)[:, None] * size + indices.reshape(lead, indices.size // max(lead, 1))).ravel()


def _pick(x: Operand, /, indices: Any, count: int) -> Any:
    lead, size = math.prod(x.shape[:-count]), math.prod(x.shape[-count:])
    return x.reshape(-1)[_flat(indices, lead, size)].reshape(indices.shape)


def _add_at(y: Operand, /, indices: Any, shape: Any) -> Any:
    count = len(shape)
    out = zeros((*y.shape[:-count], *shape), y)
    flat = out.reshape(-1)
    np.add.at(flat, _flat(indices, math.prod(y.shape[:-count]), math.prod(shape)), y.reshape(-1))
    return flat.reshape(out.shape)


def _rows(name: str, title: str, kinds: str = "f", find: Callable[..., Any] = _largest) -> Operation:
    """A pool's row; `find` takes an array and parts, one for each dimension, and gives what `_largest` does."""
    node = beside(f"{title}BackwardBackward0")
    picked: Operation = general(
        f"{name}_pick",
        _pick,
        lambda g, x_shape, indices, count: added(g, indices, tuple(x_shape[-count:])),
        lambda t, indices, count: picked(t, indices, count),
        function=False,
        method=False,
        grad_fn=f"{title}BackwardBackward0",
        doc="The values at places.",
    )
    added: Operation = general(
        f"{name}_backward",
        _add_at,
        lambda g, indices, shape: picked(g, indices, len(shape)),
        lambda t, indices, shape: added(t, indices, shape),
        function=False,
        method=False,
        grad_fn=f"{title}BackwardBackward0",
        doc="Zeros, with values added at places.",
    )
    return general(
        name,
        find,
        lambda g, x, indices, parts: node(added(g, array_of(indices), x.shape[-len(parts) :]), x),
        lambda t, indices, parts: picked(t, array_of(indices), len(parts)),
        outputs=("out", "indices"),
        overload="parts",
        function=False,
        method=False,
        casting=only(kinds, name),
        grad_fn=f"{title}Backward0",
        doc="The largest element of each part, and where it stands.",
    )


_ADAPTIVE = {2: _rows("adaptive_max_pool2d", "AdaptiveMaxPool2D"), 3: _rows("adaptive_max_pool3d", "AdaptiveMaxPool3D")}


def _even_parts(length: int, count: int) -> tuple[tuple[int, ...], ...]:
    """Part i goes from floor(i * length / count) to ceil((i + 1) * length / count)."""
    ends = [(i * length // count, -(-(i + 1) * length // count)) for i in range(count)]
    longest = max([stop - start for start, stop in ends], default=0)
    return tuple([tuple([min(start + k, stop - 1) for k in range(longest)]) for start, stop in ends])


def _adaptive(count: int) -> Callable[..., Any]:
    name = f"adaptive_max_pool{count}d"

    def forward(x: Operand, /, output_size: OutputSize, return_indices: bool = False) -> Any:
        wanted = output_size if isinstance(output_size, tuple) else (output_size,) * count
        if count > 1 and isinstance(output_size, tuple) and x.ndim < count + 1:
            words = f"Input dimension should be at least {count + 1}"
            raise Problem("shape-mismatch", words, type="ValueError", hint="the last are the channels and the places")
        if x.ndim not in (count + 1, count + 2) or len(wanted) != count:
            words = f"{name}(): Expected {count + 1}D or {count + 2}D tensor, but got: {list(x.shape)}"
            raise Problem("shape-mismatch", words, hint="the dimensions are the batch, the channels, and the places")
        if any([size is not None and size < 0 for size in wanted]):
            least = min([size for size in wanted if size is not None])
            shape = [*x.shape[:-count], *wanted]
            raise Problem("argument", f"Trying to create tensor with negative dimension {least}: {shape}")
        memory.reserve(math.prod([*x.shape[:-count], *[size or 1 for size in wanted]]), name)
        if 0 in x.shape[1:]:
            empty = x.shape.index(0, 1)
            words = f"{name}(): Expected input to have non-zero size for non-batch dimensions"
            raise Problem("shape-mismatch", f"{words}, but input has sizes {list(x.shape)} with dimension {empty} being empty")
        parts = tuple([_even_parts(n, n if size is None else size) for n, size in zip(x.shape[-count:], wanted)])
        if count > 1:
            values, indices = _ADAPTIVE[count](x, parts)
        else:
            found = _ADAPTIVE[2](unsqueeze(x, -2), (((0,),), *parts))
            values, indices = [squeeze_dim(each, -2) for each in found]
        return (values, indices) if return_indices else values

    return forward


_SAMPLES = {
    1: ("z:1,2,5 F.adaptive_max_pool1d(z, 2)", "z:2,6 F.adaptive_max_pool1d(z, 4)"),
    2: (
        "x:1,2,3 F.adaptive_max_pool2d(x, 2)",
        "z:1,2,4,5 F.adaptive_max_pool2d(z, 2)",
        "z:1,4,4 F.adaptive_max_pool2d(z, (3, 1))",
    ),
    3: (
        "x:1,2,2,3 F.adaptive_max_pool3d(x, 2)",
        "z:1,1,2,3,4 F.adaptive_max_pool3d(z, 2)",
    ),
}
for _count, _samples in _SAMPLES.items():
    composite(
        f"adaptive_max_pool{_count}d",
        _adaptive(_count),
        namespace="F",
        method=False,
        doc=f"The largest elements of parts of the last {_count} dimensions, so many as are asked for.",
        samples=_samples,
    )


# --- windows of volumes ---------------------------------------------------------------------------------------------

_ONE_OR_THREE = "{name} must either be a single int, or a tuple of three ints"
_windowed = _rows("max_pool3d_with_indices", "MaxPool3DWithIndices", "fiu")


def _window_parts(length: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> Any:
    """The places that each window sees; what lies in the padding repeats the first that does not."""
    parts = []
    for window in range(places(length, kernel, stride, padding, dilation, ceil_mode)):
        seen = [window * stride - padding + dilation * k for k in range(kernel)]
        inside = [place for place in seen if 0 <= place < length]
        parts.append(tuple([place if 0 <= place < length else inside[0] for place in seen]))
    return tuple(parts)


def _max_pool3d(
    x: Operand,
    /,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    stride = kernel_size if stride is None or stride == () else stride
    given = (("kernel_size", kernel_size), ("stride", stride), ("padding", padding), ("dilation", dilation))
    how = [several(each, name, 3, "max_pool3d: " + _ONE_OR_THREE) for name, each in given]
    if x.ndim not in (4, 5):
        words = "non-empty 4D or 5D (batch mode) tensor expected for input"
        found = f"{words}, but got: {list(x.shape)}"
        raise Problem("shape-mismatch", found, theirs=words, hint="the dimensions are the batch, the channels, and the places")
    if min(*how[0], *how[1], *how[3]) < 1:
        raise Problem("argument", "kernel size, stride and dilation should be greater than zero")
    if any(2 * pad > size for pad, size in zip(how[2], how[0])) or min(how[2]) < 0:
        raise Problem("argument", "pad should be smaller than or equal to half of kernel size", hint="and not negative")
    slid = zip(x.shape[-3:], *how)
    parts = tuple([_window_parts(length, size, step, pad, hole, ceil_mode) for length, size, step, pad, hole in slid])
    if not all(parts):
        words = f"Given input size: {tuple(x.shape[-4:])}. Calculated output size: {tuple(map(len, parts))}."
        raise Problem("shape-mismatch", f"{words} Output size is too small", hint="the kernel is larger than the input")
    values, indices = _windowed(x, parts)
    return (values, indices) if return_indices else values


composite(
    "max_pool3d",
    _max_pool3d,
    namespace="F",
    method=False,
    doc="The largest element of each window that slides over the last three dimensions.",
    samples=(
        "x:1,2,2,3 F.max_pool3d(x, 2)",
        "z:1,1,2,4,4 F.max_pool3d(z, 2)",
        "z:1,3,3,4 F.max_pool3d(z, (2, 3, 2), stride=1, padding=(1, 1, 0))",
        "z:1,3,3,3 F.max_pool3d(z, 2, ceil_mode=True)",
    ),
)
