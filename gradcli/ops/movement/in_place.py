"""What exists only as a change of a tensor (zero_, copy_, x[i] = v), and what the tape makes of it.

A row gives the new values, as any other does; that they are written over the old ones is the engine's part.  Names are
as PyTorch numbers them: fill_ comes after fill, so it is FillBackward2 and 3.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import views
from gradcli.graph.layout import Layout
from gradcli.graph.node import Node
from gradcli.graph.pullback import pull
from gradcli.graph.tensor import Tensor, as_array, is_unstrided
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent, zeros
from gradcli.ops.core.builders import SAME, ZERO, Operation, general, linear
from gradcli.ops.core.dtypes import as_dtype, fitting, scalar_name
from gradcli.ops.core.parameter_types import Scalar, Tensors
from gradcli.ops.core.table import family
from gradcli.ops.movement.broadcasting import sum_to
from gradcli.ops.movement.indexing import index

family("changes")


def changing(name: str, forward: Any, vjps: Any, grad_fn: str, doc: str, **fields: Any) -> Operation:
    """A row that is called by its in-place name only.  Every rule is linear, and serves both modes."""
    return general(
        name,
        forward,
        vjps,
        vjps,
        function=False,
        method=False,
        in_place=True,
        namespace="Tensor",
        grad_fn=grad_fn,
        doc=doc,
        complex=SAME,
        **fields,
    )


# --- filling --------------------------------------------------------------------------------------------------------


def _zero(x: Operand, /) -> Any:
    return np.zeros_like(x)


def _fill(x: Array, /, value: Scalar) -> Any:
    return np.full(x.shape, fitting(value, x.dtype))


def _fill_tensor(x: Array, value: Operand, /) -> Any:
    if np.ndim(value):
        raise Problem(
            "shape-mismatch",
            f"fill_ only supports 0-dimension value tensor but got tensor with {np.ndim(value)} dimensions.",
            hint="copy_ takes a tensor of any shape that broadcasts",
        )
    return np.full(x.shape, as_dtype(np.asarray(value), x.dtype))


zero = changing("zero_", _zero, ZERO, "ZeroBackward0", "Zeros in place of all values.")
fill = changing("fill_", _fill, ZERO, "FillBackward2", "One number in place of all values.", overload="number")
fill_tensor = changing(
    "fill_",
    _fill_tensor,
    (ZERO, lambda g: g),
    "FillBackward3",
    "The value of a 0-d tensor in place of all values.",
    overload="tensor",
)


def _copied(x: Array, y: Array, /) -> Any:
    if is_unstrided(x) != is_unstrided(y):
        names = [f"torch.{'sparse.' * is_unstrided(each)}{scalar_name(each.dtype)}Tensor" for each in (x, y)]
        found = f"Found self type = {names[0]} and src type = {names[1]}"
        words = f"copy_() between dense and sparse Tensors is not implemented! {found}"
        raise Problem("layout", words, hint="y.to_dense(), or x.to_sparse(), has the layout of the other")
    if is_unstrided(x):
        return y.copy()
    return np.broadcast_to(y, np.broadcast_shapes(np.shape(x), np.shape(y)))


def _in_dtype_of_first(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    x, y = values
    return [x, as_dtype(as_array(y), x.dtype) if as_array(y).dtype != x.dtype else as_array(y)]


copy = general(
    "copy_",
    _copied,
    (ZERO, lambda g: g),
    (ZERO, lambda t: t),
    casting=_in_dtype_of_first,
    in_place=True,
    operator="copy",
    function=False,
    method=False,
    namespace="torch::autograd",
    complex=SAME,
    grad_fn="CopyBackwards",
    doc="The values of y, in the dtype of x, in place of x's own.",
)


# --- parts ----------------------------------------------------------------------------------------------------------


def put(x: Array, values: Operand, /, key: Any, accumulate: bool = False) -> Any:
    """An array with values put at a key of NumPy's, or added there.  Raises Problem where the shapes do not fit."""
    out = x.copy()
    try:
        if accumulate:
            np.add.at(out, key, values)
        else:
            out[key] = values
    except (ValueError, IndexError, TypeError):
        raise Problem(
            "shape-mismatch",
            f"shape mismatch: value tensor of shape {list(np.shape(values))} cannot be broadcast to indexing "
            f"result of shape {list(x[key].shape)}",
        ) from None
    return out


def _kept(g: Cotangent, key: Any, accumulate: Any) -> Any:
    return g if accumulate else index_put(g, 0.0, key)


