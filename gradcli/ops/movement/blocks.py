"""block_diag, cartesian_prod, combinations, tensor_split and its kin, Tensor.unfold, tril_indices and triu_indices."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import versions
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Cotangent, Operand, zeros
from gradcli.ops.core.builders import Operation, composite, constant, linear
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import promote
from gradcli.ops.core.parameter_types import Dim, DType, Operands, Splits, Tensors
from gradcli.ops.core.table import family
from gradcli.ops.movement.as_strided import laid, offset_of
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.indexing import narrow
from gradcli.ops.movement.joining import stack
from gradcli.ops.movement.masked_select import masked_select
from gradcli.ops.movement.rearranging import meshgrid
from gradcli.ops.movement.shapes import reshape, reshaped

family("shapes")


def _broadcast_tensors(tensors: Operands) -> Any:
    if not tensors:
        return ()
    problem = broadcast_problem([each.ndarray for each in tensors])
    if problem is not None:
        raise problem
    shape = np.broadcast_shapes(*[each.shape for each in tensors])
    return tuple([each if each.shape == shape else expand(each, shape) for each in tensors])


composite(
    "broadcast_tensors",
    _broadcast_tensors,
    method=False,
    doc="Tensors in the shape that they have together, without copying.",
    samples=("x:2,1 y:3 broadcast_tensors(x, y)[0]", "y:3 broadcast_tensors(x, y)[1]"),
)

# --- blocks ---------------------------------------------------------------------------------------------------------


def _as_matrix_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) * (2 - len(shape)) + tuple(shape)


def _blocks(tensors: Tensors, /) -> Any:
    for place, each in enumerate(tensors):
        if each.ndim > 2:
            raise Problem(
                "dimension",
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {place} has {each.ndim} dimensions",
            )
    shapes = [_as_matrix_shape(each.shape) for each in tensors]
    out = zeros((sum([each[0] for each in shapes]), sum([each[1] for each in shapes])), tensors[0])
    for each, key in zip(tensors, _corners(shapes)):
        out[key] = each
    return out


def _corners(shapes: list[tuple[int, ...]]) -> list[Any]:
    """Where the blocks of these shapes stand."""
    keys, row, column = [], 0, 0
    for height, width in shapes:
        keys.append((slice(row, row + height), slice(column, column + width)))
        row, column = row + height, column + width
    return keys


def _unblocked(g: Cotangent, tensors_shape: tuple[tuple[int, ...], ...]) -> Any:
    keys = _corners([_as_matrix_shape(shape) for shape in tensors_shape])
    return [reshaped(g[key], tuple(shape)) for key, shape in zip(keys, tensors_shape)]


_block_row: Operation = linear(
    "block_diag",
    _blocks,
    _unblocked,
    overload="list",
    function=False,
    method=False,
    casting=promote,
    grad_fn="BlockDiagBackward0",
    doc="Blocks on the diagonal of a matrix.",
)


def _block_diag(tensors: Operands) -> Any:
    return _block_row(list(tensors)) if tensors else from_array(np.zeros((1, 0)))


composite(
    "block_diag",
    _block_diag,
    method=False,
    doc="A matrix with the tensors as blocks on its diagonal, and zeros elsewhere.",
    samples=("x:2,3 y:2,2 block_diag(x, y)", "x:3 y:2,2 block_diag(x, y, x)"),
)

# --- sets -----------------------------------------------------------------------------------------------------------


def _cartesian_prod(tensors: Operands) -> Any:
    for each in tensors:
        if each.ndim != 1:
            raise Problem("dimension", f"Expect a 1D vector, but got shape {list(each.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(grid, (-1,)) for grid in meshgrid.forward(list(tensors))], 1)


composite(
    "cartesian_prod",
    _cartesian_prod,
    method=False,
    doc="All combinations of an entry of each vector, as rows.",
    samples=("x:2 y:3 cartesian_prod(x, y)",),
)


def _combinations(x: Tensor, /, r: int = 2, with_replacement: bool = False) -> Any:
    if x.ndim != 1:
        raise Problem("dimension", f"Expect a 1D vector, but got shape {list(x.shape)}")
    if r < 0:
        raise Problem("argument", f"Expect a non-negative number, but got {r}")
    if not r:
        return from_array(np.zeros((0,), x.ndarray.dtype))
    if math.comb(x.shape[0] + r, r) > _MOST or x.shape[0] ** r > _MOST:
        raise Problem("memory", f"combinations of {r} out of {x.shape[0]} would take a mask of {x.shape[0]}**{r} entries")
    grids = meshgrid.forward([x] * r)
    places = np.meshgrid(*[np.arange(x.shape[0])] * r, indexing="ij")
    mask = np.ones((x.shape[0],) * r, bool)
    for one, two in pairwise(places):
        mask &= one <= two if with_replacement else one < two
    return stack([masked_select(each, from_array(mask)) for each in grids], 1)


_MOST = 1 << 27
composite(
    "combinations",
    _combinations,
    method=False,
    doc="All choices of r entries of a vector, as rows.",
    samples=("x:4 combinations(x)", "x:3 combinations(x, 3)", "x:3 combinations(x, with_replacement=True)"),
)

# --- parts ----------------------------------------------------------------------------------------------------------

_MOST_PARTS = 10**6


def _tensor_split(x: Operand, /, indices_or_sections: Splits, dim: Dim = 0) -> Any:
    if not x.ndim:
        raise Problem("dimension", "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    axis = one_dim(dim, x.ndim)
    return _cut(x, indices_or_sections, axis)


def _cut(x: Operand, given: Any, axis: int) -> Any:
    """Parts up to each of some places, or so many parts, of which the first are longer by one where that is needed."""
    length = x.shape[axis]
    if isinstance(given, int):
        if given <= 0:
            raise Problem("argument", f"number of sections must be larger than 0, got {given}")
        if given > _MOST_PARTS:
            raise Problem("limit", f"tensor_split() gives at most {_MOST_PARTS:,} parts here, and not {given:.6g}")
        size, longer = divmod(length, given)
        ends = [(place + 1) * size + min(place + 1, longer) for place in range(given)]
    else:
        ends = [*[max(0, min(length, each + length if each < 0 else each)) for each in given], length]
    starts = [0, *ends[:-1]]
    return tuple([narrow(x, axis, start, max(start, end), 1) for start, end in zip(starts, ends)])


composite(
    "tensor_split",
    _tensor_split,
    doc="So many parts along dim, or parts up to each of some places, as a tuple of views.",
    samples=("x:5 tensor_split(x, 2)[0]", "x.tensor_split((1, 2), dim=1)[1]"),
)


def _split_along(name: str, least: int, axis_of: Any) -> None:
    def called(x: Operand, /, indices_or_sections: Splits) -> Any:
        if x.ndim < least:
            raise Problem(
                "dimension",
                f"torch.{name} requires a tensor with at least {least} dimension{'s' * (least > 1)}, but got a tensor with "
                f"{x.ndim} dimensions!",
            )
        axis = axis_of(x)
        if isinstance(indices_or_sections, int) and (not indices_or_sections or x.shape[axis] % indices_or_sections):
            raise Problem(
                "argument",
                f"torch.{name} attempted to split along dimension {axis}, but the size of the dimension {x.shape[axis]} is not "
                f"divisible by the split_size {indices_or_sections}!",
            )
        return _cut(x, indices_or_sections, axis)

    composite(name, called, doc=f"Parts along dimension {axis_of.__doc__}.", samples=(f"x:2,2,2 {name}(x, 2)[0]",))


def _second(x: Operand) -> int:
    """1 (of a vector 0)"""
    return 1 if x.ndim > 1 else 0


def _first(x: Operand) -> int:
    """0"""
    return 0


def _third(x: Operand) -> int:
    """2"""
    return 2


_split_along("hsplit", 1, _second)
_split_along("vsplit", 2, _first)
_split_along("dsplit", 3, _third)

# --- windows --------------------------------------------------------------------------------------------------------


def _unfold(x: Operand, /, dimension: Dim, size: int, step: int) -> Any:
    axis = one_dim(dimension, x.ndim)
    length = x.shape[axis] if x.ndim else 1
    if size < 0:
        raise Problem("argument", f"size is {size} but must be >= 0")
    if size > length:
        raise Problem(
            "argument",
            f"maximum size for tensor at dimension {axis} is {length} but size is {size}",
            hint="take a smaller size",
        )
    if step <= 0:
        raise Problem("argument", f"step is {step} but must be > 0")
    if not x.ndim:
        return x.reshape(size)
    if type(x) is not np.ndarray:  # a batch of them, or a stand-in
        return np.lib.stride_tricks.sliding_window_view(x, size, axis)[(*[slice(None)] * axis, slice(None, None, step))]
    steps = [stride // x.itemsize for stride in x.strides]
    count = (length - size) // step + 1
    shape = (*x.shape[:axis], count, *x.shape[axis + 1 :], size)
    strides = (*steps[:axis], steps[axis] * step, *steps[axis + 1 :], steps[axis])
    return laid(versions.root_of(x), x.dtype, offset_of(x), shape, strides)


def _folded(x: Operand, /, shape: Any, dimension: int, size: int, step: int) -> Any:
    """Windows added where they were taken from."""
    if not shape:
        return x.reshape(())
    out = zeros(tuple(shape), x)
    axis = one_dim(dimension, len(shape))
    before = (slice(None),) * axis
    for place in range(x.shape[axis]):
        window = x[(*before, place)]
        key = (*before, slice(place * step, place * step + size))
        out[key] = out[key] + (window.swapaxes(-1, axis) if axis == window.ndim - 1 else np.moveaxis(window, -1, axis))
    return out


unfolded: Operation = linear(
    "unfold",
    _unfold,
    lambda g, x_shape, dimension, size, step: windows_added(g, tuple(x_shape), dimension, size, step),
    shares=True,
    function=False,
    grad_fn="UnfoldBackward0",
    doc="Windows of a size along a dimension, step apart, as a last dimension.",
    samples=("x.unfold(1, 2, 1)", "x:5 x.unfold(0, 3, 2)", "x:3,2,2 x.unfold(0, 2, 1)"),
)
windows_added: Operation = linear(
    "unfold_backward",
    _folded,
    lambda g, shape, dimension, size, step: unfolded(g, dimension, size, step),
    elements=lambda x, shape, dimension, size, step: math.prod(shape),
    function=False,
    method=False,
    grad_fn="UnfoldBackwardBackward0",
    doc="Windows added where they came from.",
)

# --- indices of triangles -------------------------------------------------------------------------------------------


def _indices(name: str, of: Any, word: str) -> None:
    def called(row: int, col: int, offset: int = 0, *, dtype: DType = None) -> Any:
        for length, what in ((row, "row"), (col, "col")):
            if length < 0:
                raise Problem("argument", f"{what} must be non-negative, got{length}")
        return np.stack(of(row, offset, col)).astype(np.int64 if dtype is None else dtype)

    constant(
        name,
        called,
        elements=lambda row, col, offset, dtype: max(0, row) * max(0, col),
        method=False,
        doc=f"The row and column of every entry of a matrix {word}.",
        samples=(f"{name}(3, 2)", f"{name}(3, 3, offset=1)"),
    )


_indices("tril_indices", np.tril_indices, "on and below a diagonal")
_indices("triu_indices", np.triu_indices, "on and above a diagonal")
