"""embedding_bag: sums, means or maxima of rows of a weight matrix, bag by bag, in one operation."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.context import settings
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.dtypes import tensor_type
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import mul
from gradcli.ops.elementwise.selection import where
from gradcli.ops.movement.fusing import fused
from gradcli.ops.movement.gather_scatter import gathered
from gradcli.ops.movement.index_select import _added as added_entries
from gradcli.ops.movement.index_select import _selected as selected
from gradcli.ops.movement.shapes import reshape, unsqueeze
from gradcli.ops.nn.embedding import _picked as picked

family("gathering")

_MODES = ("sum", "mean", "max")


def _bag(
    weight: Any, scales: Any, index: Any, bags: Any, kept: Any, /, count: int, mode: str, by_use: bool, sparse: bool
) -> Any:
    """[count, columns]: the rows that `index` names, each in the bag of its number; empty bags are zeros.

    kept  which of all indices these are, in the order of `scales`
    """
    rows = picked(weight, index, weight.shape[0], by_use, sparse)
    if scales is not None:
        rows = mul(rows, unsqueeze(selected(reshape(scales, (-1,)), kept, 0), 1))
    if mode == "max":
        return _largest(rows, bags.ndarray, count)
    out = added_entries(from_array(np.zeros((count, weight.shape[1]), weight.ndarray.dtype)), rows, bags, 0, 1)
    if mode == "sum":
        return out
    sizes = np.maximum(np.bincount(bags.ndarray, minlength=count), 1).astype(weight.ndarray.dtype)
    return out / from_array(sizes[:, None])


def _largest(rows: Any, bags: Any, count: int) -> Any:
    """The largest entries of each bag; of equal ones the first."""
    order = np.argsort(bags, kind="stable")
    sizes = np.bincount(bags, minlength=count)
    full = sizes > 0
    if not full.any():
        return from_array(np.zeros((count, rows.shape[1]), rows.ndarray.dtype))
    starts = (np.cumsum(sizes) - sizes)[full]
    listed = rows.ndarray[order]
    at_most = np.repeat(np.maximum.reduceat(listed, starts), sizes[full], 0)
    place = np.where(listed == at_most, np.arange(len(order))[:, None], len(order) - 1)
    first = np.zeros((count, rows.shape[1]), np.int64)
    first[full] = order[np.minimum.reduceat(place, starts)]
    chosen = gathered(rows, from_array(first), 0)
    return chosen if full.all() else where(from_array(full[:, None]), chosen, from_array(np.zeros((), rows.ndarray.dtype)))


_row = fused(
    "embedding_bag",
    _bag,
    constants=("index", "bags", "kept"),
    grad_fn="EmbeddingBagBackward0",
    doc="Rows of a matrix, added up in bags.",
)


def _embedding_bag(
    x: Tensor,
    weight: Operand,
    offsets: Tensor | None = None,
    /,
    *,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    _check_kinds(x, weight, mode, scale_grad_by_freq, per_sample_weights)
    if mode == "max" and sparse:
        raise Problem("argument", "max mode does not support sparse weights", type="ValueError")
    index, starts = x.ndarray.reshape(-1), _starts(x, offsets)
    ends = [*starts[1:], index.size] if not include_last_offset else starts[1:]
    sizes = [end - start for start, end in zip(starts, ends)]
    if min(sizes, default=0) < 0:
        raise Problem("index", "Expected i < index_size to be true, but got false.", hint="offsets never fall")
    bags = np.repeat(np.arange(len(ends)), sizes)
    kept = np.arange(len(bags))
    if padding_idx is not None:
        if not -weight.shape[0] <= padding_idx < weight.shape[0]:
            span = f"-{weight.shape[0]} through {weight.shape[0] - 1}"
            words = f"padding_idx must be within the number of embeddings, {span}, but got {padding_idx}"
            raise Problem("argument", words)
        kept = kept[index[kept] != padding_idx % weight.shape[0]]
    wrong = index[(index < 0) | (index >= weight.shape[0])]
    if wrong.size:
        words = f"embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be {wrong[0]}"
        raise Problem("index", words, hint=f"there are {weight.shape[0]} rows, counted from 0")
    tensors = [from_array(each) for each in (index[kept], bags[kept], kept)]
    return _row(
        weight, per_sample_weights, *tensors, len(ends), mode, scale_grad_by_freq, sparse and settings().sparse_gradients
    )


def _check_kinds(x: Any, weight: Any, mode: str, by_use: bool, scales: Any) -> None:
    """Refuse what makes no bags.  Raises Problem."""
    if mode not in _MODES:
        raise Problem("argument", "mode has to be one of sum, mean or max", type="ValueError")
    if scales is not None and scales.shape != x.shape:
        words = f"embedding_bag: If per_sample_weights (torch.Size({list(scales.shape)})) is not None, then it must have the"
        raise Problem("shape-mismatch", f"{words} same shape as the input (torch.Size({list(x.shape)}))", type="ValueError")
    if weight.ndim != 2:
        words = f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}"
        raise Problem("dimension", words, type="ValueError", hint="it has a row for each index")
    if scales is not None and mode != "sum":
        words = "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum'"
        raise Problem(
            "argument",
            f"{words} (got mode='{mode}').",
            type="NotImplementedError",
            theirs=f"{words} (got mode='{mode}'). Please open a feature request on GitHub.",
        )
    if mode == "max" and by_use:
        raise Problem("argument", "max mode does not support scaling the gradient by the frequency", type="ValueError")
    if x.ndarray.dtype.name not in ("int64", "int32"):
        words = "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int"
        raise Problem(
            "dtype", f"{words}; but got {tensor_type(x.ndarray.dtype)} instead", hint="bind it with -c, which keeps int64"
        )
    if weight.ndarray.dtype.kind != "f":
        words = "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, Float,"
        raise Problem("dtype", f"{words} Double; but got {tensor_type(weight.ndarray.dtype)} instead")


def _starts(x: Any, offsets: Any) -> list[int]:
    """Where each bag begins in the line of all indices.  Raises Problem."""
    if x.ndim == 2:
        if offsets is not None:
            words = "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences"
            found = f"{words}. However, found offsets of type <class 'torch.Tensor'>"
            raise Problem("argument", f"{words}.", type="ValueError", theirs=found)
        return [row * x.shape[1] for row in range(x.shape[0])]
    if x.ndim != 1:
        raise Problem("dimension", f"input has to be 1D or 2D Tensor, but got Tensor of dimension {x.ndim}", type="ValueError")
    if offsets is None:
        raise Problem("argument", "offsets has to be a 1D Tensor but got None", type="ValueError")
    if offsets.ndim != 1:
        raise Problem("dimension", "offsets has to be a 1D Tensor", type="ValueError")
    starts: list[int] = offsets.ndarray.tolist()
    if starts and starts[0]:
        words = "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0."
        raise Problem("argument", f"{words} However, got {starts[0]}")
    if starts and starts[-1] > x.shape[0]:
        words = f"offsets[-1] can not be greater than input's length {x.shape[0]} but got offsets[-1] of {starts[-1]}"
        raise Problem("argument", words)
    return starts


composite(
    "embedding_bag",
    _embedding_bag,
    namespace="F",
    method=False,
    doc="The mean (or sum, or largest entries) of the rows of weight that whole numbers name, bag by bag.",
    samples=(
        "F.embedding_bag(tensor([[0, 1], [1, 1]]), x)",
        "F.embedding_bag(tensor([0, 1, 1]), x, tensor([0, 2]), mode='sum')",
        "F.embedding_bag(tensor([0, 1, 1, 0]), x, tensor([0, 1, 1]), mode='max')",
        "y:3 F.embedding_bag(tensor([0, 1, 1]), x, tensor([0, 2]), mode='sum', per_sample_weights=y)",
        "F.embedding_bag(tensor([0, 1, 1]), x, tensor([0, 2, 3]), include_last_offset=True, padding_idx=0)",
    ),
)