def _put_alone(t: Tangent, x_shape: tuple[int, ...], key: Any, accumulate: Any) -> Any:
    return index_put(zeros(x_shape, t), t, key, accumulate)


index_put = general(
    "index_put",
    put,
    (_kept, lambda g, x_shape, key: index(g, key)),
    (_kept, _put_alone),
    casting=_in_dtype_of_first,
    function=False,
    method=False,
    complex=SAME,
    overload="of a view",
    grad_fn="IndexPutBackward0",
    doc="x with values put at an index.",
)
# It saves its indices, as a gather does: a second pass over a released graph fails.
index_put.saves_tensor, index_put.saves_all = (True, True), True

# --- what becomes of views -------------------------------------------------------------------------------------------


def _strided(x: Operand, /, layout: Layout) -> Any:
    return layout.filled(x)[1]


def _strided_back(x: Operand, /, layout: Layout) -> Any:
    """Zeros of the base's shape, with x added where the view lies (an expanded view reaches a place more than once)."""
    x = as_array(x) if isinstance(x, np.generic) else x
    if layout.folds or not isinstance(x, np.ndarray):
        return layout.added(x)
    whole, part = layout.zeros(x.dtype)
    if layout.repeats:
        shape = tuple([length if stride else 1 for length, stride in zip(part.shape, part.strides)])
        part, x = part[tuple([slice(0, length) for length in shape])], sum_to(x, shape)
    part += x
    return whole


strided: Operation = linear(
    "as_strided",
    _strided,
    lambda g, layout: strided_back(g, layout),
    operator="as strided",
    function=False,
    method=False,
    overload="of a view",
    grad_fn="AsStridedBackward0",
    doc="What a view sees of its base, after a change of either.",
)
strided_back: Operation = linear(
    "as_strided_backward",
    _strided_back,
    lambda g, layout: strided(g, layout),
    function=False,
    method=False,
    grad_fn="AsStridedBackwardBackward0",
    doc="Zeros of a base, with values where a view of it lies.",
)


def overlap_within() -> Problem:
    """The error of writing to a tensor whose elements share their memory."""
    return Problem(
        "overlap",
        "unsupported operation: more than one element of the written-to tensor refers to a single memory "
        "location. Please clone() the tensor before performing the operation.",
        hint="an expanded tensor repeats its elements; x = x.clone() makes them its own",
    )


def _overwritten(x: Operand, y: Operand, /, layout: Layout) -> Any:
    if layout.repeats:
        raise overlap_within()
    whole, part = layout.filled(x)
    part[...] = y
    return whole


_overwritten_rules = (lambda g, layout: overwritten(g, 0.0, layout), lambda g, layout: strided(g, layout))
_overwritten_jvps = (lambda t, layout: overwritten(t, 0.0, layout), lambda t, layout: strided_back(t, layout))
overwritten: Operation = general(
    "as_strided_scatter",
    _overwritten,
    _overwritten_rules,
    _overwritten_jvps,
    function=False,
    method=False,
    complex=SAME,
    overload="of a view",
    grad_fn="AsStridedScatterBackward0",
    doc="A base, with other values where a view of it lies.",
)


def _slices(tensors: Tensors, /, change: Node, others: Any, layout: Layout, whole: ref[Node]) -> Any:
    raise NotImplementedError("the tape records this when a view is changed; nobody applies it")


def _through_slices(g: Cotangent, change: Node, others: tuple[int, ...], layout: Layout, whole: ref[Node]) -> list[Any]:
    """The cotangents of a changed base: the view's part of it goes back through the change, the rest stays as it is.

    What the change saved of its result lies in the base, which comes from the node itself (`whole`), and not from the change.
    """
    part = strided(g, layout)
    node = whole() if isinstance(g, Tensor) else None
    result = None if node is None else views.look(node, layout, change.shape, change.dtype)
    cotangents = pull(change, part, result)
    rest = g if cotangents[0] is None else overwritten(g, cotangents[0], layout)  # the base may want none of it
    return [rest, *[cotangents[place] for place in others]]


slices = linear(
    "copy_slices",
    _slices,
    _through_slices,
    operator="copy slices",
    namespace="torch::autograd",
    function=False,
    method=False,
    grad_fn="CopySlices",
    doc="A base, one of whose views was changed in place.",
)
slices.saves_all = True
slices.jvps = (None,)  # its node is made without an application, whose parameters it would ask for
