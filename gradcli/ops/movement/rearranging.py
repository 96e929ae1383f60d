"""flip, roll, rot90; diag_embed, diag, tril, triu; atleast_nd, stacking; repeat_interleave; meshgrid."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import Operation, composite, linear
from gradcli.ops.core.dims import all_dims, one_dim
from gradcli.ops.core.parameter_types import Dim, GridIndexing, Ints, Sizes, Tensors
from gradcli.ops.core.table import family
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.diagonals import diagonal, on_diagonal, within
from gradcli.ops.movement.diagonals import diagonal_backward as diagonal_placed
from gradcli.ops.movement.index_select import index_select
from gradcli.ops.movement.joining import cat
from gradcli.ops.movement.shapes import clone, flatten, reshape, unsqueeze, view

family("shapes")

# --- turned and moved -----------------------------------------------------------------------------------------------


def _flip(x: Array, /, dims: Sizes) -> Any:
    return np.flip(x, all_dims(dims, x.ndim)).copy() if dims else x.copy()


flip: Operation = linear(
    "flip",
    _flip,
    lambda g, dims: flip(g, dims),
    grad_fn="FlipBackward0",
    doc="The order along dimensions reversed.",
    samples=("flip(x, [0])", "x.flip(0, 1)", "flip(x, dims=(-1,))"),
)


def _flipped(name: str, least: int, axis: int) -> None:
    def turn(x: Operand, /) -> Any:
        if x.ndim < least:
            raise Problem("dimension", f"Input must be >= {least}-d.")
        return flip(x, (axis,))

    composite(name, turn, doc=f"flip along dimension {axis}.", samples=(f"{name}(x)",))


_flipped("fliplr", 2, 1)
_flipped("flipud", 1, 0)


def _many(value: Ints) -> tuple[int, ...]:
    """One whole number, or several, as several."""
    return value if isinstance(value, tuple) else (value,)


def _roll(x: Operand, /, shifts: Ints, dims: Ints = ()) -> Any:
    steps, places = _many(shifts), _many(dims)
    if not steps:
        raise Problem("argument", "`shifts` required")
    if len(steps) != len(places) and (places or len(steps) != 1):
        raise Problem("argument", f"shifts and dimensions must align. shifts: {len(steps)}, dims:{len(places)}")
    if not places:
        return np.roll(x, steps[0])
    if not x.ndim:
        raise Problem("dimension", f"Dimension specified as {places[0]} but tensor has no dimensions", type="IndexError")
    return np.roll(x, steps, tuple([one_dim(dim, x.ndim) for dim in places]))


roll: Operation = linear(
    "roll",
    _roll,
    lambda g, shifts, dims: roll(g, tuple([-each for each in _many(shifts)]), dims),
    grad_fn="RollBackward0",
    doc="The entries moved along, the last ones to the front.",
    samples=("roll(x, 1)", "x.roll(2, 0)", "roll(x, (1, -1), (0, 1))"),
)


def _rot90(x: Operand, /, k: int = 1, dims: Sizes = (0, 1)) -> Any:
    if x.ndim < 2:
        raise Problem("dimension", f"expected total dims >= 2, but got total dims = {x.ndim}")
    if len(dims) != 2:
        raise Problem("dimension", f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if one_dim(dims[0], x.ndim) == one_dim(dims[1], x.ndim):
        raise Problem("dimension", f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    return np.rot90(x, k, (one_dim(dims[0], x.ndim), one_dim(dims[1], x.ndim))).copy()


rot90: Operation = linear(
    "rot90",
    _rot90,
    lambda g, k, dims: rot90(g, -k, dims),
    grad_fn="Rot90Backward0",
    doc="Turned by k right angles in the plane of two dimensions.",
    samples=("rot90(x)", "x.rot90(-1, (1, 0))"),
)


# --- diagonals and triangles ----------------------------------------------------------------------------------------


def _diag_embed(x: Operand, /, offset: int = 0, dim1: Dim = -2, dim2: Dim = -1) -> Any:
    size = x.shape[-1] + abs(offset) if x.ndim else 1
    first, second = one_dim(dim1, x.ndim + 1), one_dim(dim2, x.ndim + 1)
    if first == second:
        raise Problem("dimension", f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    shape = list(x.shape[:-1])
    for place in sorted((first, second)):
        shape.insert(place, size)
    return on_diagonal(x, tuple(shape), offset, first, second)


diag_embed: Operation = linear(
    "diag_embed",
    _diag_embed,
    lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2),
    elements=lambda x, offset, dim1, dim2: x.size * (x.shape[-1] + abs(offset)) if x.ndim else 1,
    grad_fn="DiagEmbedBackward0",
    doc="Matrices with the last dimension of x on their diagonals.",
    samples=("x:3 diag_embed(x)", "diag_embed(x, offset=1)", "x.diag_embed(-1, 0, 2)"),
)


def _diagonal_copied(x: Operand, /, offset: int) -> Any:
    return x.diagonal(within(offset, x.shape)).copy()


_diagonal_copy: Operation = linear(
    "diagonal_copy",
    _diagonal_copied,
    lambda g, x_shape, offset: diagonal_placed(g, x_shape, offset, 0, 1),
    function=False,
    method=False,
    grad_fn="DiagonalBackward0_copy",
    doc="A diagonal, copied.",
)


def _diag(x: Operand, /, diagonal: int = 0) -> Any:
    if x.ndim == 1:
        return diag_embed(x, diagonal, 0, 1)
    if x.ndim != 2:
        raise Problem("dimension", f"diag(): Supports 1D or 2D tensors. Got {x.ndim}D")
    return _diagonal_copy(x, diagonal)


composite(
    "diag",
    _diag,
    doc="The matrix with x on its diagonal, or the diagonal of a matrix.",
    samples=("diag(x)", "x:3 diag(x)", "x:2 x.diag(1)", "x.diag(diagonal=-1)"),
)


def _diagflat(x: Operand, /, offset: int = 0) -> Any:
    return diag_embed(reshape(x, (-1,)), offset, 0, 1)


composite("diagflat", _diagflat, doc="The matrix with all of x on its diagonal.", samples=("diagflat(x)", "x:2 diagflat(x, 1)"))


def _triangle(name: str, keep: Any, word: str) -> Operation:
    def part(x: Operand, /, diagonal: int = 0) -> Any:
        if x.ndim < 2:
            raise Problem("dimension", f"{name}: input tensor must have at least 2 dimensions")
        return keep(x, diagonal)

    row: Operation = linear(
        name,
        part,
        lambda g, diagonal: row(g, diagonal),
        grad_fn=f"{name.capitalize()}Backward0",
        in_place=True,
        doc=f"Matrices with zeros {word} a diagonal.",
        samples=(f"{name}(x)", f"x.{name}(-1)", f"x:2,3,2 {name}(x, diagonal=1)"),
    )
    return row


tril, triu = _triangle("tril", np.tril, "above"), _triangle("triu", np.triu, "below")

# --- joined ---------------------------------------------------------------------------------------------------------


def _at_least(x: Operand, ndim: int) -> Any:
    """With dimensions in front, as in PyTorch (and NumPy): a vector is a row, and a matrix has one layer."""
    if ndim == 3 and x.ndim == 2:
        return unsqueeze(x, -1)
    if ndim == 3 and x.ndim == 1:
        return unsqueeze(unsqueeze(x, 0), -1)
    if ndim == 2 and x.ndim == 1:
        return unsqueeze(x, 0)
    return reshape(x, (1,) * ndim) if x.ndim == 0 else x


def _atleast(ndim: int) -> None:
    def of_all(tensors: Tensors, /) -> Any:
        return tuple([_at_least(each, ndim) for each in tensors])

    composite(
        f"atleast_{ndim}d",
        of_all,
        overload="sequence",
        method=False,
        doc=f"Each of several tensors with {ndim} dimension{'s' * (ndim > 1)} or more.",
        samples=(f"x:() y:3 atleast_{ndim}d([x, y])[0]", f"x:3 atleast_{ndim}d(x, x)[1]"),
    )
    composite(
        f"atleast_{ndim}d",
        lambda x, /: _at_least(x, ndim),
        method=False,
        doc=f"x with {ndim} dimension{'s' * (ndim > 1)} or more.",
        samples=(f"x:() atleast_{ndim}d(x)", f"x:3 atleast_{ndim}d(x)", f"atleast_{ndim}d(x)"),
    )


for _count in (1, 2, 3):
    _atleast(_count)


def _some(tensors: Any, name: str) -> Any:
    if not len(tensors):
        raise Problem("argument", f"{name} expects a non-empty TensorList")
    return tensors


def _vstack(tensors: Tensors, /) -> Any:
    return cat([_at_least(each, 2) for each in _some(tensors, "vstack")], 0)


def _hstack(tensors: Tensors, /) -> Any:
    lines = [_at_least(each, 1) for each in _some(tensors, "hstack")]
    return cat(lines, 0 if lines[0].ndim == 1 else 1)


def _dstack(tensors: Tensors, /) -> Any:
    return cat([_at_least(each, 3) for each in _some(tensors, "dstack")], 2)


def _column_stack(tensors: Tensors, /) -> Any:
    return cat([reshape(x, (x.ndarray.size, 1)) if x.ndim <= 1 else x for x in _some(tensors, "column_stack")], 1)


for _name, _join, _words in (
    ("vstack", _vstack, "below one another"),
    ("hstack", _hstack, "beside one another"),
    ("dstack", _dstack, "behind one another"),
    ("column_stack", _column_stack, "as columns"),
):
    composite(
        _name,
        _join,
        aliases=("row_stack",) if _name == "vstack" else (),
        method=False,
        doc=f"Tensors {_words}.",
        samples=(f"x:3 y:3 {_name}([x, y])", f"y:2,3 {_name}((x, y))"),
    )


def _repeat_interleave(x: Operand, /, repeats: int | Tensor, dim: Dim | None = None, *, output_size: int | None = None) -> Any:
    if dim is None:
        x = flatten(x)
    if not x.ndim and isinstance(repeats, Tensor):
        raise Problem("dimension", f"Dimension specified as {dim} but tensor has no dimensions", type="IndexError")
    axis = one_dim(dim or 0, x.ndim)
    if isinstance(repeats, Tensor):
        return index_select(x, axis, _repeated_places(repeats, x.shape[axis] if x.ndim else 1, output_size))
    if repeats < 0:
        raise Problem("argument", "Repeats must be non-negative")
    before, after = x.shape[: axis + 1], x.shape[axis + 1 :]
    spread = clone(expand(unsqueeze(x, axis + 1), (*before, repeats, *after)))
    return view(spread, (*before[:-1], before[-1] * repeats, *after))


def _repeated_places(repeats: Tensor, count: int | None, output_size: int | None) -> Tensor:
    """The index of every entry, so many times as `repeats` says (for all, or for each of `count`).  Raises Problem."""
    times = repeats.ndarray
    if times.ndim > 1:
        raise Problem("dimension", "repeat_interleave only accept 0D or 1D vector as repeat")
    if times.dtype.name not in ("int64", "int32"):
        raise Problem("dtype", "repeats has to be Long or Int tensor")
    if times.size and times.min() < 0:
        raise Problem("argument", "repeats can not be negative")
    if count is not None and times.size not in (1, count):
        words = "repeats must have the same size as input along dim"
        raise Problem("shape-mismatch", f"{words}, but got repeats.size(0) = {times.size} and input.size({0}) = {count}")
    total = int(times.sum()) * (count if count is not None and times.size == 1 else 1)
    if output_size is not None and output_size != total:
        raise Problem("argument", "allocated size does not match required size", hint=f"output_size is {total} here")
    memory.reserve(total, "repeat_interleave")
    each = np.broadcast_to(times.reshape(-1), (times.size if count is None else count,))
    return from_array(np.repeat(np.arange(each.size), each))


def _repeat_places(repeats: Tensor, /, *, output_size: int | None = None) -> Any:
    return _repeated_places(repeats, None, output_size)


composite(
    "repeat_interleave",
    _repeat_interleave,
    doc="Each entry repeated: all so many times, or each as often as a tensor says.",
    samples=(
        "repeat_interleave(x, 2)",
        "x.repeat_interleave(3, dim=1)",
        "repeat_interleave(x, tensor([1, 2]), dim=0)",
        "x.repeat_interleave(tensor([2, 0, 1]), 1, output_size=3)",
        "repeat_interleave(x, tensor([2]))",
    ),
)
composite(
    "repeat_interleave",
    _repeat_places,
    overload="places",
    method=False,
    doc="The index of every entry, as often as the entry says.",
    samples=("repeat_interleave(tensor([1, 0, 2]))",),
)

# --- grids ----------------------------------------------------------------------------------------------------------


def _meshgrid(tensors: Tensors, /, *, indexing: GridIndexing = "ij") -> Any:
    for each in tensors:
        if each.ndim > 1:
            raise Problem(
                "dimension",
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: a tensor of {list(each.shape)}",
            )
    swap = indexing == "xy" and len(tensors) > 1
    axes = [tensors[1], tensors[0], *tensors[2:]] if swap else list(tensors)
    lengths = tuple([each.ndarray.size for each in axes])
    grids = [
        expand(view(each, tuple([-1 if place == at else 1 for place in range(len(axes))])), lengths)
        for at, each in enumerate(axes)
    ]
    if swap:
        grids = [grids[1], grids[0], *grids[2:]]
    return tuple(grids)


meshgrid = composite(
    "meshgrid",
    _meshgrid,
    method=False,
    doc="The coordinates of a grid, a tensor for each axis.",
    samples=("meshgrid([tensor([1., 2.]), tensor([3., 4., 5.])], indexing='xy')[0]",),
)
