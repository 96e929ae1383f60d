"""Indexing: `x[...]` taken apart into selects, slices, new dimensions and gathers, as PyTorch records it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand, zeros
from gradcli.ops.core.builders import Operation, composite, linear
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.parameter_types import Dim
from gradcli.ops.core.table import family
from gradcli.ops.movement.shapes import unsqueeze

family("indexing")


def _at(dim: int, key: Any) -> tuple[Any, ...]:
    """NumPy's index that applies `key` to dimension `dim` alone."""
    return (slice(None),) * dim + (key,)


def _select(x: Operand, /, dim: int, index: int) -> Any:
    return x[(*_at(dim, index), ...)]  # with the dots it stays a view, where NumPy would give a number


def _put_back(x: Operand, /, shape: Any, key: Any) -> Any:
    """Zeros of `shape` with x at the place that `key` indexes (each place at most once)."""
    out = zeros(shape, x)
    out[key] = x
    return out


def _take(x: Operand, /, shape: Any, key: Any) -> Any:
    return x[key]


_placed = linear(
    "select_backward",
    _put_back,
    lambda g, shape, key: _taken(g, shape, key),
    function=False,
    method=False,
    grad_fn="SelectBackwardBackward0",
    doc="Zeros, with the values at an index.",
)
_taken: Operation = linear(
    "select_at",
    _take,
    lambda g, shape, key: _placed(g, shape, key),
    function=False,
    method=False,
    grad_fn="SelectBackward0",
    doc="The values at an index.",
)
select = linear(
    "select",
    _select,
    lambda g, x_shape, dim, index: _placed(g, x_shape, _at(dim, index)),
    function=False,
    method=False,
    shares=True,
    grad_fn="SelectBackward0",
    doc="Entry `index` of dimension dim.",
    samples=("x[1]", "x[-1, 0]"),
)


def _slice(x: Operand, /, dim: int, start: Any, stop: Any, step: Any) -> Any:
    return x[_at(dim, slice(start, stop, step))]


narrow = linear(
    "slice",
    _slice,
    lambda g, x_shape, dim, start, stop, step: _placed(g, x_shape, _at(dim, slice(start, stop, step))),
    function=False,
    method=False,
    shares=True,
    grad_fn="SliceBackward0",
    doc="Entries start:stop:step of dimension dim.",
    samples=("x[1:]", "x[:, ::2]", "x[0, 1:]", "x[:]", "x[0:5, 1]", "x[-2:, 1:]"),
)


def _index(x: Operand, /, key: Any) -> Any:
    picked = x[key]
    return picked if picked.flags.c_contiguous else picked.copy()


def _scatter_add(x: Operand, /, shape: Any, key: Any) -> Any:
    """Zeros of `shape` with x added at each place that `key` indexes (a place may come more than once)."""
    if all([not isinstance(each, np.ndarray) or each.dtype == np.bool_ for each in key]):
        return _put_back(x, shape, key)  # masks name no place twice
    out = zeros(shape, x)
    np.add.at(out, key, x)
    return out


_added_back = linear(
    "index_backward",
    _scatter_add,
    lambda g, shape, key: index(g, key),
    function=False,
    method=False,
    grad_fn="IndexPutBackward0",
    doc="Zeros, with the values added at their indices.",
)
index: Operation = linear(
    "index",
    _index,
    lambda g, x_shape, key: _added_back(g, x_shape, key),
    function=False,
    method=False,
    grad_fn="IndexBackward0",
    doc="Entries picked by masks or lists of indices.",
    samples=(
        "x[x > 0]",
        "x[[0, 0, 1]]",
        "x[:, [2, 0]]",
        "x[[0, 1], [2, 0]]",
        "x[1:, [0, 0]]",
        "x[None, [0]]",
        "x:2,3,2 x[[0, 1], :, [0, 1]]",
        "x[True]",
        "x[[[0, 1], [1, 0]]]",
    ),
)
# A gather saves its indices, which are tensors: a second pass over a released graph fails.
index.saves_tensor = (True,)
alias = linear(
    "alias",
    lambda x, /: x[...],
    lambda g: g,
    function=False,
    method=False,
    shares=True,
    grad_fn="AliasBackward0",
    doc="The same values, as a tensor of its own.",
    samples=("x[...]",),
)


