"""`torch.nn.attention`: attention (Vaswani et al., 2017), in the order of operations that PyTorch has without fused kernels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

import gradcli.torch as torch
from gradcli.torch._naming import renamed
from gradcli.torch._warnings import warn


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """`softmax(query @ key.T * scale + mask) @ value`: (..., L, E), (..., S, E), (..., S, V) -> (..., L, V).

    attn_mask   broadcasts to (..., L, S): False where a key counts for nothing, or numbers that are added
    is_causal   no query sees a later key
    scale       1/sqrt(E) unless given
    enable_gqa  heads of key and value are repeated for those of the query

    Raises RuntimeError for a mask beside `is_causal`.
    """
    functional = torch.nn.functional
    if hasattr(attn_mask, "_materialize"):  # a mask of torch.nn.attention.bias
        attn_mask = attn_mask._materialize()
    if is_causal and attn_mask is not None:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if enable_gqa:
        key = key.repeat_interleave(query.size(-3) // key.size(-3), -3)
        value = value.repeat_interleave(query.size(-3) // value.size(-3), -3)
    root = math.sqrt(1 / math.sqrt(query.size(-1)) if scale is None else scale)
    bias = _bias(attn_mask, query, key, is_causal)
    scores = (query * root) @ (key.transpose(-2, -1) * root)
    if bias is not None:
        scores = scores + bias
    weights = functional.softmax(scores, dim=-1)
    if bias is not None:
        weights = _without_empty_rows(weights, bias)
    if dropout_p > 0.0:
        return functional.dropout(weights, p=dropout_p) @ value
    out = weights @ value
    fused = query.dim() == 4 and not (attn_mask is not None and attn_mask.requires_grad)
    return renamed(out, "ScaledDotProductFlashAttentionForCpuBackward0") if fused else out


def _bias(mask: Any, query: Any, key: Any, is_causal: bool) -> Any:
    """What is added to the scores, or None."""
    if is_causal:
        mask = torch.ones(query.size(-2), key.size(-2), dtype=torch.bool).tril()
    if mask is None or mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=query.dtype).masked_fill(mask.logical_not(), -math.inf)


def _without_empty_rows(weights: Any, bias: Any) -> Any:
    """Rows that see no key, whose softmax is nan, become zeros."""
    empty = (bias == -math.inf).all(dim=-1, keepdim=True)
    return weights.masked_fill(empty, 0.0) if bool(empty.any()) else weights


def _canonical_mask(
    mask: Any, mask_name: str, other_type: Any, other_name: str, target_type: Any, check_other: bool = True
) -> Any:
    """A mask as numbers that are added: -inf where a boolean one is True.  Raises AssertionError for other dtypes."""
    if mask is None:
        return None
    if mask.dtype != torch.bool and not torch.is_floating_point(mask):
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype != other_type:
        warn(f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.")
    if mask.dtype == torch.bool:
        return torch.zeros(mask.shape, dtype=target_type).masked_fill_(mask, -math.inf)
    return mask


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """The attention of `nn.MultiheadAttention`: (L, N, E) and (S, N, *), or without N; see there."""
    functional = torch.nn.functional
    batched = query.dim() == 3
    _check_ranks(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, count, width = query.shape
    if width != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {width}")
    if use_separate_proj_weight and key.shape[:2] != value.shape[:2]:
        raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    if not use_separate_proj_weight and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if key_padding_mask is not None and key_padding_mask.shape[0] != count:
        raise AssertionError(f"Expected key_padded_mask.shape[0] to be {count}, but got {key_padding_mask.shape[0]}")
    padding = _canonical_mask(
        key_padding_mask, "key_padding_mask", None if attn_mask is None else attn_mask.dtype, "attn_mask", query.dtype
    )
    if is_causal and padding is None and not need_weights:
        mask = None
    else:
        mask = _canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, False)
        is_causal = False if padding is not None else is_causal
    head = width // num_heads
    if use_separate_proj_weight:
        biases = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
        parts = zip((query, key, value), (q_proj_weight, k_proj_weight, v_proj_weight), biases)
        q, k, v = (functional.linear(x, weight, bias) for x, weight, bias in parts)
    else:
        q, k, v = _projected(query, key, value, in_proj_weight, in_proj_bias)
    mask = _checked_mask(mask, length, k.size(0), count, num_heads)
    if bias_k is not None and bias_v is not None:
        k, v = torch.cat([k, bias_k.repeat(1, count, 1)]), torch.cat([v, bias_v.repeat(1, count, 1)])
        mask, padding = _wider(mask), _wider(padding)
    heads = count * num_heads
    q = q.view(length, heads, head).transpose(0, 1)
    k = k.view(k.size(0), heads, head).transpose(0, 1) if static_k is None else static_k
    v = v.view(v.size(0), heads, head).transpose(0, 1) if static_v is None else static_v
    if add_zero_attn:
        k, v = (torch.cat([x, x.new_zeros(heads, 1, head)], dim=1) for x in (k, v))
        mask, padding = _wider(mask), _wider(padding)
    sources = k.size(1)
    if padding is not None:
        padding = padding.view(count, 1, 1, sources).expand(-1, num_heads, -1, -1).reshape(heads, 1, sources)
        mask = padding if mask is None else mask + padding
    dropout_p = dropout_p if training else 0.0
    if need_weights:
        scores = torch.bmm(q * math.sqrt(1.0 / float(head)), k.transpose(-2, -1))
        weights = functional.softmax(scores if mask is None else scores + mask, dim=-1)
        if dropout_p > 0.0:
            weights = functional.dropout(weights, p=dropout_p)
        out = torch.bmm(weights, v).transpose(0, 1).contiguous().view(length * count, width)
    else:
        if mask is not None:
            mask = mask.unsqueeze(0) if mask.size(0) == 1 and mask.dim() == 3 else mask.view(count, num_heads, -1, sources)
        q, k, v = (x.view(count, num_heads, x.size(1), head) for x in (q, k, v))
        out = scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal and mask is None)
        out = out.permute(2, 0, 1, 3).contiguous().view(length * count, width)
        weights = None
    out = functional.linear(out, out_proj_weight, out_proj_bias).view(length, count, width)
    if weights is not None:
        weights = weights.view(count, num_heads, length, sources)
        weights = weights.mean(dim=1) if average_attn_weights else weights
    if not batched:
        return out.squeeze(1), None if weights is None else weights.squeeze(0)
    return out, weights


def _projected(query: Any, key: Any, value: Any, weight: Any, bias: Any) -> tuple[Any, Any, Any]:
    """Query, key and value by the three parts of one weight, in as few products as there are different inputs."""
    linear = torch.nn.functional.linear
    width = query.size(-1)
    if key is value and query is key:
        joined = linear(query, weight, bias)
        parts = joined.unflatten(-1, (3, width)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        return parts[0], parts[1], parts[2]
    if key is value:
        own, rest = weight.split([width, width * 2])
        own_bias, rest_bias = (None, None) if bias is None else bias.split([width, width * 2])
        joined = linear(key, rest, rest_bias)
        parts = joined.unflatten(-1, (2, width)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        return linear(query, own, own_bias), parts[0], parts[1]
    biases = (None,) * 3 if bias is None else bias.chunk(3)
    q, k, v = (linear(x, w, b) for x, w, b in zip((query, key, value), weight.chunk(3), biases))
    return q, k, v


def _wider(mask: Any) -> Any:
    """A mask with one more key, which counts."""
    return None if mask is None else torch.nn.functional.pad(mask, (0, 1))


def _checked_mask(mask: Any, length: int, sources: int, count: int, heads: int) -> Any:
    if mask is None:
        return None
    if mask.dim() == 2:
        if mask.shape != (length, sources):
            raise RuntimeError(f"The shape of the 2D attn_mask is {mask.shape}, but should be {(length, sources)}.")
        return mask.unsqueeze(0)
    if mask.dim() != 3:
        raise RuntimeError(f"attn_mask's dimension {mask.dim()} is not supported")
    if mask.shape != (count * heads, length, sources):
        raise RuntimeError(f"The shape of the 3D attn_mask is {mask.shape}, but should be {(count * heads, length, sources)}.")
    return mask


def _check_ranks(query: Any, key: Any, value: Any, padding: Any, mask: Any, heads: int) -> None:
    rank = query.dim()
    if rank not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {rank}-D query tensor")
    kind = "batched (3-D)" if rank == 3 else "unbatched (2-D)"
    if key.dim() != rank or value.dim() != rank:
        raise AssertionError(
            f"For {kind} `query`, expected `key` and `value` to be {rank}-D but found {key.dim()}-D and {value.dim()}-D "
            "tensors "
            "respectively"
        )
    if padding is not None and padding.dim() != rank - 1:
        raise AssertionError(
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {rank - 1}-D but found {padding.dim()}-D "
            "tensor instead"
        )
    if mask is not None and mask.dim() not in (2, 3):
        raise AssertionError(
            f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {mask.dim()}-D tensor instead"
        )


class SDPBackend(Enum):
    """Ways of PyTorch's to compute attention, of which there is one here: MATH."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Iterator[None]:
    """A block in which PyTorch would choose among these ways.  Raises RuntimeError where MATH is not among them."""
    given = backends if isinstance(backends, (list, tuple)) else [backends]
    if SDPBackend.MATH not in given:
        raise RuntimeError("No available kernel. Aborting execution.")
    yield
