"""Which shape, dtype and layout a function of NumPy's gives, without computing with all values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradcli.engine.plan.program import mapped
from gradcli.engine.plan.stand_in import StandIn, layout, put
from gradcli.graph.symbolic import Untraceable
from gradcli.graph.types import Array, Operand

METADATA: Final = frozenset({np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj})
VIEWS: Final = frozenset(
    {np.broadcast_to, np.expand_dims, np.moveaxis, np.transpose, np.swapaxes, np.squeeze, np.diagonal, sliding_window_view}
)
# Functions whose result has a shape that follows from the shapes of the operands, and which raise nothing by values.
PLAIN_CALLS: Final[frozenset[Callable[..., Any]]] = frozenset(
    {
        put,
        np.matmul,
        np.concatenate,
        np.stack,
        np.tile,
        np.flip,
        np.trace,
        np.tril,
        np.triu,
        np.roll,
        np.rot90,
        np.pad,
        np.cross,
        np.ndarray.cumsum,
        np.ndarray.cumprod,
        np.ndarray.argmax,
        np.ndarray.argmin,
        np.cumsum,
        np.cumprod,
        np.argmax,
        np.argmin,
        np.sort,
        np.argsort,
        np.ndarray.argsort,
        np.round,
    }
)
_LARGEST_TRIAL: Final = 1 << 20  # elements


def probe(value: Operand) -> Any:
    """Ones in the place of an array, with no dimension longer than 2; anything else as it is."""
    if type(value) is StandIn or isinstance(value, np.ndarray):
        return np.ones([min(length, 2) for length in value.shape], value.dtype)
    return value


def elementwise_layout(operands: Sequence[Any], dtype: np.dtype[Any]) -> Any:
    """The layout of a ufunc's result: the dimensions lie in memory as they do in the operands, as NumPy keeps them."""
    shape = np.broadcast_shapes(*[np.shape(each) if not isinstance(each, StandIn) else each.shape for each in operands])
    for each in operands:
        if isinstance(each, (np.ndarray, StandIn)) and each.shape == shape and each.size > 1 and not each.flags.c_contiguous:
            order = sorted(range(len(shape)), key=lambda axis: (-abs(each.strides[axis]), axis))
            lengths = tuple([shape[axis] for axis in order])
            return layout(lengths, dtype).transpose(np.argsort(order))
        if isinstance(each, (np.ndarray, StandIn)) and each.shape == shape and each.size > 1:
            break
    return layout(shape, dtype)


def call_type(function: Callable[..., Any], args: tuple[Any, ...], words: dict[str, Any]) -> list[tuple[tuple[int, ...], Any]]:
    """The shape and dtype of what a function gives, of each where it gives several.  Raises Untraceable."""
    if function is np.matmul:
        return [_matmul_type(*args)]
    result = function(*mapped(args, _trial), **{name: mapped(value, _trial) for name, value in words.items()})
    results = result if type(result) is tuple else (result,)
    return [(np.shape(each), np.asarray(each).dtype) for each in results]


def _trial(value: Operand) -> Any:
    if type(value) is not StandIn:
        return value
    if value.size > _LARGEST_TRIAL:
        raise Untraceable("an array is too large to try a function with", value.recording)
    return np.ones(value.shape, value.dtype)


def _matmul_type(x: Array, y: Array) -> tuple[tuple[int, ...], Any]:
    dtype = np.matmul(np.ones((1, 1), x.dtype), np.ones((1, 1), y.dtype)).dtype
    inner = y.shape[-2] if y.ndim > 1 else y.shape[0]
    if x.shape[-1] != inner:
        raise ValueError("matmul: the inner dimensions differ")
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    return (*batch, *x.shape[-2:-1], *(y.shape[-1:] if y.ndim > 1 else ())), dtype
