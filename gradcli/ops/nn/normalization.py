"""Values brought to mean 0 and variance 1: of each example (layer_norm), or of each channel over a batch (batch_norm).

Both standardise along some dimensions, x -> (x - mean) / sqrt(var + eps), then scale and shift.  The derivative of
standardising is symmetric, so one rule serves both modes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_rows import HalfSteps
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent, are_small, is_small
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.parameter_types import IntTuple, Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import add, mul
from gradcli.ops.elementwise.exponential import rsqrt
from gradcli.ops.kernels import batch_norm, layer_norm, line_sums
from gradcli.ops.kernels.row_blocks import are_large, by_rows, row_sums
from gradcli.ops.movement.indexing import select
from gradcli.ops.movement.joint_operands import beside
from gradcli.ops.movement.shapes import clone, reshaped
from gradcli.ops.nn.normalization_checks import BATCHES, check_batch, check_layer
from gradcli.ops.reduction.reductions import mean_dim, sum_dim

family("normalization")

Dimensions = tuple[int, ...]


def standardised(x: Operand, dims: Dimensions, eps: float) -> tuple[Any, Any]:
    """x standardised along some dimensions, and by what it was scaled."""
    centred = x - mean_dim(x, dims, True)
    scale = rsqrt(mean_dim(centred * centred, dims, True) + eps)
    return centred * scale, scale


def statistics(x: Tensor, dims: Dimensions, eps: float) -> tuple[Any, Any]:
    """The means that standardising takes off, and what it scales the rest by, outside the graph; dimensions keep length 1."""
    values = x.detach()
    return mean_dim(values, dims, True), standardised(values, dims, eps)[1]


def _centre_rows(x: Array, out: Array, eps: float) -> Any:
    """Rows of bare arrays less their means, written to `out`; gives by what they are to be scaled."""
    length = x.shape[1]
    np.subtract(x, row_sums(x, length), out=out)
    return 1 / np.sqrt(np.vecdot(out, out)[:, None] / length + x.dtype.type(eps))


def _standardise_rows(x: Array, out: Array, eps: float) -> None:
    out *= _centre_rows(x, out, eps)


def _move_rows(t: Tangent, x: Array, out: Array, eps: float) -> None:
    """The derivative of standardising, as below, of rows."""
    length = x.shape[1]
    scale = _centre_rows(x, out, eps)
    out *= np.vecdot(t, out)[:, None] * scale * scale / -length
    out += t
    out -= row_sums(t, length)
    out *= scale


def _are_rows(dims: Dimensions, *arrays: Any) -> bool:
    return are_large(*arrays) and dims == tuple(range(arrays[0].ndim - len(dims), arrays[0].ndim))


def standardised_moved(t: Tangent, x: Operand, dims: Dimensions, eps: float) -> Any:
    """The derivative of standardising x, applied to a tangent or a cotangent."""
    if _are_rows(dims, t, x):
        return by_rows(lambda t, x, out: _move_rows(t, x, out, eps), math.prod(x.shape[-len(dims) :]), t, x)
    out, scale = standardised(x, dims, eps)
    return scale * (t - mean_dim(t, dims, True) - out * mean_dim(t * out, dims, True))


def _times(x: Operand, weight: Operand) -> Any:
    return x if weight is None else x * weight


# --- of each example ------------------------------------------------------------------------------------------------


def _fit(*arrays: Any) -> bool:
    """Whether these, of which some may be None, are computed with PyTorch's roundings."""
    return are_small(*[each for each in arrays if each is not None]) and arrays[0].size > 0


def _lines(x: Operand, dims: Dimensions) -> Any:
    """The examples as lines of a matrix."""
    return x.reshape(-1, math.prod(x.shape[len(x.shape) - len(dims) :]))


def _flat(weight: Operand) -> Any:
    return None if weight is None else weight.reshape(-1)


def _layer(x: Operand, weight: Operand, bias: Operand, /, dims: Dimensions, eps: float) -> Any:
    if _fit(x, weight, bias):
        return layer_norm.standardise(_lines(x, dims), _flat(weight), _flat(bias), eps).reshape(x.shape)
    if _are_rows(dims, x):
        out = by_rows(lambda x, out: _standardise_rows(x, out, eps), math.prod(x.shape[-len(dims) :]), x)
    else:
        out = standardised(x, dims, eps)[0]
    out = _times(out, weight)
    return out if bias is None else out + bias


def _layer_to_input(g: Cotangent, x: Operand, weight: Operand, dims: Dimensions, eps: float) -> Any:
    if _fit(g, x, weight):
        return layer_norm.to_input(_lines(g, dims), _lines(x, dims), _flat(weight), eps).reshape(x.shape)
    return standardised_moved(_times(g, weight), x, dims, eps)


def _layer_to_weight(g: Cotangent, x: Operand, dims: Dimensions, eps: float) -> Any:
    if _fit(g, x):
        return layer_norm.to_weight(_lines(g, dims), _lines(x, dims), eps).reshape(x.shape[-len(dims) :])
    return _over_examples(g * standardised(x, dims, eps)[0], dims)


