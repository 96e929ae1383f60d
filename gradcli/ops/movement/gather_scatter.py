"""Values read and written at the places that an index tensor names along a dimension: gather, scatter and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.context import settings
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor, as_array, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent, zeros
from gradcli.ops.core.builders import SAME, Operation, composite, general
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import INT64, fitting, promote, scalar_name
from gradcli.ops.core.parameter_types import Dim, Scalar
from gradcli.ops.core.table import family
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.padding import padded
from gradcli.ops.movement.shapes import reshape

family("indexing")

_MANY = 1 << 16  # values: where fewer are added, they are in PyTorch's order and precision
WHOLE_NUMBERS = "an index is whole numbers: bind it with -c, which keeps int64"


def index_last(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Casting of rows whose last operand is an index or a mask: those before it are promoted to one dtype, it keeps its own."""
    return [*promote(values[:-1]), as_array(values[-1])]


def indexed(name: str, forward: Any, vjps: Any, jvps: Any, **fields: Any) -> Operation:
    """A row whose last operand says where: it has no derivative, and is saved like any other."""
    return general(
        name,
        forward,
        (*vjps, None),
        (*jvps, None),
        overload="indexed",
        function=False,
        method=False,
        casting=index_last,
        **({"complex": SAME} | fields),
    )


def transposes(
    name: str, pick: Any, spread: Any, grad_fns: tuple[str, str], docs: tuple[str, str]
) -> tuple[Operation, Operation]:
    """Two rows, each the transpose of the other.

    pick(x, index, dim)           takes entries of x
    spread(x, index, dim, shape)  adds those of x at such places in zeros of a shape
    """
    picked: Operation = indexed(
        name,
        pick,
        (lambda g, x_shape, index, dim: added(g, index, dim, x_shape),),
        (lambda t, index, dim: picked(t, index, dim),),
        grad_fn=grad_fns[0],
        doc=docs[0],
    )
    added: Operation = indexed(
        f"{name}_backward",
        spread,
        (lambda g, index, dim: picked(g, index, dim),),
        (lambda t, index, dim, shape: added(t, index, dim, shape),),
        grad_fn=grad_fns[1],
        doc=docs[1],
    )
    return picked, added


def _grid(indices: Any, axis: int) -> tuple[Any, ...]:
    """The places that `indices` mean: themselves along the axis, their own position along the others."""
    ndim = indices.ndim
    own = [np.arange(length).reshape(-1, *[1] * (ndim - dim - 1)) for dim, length in enumerate(indices.shape) if dim != axis]
    return (*own[:axis], indices, *own[axis:])


def checked_dim(name: str, x: Operand, index: Array, dim: int) -> int:
    """The dimension of `x` that `dim` names, counted from 0.

    Raises Problem where the dtype of `index` is neither int64 nor int32, or an index lies outside of that dimension.
    """
    axis = one_dim(dim, x.ndim)
    if index.dtype != INT64 and index.dtype.name != "int32":
        raise Problem(
            "dtype",
            f"{name}(): Expected dtype int64 for index, but got {scalar_name(index.dtype)}",
            hint=WHOLE_NUMBERS,
        )
    length = x.shape[axis] if x.ndim else 1
    if index.size and not 0 <= index.min() <= index.max() < length:
        outside = index[(index < 0) | (index >= length)]
        raise Problem(
            "index",
            f"index {outside.flat[0]} is out of bounds for dimension {axis} with size {length}",
            type="IndexError" if name == "index_fill" else "RuntimeError",
            hint="indices count from 0, and are never negative here",
        )
    return axis


def _same_dimensions(x: Operand, index: Operand, word: str) -> None:
    """Refuse an index of another number of dimensions; a number counts as one of length 1."""
    if max(x.ndim, 1) != max(index.ndim, 1):
        raise Problem(
            "shape-mismatch",
            f"Index tensor must have the same number of dimensions as {word} tensor",
            hint=f"the tensor has {x.ndim} dimensions, the index {index.ndim}",
        )


def _gather(x: Operand, index: Array, /, dim: int) -> Any:
    axis = one_dim(dim, x.ndim)
    if not index.size:
        return zeros(index.shape, x)
    _same_dimensions(x, index, "input")
    for place, (wanted, there) in enumerate(zip(index.shape, x.shape)):
        if place != axis and wanted > there:
            raise Problem(
                "shape-mismatch",
                f"Size does not match at dimension {place} expected index {list(index.shape)} to be no larger than self "
                f"{list(x.shape)} apart from dimension {axis}",
            )
    checked_dim("gather", x, index, dim)
    if x.ndim and index.ndim:
        return x[_grid(index, axis)]
    return x.reshape(-1)[index.reshape(-1)].reshape(index.shape)  # one of no dimension goes with one of one


