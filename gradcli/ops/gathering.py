"""Values picked by an index tensor along a dimension, and the way back: gather, scatter, index_select."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.builders import Operation, composite, constant, general
from gradcli.ops.dims import one_dim
from gradcli.ops.dtypes import INT64, fitting, promote, scalar_name
from gradcli.ops.kinds import Anything, Dim, Number
from gradcli.ops.selection import nonzero_places
from gradcli.ops.shapes import expand, reshape, zeros
from gradcli.ops.table import family

family("gathering")

_WHOLE = "an index is whole numbers: bind it with -c, which keeps int64"


def _index_last(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Casting of rows whose last operand is an index (or a mask): the operands before it take part in promotion."""
    return [*promote(values[:-1]), np.asarray(values[-1])]


def _indexed(name: str, forward: Any, vjps: Any, jvps: Any, **fields: Any) -> Operation:
    """A row whose last operand says where: it has no derivative, and is saved like any other."""
    return general(
        name,
        forward,
        (*vjps, None),
        (*jvps, None),
        overload="indexed",
        function=False,
        method=False,
        casting=_index_last,
        **fields,
    )


def _index(given: Any, name: str) -> Tensor:
    """The argument `index` of a call, outside the graph.  Raises Problem."""
    if type(given) is not Tensor:
        raise Problem("type", f"{name}(): argument 'index' must be Tensor, not {type(given).__name__}", type="TypeError")
    return given.detach()


def _grid(indices: Any, axis: int) -> tuple[Any, ...]:
    """The places that `indices` mean: themselves along the axis, their own position along the others."""
    own = list(np.ogrid[tuple([slice(length) for length in indices.shape])])
    own[axis] = indices
    return tuple(own)


def _checked(name: str, x: Any, index: Any, dim: int) -> int:
    """The dimension from 0; the indices are found to be inside it."""
    axis = one_dim(dim, x.ndim)
    if index.dtype != INT64 and index.dtype.name != "int32":
        raise Problem(
            "dtype",
            f"{name}(): Expected dtype int64 for index, but got {scalar_name(index.dtype)}",
            hint=_WHOLE,
        )
    length = x.shape[axis] if x.ndim else 1
    outside = index[(index < 0) | (index >= length)]
    if outside.size:
        raise Problem(
            "index",
            f"index {outside.flat[0]} is out of bounds for dimension {axis} with size {length}",
            type="IndexError" if name == "index_fill" else "RuntimeError",
            hint="indices count from 0, and are never negative here",
        )
    return axis


def _same_dimensions(x: Any, index: Any, word: str) -> None:
    if max(x.ndim, 1) != max(index.ndim, 1):
        raise Problem(
            "shape-mismatch",
            f"Index tensor must have the same number of dimensions as {word} tensor",
            hint=f"the tensor has {x.ndim} dimensions, the index {index.ndim}",
        )


# --- gather and scatter ---------------------------------------------------------------------------------------------


def _gather(x: Any, index: Any, /, dim: int) -> Any:
    axis = one_dim(dim, x.ndim)
    _same_dimensions(x, index, "input")
    for place, (wanted, there) in enumerate(zip(index.shape, x.shape)):
        if place != axis and wanted > there:
            raise Problem(
                "shape-mismatch",
                f"Size does not match at dimension {place} expected index {list(index.shape)} to be no larger than self "
                f"{list(x.shape)} apart from dimension {axis}",
            )
    _checked("gather", x, index, dim)
    return x[_grid(index, axis)] if x.ndim and index.ndim else x.reshape(index.shape)


def _spread_over(x: Any, index: Any, /, dim: int, shape: Any) -> Any:
    """Zeros of `shape`, with x added at the places of the index: the transpose of gather."""
    out = zeros(shape, x)
    if not shape or not x.ndim:
        return x.reshape(shape)
    np.add.at(out, _grid(index, one_dim(dim, len(shape))), x)
    return out


