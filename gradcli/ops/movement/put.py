"""Values put at places: put (by place in the flattened tensor), index_put (by an index), masked_scatter; fill."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import SAME, ZERO, Operation, composite, elementwise, general
from gradcli.ops.core.dtypes import INT64, as_dtype, fitting, scalar_name
from gradcli.ops.core.parameter_types import Scalar, TensorTuple
from gradcli.ops.core.renaming import renamed
from gradcli.ops.core.table import family
from gradcli.ops.movement.as_strided import write_at
from gradcli.ops.movement.gather_scatter import WHOLE_NUMBERS
from gradcli.ops.movement.in_place import index_put as put_at
from gradcli.ops.movement.masked_select import _put as added_at
from gradcli.ops.movement.masked_select import _taken as taken
from gradcli.ops.movement.shapes import reshaped

family("entries")


def _need_one_dtype(name: str, x: Tensor, source: Tensor) -> None:
    if source.ndarray.dtype != x.ndarray.dtype:
        names = f"self.dtype = {scalar_name(x.ndarray.dtype)} and source.dtype = {scalar_name(source.ndarray.dtype)}"
        words = f"{name}: self and source expected to have the same dtype, but got {names}"
        raise Problem("dtype", words, hint="convert one of them, as in x.double()")


def _put(x: Tensor, /, index: Tensor, source: Tensor, accumulate: bool = False) -> Any:
    if index.ndarray.dtype != INT64:
        words = f"put_(): Expected a long tensor for index, but got {scalar_name(index.ndarray.dtype)}"
        raise Problem("dtype", words, hint=WHOLE_NUMBERS)
    _need_one_dtype("put_()", x, source)
    if index.ndarray.size != source.ndarray.size:
        words = "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
        raise Problem("index", f"{words}{source.ndarray.size}, index.numel() = {index.ndarray.size}", type="IndexError")
    size, places = x.ndarray.size, index.ndarray.reshape(-1)
    wrong = places[(places < -size) | (places >= size)]
    if wrong.size:
        words = f"out of range: tried to access index {wrong[0]} on a tensor of {size} elements."
        raise Problem("index", words, type="IndexError")
    places = np.where(places < 0, places + size, places)
    if accumulate:
        return _put_added(x, source, places)
    last = np.zeros(size, np.int64)
    last[places] = np.arange(places.size)  # of several values for one place, the last stays
    kept = np.flatnonzero(last[places] == np.arange(places.size)) if places.size else places
    return write_at(x, source, tuple(x.shape), places[kept], None if kept.size == places.size else kept)


def _added(x: Array, y: Operand, /, places: Any) -> Any:
    out = x.copy()
    np.add.at(out.reshape(-1), places, y.reshape(-1))
    return out


_put_added: Operation = general(
    "put_added",
    _added,
    (lambda g: g, lambda g, y_shape, places: reshaped(taken(g, places), tuple(y_shape))),
    (lambda t: t, lambda t, x_shape, places: added_at(reshaped(t, (places.size,)), places, tuple(x_shape))),
    function=False,
    method=False,
    complex=SAME,
    grad_fn="PutBackward0",
    doc="x, with the values of y added at places of the line of its elements.",
)
_put_added.saves_tensor = (False, True)  # the index, for y


composite(
    "put",
    _put,
    in_place=True,
    doc="x with the values of source at (or with accumulate added to) places of the flattened tensor.",
    samples=("z:2 put(x, tensor([0, -1]), z)", "z:3 x.put(tensor([1, 4, 1]), z, accumulate=True)"),
)


def _index_put(x: Tensor, /, indices: TensorTuple, values: Tensor, accumulate: bool = False) -> Any:
    if values.ndarray.dtype != x.ndarray.dtype:
        words = "Index put requires the source and destination dtypes match, got"
        names = f"{scalar_name(x.ndarray.dtype)} for the destination and {scalar_name(values.ndarray.dtype)} for the source."
        raise Problem("dtype", f"{words} {names}")
    if len(indices) > x.ndim:
        words = f"too many indices for tensor of dimension {x.ndim} (got {len(indices)})"
        raise Problem("index", words, type="IndexError")
    for each in indices:
        if each.ndarray.dtype.kind == "f":
            words = "tensors used as indices must be long, int, byte or bool tensors"
            raise Problem("index", words, type="IndexError", hint=WHOLE_NUMBERS)
    key = tuple([each.ndarray for each in indices])
    _check_index(x, values, key)
    return put_at(x, values, key, accumulate)


def _check_index(x: Tensor, values: Tensor, key: tuple[Any, ...]) -> None:
    """Refuse values that do not fit, and indices that lead beyond a dimension.  Raises Problem."""
    if any([each.dtype.kind == "b" for each in key]):
        return
    if any([each.size and not length for each, length in zip(key, x.shape)]):
        raise Problem("index", "index is out of bounds for dimension with size 0", type="IndexError")
    shape = (*np.broadcast_shapes(*[each.shape for each in key]), *x.shape[len(key) :])
    if broadcast_problem([values.ndarray, np.broadcast_to(np.empty(()), shape)]) is not None:
        words = f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing result of shape"
        raise Problem("shape-mismatch", f"{words} {list(shape)}")
    for dim, (each, length) in enumerate(zip(key, x.shape)):
        wrong = each[(each < -length) | (each >= length)]
        if wrong.size:
            words = f"index {wrong.flat[0]} is out of bounds for dimension {dim} with size {length}"
            raise Problem("index", words, type="IndexError")


composite(
    "index_put",
    _index_put,
    doc="x with values at (or with accumulate added to) the places that a list of indices names.",
    samples=(
        "z:3 index_put(x, [tensor([1])], z)",
        "z:2 x.index_put((tensor([0, 0]), tensor([2, 2])), z, accumulate=True)",
    ),
)


def _masked_scatter(x: Tensor, mask: Tensor, source: Tensor, /) -> Any:
    if mask.ndarray.dtype.kind != "b":
        words = f"masked_scatter_ only supports boolean masks, but got mask with dtype {scalar_name(mask.ndarray.dtype)}"
        raise Problem("dtype", words, hint="compare it with something: x > 0")
    problem = broadcast_problem([mask.ndarray, x.ndarray])
    if problem is not None:
        raise problem
    if source.ndarray.dtype != x.ndarray.dtype:
        names = f"{scalar_name(x.ndarray.dtype)} and {scalar_name(source.ndarray.dtype)}"
        raise Problem("dtype", f"masked_scatter: expected self and source to have same dtypes but got {names}")
    shape = np.broadcast_shapes(mask.shape, x.shape)
    places = np.flatnonzero(np.broadcast_to(mask.ndarray, shape))
    if places.size > source.ndarray.size:
        words = "Number of elements of source < number of ones in mask"
        raise Problem("shape-mismatch", words, hint=f"the mask picks {places.size}, the source has {source.ndarray.size}")
    kept = None if places.size == source.ndarray.size else np.arange(places.size)
    return renamed(write_at(x, source, shape, places, kept), "MaskedScatterBackward0")


composite(
    "masked_scatter",
    _masked_scatter,
    in_place=True,
    doc="x with the values of source, one after the other, where a mask is true.",
    samples=(
        "masked_scatter(x, x > 0, y)",
        "z:1,3 x.masked_scatter(tensor([[True], [False]]), z)",
        "x:3 masked_scatter(x, tensor([[True, False, True], [False, True, False]]), y)",
    ),
)


def _filled(x: Array, /, value: Scalar) -> Any:
    return np.full(x.shape, fitting(value, x.dtype))


def _filled_by(x: Array, value: Operand, /) -> Any:
    if np.ndim(value):
        words = f"fill_ only supports 0-dimension value tensor but got tensor with {np.ndim(value)} dimensions."
        raise Problem("shape-mismatch", words)
    return np.full(x.shape, as_dtype(np.asarray(value), x.dtype))


elementwise(
    "fill",
    _filled,
    ZERO,
    keeps_integers=True,
    method=False,
    in_place=False,
    complex=SAME,
    grad_fn="FillBackward0",
    doc="One number in place of all values.",
    samples=("fill(x, 2.5)",),
)
general(
    "fill",
    _filled_by,
    (ZERO, lambda g: g),
    (ZERO, lambda t: t),
    overload="tensor",
    method=False,
    complex=SAME,
    grad_fn="FillBackward1",
    doc="The value of a 0-d tensor in place of all values.",
    samples=("z:() fill(x, z)",),
)