def _getitem(x: Operand, key: Operand, /) -> Any:
    if not isinstance(x, Tensor):
        return x[key]
    result, gathers = viewed(x, key, whole=True)
    if gathers:
        return index(result, gather_key(gathers, result.shape))
    return alias(result) if result is x else result


def viewed(x: Tensor, key: Any, whole: bool) -> tuple[Tensor, dict[int, Any]]:
    """One part of an index after the other, as views; gathers wait until the end, and are given back by dimension.

    whole  whether a slice that is all of the index is taken even if it takes everything.  Raises Problem.
    """
    keys = [_plain(each) for each in _keys(key)]
    covered = _covered(keys)
    if covered > x.ndim and (x.ndim or len(keys) > 1 or isinstance(keys[0], np.ndarray)):
        raise Problem(
            "index",
            f"too many indices for tensor of dimension {x.ndim}",
            type="IndexError",
            hint=f"its shape is {list(x.shape)}",
        )
    gathers: dict[int, Any] = {}
    result, dim, rest = x, 0, x.ndim - covered
    for place, each in enumerate(keys):
        if each is Ellipsis:
            dim += rest
        elif each is None or isinstance(each, bool):
            result = unsqueeze(result, dim)
            if each is not None:
                gathers[dim] = np.asarray([each])
            dim += 1
        elif isinstance(each, int):
            result = select(result, dim, _in_bounds(each, result, dim, place))
        elif isinstance(each, slice):
            result = _sliced(result, dim, each, whole and len(keys) == 1)
            dim += 1
        else:
            gathers[dim] = each
            dim += _width(each)
    return result, gathers


def _keys(key: Any) -> list[Any]:
    """The parts of an index; a short list that holds lists, tensors, slices, None or ... counts as a tuple."""
    if (
        isinstance(key, list)
        and len(key) < 32
        and any([isinstance(each, (list, tuple, slice, Tensor)) or each in (None, Ellipsis) for each in key])
    ):
        return key
    return list(key) if isinstance(key, tuple) else [key]


_PLAIN = frozenset({int, slice, type(None), type(Ellipsis)})  # parts that are taken as they are


def _plain(key: Any) -> Any:
    """One part of an index as Python or NumPy has it."""
    if type(key) in _PLAIN:
        return key
    if isinstance(key, Tensor):
        key = key.ndarray
        if key.dtype.kind not in "biu":
            raise Problem(
                "index",
                "tensors used as indices must be long, int, byte or bool tensors",
                type="IndexError",
                hint="bind it with -c, which keeps whole numbers, or make it .long()",
            )
        key = key.astype(np.bool_) if key.dtype == np.uint8 else key  # a mask of old
        return key.item() if key.ndim == 0 else key
    if isinstance(key, (list, tuple)):
        return _listed(key)
    if isinstance(key, range):
        memory.reserve(len(key), "an index")
        return np.arange(key.start, key.stop, key.step)
    if isinstance(key, (int, np.ndarray)):
        return key
    raise Problem(
        "index",
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
        f"(got {type(key).__name__})",
        type="IndexError",
    )


def _listed(key: Any) -> Any:
    values = [each.ndarray if isinstance(each, Tensor) else each for each in key]
    try:
        array = np.asarray(values) if values else np.zeros(0, np.int64)
    except ValueError:
        raise Problem("index", "the lists of an index must have equal lengths", type="IndexError") from None
    if array.dtype.kind not in "biu":
        raise Problem("index", f"an index list holds whole numbers or truth values, not {list(key)!r}", type="IndexError")
    return array


def _width(key: Any) -> int:
    """How many dimensions one part of an index speaks of."""
    return key.ndim if isinstance(key, np.ndarray) and key.dtype == np.bool_ else 1


def _covered(keys: list[Any]) -> int:
    """How many dimensions of the tensor an index speaks of."""
    return sum([_width(each) for each in keys if each is not None and each is not Ellipsis and not isinstance(each, bool)])