gathered: Operation = _indexed(
    "gather",
    _gather,
    (lambda g, x_shape, index, dim: added_at(g, index, dim, x_shape),),
    (lambda t, index, dim: gathered(t, index, dim),),
    grad_fn="GatherBackward0",
    doc="The values at the places that an index names along dim.",
)
added_at: Operation = _indexed(
    "gather_backward",
    _spread_over,
    (lambda g, index, dim: gathered(g, index, dim),),
    (lambda t, index, dim, shape: added_at(t, index, dim, shape),),
    grad_fn="ScatterAddBackward0",
    doc="Values added at their indices along dim.",
)


def _gather_as_called(x: Any, /, dim: Dim, index: Anything) -> Any:
    return gathered(x, _index(index, "gather"), dim)


gather = composite(
    "gather",
    _gather_as_called,
    doc="The values at the places that an index names along dim.",
    samples=("gather(x, 1, tensor([[0, 2], [1, 1]]))", "gather(x, dim=0, index=tensor([[1, 0, 1]]))"),
)


def _take_along(x: Any, /, indices: Anything, dim: Dim | None = None) -> Any:
    places = _index(indices, "take_along_dim")
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
    shaped = [expand(each, (*lengths[:axis], each.shape[axis], *lengths[axis + 1 :])) for each in (x, places)]
    return gathered(shaped[0], shaped[1], dim)


composite(
    "take_along_dim",
    _take_along,
    doc="gather, after the other dimensions are broadcast.",
    samples=("take_along_dim(x, tensor([[0], [2]]), 1)", "take_along_dim(x, tensor([5, 0]))"),
)


def _check_places(x: Any, index: Any, dim: int, source: Any = None) -> int:
    """The dimension, after what scatter asks of its index.  Raises Problem."""
    axis = one_dim(dim, x.ndim)
    _same_dimensions(x, index, "self")
    beyond = [wanted > there for place, (wanted, there) in enumerate(zip(index.shape, x.shape)) if place != axis]
    over = [] if source is None else [wanted > there for wanted, there in zip(index.shape, source.shape)]
    if any([*beyond, *over]):
        tail = "" if source is None else f" and to be no larger size than src {list(source.shape)}"
        raise Problem(
            "shape-mismatch",
            f"Expected index {list(index.shape)} to be no larger than self {list(x.shape)} apart from dimension {axis}{tail}",
        )
    return _checked("scatter", x, index, dim)


def _places(x: Any, index: Any, axis: int) -> Any:
    return _grid(index, axis) if x.ndim and index.ndim else ...


def _corner(y: Any, index: Any) -> Any:
    """The part of y that has the shape of the index."""
    return y[tuple([slice(length) for length in index.shape])]


def _scatter(x: Any, y: Any, index: Any, /, dim: int) -> Any:
    axis, out = _check_places(x, index, dim, y), x.copy()
    out[_places(x, index, axis)] = _corner(y, index)
    return out


def _scatter_number(x: Any, index: Any, /, dim: int, value: Number) -> Any:
    axis, out = _check_places(x, index, dim), x.copy()
    out[_places(x, index, axis)] = fitting(value, x.dtype)
    return out


def _scatter_add(x: Any, y: Any, index: Any, /, dim: int) -> Any:
    axis, out = _check_places(x, index, dim, y), x.copy()
    np.add.at(out, _places(x, index, axis), _corner(y, index))
    return out


_cleared = lambda g, index, dim: _scattered_number(g, index, dim, 0)  # noqa: E731
_found = lambda g, index, dim: gathered(g, index, dim)  # noqa: E731
_scattered_number: Operation = _indexed(
    "scatter_number",
    _scatter_number,
    (_cleared,),
    (_cleared,),
    grad_fn="ScatterBackward1",
    doc="x with a number at the places of an index.",
)
_scattered: Operation = _indexed(
    "scatter",
    _scatter,
    (_cleared, _found),
    (_cleared, lambda t, x_shape, index, dim: _written(t, index, dim, x_shape)),
    grad_fn="ScatterBackward0",
    doc="x with the values of y at the places of an index.",
)
_scattered_sum: Operation = _indexed(
    "scatter_add",
    _scatter_add,
    (lambda g: g, _found),
    (lambda t: t, lambda t, x_shape, index, dim: added_at(t, index, dim, x_shape)),
    grad_fn="ScatterAddBackward0",
    doc="x with the values of y added at the places of an index.",
)


