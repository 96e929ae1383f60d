"""Operations by PyTorch's inner names, which graphs, traces and decompositions call: `torch.ops.aten.slice` and its kin.

What of them PyTorch also has in `torch` itself stands there, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.engine import tensors as engine
from gradcli.ops.elementwise.conversion import to as converted
from gradcli.ops.nn import pooling, resampling
from gradcli.ops.nn.normalization import statistics
from gradcli.torch._dtypes import kind_of
from gradcli.torch._naming import renamed


def slice(input: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    """`input[start:end:step]` along a dimension."""
    return renamed(input.movedim(dim, 0)[start:end:step].movedim(0, dim), "SliceBackward0")


def alias(input: Any) -> Any:
    """A view of the whole tensor."""
    return renamed(input.view_as(input), "AliasBackward0")


def sym_size(input: Any, dim: int | None = None) -> Any:
    """The sizes of a tensor, or that of a dimension."""
    return list(input.shape) if dim is None else input.shape[dim]


def sym_stride(input: Any, dim: int | None = None) -> Any:
    """The strides of a tensor, or that of a dimension."""
    return list(input.stride()) if dim is None else input.stride(dim)


def sym_numel(input: Any) -> int:
    """How many elements a tensor has."""
    return input.numel()  # type: ignore[no-any-return]


# --- normalization --------------------------------------------------------------------------------------------------


def native_batch_norm(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float, eps: float
) -> tuple[Any, Any, Any]:
    """`batch_norm`, with the means that were taken off and what the rest was scaled by; both are empty without training."""
    functional: Any = torch.nn.functional
    out = functional.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        return out, input.new_empty(0), input.new_empty(0)
    mean, scale = statistics(input, (0, *range(2, input.dim())), eps)
    return out, mean.reshape(-1), scale.reshape(-1)


def _native_batch_norm_legit(input: Any, weight: Any, bias: Any, *stats_and_options: Any) -> tuple[Any, Any, Any]:
    """The same, with or without running statistics before `training`, `momentum` and `eps`."""
    *stats, training, momentum, eps = stats_and_options
    mean, var = stats or (None, None)
    out, *rest = native_batch_norm(input, weight, bias, mean, var, training, momentum, eps)
    return (renamed(out, f"NativeBatchNormLegitBackward{int(not stats)}"), *rest)


def _batch_norm_with_update(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, momentum: float, eps: float
) -> tuple[Any, Any, Any, Any]:
    """The same in training, with bytes that another backend would keep."""
    out, *rest = native_batch_norm(input, weight, bias, running_mean, running_var, True, momentum, eps)
    return (renamed(out, "BatchNormWithUpdateBackward0"), *rest, torch.empty(0, dtype=torch.uint8))


# --- different values -----------------------------------------------------------------------------------------------


def _unique2(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False
) -> tuple[Any, Any, Any]:
    """The different values, where each entry's stands among them, and how often each comes; empty what is not asked for."""
    return _all_parts(input, return_inverse, return_counts, torch.unique(input, sorted, return_inverse, return_counts))


def _unique(input: Any, sorted: bool = True, return_inverse: bool = False) -> tuple[Any, Any]:
    """The first two of these."""
    return _unique2(input, sorted, return_inverse)[:2]


def unique_dim(
    input: Any, dim: int, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False
) -> tuple[Any, Any, Any]:
    """All three, of the entries along a dimension, whatever is asked for."""
    return torch.unique(input, sorted, True, True, dim)  # type: ignore[no-any-return]


def _all_parts(input: Any, return_inverse: bool, return_counts: bool, found: Any) -> tuple[Any, Any, Any]:
    values, *others = found if isinstance(found, tuple) else (found,)
    inverse, counts = [
        others.pop(0) if asked else input.new_empty(0, dtype=torch.int64) for asked in (return_inverse, return_counts)
    ]
    return values, inverse, counts


# --- softmax, dropout -----------------------------------------------------------------------------------------------


def _softmax_backward_data(grad_output: Any, output: Any, dim: int, input_dtype: Any) -> Any:
    """The gradient of softmax by its input, given the softmax."""
    product = grad_output * output
    found = converted(product - output * product.sum(dim, keepdim=True), kind_of(input_dtype))
    return renamed(found, "SoftmaxBackwardDataBackward0")


def _safe_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """`softmax`, with zeros where every entry along the dimension is minus infinity."""
    blocked = (input.detach() == -torch.inf).all(dim, keepdim=True)
    if not blocked.any():
        return renamed(torch.softmax(input, dim, dtype=dtype), "SafeSoftmaxBackward0")
    out = torch.softmax(input.masked_fill(blocked, 0.0), dim, dtype=dtype)
    return renamed(out.masked_fill(blocked, 0.0), "SafeSoftmaxBackward0")


