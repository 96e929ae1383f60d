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

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.parameter_types import Ints, Padding
from gradcli.ops.core.table import family
from gradcli.ops.kernels.sliding_windows import Lengths, padded, reaches, several, stretched, windows
from gradcli.ops.movement.rearranging import pad as with_ends
from gradcli.ops.movement.shapes import reshaped, squeeze_dim, unsqueeze
from gradcli.ops.nn.convolution_checks import ONE_EACH, How, check, check_dimensions
from gradcli.ops.nn.joint_operands import beside
from gradcli.ops.reduction.reductions import sum_dim

family("convolution")

# --- arrays ---------------------------------------------------------------------------------------------------------


def _columns(seen: Any, groups: int) -> Any:
    """Windows [n, c, places..., kernel...] as matrices [groups, n * places, c / groups * kernel]."""
    n, channels, *rest = seen.shape
    count = len(rest) // 2
    split = seen.reshape(n, groups, channels // groups, *rest)
    order = (1, 0, *range(3, 3 + count), 2, *range(3 + count, 3 + 2 * count))
    return split.transpose(order).reshape(groups, n * math.prod(rest[:count]), channels // groups * math.prod(rest[count:]))


def _correlated(seen: Any, weight: Any, groups: int) -> Any:
    """What each window [n, c, places..., kernel...] gives with each kernel [o, c / groups, kernel...]: [n, o, places...]."""
    n, places = seen.shape[0], seen.shape[2 : 2 + (seen.ndim - 2) // 2]
    out = weight.shape[0]
    kernels = weight.reshape(groups, out // groups, math.prod(weight.shape[1:])).swapaxes(1, 2)
    product = _columns(seen, groups) @ kernels
    apart = product.reshape(groups, n, *places, out // groups)
    order = (1, 0, apart.ndim - 1, *range(2, apart.ndim - 1))
    result = apart.transpose(order).reshape(n, out, *places)
    return result if result.flags.c_contiguous else result.copy()  # so that it can be viewed, as PyTorch's can


def _turned_around(weight: Any, groups: int) -> Any:
    """Kernels from the outputs' channels to the inputs', each with its last element first."""
    out, channels, *kernel = weight.shape
    split = weight.reshape(groups, out // groups, channels, *kernel).swapaxes(1, 2)
    backwards = (slice(None), slice(None), *[slice(None, None, -1)] * len(kernel))
    return split.reshape(groups * channels, out // groups, *kernel)[backwards]


def _convolution(x: Any, weight: Any, bias: Any, /, how: How) -> Any:
    stride, padding, dilation, groups = how
    seen = windows(padded(x, padding, padding), weight.shape[2:], stride, dilation)
    out = _correlated(seen, weight, groups)
    return out if bias is None else out + bias.reshape(-1, *[1] * len(stride))


def _to_input(y: Any, weight: Any, /, shape: Any, how: How) -> Any:
    stride, padding, dilation, groups = how
    kernel = weight.shape[2:]
    spread = stretched(y, shape[2:], kernel, stride, padding, dilation)
    return _correlated(windows(spread, kernel, (1,) * len(kernel), dilation), _turned_around(weight, groups), groups)


def _to_weight(y: Any, x: Any, /, shape: Any, how: How) -> Any:
    stride, padding, dilation, groups = how
    n, out, *places = y.shape
    columns = _columns(windows(padded(x, padding, padding), shape[2:], stride, dilation), groups)
    rows = y.reshape(n, groups, out // groups, math.prod(places)).transpose(1, 2, 0, 3)
    return (rows.reshape(groups, out // groups, n * math.prod(places)) @ columns).reshape(shape)


# --- rows -----------------------------------------------------------------------------------------------------------

_in_one_node = beside("ConvolutionBackwardBackward0")


def _bias_vjp(g: Any, x: Any, weight: Any) -> Any:
    sums = sum_dim(g, (0, *range(2, g.ndim)), False)
    return _in_one_node(_in_one_node(sums, x), weight)


def _windows_seen(x: Any, weight: Any, bias: Any, how: How) -> int:
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
        _bias_vjp,
    ),
    (
        lambda t, weight, how: convolution(t, weight, None, how),
        lambda t, x, how: convolution(x, t, None, how),
        lambda t, x: reshaped(t, (-1, *[1] * (x.ndim - 2))),
    ),
    function=False,
    method=False,
    elements=_windows_seen,
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
    grad_fn="ConvolutionBackwardBackward0",
    doc="The transpose of a convolution by its input.",
)
to_weight: Operation = general(
    "convolution_to_weight",
    _to_weight,
    (
        lambda g, x, how: convolution(x, g, None, how),
        lambda g, y, x_shape, how: to_input(y, g, x_shape, how),
    ),
    (
        lambda t, x, shape, how: to_weight(t, x, shape, how),
        lambda t, y, shape, how: to_weight(y, t, shape, how),
    ),
    function=False,
    method=False,
    grad_fn="ConvolutionBackwardBackward0",
    doc="The transpose of a convolution by its weight.",
)

# --- as they are called ---------------------------------------------------------------------------------------------


def _convolved(x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int, count: int) -> Any:
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
    out = convolution(batch, weight, bias, how)
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
    x: Any, weight: Any, bias: Any = None, /, stride: Ints = 1, padding: Ints | Padding = 0, dilation: Ints = 1, groups: int = 1
) -> Any:
    return _convolved(x, weight, bias, stride, padding, dilation, groups, 1)


def _conv2d(
    x: Any, weight: Any, bias: Any = None, /, stride: Ints = 1, padding: Ints | Padding = 0, dilation: Ints = 1, groups: int = 1
) -> Any:
    return _convolved(x, weight, bias, stride, padding, dilation, groups, 2)


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