def _spread_over(x: Array, index: Operand, /, dim: int, shape: Any) -> Any:
    """Zeros of `shape`, with x added at the places of the index: the transpose of gather."""
    out = zeros(shape, x)
    if not x.size:
        return out
    if shape and x.ndim:
        np.add.at(out, _grid(index, one_dim(dim, len(shape))), x)
    else:
        np.add.at(out.reshape(-1), index.reshape(-1), x.reshape(-1))
    return out


gathered, added_at = transposes(
    "gather",
    _gather,
    _spread_over,
    ("GatherBackward0", "ScatterAddBackward0"),
    ("The values at the places that an index names along dim.", "Values added at their indices along dim."),
)


def _entries(g: Cotangent, x_shape: tuple[int, ...], index: Tensor | Array, dim: Any) -> Any:
    """The cotangent of what was gathered as a sparse tensor in the shape of x."""
    from gradcli.ops.sparse.layouts import made  # few programs have sparse tensors

    if not (isinstance(g, Tensor) or type(g) is np.ndarray):  # many cotangents at once stay dense
        return added_at(g, index, dim, x_shape)
    places = index.ndarray if isinstance(index, Tensor) else index
    indices = np.zeros((len(x_shape), places.size), np.int64)
    if x_shape:
        indices[:] = np.indices(places.shape or (1,)).reshape(len(x_shape), -1)
        indices[one_dim(dim, len(x_shape))] = places.reshape(-1)
    values = reshape(g, (-1,)) if isinstance(g, Tensor) else g.reshape(-1)
    return made(values, from_array(indices) if isinstance(g, Tensor) else indices, x_shape, False)


_gathered_sparsely: Operation = general(
    "gather",
    _gather,
    (_entries, None),
    (lambda t, index, dim: gathered(t, index, dim), None),
    listed=False,
    grad_fn="GatherBackward0",
    doc="The values at the places that an index names along dim, with a gradient that is sparse.",
)


def _gather_as_called(x: Operand, /, dim: Dim, index: Tensor, *, sparse_grad: bool = False) -> Any:
    row = _gathered_sparsely if sparse_grad and settings().sparse_gradients else gathered
    return row(x, index.detach(), dim)


gather = composite(
    "gather",
    _gather_as_called,
    doc="The values at the places that an index names along dim.",
    samples=("gather(x, 1, tensor([[0, 2], [1, 1]]))", "gather(x, dim=0, index=tensor([[1, 0, 1]]))"),
)


def _take_along(x: Operand, /, indices: Tensor, dim: Dim | None = None) -> Any:
    places = indices.detach()
    if dim is None:
        return gathered(reshape(x, (-1,)), reshape(places, (-1,)), 0)
    if x.ndim != places.ndim:
        raise Problem(
            "shape-mismatch",
            f"torch.take_along_dim(): input and indices should have the same number of dimensions, but got {x.ndim} "
            f"dimensions for input, and {places.ndim} dimensions for indices",
        )
    axis = one_dim(dim, x.ndim)
    one = [np.empty((*each.shape[:axis], 1, *each.shape[axis + 1 :])) for each in (x, places)]
    problem = broadcast_problem(one)
    if problem is not None:
        raise problem
    lengths = np.broadcast_shapes(*[each.shape for each in one])
    places = from_array(places.ndarray + (places.ndarray < 0) * max(x.shape[axis] if x.ndim else 1, 1))
    shaped = [expand(each, (*lengths[:axis], each.shape[axis], *lengths[axis + 1 :])) for each in (x, places)]
    return gathered(shaped[0], shaped[1], dim)


composite(
    "take_along_dim",
    _take_along,
    doc="gather, after the other dimensions are broadcast.",
    samples=("take_along_dim(x, tensor([[0], [2]]), 1)", "take_along_dim(x, tensor([5, 0]))"),
)


def _check_places(x: Operand, index: Array, dim: int, source: Any = None) -> int:
    """The dimension, after what scatter asks of its index.  Raises Problem."""
    axis = one_dim(dim, x.ndim)
    _same_dimensions(x, index, "self")
    if source is not None:
        _same_dimensions(source, index, "src")
    beyond = [wanted > there for place, (wanted, there) in enumerate(zip(index.shape, x.shape)) if place != axis]
    over = [] if source is None else [wanted > there for wanted, there in zip(index.shape, source.shape)]
    if any([*beyond, *over]):
        tail = "" if source is None else f" and to be no larger size than src {list(source.shape)}"
        raise Problem(
            "shape-mismatch",
            f"Expected index {list(index.shape)} to be no larger than self {list(x.shape)} apart from dimension {axis}{tail}",
        )
    return checked_dim("scatter", x, index, dim)


