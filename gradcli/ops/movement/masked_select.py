"""take (by place in the flattened tensor), masked_select, nonzero and one_hot."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Operand, zeros
from gradcli.ops.core.builders import SAME, Operation, composite, constant, general
from gradcli.ops.core.dtypes import INT64, scalar_name
from gradcli.ops.core.parameter_types import Sizes
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.selection import nonzero_places
from gradcli.ops.movement.gather_scatter import WHOLE_NUMBERS, index_last, indexed

family("indexing")


def _flat(x: Array, index: Array, /) -> Any:
    if index.dtype != INT64:
        raise Problem(
            "dtype", f"take(): Expected a long tensor for index, but got {scalar_name(index.dtype)}", hint=WHOLE_NUMBERS
        )
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


def _flat_added(x: Operand, index: Operand, /, shape: Any) -> Any:
    out = zeros(shape, x)
    np.add.at(out.reshape(-1), index, x)
    return out


_taken: Operation = indexed(
    "take",
    _flat,
    (lambda g, x_shape, index: _put(g, index, x_shape),),
    (lambda t, index: _taken(t, index),),
    grad_fn="TakeBackward0",
    doc="The values at places of the flattened tensor.",
)
_put: Operation = indexed(
    "take_backward",
    _flat_added,
    (lambda g, index: _taken(g, index),),
    (lambda t, index, shape: _put(t, index, shape),),
    grad_fn="PutBackward0",
    doc="Values added at places of the flattened tensor.",
)


def _take_as_called(x: Operand, /, index: Tensor) -> Any:
    return _taken(x, index.detach())


composite(
    "take",
    _take_as_called,
    doc="The values at places of the flattened tensor.",
    samples=("take(x, tensor([0, 5, -1]))", "x.take(tensor([[1, 1], [2, 0]]))"),
)


def _masked_select(x: Operand, mask: Array, /) -> Any:
    if mask.dtype.kind != "b":
        raise Problem("dtype", "masked_select: expected BoolTensor for mask", hint="compare it with something: x > 0")
    problem = broadcast_problem([mask, x])
    if problem is not None:
        raise problem
    shape = np.broadcast_shapes(x.shape, mask.shape)
    return np.broadcast_to(x, shape)[np.broadcast_to(mask, shape)]


def _unmasked(x: Operand, mask: Operand, /, shape: Any) -> Any:
    whole = np.broadcast_shapes(shape, mask.shape)
    out = zeros(whole, x)
    out[np.broadcast_to(mask, whole)] = x
    return out


masked_select: Operation = general(
    "masked_select",
    _masked_select,
    (lambda g, x_shape, mask: _masked_back(g, mask, x_shape), None),
    (lambda t, mask: masked_select(t, mask), None),
    casting=index_last,
    complex=SAME,
    grad_fn="MaskedSelectBackward0",
    doc="The values where the mask holds, in one line.",
    samples=("masked_select(x, x > 0)", "x.masked_select(tensor([True, False, True]))"),
)
_masked_back: Operation = indexed(
    "masked_select_backward",
    _unmasked,
    (lambda g, mask: masked_select(g, mask),),
    (lambda t, mask, shape: _masked_back(t, mask, shape),),
    grad_fn="MaskedSelectBackwardBackward0",
    doc="Zeros, with values where the mask holds.",
)


def _nonzero(x: Tensor, /, *, as_tuple: bool = False) -> Any:
    places = nonzero_places(x)
    if as_tuple:
        return places
    return from_array(
        np.stack([each.ndarray for each in places], 1) if x.ndim else np.zeros((places[0].ndarray.size, 0), INT64)
    )


composite(
    "nonzero",
    _nonzero,
    doc="Where the values are not zero, a row for each; or a tuple that indexes them.",
    samples=("nonzero(tensor([[0, 1], [2, 0]]))", "nonzero(tensor([0, 3, 4]), as_tuple=True)[0]"),
)


def _nonzero_static(x: Operand, /, *, size: int, fill_value: int = -1) -> Any:
    if size < 0:
        raise Problem("argument", "nonzero_static: 'size' must be an non-negative integer")
    memory.reserve(size * x.ndim, "nonzero_static")
    found = np.argwhere(x)[:size]
    out = np.full((size, x.ndim), fill_value, INT64)
    out[: len(found)] = found
    return out


constant(
    "nonzero_static",
    _nonzero_static,
    complex=SAME,
    doc="Where the first so many values that are not zero are, a row for each, filled up with fill_value.",
    samples=("nonzero_static(tensor([[0, 1], [2, 0]]), size=3)", "tensor([0, 3, 4]).nonzero_static(size=1)"),
)
constant(
    "argwhere",
    lambda x, /: np.argwhere(x),
    complex=SAME,
    doc="Where the values are not zero, a row for each.",
    samples=("argwhere(tensor([[0, 1], [2, 0]]))",),
)


def _one_hot(x: Array, /, num_classes: int = -1) -> Any:
    if x.dtype != INT64:
        raise Problem("dtype", "one_hot is only applicable to index tensor of type LongTensor.", hint="class numbers are int64")
    if x.size and x.min() < 0:
        raise Problem("index", "Class values must be non-negative.")
    if not x.size and num_classes <= 0:
        raise Problem("empty", "Can not infer total number of classes from empty tensor.", hint="say how many: num_classes=3")
    count = num_classes if num_classes != -1 else int(x.max()) + 1
    if x.size and x.max() >= count:
        raise Problem("index", "Class values must be smaller than num_classes.", hint=f"the largest is {x.max()}")
    memory.reserve(x.size * count, "one_hot")
    return (x[..., None] == np.arange(count)).astype(INT64)


constant(
    "one_hot",
    _one_hot,
    method=False,
    namespace="F",
    doc="A row of zeros with a one at its class, for each class number.",
    samples=("one_hot(tensor([0, 2, 1]))", "one_hot(tensor([[1], [0]]), num_classes=4)"),
)


def _unravelled(indices: Tensor, /, shape: Sizes) -> Any:
    if indices.ndarray.dtype.kind not in "iu":
        words = f"expected 'indices' to be integer dtype, but got {indices.ndarray.dtype.name}"
        raise Problem("dtype", words, type="TypeError", hint=WHOLE_NUMBERS)
    if min(shape, default=1) < 0:
        raise Problem("argument", f"'shape' cannot have negative values, but got {tuple(shape)}", type="ValueError")
    if 0 in shape:
        raise Problem("argument", "a shape with a 0 in it has no places", theirs="ZeroDivisionError")
    if max(shape, default=1) > np.iinfo(np.int64).max:
        words = "Overflow when unpacking long long"
        raise Problem("argument", "no tensor is as long as this shape", type="ValueError", theirs=words)
    rest, found = indices.ndarray, []
    for length in reversed(shape):
        found.append(from_array(np.remainder(rest, length)))
        rest = np.floor_divide(rest, length)
    return tuple(found[::-1])


composite(
    "unravel_index",
    _unravelled,
    method=False,
    doc="The index along each dimension of a shape for places in its line.",
    samples=("unravel_index(tensor([5, 1]), (2, 3))[0]", "unravel_index(tensor(4), (2, 3))[1]"),
)
