"""Convolutions: sums over sliding windows, as products of matrices.

Three rows are closed under differentiation.  With x the input, w the weight and y the output, each is linear in both of its
operands, and the derivatives of each are the two others:

    convolution   x, w -> y
    to the input  y, w -> x    a convolution of y, stretched by the stride, with the kernels turned around
    to the weight y, x -> w

Inputs have shape [batch, channels, ...], weights [out channels, channels / groups, ...].
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.graph.types import Array
from gradcli.ops.core.arrays import Operand, is_small, zeros
from gradcli.ops.core.builders import HOLOMORPHIC, Operation, composite, general
from gradcli.ops.core.parameter_types import Ints, Padding
from gradcli.ops.core.renaming import renamed
from gradcli.ops.core.table import family
from gradcli.ops.kernels import chained_sums
from gradcli.ops.kernels.matrix_products import product
from gradcli.ops.kernels.sliding_windows import Lengths, padded, reaches, several, stretched
from gradcli.ops.movement.joint_operands import beside
from gradcli.ops.movement.padding import pad as with_ends
from gradcli.ops.movement.shapes import reshaped, squeeze_dim, unsqueeze
from gradcli.ops.nn.convolution_checks import ONE_EACH, How, check, check_dimensions
from gradcli.ops.reduction.reductions import sum_dim

family("convolution")

# --- arrays ---------------------------------------------------------------------------------------------------------


def _slices(places: Any, kernel: Any, stride: Any, dilation: Any) -> list[Any]:
    """For each element of a kernel, where in the (padded) input it stands as the window slides over all places."""
    return [
        (
            ...,
            *[
                slice(at * apart, at * apart + step * (many - 1) + 1, step)
                for at, apart, step, many in zip(element, dilation, stride, places)
            ],
        )
        for element in np.ndindex(*kernel)
    ]


def _places(x: Operand, kernel: Any, stride: Any, dilation: Any) -> Lengths:
    """How many windows fit along each of the last dimensions."""
    reach = reaches(kernel, dilation)
    return tuple([(length - far) // step + 1 for length, far, step in zip(x.shape[2:], reach, stride)])


def _columns(x: Operand, kernel: Any, stride: Any, dilation: Any, groups: int, backwards: bool = False) -> Any:
    """What the windows of a (padded) input see: [n, groups, kernel * channels / groups, places].

    A copy for each element of the kernel, or `backwards` from its last one: long pieces of memory each, where a copy of
    windows would go by a few numbers.
    """
    n, channels = x.shape[:2]
    places = _places(x, kernel, stride, dilation)
    elements = _slices(places, kernel, stride, dilation)
    out = zeros((n, groups, len(elements), channels // groups, *places), x)
    for number, slices in enumerate(elements[::-1] if backwards else elements):
        out[:, :, number] = x[slices].reshape(n, groups, channels // groups, *places)
    return out.reshape(n, groups, len(elements) * (channels // groups), math.prod(places))


def _rows(weight: Operand, groups: int) -> Any:
    """Kernels [out channels, ...] as matrices [groups, out channels / groups, kernel * channels / groups]."""
    of_group, channels, elements = weight.shape[0] // groups, weight.shape[1], math.prod(weight.shape[2:])
    by_element = weight.reshape(groups, of_group, channels, elements).swapaxes(2, 3)
    return by_element.reshape(groups, of_group, elements * channels)


def _rows_to_input(weight: Operand, groups: int) -> Any:
    """The same the other way: [groups, channels / groups, kernel * out channels / groups]."""
    of_group, channels, elements = weight.shape[0] // groups, weight.shape[1], math.prod(weight.shape[2:])
    by_channel = weight.reshape(groups, of_group, channels, elements).transpose(0, 2, 3, 1)
    return by_channel.reshape(groups, channels, elements * of_group)


_FEW_PLACES = 20480  # elements of an input up to which PyTorch convolves one example by products of matrices


def _is_one_product(x: Operand, shape: Any, kernel: Any, groups: int) -> bool:
    """Whether PyTorch leaves a convolution to its library for matrices: one small example, and a small kernel."""
    return is_small(x) and shape[0] == groups == 1 and len(kernel) < 3 and min(kernel) <= 3 and math.prod(shape) <= _FEW_PLACES


def _by_channel(columns: Operand, elements: int) -> Any:
    """What the windows of one example see, by channel and then by element of the kernel: [channels * kernel, places]."""
    rows, places = columns.shape[2:]
    return columns.reshape(elements, rows // elements, places).swapaxes(0, 1).reshape(rows, places)


def _convolution(x: Operand, weight: Operand, bias: Operand, /, how: How) -> Any:
    stride, padding, dilation, groups = how
    whole, kernel = padded(x, padding, padding), weight.shape[2:]
    if _is_one_product(x, x.shape, kernel, groups):
        seen = _by_channel(_columns(whole, kernel, stride, dilation, 1), math.prod(kernel))
        start = None if bias is None else np.repeat(bias[:, None], seen.shape[1], 1)
        made = product(weight.reshape(len(weight), -1), seen, start)
        return made.reshape(1, len(weight), *_places(whole, kernel, stride, dilation))
    sums = chained_sums.product(_rows(weight, groups), _columns(whole, kernel, stride, dilation, groups))
    out = sums.reshape(x.shape[0], weight.shape[0], *_places(whole, kernel, stride, dilation))
    if bias is not None:
        out = out + bias.reshape(-1, *[1] * len(stride))
    return _channels_last(out) if type(x) is np.ndarray and _has_channels_last(x) else out


def _has_channels_last(x: Array) -> bool:
    """Whether neighbours in memory are channels of one place, and it is not the usual order as well."""
    return not x.flags.c_contiguous and bool(np.moveaxis(x, 1, -1).flags.c_contiguous)


def _channels_last(x: Array) -> Any:
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


def _to_input(y: Operand, weight: Operand, /, shape: Any, how: How) -> Any:
    """What each window saw gets its share of y; shares at one place are added."""
    stride, padding, dilation, groups = how
    n, _, *places = y.shape
    kernel = weight.shape[2:]
    alone = _is_one_product(y, shape, kernel, groups)
    if max(stride) == 1 and type(y) is np.ndarray and not alone:
        seen = stretched(y, shape[2:], kernel, stride, padding, dilation)
        columns = _columns(seen, kernel, stride, dilation, groups, backwards=True)
        return chained_sums.product(_rows_to_input(weight, groups), columns).reshape(n, *shape[1:])
    of_group = weight.shape[0] // groups
    left, right = weight.reshape(groups, of_group, -1).swapaxes(1, 2), y.reshape(n, groups, of_group, math.prod(places))
    shares = product(left[0], right[0, 0]) if alone else left @ right
    apart = shares.reshape(n, shape[1], math.prod(kernel), *places)
    out = zeros((n, shape[1], *[length + 2 * more for length, more in zip(shape[2:], padding)]), apart)
    for number, slices in enumerate(_slices(places, kernel, stride, dilation)):
        out[slices] += apart[:, :, number]
    return out[(..., *[slice(more, more + length) for more, length in zip(padding, shape[2:])])]


def _to_weight(y: Operand, x: Operand, /, shape: Any, how: How) -> Any:
    stride, padding, dilation, groups = how
    n, out, *places = y.shape
    far = zip(places, stride, reaches(shape[2:], dilation), padding)
    seen = [(count - 1) * step + reach - more for count, step, reach, more in far]  # output_padding may leave more behind
    x_shape = x.shape
    x = x[(..., *[slice(max(0, end)) for end in seen])]
    after = tuple([end - length for end, length in zip(seen, x.shape[2:])])
    columns = _columns(padded(x, padding, after), shape[2:], stride, dilation, groups)
    rows = y.reshape(n, groups, out // groups, math.prod(places))
    if _is_one_product(y, x_shape, shape[2:], groups):
        return product(rows[0, 0], _by_channel(columns, math.prod(shape[2:])).T).reshape(shape)
    columns = columns.swapaxes(2, 3)
    if chained_sums.is_chained(rows, columns):
        sums = chained_sums.over_examples(rows, columns, chained_sums.blocks(shape, groups) == (1, 1))
    else:
        sums = (rows @ columns).sum(0)
    elements = math.prod(shape[2:])
    return sums.reshape(out, elements, shape[1]).swapaxes(1, 2).reshape(shape)


# --- rows -----------------------------------------------------------------------------------------------------------

_in_one_node = beside("ConvolutionBackwardBackward0")


def as_long(x: Operand, shape: tuple[int, ...]) -> Any:
    """x without what the output_padding of a transposed convolution, beyond its stride, adds to a convolution."""
    return x if tuple(x.shape) == shape else x[(..., *[slice(each) for each in shape[2:]])]


def bias_vjp(g: Array, x: Operand, weight: Operand) -> Any:
    if chained_sums.is_added_up(g) and not _is_one_product(g, x.shape, weight.shape[2:], x.shape[1] // weight.shape[1]):
        return chained_sums.of_channels(g, chained_sums.blocks((g.shape[1], x.shape[1]), 1)[0] == 1)
    sums = sum_dim(g, (0, *range(2, g.ndim)), False)
    return _in_one_node(_in_one_node(sums, x), weight)


def _windows_seen(x: Operand, weight: Operand, bias: Operand, how: How) -> int:
    """How many elements the matrix of all windows has."""
    stride, padding, dilation, _ = how
    reach = reaches(weight.shape[2:], dilation)
    places = [(each + 2 * more - far) // step + 1 for each, more, far, step in zip(x.shape[2:], padding, reach, stride)]
    return math.prod((*x.shape[:2], *weight.shape[2:], *places))


convolution: Operation = general(
    "convolution",
    _convolution,
    (
        lambda g, weight, x_shape, how: to_input(g, weight, x_shape, how),
        lambda g, x, weight_shape, how: to_weight(g, x, weight_shape, how),
        bias_vjp,
    ),
    (
        lambda t, weight, how: convolution(t, weight, None, how),
        lambda t, x, how: convolution(x, t, None, how),
        lambda t, x: reshaped(t, (-1, *[1] * (x.ndim - 2))),
    ),
    function=False,
    method=False,
    elements=_windows_seen,
    complex=HOLOMORPHIC,
    grad_fn="ConvolutionBackward0",
    doc="Sums over sliding windows, weighted by kernels.",
)
to_input: Operation = general(
    "convolution_to_input",
    _to_input,
    (
        lambda g, weight, how: convolution(g, weight, None, how),
        lambda g, y, weight_shape, how: to_weight(y, g, weight_shape, how),
    ),
    (
        lambda t, weight, shape, how: to_input(t, weight, shape, how),
        lambda t, y, shape, how: to_input(y, t, shape, how),
    ),
    function=False,
    method=False,
    complex=HOLOMORPHIC,
    grad_fn="ConvolutionBackwardBackward0",
    doc="The transpose of a convolution by its input.",
)
to_weight: Operation = general(
    "convolution_to_weight",
    _to_weight,
    (
        lambda g, y_shape, x, how: as_long(convolution(x, g, None, how), tuple(y_shape)),
        lambda g, y, x_shape, how: to_input(y, g, x_shape, how),
    ),
    (
        lambda t, x, shape, how: to_weight(t, x, shape, how),
        lambda t, y, shape, how: to_weight(y, t, shape, how),
    ),
    function=False,
    method=False,
    complex=HOLOMORPHIC,
    grad_fn="ConvolutionBackwardBackward0",
    doc="The transpose of a convolution by its weight.",
)

# --- as they are called ---------------------------------------------------------------------------------------------


def told_if_complex(out: Tensor) -> Any:
    """The result of a convolution; PyTorch puts one of complex numbers together from real ones, and a sum is the last."""
    return renamed(out, "AddBackward0") if out.ndarray.dtype.kind == "c" else out


def convolved(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any, groups: int, count: int
) -> Any:
    """A convolution over `count` dimensions; an input without a batch is a batch of one."""
    name = f"conv{count}d"
    if x.ndim not in (count + 1, count + 2):
        raise Problem(
            "shape-mismatch",
            f"Expected {count + 1}D (unbatched) or {count + 2}D (batched) input to {name}, but got input of size: "
            f"{list(x.shape)}",
            hint="the dimensions are the batch, the channels, and the places",
        )
    check_dimensions(weight, count)
    batch = x if x.ndim == count + 2 else unsqueeze(x, 0)
    steps, holes = [several(each, name, count, ONE_EACH) for name, each in (("stride", stride), ("dilation", dilation))]
    if isinstance(padding, str):
        batch, ends = _padded_by_name(batch, weight, padding, steps, holes)
    else:
        ends = several(padding, "padding", count, ONE_EACH)
    how = (steps, ends, holes, groups)
    check(batch, weight, bias, how)
    out = told_if_complex(convolution(batch, weight, bias, how))
    return out if x.ndim == count + 2 else squeeze_dim(out, 0)


def _padded_by_name(x: Tensor, weight: Tensor, padding: str, stride: Lengths, dilation: Lengths) -> tuple[Tensor, Lengths]:
    """The input and the padding at both ends that 'same' or 'valid' ask for; of an odd one the rest goes behind."""
    if padding == "valid":
        return x, (0,) * len(stride)
    if any(each != 1 for each in stride):
        raise Problem("argument", "padding='same' is not supported for strided convolutions")
    totals = [far - 1 for far in reaches(weight.shape[2:], dilation)]
    behind = [total % 2 for total in totals]
    if any(behind):
        x = with_ends(x, tuple([each for more in behind[::-1] for each in (0, more)]))
    return x, tuple([total // 2 for total in totals])


def _conv1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    /,
    stride: Ints = 1,
    padding: Ints | Padding = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> Any:
    return convolved(x, weight, bias, stride, padding, dilation, groups, 1)


def _conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    /,
    stride: Ints = 1,
    padding: Ints | Padding = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> Any:
    return convolved(x, weight, bias, stride, padding, dilation, groups, 2)


composite(
    "conv1d",
    _conv1d,
    namespace="F",
    method=False,
    doc="Sums over windows that slide along the last dimension, weighted by kernels.",
    samples=(
        "x:2,2,5 y:3,2,2 conv1d(x, y)",
        "x:2,2,6 y:3,2,2 z:3 conv1d(x, y, z, stride=2, padding=1)",
        "x:2,5 y:1,2,3 z:1 conv1d(x, y, z, dilation=2)",
        "x:1,4,4 y:4,2,2 conv1d(x, y, padding='same', groups=2)",
    ),
)
composite(
    "conv2d",
    _conv2d,
    namespace="F",
    method=False,
    doc="Sums over windows that slide over the last two dimensions, weighted by kernels.",
    samples=(
        "x:2,2,3,4 y:3,2,2,2 z:3 conv2d(x, y, z)",
        "x:1,2,5,4 y:2,2,2,3 conv2d(x, y, None, 2, (1, 0))",
        "x:2,4,4 y:1,2,3,3 z:1 conv2d(x, y, bias=z, padding='same')",
        "x:1,4,4,3 y:2,2,2,2 conv2d(x, y, groups=2, dilation=(2, 1))",
        "x:1,1,2,2 y:1,1,2,2 conv2d(x, y, padding=3, stride=(3, 2))",
    ),
)
