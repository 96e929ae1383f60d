"""Indexing: `x[...]` taken apart into selects, slices, new dimensions and gathers, as PyTorch records it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.builders import composite, linear
from gradcli.ops.dims import one_dim
from gradcli.ops.kinds import Dim
from gradcli.ops.shapes import unsqueeze
from gradcli.ops.table import family

family("indexing")


def _at(dim: int, key: Any) -> tuple[Any, ...]:
    """NumPy's index that applies `key` to dimension `dim` alone."""
    return (slice(None),) * dim + (key,)


def _select(x: Any, /, dim: int, index: int) -> Any:
    return x[_at(dim, index)]


def _put_back(x: Any, /, shape: Any, key: Any) -> Any:
    """Zeros of `shape` with x at the place that `key` indexes (each place at most once)."""
    out = np.zeros(shape, x.dtype)
    out[key] = x
    return out


def _take(x: Any, /, shape: Any, key: Any) -> Any:
    return x[key]


_placed = linear("select_backward", _put_back, lambda g, shape, key: _taken(g, shape, key), function=False, method=False,
                 grad_fn="SelectBackwardBackward0", doc="Zeros, with the values at an index.")
_taken = linear("select_at", _take, lambda g, shape, key: _placed(g, shape, key), function=False, method=False,
                grad_fn="SelectBackward0", doc="The values at an index.")
select = linear("select", _select, lambda g, x_shape, dim, index: _placed(g, x_shape, _at(dim, index)), function=False, method=False,
                grad_fn="SelectBackward0", doc="Entry `index` of dimension dim.", samples=("x[1]", "x[-1, 0]"))


def _slice(x: Any, /, dim: int, start: Any, stop: Any, step: Any) -> Any:
    return x[_at(dim, slice(start, stop, step))]


narrow = linear("slice", _slice, lambda g, x_shape, dim, start, stop, step: _placed(g, x_shape, _at(dim, slice(start, stop, step))),
                function=False, method=False, grad_fn="SliceBackward0", doc="Entries start:stop:step of dimension dim.",
                samples=("x[1:]", "x[:, ::2]", "x[0, 1:]", "x[:]"))


def _index(x: Any, /, key: Any) -> Any:
    return x[key]


def _scatter_add(x: Any, /, shape: Any, key: Any) -> Any:
    """Zeros of `shape` with x added at each place that `key` indexes (a place may come more than once)."""
    out = np.zeros(shape, x.dtype)
    np.add.at(out, key, x)
    return out


_added_back = linear("index_backward", _scatter_add, lambda g, shape, key: index(g, key), function=False, method=False,
                     grad_fn="IndexPutBackward0", doc="Zeros, with the values added at their indices.")
index = linear("index", _index, lambda g, x_shape, key: _added_back(g, x_shape, key), function=False, method=False,
               grad_fn="IndexBackward0", doc="Entries picked by masks or lists of indices.",
               samples=("x[x > 0]", "x[[0, 0, 1]]", "x[:, [2, 0]]", "x[[0, 1], [2, 0]]", "x[1:, [0, 0]]", "x[None, [0]]"))
# A gather saves its indices, which are tensors: a second pass over a released graph fails.
index.saves_tensor = (True,)
alias = linear("alias", lambda x, /: x[...], lambda g: g, function=False, method=False, grad_fn="AliasBackward0",
               doc="The same values, as a tensor of its own.", samples=("x[...]",))


def _getitem(x: Any, key: Any, /) -> Any:
    if type(x) is not Tensor:
        return x[key]
    keys = list(key) if isinstance(key, tuple) else [key]
    keys = [_plain(each) for each in keys]
    _check_amount(keys, x)
    result, dim, gathers = x, 0, {}
    for each in _expanded(keys, x.ndim):
        if each is None:
            result = unsqueeze(result, dim)
            dim += 1
        elif isinstance(each, (bool, np.bool_)):
            result = unsqueeze(result, dim)
            gathers[dim] = np.asarray([bool(each)])
            dim += 1
        elif isinstance(each, int):
            result = select(result, dim, _in_bounds(each, result.shape[dim], dim))
        elif isinstance(each, slice):
            if each != slice(None) or len(keys) == 1:
                result = narrow(result, dim, *_slice_bounds(each))
            dim += 1
        else:
            gathers[dim] = each
            dim += each.ndim if each.dtype == np.bool_ else 1
    if gathers:
        return index(result, _gather_key(gathers, result.shape))
    return alias(result) if result is x else result