def native_dropout(input: Any, p: float, train: bool | None) -> tuple[Any, Any]:
    """`dropout`, and which elements were kept."""
    if train is False:
        return input.clone(), torch.ones_like(input, dtype=torch.bool)
    mask = torch.empty_like(input).bernoulli_(1 - p)
    kept = mask.bool()
    scale = 0.0 if p == 1 else 1 / (1 - p)
    return renamed(input * (mask * scale), "NativeDropoutBackward0"), kept


def native_dropout_backward(grad_output: Any, mask: Any, scale: float) -> Any:
    """The gradient of dropout by its input."""
    return renamed(grad_output * (mask.to(grad_output.dtype) * scale), "NativeDropoutBackwardBackward0")


# --- convolution ----------------------------------------------------------------------------------------------------


def convolution_backward(
    grad_output: Any,
    input: Any,
    weight: Any,
    bias_sizes: Any,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
    output_mask: Sequence[bool],
) -> tuple[Any, Any, Any]:
    """The gradients of a convolution by its input, its weight and its bias, where the mask asks for them; else None."""
    dims = input.dim() - 2
    functional: Any = torch.nn.functional
    with torch.enable_grad():
        x, w = [engine.requires_grad_(each.view_as(each), True) for each in (input, weight)]
        if transposed:
            convolve = getattr(functional, f"conv_transpose{dims}d")
            out = convolve(x, w, None, tuple(stride), tuple(padding), tuple(output_padding), groups, tuple(dilation))
        else:
            out = getattr(functional, f"conv{dims}d")(x, w, None, tuple(stride), tuple(padding), tuple(dilation), groups)
        asked = [each for each, wanted in zip((x, w), output_mask) if wanted]
        found = iter(torch.autograd.grad(out, asked, grad_output, create_graph=True) if asked else ())
    by_bias = grad_output.sum([0, *range(2, grad_output.dim())]) if output_mask[2] else None
    recorded = torch.is_grad_enabled() and any([each.requires_grad for each in (grad_output, input, weight)])
    by_input, by_weight = [_as_recorded(next(found), recorded) if wanted else None for wanted in output_mask[:2]]
    return by_input, by_weight, by_bias


def _as_recorded(gradient: Any, recorded: bool) -> Any:
    return gradient if recorded else gradient.detach()


# --- pools and sizes ------------------------------------------------------------------------------------------------


def max_pool2d_with_indices_backward(
    grad_output: Any,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    indices: Any,
) -> Any:
    """The gradient of `max_pool2d` by its input, given where the largest elements stood."""
    return pooling.joint_gradient(grad_output, input, indices)


def _upsampling(mode: str) -> Callable[..., Any]:
    def upsample(
        input: Any,
        output_size: Any,
        align_corners: bool,
        scale_factors: Any = None,
        *,
        scales_h: float | None = None,
        scales_w: float | None = None,
    ) -> Any:
        """Images at another size, read by a filter that is as wide as the elements of the result."""
        scales = (scales_h, scales_w) if scale_factors is None else tuple(scale_factors)
        lengths = output_size or [int(length * scale) for length, scale in zip(input.shape[-2:], scales)]
        return resampling.upsample_smoothly(input, mode, tuple(lengths), align_corners, scales)

    return upsample


_upsample_bilinear2d_aa, _upsample_bicubic2d_aa, _upsample_lanczos2d_aa = map(_upsampling, ("bilinear", "bicubic", "lanczos"))


# --- pieces of tensors ----------------------------------------------------------------------------------------------


def _chunk_cat(tensors: Sequence[Any], dim: int, num_chunks: int) -> Any:
    """Each tensor cut into as many pieces along a dimension, the last filled up with zeros, and joined piece by piece."""
    rows = []
    for x in tensors:
        axis = dim % x.dim()
        length = -(-x.shape[axis] // num_chunks)
        padded = torch.cat([x, x.new_zeros((*x.shape[:axis], length * num_chunks - x.shape[axis], *x.shape[axis + 1 :]))], axis)
        rows.append(padded.reshape(*x.shape[:axis], num_chunks, -1))
    return renamed(torch.cat(rows, -1), "NotImplemented")


def _unsafe_masked_index(input: Any, mask: Any, indices: Sequence[Any], fill: Any) -> Any:
    """`input[indices]` where the mask is true, `fill` elsewhere, where an index may be out of range."""
    taken = input[_clamped(input, indices)]
    return renamed(torch.where(mask, taken, torch.full_like(taken.detach(), fill)), "UnsafeMaskedIndexBackward0")


def _unsafe_masked_index_put_accumulate(input: Any, mask: Any, indices: Sequence[Any], values: Any) -> Any:
    """`input` with values added at `indices` where the mask is true."""
    counted = torch.where(mask, values, torch.zeros_like(values.detach()))
    out = input.index_put(_clamped(input, indices), counted, accumulate=True)
    return renamed(out, "UnsafeMaskedIndexPutAccumulateBackward0")


def _clamped(input: Any, indices: Sequence[Any]) -> tuple[Any, ...]:
    pairs = zip(indices, input.shape)
    return tuple([builtin_slice if each is None else each.clamp(-length, length - 1) for each, length in pairs])


builtin_slice = np.s_[:]