def _places(x: Operand, index: Operand, axis: int) -> Any:
    if not x.ndim:
        return ...
    return _grid(index if index.ndim else index.reshape(1), axis)


def _corner(y: Operand, index: Operand) -> Any:
    """The part of y that has the shape of the index."""
    return y[tuple([slice(length) for length in index.shape])]


def _scatter(x: Array, y: Operand, index: Array, /, dim: int) -> Any:
    axis, out = _check_places(x, index, dim, y), x.copy()
    out[_places(x, index, axis)] = _corner(y, index)
    return out


def _scatter_number(x: Array, index: Array, /, dim: int, value: Scalar) -> Any:
    axis, out = _check_places(x, index, dim), x.copy()
    out[_places(x, index, axis)] = fitting(value, x.dtype)
    return out


def _scatter_add(x: Array, y: Operand, index: Array, /, dim: int) -> Any:
    axis = _check_places(x, index, dim, y)
    if type(y) is np.ndarray and x.ndim == 1 and index.size > _MANY and x.dtype.kind == "f":
        return x + np.bincount(index, _corner(y, index), x.size).astype(
            x.dtype
        )  # in a quarter of the time, but summed in float64
    out = x.copy()
    np.add.at(out, _places(x, index, axis), _corner(y, index))
    return out


_cleared = lambda g, index, dim: _scattered_number(g, index, dim, 0)  # noqa: E731
_found = lambda g, x_shape, y_shape, index, dim: _in_corner(gathered(g, index, dim), y_shape)  # noqa: E731
_scattered_number: Operation = indexed(
    "scatter_number",
    _scatter_number,
    (_cleared,),
    (_cleared,),
    grad_fn="ScatterBackward1",
    doc="x with a number at the places of an index.",
)
_scattered: Operation = indexed(
    "scatter",
    _scatter,
    (_cleared, _found),
    (_cleared, lambda t, x_shape, index, dim: _written(_corner(t, index), index, dim, x_shape)),
    grad_fn="ScatterBackward0",
    doc="x with the values of y at the places of an index.",
)
_scattered_sum: Operation = indexed(
    "scatter_add",
    _scatter_add,
    (lambda g: g, _found),
    (lambda t: t, lambda t, x_shape, index, dim: added_at(_corner(t, index), index, dim, x_shape)),
    grad_fn="ScatterAddBackward0",
    doc="x with the values of y added at the places of an index.",
)


def _in_corner(g: Cotangent, shape: Any) -> Any:
    """The gradient of a corner as that of the whole: zeros for values that the index, which is shorter, does not reach."""
    beyond = [whole - part for whole, part in zip(shape, g.shape)]
    return padded(g, tuple([each for missing in beyond[::-1] for each in (0, missing)]), 0) if any(beyond) else g


def _written(t: Tangent, index: Operand, dim: int, shape: Any) -> Any:
    """Zeros of `shape` with t written at the places of the index."""
    blank = zeros(shape, t.ndarray if isinstance(t, Tensor) else t)
    return _scattered(from_array(blank) if isinstance(t, Tensor) else blank, t, index, dim)


def _scatter_as_called(x: Operand, /, dim: Dim, index: Tensor, src: Tensor) -> Any:
    return _scattered(x, src, index.detach(), dim)


def _scatter_value(x: Operand, /, dim: Dim, index: Tensor, value: Scalar) -> Any:
    return _scattered_number(x, index.detach(), dim, value)


def _scatter_add_as_called(x: Operand, /, dim: Dim, index: Tensor, src: Tensor) -> Any:
    return _scattered_sum(x, src, index.detach(), dim)


composite(
    "scatter",
    _scatter_as_called,
    in_place=True,
    doc="x with the values of src at the places that an index names along dim.",
    samples=("y:2,2 x.scatter(1, tensor([[0, 2], [1, 0]]), y)",),
)
composite(
    "scatter",
    _scatter_value,
    in_place=True,
    overload="value",
    doc="x with a number at the places that an index names along dim.",
    samples=("scatter(x, 1, tensor([[0, 2], [1, 0]]), 2.5)", "x.scatter(0, tensor([[0, 1, 1]]), value=1.5)"),
)
composite(
    "scatter_add",
    _scatter_add_as_called,
    in_place=True,
    doc="x with the values of src added at the places that an index names along dim.",
    samples=("y:2,2 scatter_add(x, 1, tensor([[0, 2], [1, 1]]), y)", "y:1,3 x.scatter_add(0, tensor([[0, 1, 1]]), y)"),
)