def _plain(key: Any) -> Any:
    """One part of an index as Python or NumPy has it."""
    if type(key) is Tensor:
        key = key.array
        if key.dtype.kind not in "biu":
            raise Problem("index", "tensors used as indices must be long, int, byte or bool tensors", type="IndexError",
                          hint="bind it with -c, which keeps whole numbers, or make it .long()")
        return key.item() if key.ndim == 0 else key
    if isinstance(key, (list, tuple)):
        return _listed(key)
    if key is None or key is Ellipsis or isinstance(key, (int, slice, np.ndarray)):
        return key
    raise Problem("index", f"only integers, slices (`:`), ellipsis (`...`), None and long or bool tensors are valid indices, not {key!r}",
                  type="IndexError")


def _listed(key: Any) -> Any:
    values = [each.array if type(each) is Tensor else each for each in key]
    try:
        array = np.asarray(values) if values else np.zeros(0, np.int64)
    except ValueError:
        raise Problem("index", "the lists of an index must have equal lengths", type="IndexError") from None
    if array.dtype.kind not in "biu":
        raise Problem("index", f"an index list holds whole numbers or truth values, not {list(key)!r}", type="IndexError")
    return array


def _check_amount(keys: list[Any], x: Tensor) -> None:
    if sum([each is Ellipsis for each in keys]) > 1:
        raise Problem("index", "an index can only have a single ellipsis ('...')", type="IndexError")
    if _taken_dims(keys) > x.ndim:
        raise Problem("index", f"too many indices for tensor of dimension {x.ndim}", type="IndexError",
                      hint=f"its shape is {list(x.shape)}")


def _taken_dims(keys: list[Any]) -> int:
    """How many dimensions of the tensor an index speaks of."""
    return sum([each.ndim if isinstance(each, np.ndarray) and each.dtype == np.bool_ else 1 for each in keys
                if each is not None and each is not Ellipsis and not isinstance(each, bool)])


def _expanded(keys: list[Any], ndim: int) -> list[Any]:
    """The index with `...` written out as so many full slices."""
    if Ellipsis not in [each if not isinstance(each, np.ndarray) else None for each in keys]:
        return keys
    place = next(position for position, each in enumerate(keys) if each is Ellipsis)
    return [*keys[:place], *[slice(None)] * (ndim - _taken_dims(keys)), *keys[place + 1:]]


def _in_bounds(position: int, length: int, dim: int) -> int:
    if not -length <= position < length:
        raise Problem("index", f"index {position} is out of bounds for dimension {dim} with size {length}", type="IndexError")
    return position


def _slice_bounds(key: slice) -> tuple[Any, Any, Any]:
    bounds = [each.array.item() if type(each) is Tensor else each for each in (key.start, key.stop, key.step)]
    for each in bounds:
        if each is not None and (not isinstance(each, int) or isinstance(each, bool)):
            raise Problem("index", "slice indices must be integers or None", type="TypeError")
    if bounds[2] is not None and bounds[2] <= 0:
        raise Problem("index", "step must be greater than zero", type="ValueError", hint="PyTorch has no negative steps; use flip")
    return bounds[0], bounds[1], bounds[2]


def _gather_key(gathers: dict[int, Any], shape: tuple[int, ...]) -> tuple[Any, ...]:
    """NumPy's index for the gathers by dimension, checked against the shape."""
    key: list[Any] = []
    for dim, each in sorted(gathers.items()):
        key += [slice(None)] * (dim - _covered(key))
        covered = shape[dim:dim + (each.ndim if each.dtype == np.bool_ else 1)]
        if each.dtype == np.bool_ and each.shape != covered:
            raise Problem("index", f"The shape of the mask {list(each.shape)} at index 0 does not match the shape of the indexed tensor "
                          f"{list(shape)} at index {dim}", type="IndexError")
        if each.dtype != np.bool_ and each.size and not (-shape[dim] <= each.min() and each.max() < shape[dim]):
            wrong = each.max() if each.max() >= shape[dim] else each.min()
            raise Problem("index", f"index {wrong} is out of bounds for dimension {dim} with size {shape[dim]}", type="IndexError")
        key.append(each)
    lists = [each.shape for each in gathers.values() if each.dtype != np.bool_]
    try:
        np.broadcast_shapes(*lists)
    except ValueError:
        raise Problem("index", "shape mismatch: indexing tensors could not be broadcast together with shapes "
                      + ", ".join(map(str, map(list, lists))), type="IndexError") from None
    return tuple(key)


def _covered(key: list[Any]) -> int:
    return sum([each.ndim if isinstance(each, np.ndarray) and each.dtype == np.bool_ else 1 for each in key])


composite("[]", _getitem, operator="[]", function=False, method=False, doc="x[...]: integers, slices, None, lists, masks.")


def _select_checked(x: Any, /, dim: Dim, index: int) -> Any:
    axis = one_dim(dim, x.ndim)
    return select(x, axis, _in_bounds(index, x.shape[axis], axis))


composite("select", _select_checked, doc="Entry `index` of dimension dim: x[index] for dim 0.", samples=("select(x, 1, 2)",))
