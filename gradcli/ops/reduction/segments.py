"""segment_reduce: each of the pieces that a dimension is cut into, reduced to one element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Cotangent, Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import not_implemented
from gradcli.ops.core.parameter_types import Dim, Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import add, mul
from gradcli.ops.movement.fusing import fused
from gradcli.ops.movement.gather_scatter import _scattered_sum as scattered_sum
from gradcli.ops.movement.joint_operands import beside
from gradcli.ops.reduction.scatter_reduce import _composed as scattered

family("gathering")

_NAMES = {"max": "amax", "min": "amin", "sum": "sum", "mean": "mean", "prod": "prod"}
_STARTS = {"max": -math.inf, "min": math.inf, "sum": 0.0, "mean": 0.0, "prod": 1.0}


def _places(ends: Any, shape: tuple[int, ...], axis: int) -> Any:
    """[shape]: the number of the piece that each element of a dimension is in, for pieces that end [..., pieces] there."""
    place = np.arange(shape[axis])
    found = (place[:, None] >= ends[..., None, :]).sum(-1)
    return np.broadcast_to(found.reshape(*found.shape, *[1] * (len(shape) - axis - 1)), shape)


def _reduced(x: Any, ends: Any, counts: Any, /, reduce: str, axis: int, initial: float | None) -> Any:
    """Elements behind the last end are not counted."""
    pieces = ends.shape[-1]
    shape = (*x.shape[:axis], pieces + 1, *x.shape[axis + 1 :])
    memory.reserve(math.prod(shape), "segment_reduce")
    index = from_array(np.ascontiguousarray(_places(ends.ndarray, x.shape, axis)))
    start = _STARTS[reduce] if initial is None else initial
    base = from_array(np.full(shape, start, x.ndarray.dtype))
    kept = (slice(None),) * axis + (slice(pieces),)
    if reduce != "mean":
        return scattered(base, x, index, axis, _NAMES[reduce], initial is not None)[kept]
    total = scattered_sum(base, x, index, axis)[kept]
    lengths = counts.ndarray.reshape(*counts.shape, *[1] * (x.ndim - axis - 1))
    shares = from_array((1 / np.maximum(lengths, 1)).astype(x.ndarray.dtype))
    if initial is not None:
        return mul(total, shares)
    empty = np.where(lengths == 0, math.nan, 0.0).astype(x.ndarray.dtype)
    return add(mul(total, shares), from_array(empty))


_row = fused(
    "segment_reduce",
    _reduced,
    constants=("ends", "counts"),
    grad_fn="SegmentReduceBackward0",
    doc="Pieces of a dimension, each reduced to one element.",
)
_node = beside("SegmentReduceBackwardBackward0")
_pull: Any = _row.vjps[0]


def _pulled(g: Cotangent, x: Operand, *rest: Any) -> Any:
    return _node(_pull(g, x, *rest), x)  # in a node that the input leads to


_pulled.named = _pull.named  # type: ignore[attr-defined]
_row.vjps = (_pulled, None, None)


def _segment_reduce(
    x: Tensor,
    /,
    reduce: str,
    *,
    lengths: Tensor | None = None,
    indices: Tensor | None = None,
    offsets: Tensor | None = None,
    axis: Dim = 0,
    unsafe: bool = False,
    initial: Number | None = None,
) -> Any:
    name = "segment_reduce()"
    if reduce not in _NAMES:
        words = f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"
        raise Problem("argument", words, hint="the extremes are max and min here")
    if indices is not None:
        raise Problem("argument", f"{name}: indices based reduction is not supported yet.", hint="give lengths or offsets")
    given = offsets if lengths is None else lengths
    if given is None:
        raise Problem("argument", f"{name}: Either lengths or offsets must be defined.")
    dim = one_dim(axis, x.ndim)
    numbers = given.ndarray
    if numbers.dtype.kind not in "iu" or not x.ndim or numbers.shape[:-1] != x.shape[:dim] or numbers.ndim != dim + 1:
        words = f"{name}: Expected whole numbers for each piece along axis {dim} of data of shape {list(x.shape)}"
        raise Problem("shape-mismatch", f"{words}, but got shape {list(numbers.shape)}")
    if x.ndarray.dtype.kind != "f":
        raise not_implemented("_segment_reduce_cpu", x.ndarray.dtype)
    counts = np.diff(numbers, axis=-1) if lengths is None else numbers
    ends = numbers[..., 1:] if lengths is None else np.cumsum(numbers, -1)
    _check_pieces(counts, x.shape[dim], lengths is not None and not unsafe)
    return _row(x, from_array(ends), from_array(np.ascontiguousarray(counts)), reduce, dim, initial)


def _check_pieces(counts: Any, length: int, whole: bool) -> None:
    """Refuse pieces that do not make up the dimension.  Raises Problem."""
    if (counts < 0).any():
        raise Problem("argument", "segment_reduce(): lengths contains negative value!")
    if (counts.sum(-1) != length).any() and (whole or (counts.sum(-1) > length).any()):
        words = "Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when !unsafe."
        raise Problem("shape-mismatch", f"segment_reduce(): {words}", hint=f"the dimension has {length}")


composite(
    "segment_reduce",
    _segment_reduce,
    method=False,
    doc="The sum, mean, product, largest or smallest of each of the pieces that a dimension is cut into.",
    samples=(
        "z:5 segment_reduce(z, 'sum', lengths=tensor([2, 0, 3]))",
        "z:5,2 segment_reduce(z, 'mean', lengths=tensor([1, 4]), initial=2)",
        "z:2,3 segment_reduce(z, 'prod', lengths=tensor([[1, 2], [3, 0]]), axis=1)",
        "z:4 segment_reduce(z, 'max', lengths=tensor([1, 3]), initial=0.1)",
        "z:4 segment_reduce(z, 'min', lengths=tensor([4]))",
    ),
)
