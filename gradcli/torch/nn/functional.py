"""`torch.nn.functional`: the rows of the table that belong here, and what PyTorch, too, puts together from others.

These keep running statistics, draw random masks, warn, or are a few lines over rows.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from typing import Any

import gradcli.torch as torch
from gradcli.ops.catalogue import FUNCTIONS
from gradcli.ops.nn.normalization import batch_statistics
from gradcli.torch import _rows
from gradcli.torch._namespaces import namespace
from gradcli.torch._naming import renamed
from gradcli.torch._warnings import warn
from gradcli.torch.nn import _notices
from gradcli.torch.nn.attention import _canonical_mask as _canonical_mask
from gradcli.torch.nn.attention import multi_head_attention_forward as multi_head_attention_forward
from gradcli.torch.nn.attention import scaled_dot_product_attention as scaled_dot_product_attention
from gradcli.torch.nn.dropout import alpha_dropout as alpha_dropout
from gradcli.torch.nn.dropout import dropout as dropout
from gradcli.torch.nn.dropout import dropout1d as dropout1d
from gradcli.torch.nn.dropout import dropout2d as dropout2d
from gradcli.torch.nn.dropout import dropout3d as dropout3d
from gradcli.torch.nn.dropout import feature_alpha_dropout as feature_alpha_dropout
from gradcli.torch.nn.dropout import gumbel_softmax as gumbel_softmax
from gradcli.torch.nn.dropout import rrelu as rrelu
from gradcli.torch.nn.dropout import rrelu_ as rrelu_

# At home in torch, and known here, too.
_ALSO = frozenset({"sigmoid", "tanh", "rms_norm", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle"})


def _key(name: str) -> str | None:
    """The row of a name that belongs here, and not, say, to linear algebra."""
    homes = {row.namespace for row in FUNCTIONS.get(name, ())}
    return name if "F" in homes or name in _ALSO else None


_find, __dir__ = namespace("torch.nn.functional", globals(), _key, _notices.function)


def __getattr__(name: str) -> Any:
    """A function of the table; `max_pool2d_with_indices` and its kin are pools that give the indices, too."""
    if re.fullmatch(r"\w+_pool\dd_with_indices", name):
        return functools.partial(_find(name.removesuffix("_with_indices")), return_indices=True)
    return _find(name)


celu_, elu_, hardtanh_, leaky_relu_, relu_, selu_, threshold_ = map(
    _notices.in_place, ("celu", "elu", "hardtanh", "leaky_relu", "relu", "selu", "threshold")
)
_batch_norm, _instance_norm, _kl_div, _embedding, _linear_cross_entropy = map(
    _rows.function, ("batch_norm", "instance_norm", "kl_div", "embedding", "linear_cross_entropy")
)


# --- normalization --------------------------------------------------------------------------------------------------


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel of (N, C, *) normalized; in training the running statistics move towards the batch's.  Raises ValueError."""
    if training and input.size(0) * math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.size()}")
    out = _batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if training and running_mean is not None and input.numel() and not input.is_meta:  # there, nothing has values to keep
        dims = [0, *range(2, input.dim())]
        with torch.no_grad():
            mean, var = batch_statistics(input) or (input.mean(dims), input.var(dims))
            running_mean.copy_(running_mean * (1 - momentum) + mean * momentum)
            running_var.copy_((running_var * (1 - momentum)).add(var, alpha=momentum))  # which PyTorch rounds once
    return out


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel of each sample normalized; the running statistics move towards the mean of the samples' own."""
    out = _instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)
    if use_input_stats:
        dims = list(range(2, input.dim()))
        with torch.no_grad():
            for running, new in ((running_mean, torch.mean), (running_var, torch.var)):
                if running is not None:
                    running.copy_(running * (1 - momentum) + new(input, dims).mean(0) * momentum)
    return out


# --- losses ---------------------------------------------------------------------------------------------------------


def _reduced(loss: Any, reduction: str) -> Any:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()


def kl_div(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """The divergence of a target from a prediction; its mean is seldom what is meant."""
    if reduction == "mean":
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
        )
    return _kl_div(input, target, reduction=reduction, log_target=log_target)


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """`max(d(anchor, positive) - d(anchor, negative) + margin, 0)`; with `swap`, to whichever the negative is nearer."""
    distance = torch.nn.functional.pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = torch.minimum(far, distance(positive, negative))
    return _reduced(torch.clamp_min(margin + near - far, 0), reduction)


def linear_cross_entropy(input: Any, linear_weight: Any, target: Any, *, options: Any = None, **others: Any) -> Any:
    """Cross entropy of `linear(input, linear_weight, linear_bias)`; `options`, which save memory in PyTorch, change nothing."""
    return _linear_cross_entropy(input, linear_weight, target, **others)