def _written(t: Any, index: Any, dim: int, shape: Any) -> Any:
    """Zeros of `shape` with t written at the places of the index."""
    blank = zeros(shape, t.array if type(t) is Tensor else t)
    return _scattered(Tensor(blank) if type(t) is Tensor else blank, t, index, dim)


def _scatter_as_called(x: Any, /, dim: Dim, index: Anything, src: Anything) -> Any:
    places = _index(index, "scatter")
    return _scattered(x, src, places, dim) if type(src) is Tensor else _scattered_number(x, places, dim, src)


def _scatter_value(x: Any, /, dim: Dim, index: Anything, *, value: Number) -> Any:
    return _scattered_number(x, _index(index, "scatter"), dim, value)


def _scatter_add_as_called(x: Any, /, dim: Dim, index: Anything, src: Anything) -> Any:
    return _scattered_sum(x, src, _index(index, "scatter_add"), dim)


composite(
    "scatter",
    _scatter_as_called,
    in_place=True,
    doc="x with the values of src (or a number) at the places that an index names along dim.",
    samples=("scatter(x, 1, tensor([[0, 2], [1, 0]]), 2.5)", "y:2,2 x.scatter(1, tensor([[0, 2], [1, 0]]), y)"),
)
composite(
    "scatter",
    _scatter_value,
    in_place=True,
    overload="value",
    doc="x with a number at the places that an index names along dim.",
    samples=("x.scatter(0, tensor([[0, 1, 1]]), value=1.5)",),
)
composite(
    "scatter_add",
    _scatter_add_as_called,
    in_place=True,
    doc="x with the values of src added at the places that an index names along dim.",
    samples=("y:2,2 scatter_add(x, 1, tensor([[0, 2], [1, 1]]), y)", "y:1,3 x.scatter_add(0, tensor([[0, 1, 1]]), y)"),
)

# --- whole entries along a dimension --------------------------------------------------------------------------------


def _entry(x: Any, index: Any, axis: int) -> Any:
    return (slice(None),) * axis + (np.atleast_1d(index),) if x.ndim else ...


def _select_entries(x: Any, index: Any, /, dim: int) -> Any:
    axis = one_dim(dim, x.ndim)
    if index.ndim > 1:
        raise Problem("index", "index_select(): Index is supposed to be a vector", type="IndexError")
    length = x.shape[axis] if x.ndim else 1
    outside = index[(index < 0) | (index >= length)]
    if outside.size:
        raise _out_of_entries(x, outside.flat[0], length)
    return x.take(np.atleast_1d(index), axis) if x.ndim else x.copy()


def _out_of_entries(x: Any, wrong: int, length: int) -> Problem:
    hint = f"there are {length} entries, counted from 0"
    if not length:
        return Problem("index", "index_select(): self indexing axis dim should be positive", hint=hint)
    if x.ndim < 2:
        return Problem("index", "index out of range in self", type="IndexError", hint=hint)
    return Problem("index", f"INDICES element is out of DATA bounds, id={wrong} axis_dim={length}", hint=hint)


def _entries_added(x: Any, index: Any, /, dim: int, shape: Any) -> Any:
    out = zeros(shape, x)
    np.add.at(out, _entry(out, index, one_dim(dim, len(shape))), x)
    return out


_selected: Operation = _indexed(
    "index_select",
    _select_entries,
    (lambda g, x_shape, index, dim: _entries(g, index, dim, x_shape),),
    (lambda t, index, dim: _selected(t, index, dim),),
    grad_fn="IndexSelectBackward0",
    doc="The entries along dim that an index names.",
)
_entries: Operation = _indexed(
    "index_select_backward",
    _entries_added,
    (lambda g, index, dim: _selected(g, index, dim),),
    (lambda t, index, dim, shape: _entries(t, index, dim, shape),),
    grad_fn="IndexAddBackward0",
    doc="Entries added at their places along dim.",
)


