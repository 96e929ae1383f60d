"""Scaled dot-product attention (Vaswani et al., Attention is all you need, 2017, section 3.2.1)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.builders import composite
from gradcli.ops.core.parameter_types import Number
from gradcli.ops.core.renaming import renamed
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import add, neg
from gradcli.ops.elementwise.scalar_arithmetic import scaled
from gradcli.ops.elementwise.selection import masked_fill
from gradcli.ops.linalg.matrix_products import matmul
from gradcli.ops.movement.fusing import fused
from gradcli.ops.movement.index_select import _selected as selected
from gradcli.ops.movement.transposing import transpose
from gradcli.ops.reduction.softmax import softmax

family("normalization")


def _bias(mask: Any, query: Any, key: Any, is_causal: bool) -> Any:
    """What is added to the scores, or None."""
    if is_causal:
        mask = from_array(np.tri(query.shape[-2], key.shape[-2], dtype=bool))
    if mask is None or mask.ndarray.dtype.kind != "b":
        return mask
    return from_array(np.where(mask.ndarray, 0.0, -math.inf).astype(query.ndarray.dtype))


def _attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    /,
    dropout_p: Number = 0.0,
    is_causal: bool = False,
    *,
    scale: Number | None = None,
    enable_gqa: bool = False,
) -> Any:
    if is_causal and attn_mask is not None:
        raise Problem("argument", "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if dropout_p:
        words = "scaled_dot_product_attention drops out at random in scripts only"
        raise Problem("argument", words, type="NotImplementedError", hint="leave dropout_p out")
    if min(query.ndim, key.ndim, value.ndim) < 2:
        words = "Expected query, key, and value to all be  at least 2 dimensional, but got"
        raise Problem("dimension", f"{words} query.dim(): {query.ndim}, key.dim(): {key.ndim} and value.dim(): {value.ndim}")
    if enable_gqa:
        if min(query.ndim, key.ndim, value.ndim) < 3:
            least = min(query.ndim, key.ndim, value.ndim)
            words = f"Dimension out of range (expected to be in range of [-{least}, {least - 1}], but got -3)"
            raise Problem("dimension", words, type="IndexError", hint="the last dimensions are heads, places and features")
        key, value = [_for_heads(each, query.shape[-3]) for each in (key, value)]
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1] or 1)
    elif scale < 0:
        query = neg(query)
    root = math.sqrt(abs(scale))
    bias = _bias(attn_mask, query, key, is_causal)
    fits = query.ndim == 4 and query.shape[-1] == value.shape[-1]
    if fits and (bias is None or not bias._requires_grad):
        return _row(query, key, value, bias, root)
    return _attended(query, key, value, bias, root)


def _attended(query: Any, key: Any, value: Any, bias: Any, /, root: float) -> Any:
    scores = matmul(scaled(query, root), scaled(transpose(key, -2, -1), root))
    weights = renamed(softmax(scores if bias is None else add(scores, bias), -1), "SafeSoftmaxBackward0")
    if bias is not None:
        weights = _without_empty_rows(weights, bias)
    return matmul(weights, value)


_row = fused(
    "scaled_dot_product_attention",
    _attended,
    constants=("bias",),
    grad_fn="ScaledDotProductFlashAttentionForCpuBackward0",
    doc="softmax(query @ key.mT + bias) @ value.",
)


def _for_heads(x: Tensor, heads: int) -> Any:
    """The heads of a key or a value, each as often as there are heads of the query for it."""
    numbers = np.repeat(np.arange(x.shape[-3]), heads // x.shape[-3])
    return selected(x, from_array(numbers), -3)


def _without_empty_rows(weights: Any, bias: Tensor) -> Any:
    """Rows that see no key, whose softmax is nan, become zeros."""
    empty = (bias.ndarray == -math.inf).all(-1, keepdims=True)
    return masked_fill(weights, from_array(empty), 0.0) if empty.any() else weights


composite(
    "scaled_dot_product_attention",
    _attention,
    namespace="F",
    method=False,
    doc="softmax(query @ key.mT * scale + mask) @ value; scale is 1 / sqrt of the query's length unless given.",
    samples=(
        "z:2,3 w:2,3 scaled_dot_product_attention(z, w, w)",
        "z:1,2,2,3 w:1,2,2,3 scaled_dot_product_attention(z, w, z, is_causal=True)",
        "z:2,3 w:4,3 scaled_dot_product_attention(z, w, w, scale=0.5)",
        "z:2,3 w:2,3 scaled_dot_product_attention(z, w, w, tensor([[True, False], [True, True]]))",
    ),
)
