"""Values reduced into the places that an index names along a dimension: scatter_reduce, index_reduce.

The derivative is that of an equal composition: sums and means as a scattered sum, extremes as a mean of the equal ones (which
share the gradient), products as a product along a dimension of its own, on which the values for one place stand.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import SAME, composite, general
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import fitting, not_implemented, scalar_name
from gradcli.ops.core.parameter_types import Dim, Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import add, mul
from gradcli.ops.movement.fusing import fused
from gradcli.ops.movement.gather_scatter import _check_places as checked_places
from gradcli.ops.movement.gather_scatter import _scattered_number as scattered_number
from gradcli.ops.movement.gather_scatter import _scattered_sum as scattered_sum
from gradcli.ops.movement.joining import cat
from gradcli.ops.movement.masked_select import _taken as taken
from gradcli.ops.movement.shapes import reshape, unsqueeze
from gradcli.ops.reduction.reductions import prod_dim

family("gathering")

_UFUNCS = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def _lines(x: Any, index: Any, dim: int) -> Any:
    """The place in the line of x of each element of an index."""
    numbers = np.arange(x.size).reshape(x.shape)
    if not x.ndim or not index.ndim:
        return np.zeros(index.size, np.int64)
    part = numbers[tuple([slice(None if axis == dim else length) for axis, length in enumerate(index.shape)])]
    return np.take_along_axis(part, index, dim).reshape(-1)


def _corner(y: Any, index: Any) -> Any:
    return y[tuple([slice(length) for length in index.shape])].reshape(-1)


def _neutral(reduce: str, dtype: Any) -> Any:
    if reduce in ("sum", "mean", "prod"):
        return int(reduce == "prod")
    ends = (-np.inf, np.inf) if dtype.kind == "f" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    return ends[reduce == "amin"]


def _counts(size: int, places: Any, include_self: bool) -> Any:
    """How many values meet at each place; one at least."""
    return np.maximum(np.bincount(places, minlength=size) + include_self, 1)


def _reduced(x: Array, y: Operand, index: Operand, /, dim: int, reduce: str, include_self: bool) -> Any:
    out, places = x.flatten(), _lines(x, index, dim)
    if not include_self:
        out[places] = _neutral(reduce, x.dtype)
    _UFUNCS[reduce].at(out, places, _corner(y, index))
    if reduce == "mean":
        counts = _counts(out.size, places, include_self)
        out = out / counts.astype(x.dtype) if x.dtype.kind in "fc" else out // counts
    return out.reshape(x.shape).astype(x.dtype, copy=False)


def _composed(x: Any, y: Any, index: Any, /, dim: int, reduce: str, include_self: bool) -> Any:
    start = x if include_self else scattered_number(x, index, dim, 0)
    places = _lines(x.ndarray, index.ndarray, dim)
    if reduce == "prod":
        return _product(x, y, places, index, dim, include_self)
    if reduce in ("sum", "mean"):
        out = scattered_sum(start, y, index, dim)
        if reduce == "sum":
            return out
        counts = _counts(x.ndarray.size, places, include_self).reshape(x.shape)
        return mul(out, from_array((1 / counts).astype(x.ndarray.dtype)))
    return _extreme(start, y, index, dim, places, _reduced(x.ndarray, y.ndarray, index.ndarray, dim, reduce, include_self))


def _extreme(x: Any, y: Any, index: Any, dim: int, places: Any, out: Any) -> Any:
    """The mean of those that are equal to the largest (or smallest)."""
    own = x.ndarray == out
    equal = np.zeros(y.shape, bool)
    corner = tuple([slice(length) for length in index.shape])
    equal[corner] = (_corner(y.ndarray, index.ndarray) == out.reshape(-1)[places]).reshape(index.shape)
    counts = own.reshape(-1) + np.bincount(places, equal[corner].reshape(-1), x.ndarray.size)
    shares = (1 / np.maximum(counts, 1)).astype(x.ndarray.dtype)
    seen = np.zeros(y.shape, x.ndarray.dtype)
    seen[corner] = np.where(equal[corner], shares[places].reshape(index.shape), 0)
    mine = mul(x, from_array(np.where(own, shares.reshape(x.shape), 0).astype(x.ndarray.dtype)))
    return scattered_sum(mine, mul(y, from_array(seen)), index, dim)


def _product(x: Any, y: Any, places: Any, index: Any, dim: int, include_self: bool) -> Any:
    """The product along a first dimension: x itself, and behind it the values that meet at its place, padded with ones."""
    start = x
    if not include_self:
        kept = np.ones(x.ndarray.size, x.ndarray.dtype)
        kept[places] = 0
        start = add(mul(x, from_array(kept.reshape(x.shape))), from_array((1 - kept).reshape(x.shape)))
    order = np.argsort(places, kind="stable")
    firsts = np.concatenate([[True], places[order][1:] != places[order][:-1]]) if places.size else np.zeros(0, bool)
    starts = np.maximum.accumulate(np.where(firsts, np.arange(places.size), 0))
    rank = np.arange(places.size) - starts
    depth = int(rank.max(initial=-1)) + 1
    memory.reserve(depth * x.ndarray.size, "scatter_reduce")
    where = np.full((depth, x.ndarray.size), y.ndarray.size, np.int64)
    numbers = np.arange(y.ndarray.size).reshape(y.shape)
    where[rank, places[order]] = _corner(numbers, index.ndarray)[order]
    line = cat([reshape(y, (-1,)), from_array(np.ones(1, y.ndarray.dtype))], 0)
    values = reshape(taken(line, from_array(where)), (depth, *x.shape))
    return prod_dim(cat([unsqueeze(start, 0), values], 0), 0, False)


_ROW, _INDEX_ROW = [
    fused(
        name,
        _composed,
        constants=("index",),
        value=_reduced,
        grad_fn=grad_fn,
        doc="x, with the values of y reduced into the places of an index.",
    )
    for name, grad_fn in (("scatter_reduce", "ScatterReduceBackward0"), ("index_reduce", "IndexReduceBackward0"))
]


def _scatter_reduce(x: Tensor, /, dim: Dim, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True) -> Any:
    if reduce not in _UFUNCS:
        words = f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"
        raise Problem("argument", words)
    axis = checked_places(x.ndarray, index.ndarray, dim, src.ndarray)
    if reduce == "mean" and x.ndarray.dtype.kind == "b":
        raise not_implemented("scatter_gather_tensor_cpu_reduce_mean", x.ndarray.dtype)
    if src.ndarray.dtype != x.ndarray.dtype:
        raise Problem("dtype", "scatter(): Expected self.dtype to be equal to src.dtype", hint="convert one of them")
    return _ROW(x, src, index.detach(), axis, reduce, include_self)


composite(
    "scatter_reduce",
    _scatter_reduce,
    in_place=True,
    doc="x with the values of src reduced (sum, prod, mean, amax, amin) into the places that an index names along dim.",
    samples=(
        "y:2,2 scatter_reduce(x, 1, tensor([[0, 2], [1, 1]]), y, 'sum')",
        "y:2,2 scatter_reduce(x, 1, tensor([[0, 2], [1, 1]]), y, 'mean', include_self=False)",
        "y:2,3 x.scatter_reduce(1, tensor([[0, 2, 2], [1, 1, 1]]), y, reduce='prod')",
        "y:2,3 scatter_reduce(x, 0, tensor([[0, 1, 0]]), y, 'amax')",
        "y:2,2 scatter_reduce(x, 1, tensor([[0, 0], [1, 2]]), y, 'amin', include_self=False)",
    ),
)


_OF_OLD = {"add": "sum", "multiply": "prod"}
_ROW_OF_OLD = general(
    "scatter",
    lambda x, y, index, /, axis, reduce: _reduced(x, y, index, axis, reduce, True),
    (None, None, None),
    (None, None, None),
    overload="reduced",
    function=False,
    method=False,
    complex=SAME,
    grad_fn="NotImplemented",
    doc="x with the values of y reduced into the places of an index, which PyTorch cannot differentiate.",
)


def _scatter_of_old(x: Tensor, /, dim: Dim, index: Tensor, src: Tensor, *, reduce: str) -> Any:
    if reduce not in _OF_OLD:
        raise Problem("argument", "reduce argument must be either add or multiply.", hint="scatter_reduce has more of them")
    axis = checked_places(x.ndarray, index.ndarray, dim, src.ndarray)
    return _ROW_OF_OLD(x, src, index.detach(), axis, _OF_OLD[reduce])


def _scatter_value_of_old(x: Tensor, /, dim: Dim, index: Tensor, value: Number, *, reduce: str) -> Any:
    same = from_array(np.full(index.shape, fitting(value, x.ndarray.dtype)))
    return _scatter_of_old(x, dim, index, same, reduce=reduce)


composite(
    "scatter",
    _scatter_of_old,
    overload="reduce",
    in_place=True,
    doc="x with the values of src added to, or multiplied into, the places that an index names along dim.",
    samples=("y:2,2 x.scatter(1, tensor([[0, 2], [1, 0]]), y, reduce='add')",),
)
composite(
    "scatter",
    _scatter_value_of_old,
    overload="value_reduce",
    in_place=True,
    doc="x with a number added to, or multiplied into, the places that an index names along dim.",
    samples=("scatter(x, 1, tensor([[0, 2], [1, 0]]), 2.5, reduce='multiply')",),
)


def _index_reduce(x: Tensor, /, dim: Dim, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True) -> Any:
    if reduce not in _UFUNCS or reduce == "sum":
        raise Problem("argument", f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    axis = one_dim(dim, x.ndim)
    if x.ndarray.dtype.kind == "c":
        words = "index_reduce does not support automatic differentiation for outputs with complex dtype."
        raise Problem("dtype", words, type="RuntimeError")
    if source.ndarray.dtype != x.ndarray.dtype:
        names = f"{scalar_name(x.ndarray.dtype)} and {scalar_name(source.ndarray.dtype)}"
        raise Problem("dtype", f"index_reduce(): self and source expected to have the same dtype, but got {names}")
    if not x.ndim and index.ndarray.size != 1:
        raise Problem("dimension", f"Dimension specified as {dim} but tensor has no dimensions", type="IndexError")
    count = source.shape[axis] if source.ndim else 1
    if index.ndim > 1:
        raise Problem("index", "index_reduce_(): Index is supposed to be a vector", type="IndexError")
    if index.ndarray.size != count:
        words = f"index_reduce_(): Number of indices ({index.ndarray.size}) should be equal to source.size(dim): ({count})"
        raise Problem("shape-mismatch", f"{words}, for dim: {axis}")
    if x.shape[:axis] + x.shape[axis + 1 :] != source.shape[:axis] + source.shape[axis + 1 :]:
        words = "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape ="
        raise Problem("shape-mismatch", f"{words} {list(x.shape)} source.shape = {list(source.shape)}")
    if reduce == "mean" and x.ndarray.dtype.kind == "b":
        raise not_implemented("div_floor_cpu", x.ndarray.dtype)
    places = index.ndarray.reshape([-1 if at == axis else 1 for at in range(source.ndim)] if source.ndim else ())
    places = np.array(np.broadcast_to(places, source.shape))
    axis = checked_places(x.ndarray, places, dim, source.ndarray)
    return _INDEX_ROW(x, source, from_array(places), axis, reduce, include_self)


composite(
    "index_reduce",
    _index_reduce,
    in_place=True,
    doc="x with the entries of source reduced (prod, mean, amax, amin) into the entries along dim that an index names.",
    samples=(
        "y:3,3 index_reduce(x, 0, tensor([1, 0, 1]), y, 'mean')",
        "y:2,2 x.index_reduce(1, tensor([2, 2]), y, 'prod')",
        "y:2,2 index_reduce(x, 1, tensor([0, 2]), y, 'amax')",
        "y:2,2 index_reduce(x, 1, tensor([1, 1]), y, 'amin')",
    ),
)