def _check_entries(x: Any, y: Any, index: Any, dim: int) -> None:
    """What index_add asks of the entries that it adds.  Raises Problem."""
    axis = one_dim(dim, x.ndim)
    if not x.ndim:
        raise Problem("dimension", f"Dimension specified as {dim} but tensor has no dimensions", type="IndexError")
    count = y.shape[axis] if axis < y.ndim else 1
    if index.size != count:
        raise Problem(
            "shape-mismatch",
            f"index_add_(): Number of indices ({index.size}) should be equal to source.size(dim): ({count}), for dim: {axis}",
        )
    if x.shape[:axis] + x.shape[axis + 1 :] != y.shape[:axis] + y.shape[axis + 1 :]:
        raise Problem(
            "shape-mismatch",
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(x.shape)} source.shape = {list(y.shape)}",
        )


def _index_add(x: Any, y: Any, index: Any, /, dim: int, alpha: Number) -> Any:
    _check_entries(x, y, index, dim)
    axis, out = _checked("index_add", x, index, dim), x.copy()
    np.add.at(out, _entry(x, index, axis), y * alpha if alpha != 1 else y)
    return out


_added: Operation = _indexed(
    "index_add",
    _index_add,
    (lambda g: g, lambda g, index, dim, alpha: _selected(g, index, dim) * alpha),
    (lambda t: t, lambda t, x_shape, index, dim, alpha: _entries(t, index, dim, x_shape) * alpha),
    grad_fn="IndexAddBackward0",
    doc="x with the entries of y added at the places of an index.",
)


def _index_fill(x: Any, index: Any, /, dim: int, value: Number) -> Any:
    axis, out = _checked("index_fill", x, index, dim), x.copy()
    out[_entry(x, index, axis)] = fitting(value, x.dtype)
    return out


_emptied = lambda g, index, dim: _filled(g, index, dim, 0)  # noqa: E731
_filled: Operation = _indexed(
    "index_fill",
    _index_fill,
    (_emptied,),
    (_emptied,),
    grad_fn="IndexFillBackward0",
    doc="x with a number in the entries that an index names.",
)


def _index_select_as_called(x: Any, /, dim: Dim, index: Anything) -> Any:
    return _selected(x, _index(index, "index_select"), dim)


def _index_add_as_called(x: Any, /, dim: Dim, index: Anything, source: Anything, *, alpha: Number = 1) -> Any:
    return _added(x, source, _index(index, "index_add"), dim, alpha)


def _index_fill_as_called(x: Any, /, dim: Dim, index: Anything, value: Number) -> Any:
    return _filled(x, _index(index, "index_fill"), dim, value)


composite(
    "index_select",
    _index_select_as_called,
    doc="The entries along dim that an index names.",
    samples=("index_select(x, 1, tensor([2, 0, 2]))", "x.index_select(0, tensor([1]))"),
)
composite(
    "index_add",
    _index_add_as_called,
    in_place=True,
    doc="x with the entries of source (times alpha) added at the places that an index names along dim.",
    samples=("index_add(x, 0, tensor([1, 1]), y)", "y:2,2 x.index_add(1, tensor([2, 0]), y, alpha=2)"),
)
composite(
    "index_fill",
    _index_fill_as_called,
    in_place=True,
    doc="x with a number in the entries that an index names along dim.",
    samples=("index_fill(x, 1, tensor([0, 2]), 1.5)",),
)

# --- places of the flattened tensor, and masks ----------------------------------------------------------------------


def _flat(x: Any, index: Any, /) -> Any:
    if index.dtype != INT64:
        raise Problem("dtype", f"take(): Expected a long tensor for index, but got {scalar_name(index.dtype)}", hint=_WHOLE)
    if index.size and not x.size:
        raise Problem("index", "take(): tried to take from an empty tensor", type="IndexError")
    wrong = index[(index < -x.size) | (index >= x.size)]
    if wrong.size:
        raise Problem(
            "index",
            f"out of range: tried to access index {wrong.flat[0]} on a tensor of {x.size} elements.",
            type="IndexError",
        )
    return x.reshape(-1)[index]


