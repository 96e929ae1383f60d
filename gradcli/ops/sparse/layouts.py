"""Between dense and sparse tensors: to_sparse, to_dense, coalesce, values, sparse_mask, and what makes one of entries."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor, from_array, is_unstrided
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent
from gradcli.ops.core.builders import SAME, general
from gradcli.ops.sparse.coo import COORDINATES, ROWS, CooArray, from_dense, is_coo

_unlisted: dict[str, Any] = {"listed": False, "complex": SAME}
_same = lambda g: g  # noqa: E731


def pattern_of(x: Any) -> Any:
    """A sparse operand (a tensor or an array) without a place in the graph, and with its places in order."""
    return from_array(x.ndarray.coalesced()) if isinstance(x, Tensor) else x.coalesced()


def places_of(x: Any) -> Any:
    """The indices of a sparse operand, a tensor or an array."""
    return from_array(x.ndarray.indices) if isinstance(x, Tensor) else x.indices


def layout_of(x: Any) -> str:
    """The layout of a sparse operand, a tensor or an array."""
    return (x.ndarray if isinstance(x, Tensor) else x).layout  # type: ignore[no-any-return]


# --- entries --------------------------------------------------------------------------------------------------------


def _made(values: Array, indices: Array, /, shape: Any, is_coalesced: bool, layout: str = COORDINATES) -> Any:
    return CooArray(indices, values, shape, is_coalesced, layout)


def _picked(x: Any, indices: Operand, /) -> Any:
    if is_coo(x):
        return x.at(indices)
    return x[tuple(indices)] if len(indices) else np.broadcast_to(x, (indices.shape[1], *x.shape))


def _maker(name: str, grad_fn: str) -> Operation:
    row: Operation = general(
        name,
        _made,
        (lambda g, indices: picked(g, indices), None),
        (lambda t, indices, shape, is_coalesced, layout: row(t, indices, shape, is_coalesced, layout), None),
        grad_fn=grad_fn,
        doc="A sparse tensor of values at places.",
        **_unlisted,
    )
    return row


made = _maker("_sparse_coo_tensor_with_dims_and_tensors", "SparseCooTensorWithDimsAndTensorsBackward0")
made_by_rows = _maker("_sparse_compressed_tensor", "SparseCompressedTensorBackward0")
picked: Operation = general(
    "sparse_values_at",
    _picked,
    (lambda g, x_shape, indices: made(g, indices, x_shape, False), None),
    (lambda t, indices: picked(t, indices), None),
    grad_fn="IndexBackward0",
    doc="The values at places, of a sparse or a dense tensor.",
    **_unlisted,
)


def _values(x: Any, /) -> Any:
    if not x.is_coalesced:
        raise need_coalesced("values")
    return x.values


def need_coalesced(what: str) -> Problem:
    """The error of a tensor that has places more than once, or in no order."""
    return Problem("argument", f"Cannot get {what} on an uncoalesced tensor, please call .coalesce() first")


values: Operation = general(
    "values",
    _values,
    lambda g, x: made(g, places_of(x), x.shape, True, layout_of(x)),
    lambda t: values(coalesced(t)),
    grad_fn="ValuesBackward0",
    doc="The values of a sparse tensor.",
    **_unlisted,
)
coalesced: Operation = general(
    "coalesce",
    lambda x, /: x.coalesced(),
    _same,
    lambda t: coalesced(t),
    grad_fn="CoalesceBackward0",
    doc="The same sparse tensor with each place named once.",
    **_unlisted,
)


# --- layouts --------------------------------------------------------------------------------------------------------


def _dense(x: Any, /, masked_grad: bool = True) -> Any:
    return x.dense() if is_coo(x) else x


dense: Operation = general(
    "to_dense",
    _dense,
    lambda g, x, masked_grad: masked(g, pattern_of(x)) if masked_grad else sparse_in(g, len(places_of(x))),
    lambda t, masked_grad: dense(t, masked_grad),
    grad_fn="ToDenseBackward0",
    doc="A dense tensor of the same elements.",
    **_unlisted,
)


def _densely(g: Cotangent) -> Any:
    """The cotangent of a dense tensor, whatever layout that of a sparse one has."""
    return dense(g) if is_unstrided(g) else g


def _sparse(x: Array, /) -> Any:
    return x if is_coo(x) else from_dense(x)


def _sparse_in(x: Any, /, sparse_dim: int) -> Any:
    if is_coo(x):
        if sparse_dim == x.sparse_dim:
            return x
        words = "to_sparse: conversion from Sparse to Sparse with sparse_dim argument !=self.sparse_dim() is not supported"
        raise Problem("argument", words, hint="x.to_dense().to_sparse(...)")
    least = 1 if x.ndim else 0
    if not least <= sparse_dim <= x.ndim:
        bounds = ">0 when self.dim()>0" if not sparse_dim else f"[0,{x.ndim}] range, but {sparse_dim} is given"
        raise Problem("argument", f"dense_to_sparse: sparse_dim argument must be in {bounds}")
    return from_dense(x, sparse_dim)


sparse: Operation = general(
    "to_sparse",
    _sparse,
    _densely,
    lambda t: sparse(t),
    grad_fn="ToSparseBackward1",
    doc="A sparse tensor of the elements that are not zero.",
    **_unlisted,
)
sparse_in: Operation = general(
    "to_sparse",
    _sparse_in,
    _densely,
    lambda t, sparse_dim: sparse_in(t, sparse_dim),
    overload="sparse_dim",
    grad_fn="ToSparseBackward0",
    doc="A sparse tensor of the slices that are not zeros.",
    **_unlisted,
)


def _by_rows(x: Array, /) -> Any:
    if x.ndim != 2:
        raise Problem(
            "dimension", f"only a matrix has a layout by rows, and this has {x.ndim} dimensions", hint="x.to_sparse()"
        )
    return from_dense(x).in_layout(ROWS)


by_rows: Operation = general(
    "to_sparse_csr",
    _by_rows,
    _densely,
    lambda t: by_rows(t),
    grad_fn="ToSparseCsrBackward0",
    doc="A sparse matrix by rows of the elements that are not zero.",
    **_unlisted,
)


def _relaid(name: str, grad_fn: str) -> Operation:
    """A row from one sparse layout to another, in which the gradient, if it is sparse, comes back."""
    row: Operation = general(
        name,
        lambda x, /, source, target: x.in_layout(target),
        lambda g, source, target: row(g, target, source) if is_unstrided(g) else g,
        lambda t, source, target: row(t, source, target),
        overload="layout",
        grad_fn=grad_fn,
        doc="A sparse tensor in another layout.",
        **_unlisted,
    )
    return row


to_rows, to_coordinates = _relaid("to_sparse_csr", "ToSparseCsrBackward0"), _relaid("to_sparse", "ToSparseBackward1")


def _masked(x: Operand, mask: Any, /) -> Any:
    if x.shape != mask.shape:
        sizes = f"self has size {list(x.shape)} but mask has size {list(mask.shape)}"
        raise Problem("shape-mismatch", f"sparse_mask(): operands have incompatible sizes; {sizes}")
    return mask.with_values(_picked(x, mask.indices))


def _unmasked(g: Cotangent, mask: Operand) -> Any:
    return _densely(masked(g, mask))


def _mask_tangent(t: Tangent, mask: Operand) -> Any:
    return masked(t, mask)


masked: Operation = general(
    "sparse_mask",
    _masked,
    (_unmasked, None),
    (_mask_tangent, None),
    grad_fn="SparseMaskBackward0",
    doc="The elements at the places of a sparse tensor.",
    **_unlisted,
)
