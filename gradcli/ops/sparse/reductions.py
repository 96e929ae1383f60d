"""Sums and softmax of sparse tensors, where only places with an entry count: torch.sparse.sum, softmax and log_softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.operation import Operation
from gradcli.graph.types import Array, Cotangent
from gradcli.ops.core.builders import SAME, general
from gradcli.ops.sparse.arithmetic import summed_over
from gradcli.ops.sparse.coo import CooArray, is_coo, keys

# --- sums -----------------------------------------------------------------------------------------------------------


def _sum(x: Any, /, dims: tuple[int, ...]) -> Any:
    return summed_over(x.coalesced(), dims)


def _sum_backward(g: Any, x: Any, /, dims: tuple[int, ...]) -> Any:
    """The cotangent of each entry of x: that of the sum that it went into."""
    own, split = x.coalesced(), x.sparse_dim
    kept = [dim for dim in range(split) if dim not in dims]
    sums = g.at(own.indices[kept]) if is_coo(g) else np.broadcast_to(g, (own.nnz, *np.shape(g)))
    for dim in sorted(dims):
        if dim >= split:
            sums = np.expand_dims(sums, dim - split + 1)
    return own.with_values(np.broadcast_to(sums, own.values.shape).copy())


sum_over: Operation = general(
    "_sparse_sum",
    _sum,
    lambda g, x, dims: _summed_back(g, x, dims),
    lambda t, dims: sum_over(t, dims),
    grad_fn="SparseSumBackward0",
    doc="Sums of a sparse tensor along dimensions.",
    complex=SAME,
    listed=False,
)
_summed_back: Operation = general(
    "_sparse_sum_backward",
    _sum_backward,
    (lambda g, dims: sum_over(g, dims), None),
    (lambda t, x, dims: _summed_back(t, x, dims), None),
    grad_fn="SparseSumBackwardBackward0",
    doc="The cotangent of a sum, at the entries that were added up.",
    complex=SAME,
    listed=False,
)


# --- softmax --------------------------------------------------------------------------------------------------------


def _lines(x: CooArray, dim: int) -> tuple[Array, int]:
    """For each entry, the number of the line along a sparse dimension that it lies in; and how many there are."""
    others = [each for each in range(x.sparse_dim) if each != dim]
    places, line = np.unique(keys(x.indices[others], tuple([x.shape[each] for each in others])), return_inverse=True)
    return line, len(places)


def _along(x: CooArray, dim: int, ufunc: Any, start: float, values: Array) -> Array:
    """`values`, those of x or others at its places, reduced along a dimension, and spread over its entries again."""
    if dim >= x.sparse_dim:
        return ufunc.reduce(values, dim - x.sparse_dim + 1, keepdims=True)  # type: ignore[no-any-return]
    line, count = _lines(x, dim)
    out = np.full((count, *values.shape[1:]), start, values.dtype)
    ufunc.at(out, line, values)
    return out[line]


def _log_softmax(x: Any, /, dim: int) -> Any:
    own = x.coalesced()
    if not own.nnz:
        return own
    shifted = own.values - _along(own, dim, np.maximum, -np.inf, own.values)
    return own.with_values(shifted - np.log(_along(own, dim, np.add, 0, np.exp(shifted))))


def _softmax(x: Any, /, dim: int) -> Any:
    own = x.coalesced()
    if not own.nnz:
        return own
    powers = np.exp(own.values - _along(own, dim, np.maximum, -np.inf, own.values))
    return own.with_values(powers / _along(own, dim, np.add, 0, powers))


def _softmax_backward(g: Cotangent, out: Any, /, dim: int) -> Any:
    values = _at_entries(g, out)
    return out.with_values(out.values * (values - _along(out, dim, np.add, 0, values * out.values)))


def _log_softmax_backward(g: Cotangent, out: Any, /, dim: int) -> Any:
    values = _at_entries(g, out)
    return out.with_values(values - np.exp(out.values) * _along(out, dim, np.add, 0, values))


def _at_entries(g: Any, out: CooArray) -> Array:
    return g.at(out.indices) if is_coo(g) else g[tuple(out.indices)]  # type: ignore[no-any-return]


def _row(name: str, forward: Any, back: Any, grad_fn: str) -> Operation:
    """A row whose rule is one of another row, which has no derivative itself, as in PyTorch."""
    pulled = general(
        f"{name}_backward_data",
        back,
        (None, None),
        (None, None),
        grad_fn=f"{grad_fn[:-1]}DataBackward0",
        doc="Its rule.",
        listed=False,
    )
    return general(
        name, forward, lambda g, out, dim: pulled(g, out, dim), None, grad_fn=grad_fn, doc="Along a dimension.", listed=False
    )


softmax = _row("_sparse_softmax", _softmax, _softmax_backward, "SparseSoftmaxBackward0")
log_softmax = _row("_sparse_log_softmax", _log_softmax, _log_softmax_backward, "SparseLogSoftmaxBackward0")