def _flat_added(x: Any, index: Any, /, shape: Any) -> Any:
    out = zeros(shape, x)
    np.add.at(out.reshape(-1), index, x)
    return out


_taken: Operation = _indexed(
    "take",
    _flat,
    (lambda g, x_shape, index: _put(g, index, x_shape),),
    (lambda t, index: _taken(t, index),),
    grad_fn="TakeBackward0",
    doc="The values at places of the flattened tensor.",
)
_put: Operation = _indexed(
    "take_backward",
    _flat_added,
    (lambda g, index: _taken(g, index),),
    (lambda t, index, shape: _put(t, index, shape),),
    grad_fn="PutBackward0",
    doc="Values added at places of the flattened tensor.",
)


def _take_as_called(x: Any, /, index: Anything) -> Any:
    return _taken(x, _index(index, "take"))


composite(
    "take",
    _take_as_called,
    doc="The values at places of the flattened tensor.",
    samples=("take(x, tensor([0, 5, -1]))", "x.take(tensor([[1, 1], [2, 0]]))"),
)


def _masked_select(x: Any, mask: Any, /) -> Any:
    if mask.dtype.kind != "b":
        raise Problem("dtype", "masked_select: expected BoolTensor for mask", hint="compare it with something: x > 0")
    problem = broadcast_problem([mask, x])
    if problem is not None:
        raise problem
    shape = np.broadcast_shapes(x.shape, mask.shape)
    return np.broadcast_to(x, shape)[np.broadcast_to(mask, shape)]


def _unmasked(x: Any, mask: Any, /, shape: Any) -> Any:
    whole = np.broadcast_shapes(shape, mask.shape)
    out = zeros(whole, x)
    out[np.broadcast_to(mask, whole)] = x
    return out


masked_select: Operation = general(
    "masked_select",
    _masked_select,
    (lambda g, x_shape, mask: _masked_back(g, mask, x_shape), None),
    (lambda t, mask: masked_select(t, mask), None),
    casting=_index_last,
    grad_fn="MaskedSelectBackward0",
    doc="The values where the mask holds, in one line.",
    samples=("masked_select(x, x > 0)", "x.masked_select(tensor([True, False, True]))"),
)
_masked_back: Operation = _indexed(
    "masked_select_backward",
    _unmasked,
    (lambda g, mask: masked_select(g, mask),),
    (lambda t, mask, shape: _masked_back(t, mask, shape),),
    grad_fn="MaskedSelectBackwardBackward0",
    doc="Zeros, with values where the mask holds.",
)


def _nonzero(x: Any, /, *, as_tuple: bool = False) -> Any:
    places = nonzero_places(x)
    if as_tuple:
        return places
    return Tensor(np.stack([each.array for each in places], 1) if x.ndim else np.zeros((places[0].size, 0), INT64))


composite(
    "nonzero",
    _nonzero,
    doc="Where the values are not zero, a row for each; or a tuple that indexes them.",
    samples=("nonzero(tensor([[0, 1], [2, 0]]))", "nonzero(tensor([0, 3, 4]), as_tuple=True)[0]"),
)
constant(
    "argwhere",
    lambda x, /: np.argwhere(x),
    doc="Where the values are not zero, a row for each.",
    samples=("argwhere(tensor([[0, 1], [2, 0]]))",),
)


def _one_hot(x: Any, /, num_classes: int = -1) -> Any:
    if x.dtype != INT64:
        raise Problem("dtype", "one_hot is only applicable to index tensor of type LongTensor.", hint="class numbers are int64")
    if x.size and x.min() < 0:
        raise Problem("index", "Class values must be non-negative.")
    count = num_classes if num_classes >= 0 else int(x.max()) + 1
    if x.size and x.max() >= count:
        raise Problem("index", "Class values must be smaller than num_classes.", hint=f"the largest is {x.max()}")
    return (x[..., None] == np.arange(count)).astype(INT64)


constant(
    "one_hot",
    _one_hot,
    method=False,
    namespace="F",
    doc="A row of zeros with a one at its class, for each class number.",
    samples=("one_hot(tensor([0, 2, 1]))", "one_hot(tensor([[1], [0]]), num_classes=4)"),
)