def _in_bounds(position: int, x: Tensor, dim: int, place: int) -> int:
    """A position checked against the length of dimension `dim`, which the user knows as part `place` of the index."""
    if not x.ndim and position == 0:
        raise Problem(
            "index",
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
            "convert a 0-dim tensor to a number",
            type="IndexError",
        )
    length = x.shape[dim] if dim < x.ndim else 0
    if not -length <= position < length:
        raise Problem("index", f"index {position} is out of bounds for dimension {place} with size {length}", type="IndexError")
    return position


def _sliced(x: Tensor, dim: int, key: slice, alone: bool) -> Tensor:
    """One slice; among other parts of an index, one that takes all is left out."""
    if dim >= x.ndim:
        raise Problem("index", "slice() cannot be applied to a 0-dim tensor.", type="IndexError")
    start, stop, step = _slice_bounds(key)
    everything = not start and (stop is None or stop >= x.shape[dim]) and step in (None, 1)
    return x if everything and not alone else narrow(x, dim, start, stop, step)


def _slice_bounds(key: slice) -> tuple[Any, Any, Any]:
    start, stop, step = [
        each if each is None or type(each) is int else _slice_bound(each) for each in (key.start, key.stop, key.step)
    ]
    if step is not None and step <= 0:
        raise Problem(
            "index",
            "step must be greater than zero" if step else "slice step cannot be zero",
            type="ValueError",
            hint="PyTorch has no negative steps",
        )
    return start, stop, step


def _slice_bound(value: Any) -> int:
    if isinstance(value, Tensor) and value.ndarray.size == 1:
        value = value.ndarray.item()
    if not isinstance(value, int) or isinstance(value, bool):
        raise Problem("index", "slice indices must be integers or None or have an __index__ method", type="TypeError")
    return value


def gather_key(gathers: dict[int, Any], shape: tuple[int, ...]) -> tuple[Any, ...]:
    """NumPy's index for the gathers by dimension, checked against the shape."""
    key: list[Any] = []
    for dim, each in sorted(gathers.items()):
        key += [slice(None)] * (dim - _covered(key))
        covered = shape[dim : dim + _width(each)]
        if each.dtype == np.bool_ and each.shape != covered:
            raise Problem(
                "index",
                f"The shape of the mask {list(each.shape)} at index 0 does not match the shape of the "
                f"indexed tensor {list(shape)} at index {dim}",
                type="IndexError",
            )
        if each.dtype != np.bool_ and each.size and not (-shape[dim] <= each.min() and each.max() < shape[dim]):
            wrong = each.max() if each.max() >= shape[dim] else each.min()
            where = (
                f"index {wrong} is out of bounds for dimension {dim}" if shape[dim] else "index is out of bounds for dimension"
            )
            raise Problem("index", f"{where} with size {shape[dim]}", type="IndexError")
        key.append(each)
    lists = [each.shape if each.dtype != np.bool_ else (int(np.count_nonzero(each)),) for each in gathers.values()]
    try:
        np.broadcast_shapes(*lists)
    except ValueError:
        raise Problem(
            "index",
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            + ", ".join([str(list(each)) for each in lists]),
            type="IndexError",
        ) from None
    return tuple(key)


composite(
    "[]",
    _getitem,
    operator="[]",
    function=False,
    method=False,
    doc="x[...]: integers, slices, None, lists, masks.",
    samples=("x[0, 1:]",),
)


def _select_checked(x: Operand, /, dim: Dim, index: int) -> Any:
    if not x.ndim:
        raise Problem("index", "select() cannot be applied to a 0-dim tensor.", type="IndexError")
    axis = one_dim(dim, x.ndim)
    if not -x.shape[axis] <= index < x.shape[axis]:
        raise Problem(
            "index",
            f"select(): index {index} out of range for tensor of size {list(x.shape)} at dimension {axis}",
            type="IndexError",
        )
    return select(x, axis, index)


composite("select", _select_checked, doc="Entry `index` of dimension dim: x[index] for dim 0.", samples=("select(x, 1, 2)",))
