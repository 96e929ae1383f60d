"""Views by strides, and tensors written over where a view lies: as_strided, select_scatter, slice_scatter and their kin.

A view's places are counted in the line of all elements; a tensor written there has the view's shape.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import symbolic, versions
from gradcli.graph.layout import Layout
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Operand, Tangent
from gradcli.ops.core.builders import SAME, Operation, composite, general, linear
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.parameter_types import Dim, Sizes
from gradcli.ops.core.renaming import renamed
from gradcli.ops.core.table import family
from gradcli.ops.movement.broadcasting import expand as broadcast
from gradcli.ops.movement.diagonals import diagonal
from gradcli.ops.movement.in_place import strided, strided_back
from gradcli.ops.movement.masked_select import _put as added
from gradcli.ops.movement.masked_select import _taken as taken
from gradcli.ops.movement.shapes import reshaped

family("shapes")


def address(array: Any) -> int:
    """Where the first element of an array lies."""
    return int(array.__array_interface__["data"][0])


def offset_of(array: Any) -> int:
    """How many elements into its memory an array begins."""
    return (address(array) - address(versions.root_of(array))) // int(array.itemsize)


def laid(block: Any, kind: np.dtype[Any], start: int, size: Sizes, stride: Sizes) -> Any:
    """An array on the memory of a block, which NumPy knows for its base; strides are in elements."""
    buffer: Any = block if block.flags.c_contiguous else block.T
    return np.ndarray(size, kind, buffer, start * kind.itemsize, [step * kind.itemsize for step in stride])


def look(x: Any, size: Sizes, stride: Sizes, offset: int | None) -> Any:
    """An array on the memory of another.  Raises Problem where it would reach beyond."""
    symbolic.refuse("as_strided looks at the memory of a tensor")
    if len(size) != len(stride):
        raise Problem("shape", "mismatch in length of strides and shape")
    if min(stride, default=0) < 0:
        raise Problem("argument", f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    if min(size, default=0) < 0:
        raise Problem("argument", f"Trying to create tensor with negative dimension {min(size)}: {list(size)}")
    start = offset_of(x) if offset is None else offset
    if start < 0:
        raise Problem("argument", f"Tensor: invalid storage offset {start}")
    root, width = versions.root_of(x), x.itemsize
    if 0 in size:
        start = 0  # wherever it is said to begin: nothing of the memory is seen
    last = start + sum([(length - 1) * step for length, step in zip(size, stride)])
    last = last if 0 not in size else -1
    if (last + 1) * width > root.nbytes:
        raise Problem(
            "shape",
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {start}, and itemsize {width} requiring a "
            f"storage size of {(last + 1) * width} are out of bounds for storage of size {root.nbytes}",
        )
    return laid(root, x.dtype, start, size, stride)


def _row(name: str, copying: bool) -> Operation:
    """The row of a view by strides (told by size, strides and offset), or of a copy of one."""

    def forward(x: Operand, /, place: tuple[Any, ...], layout: Layout) -> Any:
        return np.array(look(x, *place)) if copying else look(x, *place)

    return general(
        name,
        forward,
        lambda g, layout: strided_back(g, layout),
        lambda t, layout: strided(t, layout),  # whose own memory may lie otherwise
        overload="layout",
        function=False,
        method=False,
        complex=SAME,
        shares=not copying,
        grad_fn="AsStridedBackward0_copy" if copying else "AsStridedBackward0",
        doc="What is seen of a tensor's memory.",
    )


_viewed, _copied = _row("as_strided", copying=False), _row("as_strided_copy", copying=True)


def _as_strided(x: Tensor, /, size: Sizes, stride: Sizes, storage_offset: int | None = None) -> Any:
    place = (size, stride, storage_offset)
    return _viewed(x, place, Layout(x.ndarray, look(x.ndarray, *place)))


def _as_strided_copy(x: Tensor, /, size: Sizes, stride: Sizes, storage_offset: int | None = None) -> Any:
    place = (size, stride, storage_offset)
    return _copied(x, place, Layout(x.ndarray, look(x.ndarray, *place)))


composite(
    "as_strided",
    _as_strided,
    shares=True,
    in_place=True,
    doc="A view of a tensor's memory: so many elements along each dimension, so many apart.",
    samples=("as_strided(x, (2, 2), (1, 2))", "x.as_strided((2, 3), (1, 1), 1)"),
)
composite(
    "as_strided_copy",
    _as_strided_copy,
    method=False,
    doc="What as_strided shows, as a tensor of its own.",
    samples=("as_strided_copy(x, (2, 2), (1, 2))",),
)

# --- written over ---------------------------------------------------------------------------------------------------


def _written(x: Operand, y: Operand, /, shape: tuple[int, ...], places: Any, kept: Any) -> Any:
    """x in a shape that it broadcasts to, with values of y at places of its line; `kept` says which, if not all of them."""
    out, values = np.array(np.broadcast_to(x, shape), order="C"), y.reshape(-1)
    values = values if out.dtype.kind == "c" else values.real
    out.reshape(-1)[places] = values if kept is None else values[kept]
    return out


def _cleared(g: Any, places: Any) -> Any:
    """g with zeros at the places."""
    return _blank(g, places)


def _found(g: Any, y_shape: Any, places: Any, kept: Any) -> Any:
    """The cotangents at the places, each at its value's own."""
    line = taken(g, places)
    return reshaped(line, tuple(y_shape)) if kept is None else added(line, kept, tuple(y_shape))