def _layer_to_bias(g: Cotangent, x: Operand, weight: Operand, dims: Dimensions) -> Any:
    if _fit(g, x):
        return layer_norm.to_bias(_lines(g, dims)).reshape(x.shape[-len(dims) :])
    return _over_examples(g, dims)


def _over_examples(g: Cotangent, dims: Dimensions) -> Any:
    """The sum over the dimensions before those of a line."""
    return sum_dim(g, tuple(range(dims[0])), False) if dims[0] else g


def _half_layer_to_input(r: Any, g: Any, x: Any, weight: Any, dims: Any, eps: float) -> Any:
    """PyTorch keeps mean and scale of each line in 16 bits."""
    lines, own = _lines(x, dims), _lines(g if weight is None else g * weight, dims)
    mean, variance = layer_norm.moments(lines)
    mean, scale = r(mean), r(layer_norm.scales(variance, eps))
    part = scale / np.float32(lines.shape[1])
    total, moved = line_sums.along_lines(own), line_sums.along_lines(own, lines)
    slope = (total * mean - moved) * scale * scale * part
    return (scale * own + slope * lines - slope * mean - total * part).reshape(x.shape)


_layer_norm: Operation = general(
    "layer_norm",
    _layer,
    (
        lambda g, x, weight, dims, eps: _layer_to_input(g, x, weight, dims, eps),
        lambda g, x, dims, eps: _layer_to_weight(g, x, dims, eps),
        lambda g, x, weight, dims: _layer_to_bias(g, x, weight, dims),
    ),
    (
        lambda t, x, weight, dims, eps: _times(standardised_moved(t, x, dims, eps), weight),
        lambda t, x, dims, eps: t * standardised(x, dims, eps)[0],
        lambda t: t,
    ),
    overload="along dimensions",
    function=False,
    method=False,
    grad_fn="NativeLayerNormBackward0",
    backward="NativeLayerNormBackwardBackward0",
    half=HalfSteps(vjps=(_half_layer_to_input,)),
    doc="The last dimensions standardised, scaled and shifted.",
)


def _layer_norm_as_called(
    x: Tensor, /, normalized_shape: IntTuple, weight: Tensor | None = None, bias: Tensor | None = None, eps: Number = 1e-5
) -> Any:
    check_layer(x, normalized_shape, weight, bias)
    return _layer_norm(x, weight, bias, tuple(range(x.ndim - len(normalized_shape), x.ndim)), eps)


composite(
    "layer_norm",
    _layer_norm_as_called,
    namespace="F",
    method=False,
    doc="The last dimensions standardised (mean 0, variance 1), then scaled by weight and shifted by bias.",
    samples=(
        "layer_norm(x, (3,))",
        "x:2,3,2 layer_norm(x, (3, 2), eps=0.1)",
        "y:3 z:3 layer_norm(x, (3,), y, z)",
        "y:3 layer_norm(x, [3], weight=y)",
    ),
)


def _native_layer_norm(
    x: Tensor, /, normalized_shape: IntTuple, weight: Tensor | None, bias: Tensor | None, eps: Number
) -> Any:
    out = _layer_norm_as_called(x, normalized_shape, weight, bias, eps)
    return out, *statistics(x, tuple(range(x.ndim - len(normalized_shape), x.ndim)), eps)


composite(
    "native_layer_norm",
    _native_layer_norm,
    method=False,
    doc="layer_norm, with the means that were taken off and what the rest was scaled by.",
    samples=("y:3 native_layer_norm(x, (3,), y, None, 0.1)[0]",),
)

# --- of each channel ------------------------------------------------------------------------------------------------


def channel(values: Operand, ndim: int) -> Any:
    """A number for each channel, in the dimension of channels of a tensor."""
    return reshaped(values, (1, -1, *[1] * (ndim - 2)))


def _all_but_channels(ndim: int) -> Dimensions:
    return (0, *range(2, ndim))


def _by_channel(x: Operand, stats: Any, eps: float) -> tuple[Any, Any]:
    """x standardised along all dimensions but the channels', by its own or by given statistics; and the scale."""
    if stats is None:
        return standardised(x, _all_but_channels(x.ndim), eps)
    mean, var = [channel(each, x.ndim) for each in stats]
    scale = 1 / np.sqrt(var + eps)
    return (x - mean) * scale, scale


def _by_channel_moved(t: Tangent, x: Operand, stats: Any, eps: float) -> Any:
    return standardised_moved(t, x, _all_but_channels(x.ndim), eps) if stats is None else t * _by_channel(x, stats, eps)[1]


def _scaled(x: Operand, weight: Operand) -> Any:
    return x if weight is None else x * channel(weight, x.ndim)


def _examples(x: Operand) -> Any:
    """[examples, channels, places]."""
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:]))


