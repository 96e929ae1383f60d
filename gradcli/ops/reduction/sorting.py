"""sort, topk, kthvalue, median, mode; searchsorted and counts.

Each gives values that stand somewhere in the operand, so that its gradient goes back to these places.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import Operation, composite, constant, general, no_kernel
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.dtypes import INT64, no_masks, not_implemented, only
from gradcli.ops.core.parameter_types import Dim, Side
from gradcli.ops.core.table import family
from gradcli.ops.kernels.selection_algorithms import LONGEST, kth_place, sorted_places, top_places
from gradcli.ops.kernels.stable_order import order
from gradcli.ops.reduction.extremes import picked_at, put_at, shared_by_all, tied
from gradcli.ops.reduction.reductions import sum as total

family("sorting")

_back = lambda g, x_shape, indices, dim: put_at(g, x_shape, indices, dim, True)  # noqa: E731
_along = lambda t, indices, dim: picked_at(t, indices, dim, True)  # noqa: E731
_FEW = 16  # elements that a stable order and PyTorch's sort leave in the same order
_one_of_equals = "all to the element whose index is returned, where several are equal"


def _sort(x: Array, /, dim: Dim = -1, descending: bool = False) -> Any:
    axis = one_dim(dim, x.ndim)
    if not x.ndim:
        return x.copy(), np.zeros((), INT64)
    indices = order(x, axis, descending)
    return np.take_along_axis(x, indices, axis), indices


def _neighbours_equal(values: Array, dim: int) -> Any:
    """Which of sorted values are equal to one next to them."""
    if not values.ndim:
        return False
    line = np.moveaxis(values, dim, -1)
    same = np.zeros(line.shape, bool)
    same[..., 1:] = line[..., 1:] == line[..., :-1]
    same[..., :-1] |= line[..., :-1] == line[..., 1:]
    return np.moveaxis(same, -1, dim)


_tie = Kink(_one_of_equals, lambda values, dim: _neighbours_equal(values, dim), (0, 1))


def _sorting(forward: Any, overload: str, ordinal: int, *samples: str) -> Operation:
    return general(
        "sort",
        forward,
        _back,
        _along,
        overload=overload,
        outputs=("values", "indices"),
        complex=(" Sort does not support complex dtypes on CPU", "RuntimeError"),
        grad_fn=f"SortBackward{ordinal}",
        kinks=(_tie,),
        doc="The values in order along dim, and where they stood.",
        samples=samples,
    )


def _sort_stably(x: Array, /, *, stable: bool, dim: Dim = -1, descending: bool = False) -> Any:
    return _sort(x, dim, descending)


sort = _sorting(_sort, "", 0, "sort(x)[0]", "sort(x, dim=0, descending=True).values")
sort_stably = _sorting(_sort_stably, "stable", 1, "x.sort(dim=0, stable=True)[0]")
composite("msort", lambda x, /: sort(x, 0)[0], doc="The values in order along the first dimension.", samples=("msort(x)",))


def _argsort(x: Array, /, dim: Dim = -1, descending: bool = False, *, stable: bool = False) -> Any:
    return _sort(x, dim, descending)[1]


constant(
    "argsort",
    _argsort,
    complex=(" Sort does not support complex dtypes on CPU", "RuntimeError"),
    doc="The indices that sort x along dim.",
    samples=("argsort(x)", "x.argsort(0, descending=True)"),
)


def _topk(x: Array, /, k: int, dim: Dim = -1, largest: bool = True, sorted: bool = True) -> Any:
    axis = one_dim(dim, x.ndim)
    if not 0 <= k <= (x.shape[axis] if x.ndim else 1):
        raise Problem("argument", "selected index k out of range", hint="k is at most the length of the dimension")
    values, indices = _sort(x, dim, largest)
    if not x.ndim:
        return values, indices
    first: Any = (slice(None),) * axis
    places = indices[(*first, slice(None, k))].copy()
    found = np.moveaxis(places, axis, -1)
    for line, ranks in _lines(x, axis, _tied(values[(*first, slice(None, k + 1))], axis) if sorted else None):
        before = (lambda i, j, ranks=ranks: ranks[i] > ranks[j]) if largest else (lambda i, j, ranks=ranks: ranks[i] < ranks[j])
        found[line] = top_places(len(ranks), k, before, sorted)
    return np.take_along_axis(x, places, axis), places


def _tied(values: Array, axis: int) -> Any:
    """Along which lines of sorted values neighbours are equal (or both nan)."""
    line = np.moveaxis(values, axis, -1)
    one, other = line[..., 1:], line[..., :-1]
    return ((one == other) | ((one != one) & (other != other))).any(-1)


def _lines(x: Array, axis: int, chosen: Any) -> Iterator[tuple[tuple[int, ...], list[int]]]:
    """Lines along an axis (None: all), each with the ranks of its elements: equal ones share a rank, nan has the highest."""
    lines = np.moveaxis(x, axis, -1)
    if lines.shape[-1] > LONGEST:
        return
    for line in np.ndindex(lines.shape[:-1]) if chosen is None else map(tuple, np.argwhere(chosen)):
        yield line, np.unique(lines[line], return_inverse=True)[1].tolist()


topk = general(
    "topk",
    _topk,
    _back,
    _along,
    casting=no_masks("topk does not support bool dtypes on CPU", "count with x.long()"),
    outputs=("values", "indices"),
    complex=(" topk does not support complex dtypes on CPU", "RuntimeError"),
    grad_fn="TopkBackward0",
    kinks=(_tie,),
    doc="The k largest (or smallest) elements along dim, and where they stood.",
    samples=("topk(x, 2)[0]", "topk(x, k=1, dim=0, largest=False).values", "x.topk(2, -1, True, True)[0]"),
)

# --- one element of each line ---------------------------------------------------------------------------------------


def _picked(x: Array, position: Any, axis: int, keepdim: bool) -> Any:
    """The elements at one position of each line along an axis, with the positions."""
    values = np.take_along_axis(x, position, axis)
    return (values, position) if keepdim else (values.squeeze(axis), position.squeeze(axis))


def _line(x: Operand, dim: int, name: str) -> int:
    """The dimension along which an element is picked, which must have one."""
    axis = one_dim(dim, x.ndim)
    if x.ndim and not x.shape[axis]:
        raise Problem(
            "empty",
            f"{name}(): Expected reduction dim {axis} to have non-zero size.",
            type="IndexError",
            hint="there is no element to pick",
        )
    return axis


def _kthvalue(x: Array, /, k: int, dim: Dim = -1, keepdim: bool = False) -> Any:
    axis = _line(x, dim, "kthvalue")
    if not 1 <= k <= (x.shape[axis] if x.ndim else 1):
        raise Problem("argument", "kthvalue(): selected number k out of range for dimension " + str(axis))
    if not x.ndim:
        return x.copy(), np.zeros((), INT64)
    indices = order(x, axis, False)
    near = indices.take(range(max(k - 2, 0), min(k + 1, x.shape[axis])), axis)
    position = indices.take([k - 1], axis)
    found = np.moveaxis(position, axis, -1)
    for line, ranks in _lines(x, axis, _tied(np.take_along_axis(x, near, axis), axis)):
        found[line] = kth_place(len(ranks), k - 1, lambda i, j, ranks=ranks: ranks[i] > ranks[j])  # type: ignore[misc]
    return _picked(x, position, axis, keepdim)


def _median_along(x: Array, /, dim: Dim, keepdim: bool = False) -> Any:
    """The lower middle; the first nan where there is one."""
    axis = _line(x, dim, "median")
    if not x.ndim:
        return x.copy(), np.zeros((), INT64)
    middle = order(x, axis, False).take([(x.shape[axis] - 1) // 2], axis)
    if x.dtype.kind == "f":
        missing = np.isnan(x)
        middle = np.where(missing.any(axis, keepdims=True), missing.argmax(axis, keepdims=True), middle)
    return _picked(x, middle, axis, keepdim)


def _mode(x: Array, /, dim: Dim = -1, keepdim: bool = False) -> Any:
    """The most frequent value, the smallest of several, at the last place where it stands."""
    axis = _line(x, dim, "mode")
    if not x.ndim:
        return x.copy(), np.zeros((), INT64)
    places = np.moveaxis(order(x, axis, False), axis, -1)
    lines = np.moveaxis(x, axis, -1)
    found = np.empty((*lines.shape[:-1], 1), INT64)
    for place in np.ndindex(lines.shape[:-1]):
        line, sorted_ = lines[place], places[place]
        if _FEW < line.size <= LONGEST or (x.dtype.kind == "f" and np.isnan(line).any()):
            values = line.tolist()  # among which nan is neither before nor after anything
            sorted_ = sorted_places(line.size, lambda i, j, values=values: values[i] < values[j])  # type: ignore[misc]
        found[place] = sorted_[_end_of_longest_run(line[sorted_])]
    return _picked(x, np.moveaxis(found, -1, axis), axis, keepdim)


def _end_of_longest_run(values: Operand) -> int:
    """The last place of the first longest run of equal values among sorted ones."""
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    lengths = np.diff(np.r_[starts, len(values)])
    longest = int(lengths.argmax())
    return int(starts[longest] + lengths[longest] - 1)


def _one_of_each(
    name: str, forward: Any, ordinal: int, doc: str, *samples: str, overload: str = "", casting: Any = None
) -> Operation:
    return general(
        name,
        forward,
        put_at,
        lambda t, indices, dim, keepdim: picked_at(t, indices, dim, keepdim),
        overload=overload,
        casting=casting,
        outputs=("values", "indices"),
        grad_fn=f"{name.capitalize()}Backward{ordinal}",
        kinks=(Kink(_one_of_equals, lambda x, values, dim, keepdim: tied(x, values, dim, keepdim), (0, 1)),),
        doc=doc,
        samples=samples,
    )


_one_of_each(
    "kthvalue",
    _kthvalue,
    0,
    "The k-th smallest element along dim, and where it stood.",
    "kthvalue(x, 2)[0]",
    "kthvalue(x, k=1, dim=0, keepdim=True).values",
    casting=only("fiu", "kthvalue_cpu"),
)
_one_of_each(
    "median",
    _median_along,
    1,
    "The lower middle along dim, and where it stood.",
    "median(x, 0)[0]",
    "median(x, dim=1, keepdim=True).values",
    overload="dim",
    casting=only("fiu", "median_out"),
)
_one_of_each("mode", _mode, 0, "The most frequent value along dim, and where it stood last.", "mode(x)[0]", "mode(x, 0)[0]")


def _median(x: Array, /) -> Any:
    if not x.size:
        return np.full((), np.nan if x.dtype.kind == "f" else np.iinfo(x.dtype).min, x.dtype)
    line = np.sort(x, None)
    return line[-1] if x.dtype.kind == "f" and np.isnan(line[-1]) else line[(line.size - 1) // 2]


general(
    "median",
    _median,
    shared_by_all,
    lambda t, x, out: total(shared_by_all(t, x, out)),
    overload="full",
    casting=only("fiu", "median_cpu"),
    grad_fn="MedianBackward0",
    kinks=(Kink("split evenly among equal elements", lambda x, out: tied(x, out, None, False), (0, 1)),),
    doc="The lower middle of all elements.",
    samples=("median(x)", "x:2,2 median(x)"),
)

# --- counting -------------------------------------------------------------------------------------------------------


def _bincount(x: Array, /, weights: Tensor | None = None, minlength: int = 0) -> Any:
    if x.dtype.kind in "fc" and x.ndim == 1:
        raise not_implemented("bincount_cpu", x.dtype)
    if x.ndim != 1 or x.dtype.kind not in "iu" or (x < 0).any():
        raise Problem("argument", "bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise Problem("argument", "minlength should be >= 0")
    given = None if weights is None else weights.ndarray
    if given is not None and given.shape != x.shape:
        raise Problem("argument", "weights should be 1-d and have the same length as input")
    counts = np.bincount(x, given, minlength)
    return counts if given is None or given.dtype != np.float32 else counts.astype(given.dtype)


constant(
    "bincount",
    _bincount,
    elements=lambda x, weights, minlength: minlength,
    doc="How often each whole number comes up.",
    samples=("bincount(tensor([1, 0, 1, 3]))",),
)


def _searchsorted(
    sorted_sequence: Operand,
    values: Operand,
    /,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: Side | None = None,
    sorter: Tensor | None = None,
) -> Any:
    where: Side = "right" if right or side == "right" else "left"
    sorted_sequence, values = np.asarray(sorted_sequence), np.asarray(values)
    if sorter is not None:
        order, length = sorter.ndarray, sorted_sequence.shape[-1] if sorted_sequence.ndim else 0
        if order.shape != sorted_sequence.shape or order.dtype != INT64:
            words = "torch.searchsorted(): boundary and sorter must have the same size, and sorter the dtype int64"
            raise Problem("shape-mismatch", words, hint="sorter is what argsort gives of the sequence")
        if order.size and not 0 <= order.min() <= order.max() < length:
            raise Problem("index", "torch.searchsorted(): sorter index out of range")
        sorted_sequence = np.take_along_axis(sorted_sequence, order, -1)
    found = _places_in(sorted_sequence, values, where)
    return found.astype(np.int32) if out_int32 else found


def _places_in(sorted_sequence: Array, values: Operand, where: Side) -> Any:
    if not sorted_sequence.ndim:
        raise Problem("dimension", "torch.searchsorted(): boundaries tensor should have positive dimension")
    if sorted_sequence.ndim == 1:
        return np.asarray(sorted_sequence.searchsorted(values, where))
    if sorted_sequence.shape[:-1] != values.shape[:-1]:
        raise Problem(
            "shape-mismatch",
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            "tensor and input value tensor must match",
        )
    found = np.empty(values.shape, INT64)
    for place in np.ndindex(values.shape[:-1]):
        found[place] = sorted_sequence[place].searchsorted(values[place], where)
    return found


constant(
    "searchsorted",
    _searchsorted,
    method=False,
    complex=no_kernel("searchsorted_out_cpu"),
    doc="Where values would go into a sorted sequence.",
    samples=("searchsorted(tensor([-1., 0., 1.]), x)", "searchsorted(tensor([-1., 0., 1.]), x, right=True)"),
)


def _bucketize(x: Operand, boundaries: Array, /, *, out_int32: bool = False, right: bool = False) -> Any:
    if np.ndim(boundaries) != 1:
        raise Problem(
            "dimension", f"torch.bucketize(): boundaries tensor must be 1 dimension, but got dim({np.ndim(boundaries)})"
        )
    found = np.asarray(boundaries.searchsorted(x, "right" if right else "left"))
    return found.astype(np.int32) if out_int32 else found


constant(
    "bucketize",
    _bucketize,
    method=False,
    complex=no_kernel("searchsorted_out_cpu"),
    doc="Between which boundaries each value stands.",
    samples=("bucketize(x, tensor([-1., 0., 1.]))",),
)