def _alone(t: Tangent, shape: Any, places: Any, kept: Any) -> Any:
    """Zeros with the tangents at the places."""
    return added(taken(t, np.arange(places.size) if kept is None else kept), places, shape)


def _blanked(x: Array, /, places: Any) -> Any:
    out = x.copy()
    out.reshape(-1)[places] = 0
    return out


_blank: Operation = linear(
    "index_fill_flat",
    _blanked,
    lambda g, places: _blank(g, places),
    function=False,
    method=False,
    grad_fn="IndexFillBackward0",
    doc="x with zeros at places of the line of its elements.",
)


def _writing(name: str, grad_fn: str) -> Operation:
    return general(
        name,
        _written,
        (_cleared, _found),
        (lambda t, shape, places, kept: _cleared(broadcast(t, shape), places), _alone),
        overload="places",
        function=False,
        method=False,
        complex=SAME,
        grad_fn=grad_fn,
        doc="x, with values of y at places of the line of its elements.",
    )


_over_view, _over_index = _writing("select_scatter", "SelectScatterBackward0"), _writing("put", "PutBackward0")
_over_index.saves_tensor, _over_index.saves_all = (True, True), True  # it saves the index, or the mask


def write_at(x: Tensor, y: Tensor, shape: tuple[int, ...], places: Any, kept: Any = None) -> Any:
    """x in this shape with values of y at places that an index names; see `_written`."""
    return _over_index(x, y, shape, places.reshape(-1), kept)


def _numbers(x: Tensor) -> Any:
    return np.arange(x.ndarray.size).reshape(x.shape)


def _over(name: str, x: Any, src: Any, places: Any) -> Any:
    if src.shape != places.shape:
        words = "expected src to have a size equal to the slice of self. src size ="
        raise Problem("shape-mismatch", f"{words} {list(src.shape)}, slice size = {list(places.shape)}")
    out = _over_view(x, src, tuple(x.shape), np.array(places).reshape(-1), None)
    return renamed(out, f"{name}Backward0")


def _axis(name: str, x: Operand, dim: int) -> int:
    if not x.ndim:
        raise Problem("dimension", f"{name}() cannot be applied to a 0-dim tensor.", type="IndexError")
    return one_dim(dim, x.ndim)


def _select_scatter(x: Tensor, src: Operand, /, dim: Dim, index: int) -> Any:
    axis = _axis("select", x, dim)
    length = x.shape[axis]
    if not -length <= index < length:
        words = f"select(): index {index} out of range for tensor of size {list(x.shape)} at dimension {axis}"
        raise Problem("index", words, type="IndexError")
    return _over("SelectScatter", x, src, _numbers(x).take(index, axis))


def _slice_scatter(
    x: Tensor, src: Operand, /, dim: Dim = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    if step < 1:
        raise Problem("argument", "slice step must be positive")
    key = (slice(None),) * _axis("slice", x, dim) + (slice(start, end, step),)
    return _over("SliceScatter", x, src, _numbers(x)[key])


def _diagonal_scatter(x: Tensor, src: Operand, /, offset: int = 0, dim1: Dim = 0, dim2: Dim = 1) -> Any:
    return _over("DiagonalScatter", x, src, diagonal.forward(_numbers(x), offset, dim1, dim2))


def _as_strided_scatter(x: Tensor, src: Operand, /, size: Sizes, stride: Sizes, storage_offset: int | None = None) -> Any:
    places = look(np.arange(x.ndarray.size), size, stride, storage_offset)
    if len(np.unique(places)) != places.size:
        words = "unsupported operation: more than one element of the written-to tensor refers to a single memory location."
        raise Problem("overlap", words)
    return _over("AsStridedScatter", x, src, places)


for _forward, _doc, _samples in (
    (_select_scatter, "x with src in the place of x.select(dim, index).", ("z:3 select_scatter(x, z, 0, 1)",)),
    (_slice_scatter, "x with src in the place of a slice along dim.", ("z:2,1 slice_scatter(x, z, 1, 0, 3, 3)",)),
    (_diagonal_scatter, "x with src on a diagonal.", ("z:2 diagonal_scatter(x, z, 1)",)),
    # PyTorch 2.13 has the gradient of x just where it should be zero, and zeros where it should be.
    (_as_strided_scatter, "x with src where a view by strides lies.", ("z:2 as_strided_scatter(ones(3), z, (2,), (2,))",)),
):
    composite(_forward.__name__[1:], _forward, doc=_doc, samples=_samples)