def _moments(x: Operand, stats: Any, eps: float) -> tuple[Any, Any]:
    """What is taken off channels of [examples, channels, places], and what they are scaled by."""
    if stats is not None:
        return stats[0], batch_norm.given_scale(stats[1], eps)
    mean, squares = batch_norm.statistics(x)
    return mean, batch_norm.own_scale(squares, len(x) * x.shape[2], eps)


def _moments_again(x: Operand, stats: Any, eps: float) -> tuple[Any, Any]:
    """The same as the backward pass has it, which adds eps in float64 in any case."""
    return _moments(x, None, eps) if stats is None else (stats[0], batch_norm.own_scale(stats[1], 1, eps))


def batch_statistics(x: Tensor) -> tuple[Any, Any] | None:
    """The mean and the unbiased variance of each channel of a small batch of float32, as running statistics take them."""
    if not is_small(x.ndarray) or x.ndim < 2:
        return None
    mean, squares = batch_norm.statistics(_examples(x.ndarray))
    return from_array(mean), from_array(squares / np.float32(x.ndarray.size // x.shape[1] - 1))


def _batch(x: Operand, weight: Operand, bias: Operand, /, stats: Any, eps: float) -> Any:
    if _fit(x, weight, bias, *(stats or ())):
        values = _examples(x)
        return batch_norm.standardise(values, weight, bias, *_moments(values, stats, eps)).reshape(x.shape)
    out = _scaled(_by_channel(x, stats, eps)[0], weight)
    return out if bias is None else out + channel(bias, x.ndim)


def _batch_to_input(g: Cotangent, x: Operand, weight: Operand, stats: Any, eps: float) -> Any:
    if not _fit(g, x, weight, *(stats or ())):
        return _by_channel_moved(_scaled(g, weight), x, stats, eps)
    values = _examples(x)
    mean, scale = _moments_again(values, stats, eps)
    if stats is not None:
        return _scaled(g * channel(scale, x.ndim), weight)
    return batch_norm.to_input(_examples(g), values, weight, mean, scale).reshape(x.shape)


def _batch_to_weight(g: Cotangent, x: Operand, stats: Any, eps: float) -> Any:
    if _fit(g, x, *(stats or ())):
        values = _examples(x)
        return batch_norm.to_weight(_examples(g), values, *_moments_again(values, stats, eps))
    return sum_dim(g * _by_channel(x, stats, eps)[0], _all_but_channels(x.ndim), False)


_batch_node = beside("NativeBatchNormBackwardBackward0")


def _batch_bias(g: Cotangent, x: Operand, weight: Operand) -> Any:
    if _fit(g, x):
        return batch_norm.to_bias(_examples(g))
    return _batch_node(_batch_node(sum_dim(g, _all_but_channels(g.ndim), False), x), weight)


batch_normalized: Operation = general(
    "batch_norm",
    _batch,
    (
        lambda g, x, weight, stats, eps: _batch_to_input(g, x, weight, stats, eps),
        lambda g, x, stats, eps: _batch_to_weight(g, x, stats, eps),
        lambda g, x, weight: _batch_bias(g, x, weight),
    ),
    (
        lambda t, x, weight, stats, eps: _scaled(_by_channel_moved(t, x, stats, eps), weight),
        lambda t, x, stats, eps: _by_channel(x, stats, eps)[0] * channel(t, x.ndim),
        lambda t, x: channel(t, x.ndim),
    ),
    overload="by channel",
    function=False,
    method=False,
    grad_fn="NativeBatchNormBackward0",
    doc="Each channel standardised, scaled and shifted.",
)


def _batch_norm(
    x: Tensor,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Operand | None = None,
    bias: Operand | None = None,
    /,
    training: bool = False,
    momentum: Number = 0.1,
    eps: Number = 1e-5,
) -> Any:
    check_batch(x, running_mean, running_var, weight, bias, training)
    if not x.ndarray.size:
        return _of_nothing(x, weight, bias)
    stats = None if training else (running_mean.ndarray, running_var.ndarray)
    return batch_normalized(x, weight, bias, stats, eps)


def _of_nothing(x: Tensor, weight: Any, bias: Any) -> Any:
    """A batch without elements, in PyTorch's graph: times the first weight, plus the first bias.  Raises Problem."""
    out = clone(x)
    for each, join in ((weight, mul), (bias, add)):
        if each is not None:
            if not each.ndarray.size:
                words = f"select(): index 0 out of range for tensor of size {list(each.shape)} at dimension 0"
                raise Problem("index", words, type="IndexError", hint=BATCHES)
            out = join(out, select(each, 0, 0))
    return out


composite(
    "batch_norm",
    _batch_norm,
    namespace="F",
    method=False,
    doc="Each channel standardised, by the batch's (training) or by running statistics, scaled and shifted.",
    samples=(
        "x:4,3 y:3 z:3 F.batch_norm(x, None, None, y, z, training=True)",
        "x:2,3,2 y:3 F.batch_norm(x, None, None, weight=y, training=True, eps=0.1)",
        "y:3 z:3 F.batch_norm(x, tensor([0., 1., 2.]), tensor([1., 2., 0.5]), y, z)",
    ),
)
