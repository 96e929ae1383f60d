"""Normalizations of groups of channels, of each channel of each example, by the root mean square, and by neighbours."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Operand, Tangent
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.dtypes import not_implemented
from gradcli.ops.core.parameter_types import IntTuple, Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import mul
from gradcli.ops.elementwise.conversion import to
from gradcli.ops.elementwise.exponential import rsqrt
from gradcli.ops.elementwise.powers import power
from gradcli.ops.elementwise.scalar_arithmetic import shifted
from gradcli.ops.linalg.matrix_products import matmul
from gradcli.ops.movement.fusing import fused
from gradcli.ops.movement.joining import repeat
from gradcli.ops.movement.shapes import contiguous, reshaped, view
from gradcli.ops.nn.normalization import batch_normalized, channel, standardised, standardised_moved
from gradcli.ops.nn.normalization_checks import check_kinds
from gradcli.ops.reduction.reductions import mean_dim, sum_dim

family("normalization")

_SINGLE = np.dtype(np.float32)

_LAYOUT = "the dimensions are the batch, the channels, and the places"


def _grouped(x: Operand, groups: int) -> Any:
    return reshaped(x, (x.shape[0], groups, math.prod(x.shape[1:]) // groups))


def _group_standardised(x: Operand, groups: int, eps: float) -> Any:
    return reshaped(standardised(_grouped(x, groups), (2,), eps)[0], tuple(x.shape))


def _group_moved(t: Tangent, x: Operand, groups: int, eps: float) -> Any:
    moved = standardised_moved(_grouped(t, groups), _grouped(x, groups), (2,), eps)
    return reshaped(moved, tuple(x.shape))


def _times(x: Operand, weight: Any) -> Any:
    return x if weight is None else x * channel(weight, x.ndim)


def _but_channels(ndim: int) -> tuple[int, ...]:
    """The dimensions that a weight by channel is spread along."""
    return (0, *range(2, ndim))


def _groups(x: Operand, weight: Any, bias: Any, /, groups: int, eps: float) -> Any:
    out = _times(_group_standardised(x, groups, eps), weight)
    return out if bias is None else out + channel(bias, x.ndim)


_group_row: Operation = general(
    "group_norm",
    _groups,
    (
        lambda g, x, weight, groups, eps: _group_moved(_times(g, weight), x, groups, eps),
        lambda g, x, groups, eps: sum_dim(g * _group_standardised(x, groups, eps), _but_channels(x.ndim), False),
        lambda g, x_shape: sum_dim(g, _but_channels(len(x_shape)), False),
    ),
    (
        lambda t, x, weight, groups, eps: _times(_group_moved(t, x, groups, eps), weight),
        lambda t, x, groups, eps: _group_standardised(x, groups, eps) * channel(t, x.ndim),
        lambda t, x_shape: channel(t, len(x_shape)),
    ),
    overload="groups",
    function=False,
    method=False,
    grad_fn="NativeGroupNormBackward0",
    doc="Groups of channels standardised, scaled and shifted.",
)


def _need_channels(x: Operand, channels: int, weight: Tensor | None, bias: Tensor | None) -> None:
    """Refuse a weight or a bias that is not one for each channel.  Raises Problem."""
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given.shape != (channels,):
            words = f"Expected {name} to be a vector of size equal to the number of channels in input"
            shapes = f"{name} of shape {list(given.shape)} and input of shape {list(x.shape)}"
            raise Problem("shape-mismatch", f"{words}, but got {shapes}")


def _group_norm(
    x: Tensor, /, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: Number = 1e-5
) -> Any:
    if x.ndim < 2:
        raise Problem("shape", f"Expected at least 2 dimensions for input tensor but received {x.ndim}")
    channels = x.shape[1]
    if num_groups <= 0:
        raise Problem("argument", f"Expected num groups to be greater than 0, got {num_groups}")
    if channels % num_groups:
        words = "Expected number of channels in input to be divisible by num_groups, but got input of shape"
        raise Problem("shape-mismatch", f"{words} {list(x.shape)} and num_groups={num_groups}")
    _need_channels(x, channels, weight, bias)
    if x.ndarray.dtype.kind != "f":
        raise not_implemented("GroupNormKernelImpl", x.ndarray.dtype)
    check_kinds(x, weight, bias)
    return _group_row(x, weight, bias, num_groups, eps)


composite(
    "group_norm",
    _group_norm,
    namespace="F",
    method=False,
    doc="Groups of channels standardised (mean 0, variance 1), then scaled and shifted by channel.",
    samples=(
        "z:2,4,3 group_norm(z, 2)",
        "z:2,4,2 w:4 group_norm(z, 2, w, w)",
        "z:1,4,2,2 w:4 group_norm(z, 4, weight=w, eps=0.1)",
        "z:3,4 w:4 group_norm(z, 1, w, w)",
    ),
)


def _group_mean(x: Any, /, groups: int) -> Any:
    return mean_dim(_grouped(x, groups), (2,), False)


def _group_scale(x: Any, /, groups: int, eps: float) -> Any:
    grouped = _grouped(x, groups)
    centred = grouped - mean_dim(grouped, (2,), True)
    return rsqrt(shifted(mean_dim(mul(centred, centred), (2,), False), eps))


_GROUP_PARTS = [
    fused("native_group_norm", part, grad_fn="NativeGroupNormBackward0", doc=doc)
    for part, doc in ((_group_mean, "The means of groups."), (_group_scale, "What groups are scaled by."))
]


def _native_group_norm(
    x: Tensor, /, weight: Tensor | None, bias: Tensor | None, N: int, C: int, HxW: int, group: int, eps: Number
) -> Any:
    _need_channels(x, C, weight, bias)
    if x.ndarray.size != N * C * HxW:
        words = "Expected X.numel() == N * C * HxW to be true, but got false."
        raise Problem("shape-mismatch", words, hint="N, C and HxW are the sizes of the batch, the channels, and the rest")
    mean, scale = _GROUP_PARTS
    return _group_norm(x, group, weight, bias, eps), mean(x, group), scale(x, group, eps)


composite(
    "native_group_norm",
    _native_group_norm,
    method=False,
    doc="group_norm, with the means that were taken off and what the rest was scaled by.",
    samples=("z:2,4,3 w:4 native_group_norm(z, w, w, 2, 4, 3, 2, 0.1)[0]",),
)


def _instance_norm(
    x: Tensor,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    /,
    use_input_stats: bool = True,
    momentum: Number = 0.1,
    eps: Number = 1e-5,
) -> Any:
    """Each channel of each example, as a channel of one example that has all of them."""
    if x.ndim < 2 or (use_input_stats and math.prod(x.shape[2:]) == 1):
        words = "Expected more than 1 spatial element when training, got input size"
        raise Problem("shape-mismatch", f"{words} torch.Size({list(x.shape)})", type="ValueError", hint=_LAYOUT)
    if not use_input_stats and (running_mean is None or running_var is None):
        raise Problem("argument", "Expected running_mean and running_var to be defined when use_input_stats is false")
    if x.ndarray.dtype.kind != "f":
        raise not_implemented("batch_norm", x.ndarray.dtype)
    check_kinds(x, weight, bias, running_mean, running_var)
    count, channels = x.shape[:2]
    weight, bias = [each if each is None else repeat(each, (count,)) for each in (weight, bias)]
    stats = None if use_input_stats else tuple([np.tile(each.ndarray, count) for each in (running_mean, running_var)])
    out = batch_normalized(view(contiguous(x), (1, count * channels, *x.shape[2:])), weight, bias, stats, eps)
    return view(out, tuple(x.shape))


composite(
    "instance_norm",
    _instance_norm,
    namespace="F",
    method=False,
    doc="Each channel of each example standardised, scaled and shifted.",
    samples=(
        "x:2,2,3 F.instance_norm(x)",
        "x:2,2,3 y:2 z:2 F.instance_norm(x, None, None, y, z, eps=0.1)",
    ),
)


def _rms_norm(x: Tensor, /, normalized_shape: IntTuple, weight: Tensor | None = None, eps: Number | None = None) -> Any:
    if weight is not None and weight.shape != normalized_shape:
        words = "Expected weight to be of same shape as normalized_shape, but got weight of shape"
        raise Problem("shape-mismatch", f"{words} {list(weight.shape)} and normalized_shape = {list(normalized_shape)}")
    if not normalized_shape or tuple(x.shape[-len(normalized_shape) :]) != normalized_shape:
        wanted = ", ".join(map(str, normalized_shape))
        words = f"Given normalized_shape={list(normalized_shape)}, expected input with shape [*{wanted}]"
        raise Problem("shape-mismatch", f"{words}, but got input of size{list(x.shape)}")
    if x.ndarray.dtype.kind not in "fc":
        raise not_implemented("rms_norm", x.ndarray.dtype)
    if is_half(x.ndarray.dtype):
        wide = _rms_norm(to(x, _SINGLE), normalized_shape, None if weight is None else to(weight, _SINGLE), eps)
        return to(wide, x.ndarray.dtype)
    smallest = float(np.finfo(x.ndarray.dtype).eps) if eps is None else eps
    squares = mean_dim(power(x, 2), tuple(range(-len(normalized_shape), 0)), True)
    out = mul(x, rsqrt(shifted(squares, smallest)))
    return out if weight is None else mul(out, weight)


composite(
    "rms_norm",
    _rms_norm,
    method=False,
    doc="The last dimensions divided by the root of their mean square, and scaled by weight.",
    samples=("rms_norm(z, (3,))", "z:2,3,2 w:3,2 rms_norm(z, (3, 2), w, eps=0.1)", "w:3 rms_norm(z, [3], weight=w)"),
)


def _band(channels: int, size: int, dtype: Any) -> Any:
    """[channels, channels]: 1 / size where a channel is among the size channels around another."""
    apart = np.arange(channels) - np.arange(channels)[:, None]
    return ((apart >= -(size // 2)) & (apart <= (size - 1) // 2)).astype(dtype) / size


def _local_response_norm(x: Tensor, /, size: int, alpha: Number = 1e-4, beta: Number = 0.75, k: Number = 1.0) -> Any:
    if x.ndim < 3:
        words = f"Expected 3D or higher dimensionality                          input (got {x.ndim} dimensions)"
        raise Problem("dimension", words, type="ValueError", hint=_LAYOUT)
    if not x.ndarray.size:
        return x
    squares = reshaped(mul(x, x), (x.shape[0], x.shape[1], -1))
    around = reshaped(matmul(from_array(_band(x.shape[1], size, x.ndarray.dtype)), squares), tuple(x.shape))
    return x / power(around * alpha + k, beta)


composite(
    "local_response_norm",
    _local_response_norm,
    namespace="F",
    method=False,
    doc="x / (k + alpha * the mean of squares of size channels around)**beta.",
)
