"""embedding: rows of a weight matrix by their indices."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.context import settings
from gradcli.graph.tensor import Tensor, array_dtype, from_array
from gradcli.ops.core.arrays import Cotangent, Operand, zeros
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.dtypes import tensor_type
from gradcli.ops.core.table import family
from gradcli.ops.movement.shapes import reshape

family("indexing")


def _rows(weight: Operand, index: Operand, /, padding_idx: int, by_use: bool, sparse: bool = False) -> Any:
    return weight[index]


def _shared(g: Cotangent, index: Operand, by_use: bool) -> Any:
    """The cotangents of the picked rows; with `by_use`, divided by how often each row was asked for."""
    if not by_use:
        return g
    places = index.ndarray if isinstance(index, Tensor) else index
    uses = np.bincount(places.reshape(-1))[places][..., None].astype(array_dtype(g))
    return g / (from_array(uses) if isinstance(g, Tensor) else uses)


def _added_up(y: Operand, index: Operand, /, padding_idx: int, shape: Any) -> Any:
    """Zeros of `shape`, with each vector of y added to its row; those of the padding are left out."""
    out = zeros(shape, y)
    kept = index != padding_idx
    np.add.at(out, index[kept], y[kept])
    return out


def _moved(y: Operand, index: Operand, /, padding_idx: int) -> Any:
    """The tangents of the picked rows; the padding does not move, as its gradient is zero."""
    out = y[index]
    out[index == padding_idx] = 0
    return out


def _rows_vjp(g: Cotangent, weight_shape: tuple[int, ...], index: Operand, padding_idx: Any, by_use: Any, sparse: Any) -> Any:
    if sparse and (isinstance(g, Tensor) or type(g) is np.ndarray):  # many cotangents at once stay dense
        return _entries(g, weight_shape, index, padding_idx, by_use)
    return _summed(_shared(g, index, by_use), index, padding_idx, weight_shape)


def _entries(g: Cotangent, weight_shape: tuple[int, ...], index: Operand, padding_idx: int, by_use: bool) -> Any:
    """The cotangents of the picked rows as a sparse tensor in the weight's shape.  Raises Problem."""
    from gradcli.ops.sparse.layouts import made  # few programs have sparse tensors

    if by_use:
        words = "embedding_backward: scale_grad_by_freq not supported with sparse gradients"
        raise Problem("argument", words, hint="leave sparse=True away")
    lift = from_array if isinstance(g, Tensor) else lambda array: array
    rows = (index.ndarray if isinstance(index, Tensor) else index).reshape(1, -1)
    values = reshape(g, (-1, weight_shape[1])) if isinstance(g, Tensor) else g.reshape(-1, weight_shape[1])
    kept = rows[0] != padding_idx
    if not kept.all():
        values, rows = values[lift(kept)], rows[:, kept]
    return made(values, lift(rows), weight_shape, False)


_picked: Operation = general(
    "embedding",
    _rows,
    (_rows_vjp, None),
    (lambda t, index, padding_idx: _pushed(t, index, padding_idx), None),
    overload="rows",
    function=False,
    method=False,
    elements=lambda weight, index, *_: index.size * weight.shape[1],
    complex=("embedding does not support automatic differentiation for outputs with complex dtype.", "RuntimeError"),
    grad_fn="EmbeddingBackward0",
    kinks=(Kink("no gradient to the row of padding_idx", lambda index, padding_idx, by_use: index[..., None] == padding_idx),),
    doc="Rows of a matrix.",
)
_summed: Operation = general(
    "embedding_dense_backward",
    _added_up,
    (lambda g, index, padding_idx: _pushed(g, index, padding_idx), None),
    (lambda t, index, padding_idx, shape: _summed(t, index, padding_idx, shape), None),
    function=False,
    method=False,
    grad_fn="EmbeddingDenseBackwardBackward0",
    doc="Vectors added to the rows that they came from.",
)
_pushed: Operation = general(
    "embedding_without_padding",
    _moved,
    (lambda g, y_shape, index, padding_idx: _summed(g, index, padding_idx, y_shape), None),
    (lambda t, index, padding_idx: _pushed(t, index, padding_idx), None),
    function=False,
    method=False,
    grad_fn="EmbeddingBackward0",
    doc="Rows of a matrix, those of the padding zero.",
)


def _embedding(
    x: Tensor, weight: Operand, /, padding_idx: int | None = None, *, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Any:
    _check(x, weight, padding_idx)
    none = weight.shape[0]  # a row that no index means
    padding = none if padding_idx is None else padding_idx % weight.shape[0]
    return _picked(weight, x, padding, scale_grad_by_freq, sparse and settings().sparse_gradients)


_MATRIX = "the weight is a matrix with a row for each index"


def _check(x: Tensor, weight: Operand, padding_idx: int | None) -> None:
    """Refuse what picks no rows.  Raises Problem."""
    if not weight.ndim:
        raise Problem(
            "shape-mismatch", "Dimension specified as 0 but tensor has no dimensions", type="IndexError", hint=_MATRIX
        )
    if padding_idx is not None and not -weight.shape[0] <= padding_idx < weight.shape[0]:
        raise Problem("argument", "Padding_idx must be within num_embeddings", type="AssertionError")
    if weight.ndim != 2:
        raise Problem("shape-mismatch", "'weight' must be 2-D", hint=_MATRIX)
    if x.ndarray.dtype.name not in ("int64", "int32"):
        words = "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int"
        raise Problem(
            "dtype",
            f"{words}; but got {tensor_type(x.ndarray.dtype)} instead (while checking arguments for embedding)",
            hint="bind it with -c, which keeps int64",
        )
    if x.ndarray.size and not weight.shape[0]:
        raise Problem("shape-mismatch", "index_select(): self indexing axis dim should be positive", hint=_MATRIX)
    if x.ndarray.size and not 0 <= x.ndarray.min() <= x.ndarray.max() < weight.shape[0]:
        words = f"there are {weight.shape[0]} rows, counted from 0"
        raise Problem("index", "index out of range in self", type="IndexError", hint=words)


composite(
    "embedding",
    _embedding,
    namespace="F",
    method=False,
    doc="The rows of weight that whole numbers name; that of padding_idx gets no gradient.",
    samples=(
        "F.embedding(tensor([[0, 1], [1, 1]]), x)",
        "F.embedding(tensor(1), x, -2)",
    ),
)