# --- layers ---------------------------------------------------------------------------------------------------------


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """`x1 @ weight[k] @ x2 + bias[k]` for each k.  Raises RuntimeError for sizes that do not fit."""
    _check_bilinear(input1, input2, weight, bias)
    out = torch.einsum("...i,kij,...j->...k", input1, weight, input2)
    return out if bias is None else out + bias


def _check_bilinear(input1: Any, input2: Any, weight: Any, bias: Any) -> None:
    if input1.dim() != input2.dim():
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.dim()} and {input2.dim()}")
    for at, (one, other) in enumerate(zip(input1.shape[:-1], input2.shape[:-1])):
        if one != other:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {at}: got {one} and {other}")
    for place, each in ((1, input1), (2, input2)):
        if each.size(-1) != weight.size(place):
            sizes = f"got {each.size(-1)} but expected {weight.size(place)}"
            raise RuntimeError(f"bilinear(): input{place} size does not match weight size: {sizes}")
    if bias is not None and bias.size(0) != weight.size(0):
        sizes = f"got {bias.size(0)} but expected {weight.size(0)}"
        raise RuntimeError(f"bilinear(): bias size does not match weight size: {sizes}")


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """Rows of `weight` by their numbers; with `max_norm`, rows that are longer are first shortened in place."""
    _shorten(weight, input, max_norm, norm_type)
    return _embedding(input, weight, padding_idx, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


_OLD_ORDER = (
    "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is deprecated, and "
    "should now be `embedding_bag(input, weight, ...)`."
)


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """Sums, means or maxima of rows of `weight` in bags; with `max_norm`, rows that are longer are first shortened in place."""
    if isinstance(input, torch.Tensor) and input.is_floating_point() and getattr(weight, "dtype", None) is torch.int64:
        warn(_OLD_ORDER)
        input, weight = weight, input
    _shorten(weight, input, max_norm, norm_type)
    return _rows.function("embedding_bag")(
        input,
        weight,
        offsets,
        scale_grad_by_freq=scale_grad_by_freq,
        mode=mode,
        sparse=sparse,
        per_sample_weights=per_sample_weights,
        include_last_offset=include_last_offset,
        padding_idx=padding_idx,
    )


def _shorten(weight: Any, index: Any, max_norm: float | None, norm_type: float) -> None:
    """Shorten the rows of `weight` that will be used to `max_norm`, in place."""
    if max_norm is None:
        return
    with torch.no_grad():
        used = index.unique()
        rows = weight[used]
        norms = torch.linalg.vector_norm(rows, norm_type, dim=1, keepdim=True)
        weight[used] = torch.where(norms > max_norm, rows * (max_norm / (norms + 1e-7)), rows)


def _lp_pool(input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool, dims: int) -> Any:
    sizes = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size,) * dims
    pool = getattr(torch.nn.functional, f"avg_pool{dims}d")
    out = pool(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (torch.sign(out) * out.abs().relu()).mul(math.prod(sizes)).pow(1.0 / norm_type)


def lp_pool1d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """`(sum of x**p over each window)**(1/p)`."""
    return _lp_pool(input, norm_type, kernel_size, stride, ceil_mode, 1)


def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The same over (N, C, H, W)."""
    return _lp_pool(input, norm_type, kernel_size, stride, ceil_mode, 2)


def lp_pool3d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The same over (N, C, D, H, W)."""
    return _lp_pool(input, norm_type, kernel_size, stride, ceil_mode, 3)


# --- older names ------------------------------------------------------------------------------------------------------


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Any:
    """`interpolate`, as it was called of old."""
    return _upsampled("upsample", input, size, scale_factor, mode=mode, align_corners=align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate(mode="nearest")`, as it was called of old."""
    return _upsampled("upsample_nearest", input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate(mode="bilinear", align_corners=True)`, as it was called of old."""
    return _upsampled("upsample_bilinear", input, size, scale_factor, mode="bilinear", align_corners=True)


def _upsampled(name: str, input: Any, size: Any, scale_factor: Any, **options: Any) -> Any:
    warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.")
    return torch.nn.functional.interpolate(input, size, scale_factor, **options)


def native_channel_shuffle(input: Any, groups: int) -> Any:
    """`channel_shuffle`."""
    return torch.nn.functional.channel_shuffle(input, groups)


def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """Convolution of (time, batch, channels) with (kernel, channels, outputs).  Raises RuntimeError."""
    if input.dim() != 3:
        raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
    if weight.dim() != 3:
        raise RuntimeError("Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.")
    if input.size(2) != weight.size(1):
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    out = torch.nn.functional.conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad)
    return renamed(out.permute(2, 0, 1), "ConvTbcBackward0")
