"""Transposed convolutions, and convolutions of volumes.

A transposed convolution is the gradient of a convolution with respect to its input: each element of the input adds a copy of
the kernel to the output, `stride` apart (Dumoulin and Visin, 2016, chapter 4).  Weights are
[in channels, out channels / groups, ...].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import HOLOMORPHIC, Operation, composite, general
from gradcli.ops.core.dtypes import not_implemented
from gradcli.ops.core.parameter_types import Ints, Padding
from gradcli.ops.core.table import family
from gradcli.ops.kernels.sliding_windows import reaches, several
from gradcli.ops.movement.shapes import reshaped, squeeze_dim, unsqueeze
from gradcli.ops.nn.convolution import as_long, bias_vjp, convolution, convolved, to_input, to_weight, told_if_complex
from gradcli.ops.nn.convolution_checks import ONE_EACH, How, check_dimensions

family("convolution")


def _transposed(x: Operand, weight: Tensor, bias: Tensor | None, /, shape: Any, how: How) -> Any:
    out = to_input.forward(x, weight, shape, how)
    return out if bias is None else out + bias.reshape(-1, *[1] * len(how[0]))


def _padded_elements(shape: Any, padding: Any) -> int:
    """How many elements the output has before its ends are cut off."""
    return math.prod([*shape[:2], *[length + 2 * end for length, end in zip(shape[2:], padding)]])


_row: Operation = general(
    "conv_transpose",
    _transposed,
    (
        lambda g, x_shape, weight, how: as_long(convolution(g, weight, None, how), tuple(x_shape)),
        lambda g, x, weight_shape, how: to_weight(x, g, weight_shape, how),
        lambda g, x, weight: bias_vjp(g, x, weight),
    ),
    (
        lambda t, weight, shape, how: to_input(t, weight, shape, how),
        lambda t, x, shape, how: to_input(x, t, shape, how),
        lambda t, x: reshaped(t, (-1, *[1] * (len(x.shape) - 2))),
    ),
    overload="batch",
    function=False,
    method=False,
    elements=lambda x, weight, bias, shape, how: max(x.size * weight[0].size, _padded_elements(shape, how[1])),
    complex=HOLOMORPHIC,
    grad_fn="ConvolutionBackward0",
    doc="The transpose of sums over sliding windows.",
)


def _called(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
    count: int,
) -> Any:
    name = f"conv_transpose{count}d"
    if x.ndim not in (count + 1, count + 2):
        words = f"Expected {count + 1}D (unbatched) or {count + 2}D (batched) input to {name}, but got input of size"
        raise Problem(
            "shape-mismatch", f"{words}: {list(x.shape)}", hint="the dimensions are the batch, the channels, and the places"
        )
    check_dimensions(weight, count)
    given = (("stride", stride), ("padding", padding), ("output_padding", output_padding), ("dilation", dilation))
    steps, ends, more, holes = [several(each, what, count, ONE_EACH) for what, each in given]
    batch = x if x.ndim == count + 2 else unsqueeze(x, 0)
    _check(batch, weight, bias, groups, steps, ends, more, holes)
    lengths = [
        (length - 1) * step - 2 * end + far + extra
        for length, step, end, far, extra in zip(batch.shape[2:], steps, ends, reaches(weight.shape[2:], holes), more)
    ]
    if min(lengths) < 1:
        words = f"Given input size per channel: {tuple(batch.shape[2:])}. Calculated output size per channel: {tuple(lengths)}."
        raise Problem("shape-mismatch", f"{words} Output size is too small", hint="take less padding")
    if batch.ndarray.dtype.kind not in "fc" and batch.ndarray.dtype.name != "int64":
        raise not_implemented(f"slow_conv_transpose{max(count, 2)}d_out_cpu", batch.ndarray.dtype)
    shape = (batch.shape[0], weight.shape[1] * groups, *lengths)
    out = told_if_complex(_row(batch, weight, bias, shape, (steps, ends, holes, groups)))
    return out if x.ndim == count + 2 else squeeze_dim(out, 0)


def _by_side(lengths: Any, least: int) -> Any:
    """Pairs of a side's name and its length; one dimension is the width of two."""
    sides = ("depth", "height", "width")
    return zip(sides[-max(len(lengths), 2) :], (least, *lengths)[-max(len(lengths), 2) :])


def _check(
    x: Tensor, weight: Tensor, bias: Tensor | None, groups: int, stride: Any, padding: Any, extra: Any, dilation: Any
) -> None:
    """Refuse what does not fit together.  Raises Problem."""
    for name, numbers in (("groups", (groups,)), ("stride", stride), ("dilation", dilation)):
        if min(numbers) < 1:
            raise Problem("argument", f"non-positive {name} is not supported", hint=f"{name} is 1 or more")
    for name, numbers in (("padding", padding), ("output_padding", extra)):
        if min(numbers) < 0:
            raise Problem("argument", f"negative {name} is not supported", hint=f"{name} is 0 or more")
    if x.shape[1] != weight.shape[0] or weight.shape[0] % groups:
        words = f"Given transposed=1, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have"
        raise Problem("shape-mismatch", f"{words} {weight.shape[0]} channels, but got {x.shape[1]} channels instead")
    if any(more >= max(step, hole) for more, step, hole in zip(extra, stride, dilation)):
        words = "output padding must be smaller than either stride or dilation, but got " + " ".join(
            f"{name}_{side}: {length}"
            for name, lengths, least in (("output_padding", extra, 0), ("stride", stride, 1), ("dilation", dilation, 1))
            for side, length in _by_side(lengths, least)
        )
        raise Problem("argument", words, hint="it is at most stride - 1")
    if bias is not None and bias.shape != (weight.shape[1] * groups,):
        words = f"Given transposed=1, weight of size {list(weight.shape)}, expected bias to be 1-dimensional with"
        raise Problem(
            "shape-mismatch", f"{words} {weight.shape[1] * groups} elements, but got bias of size {list(bias.shape)} instead"
        )


def _over(count: int) -> Callable[..., Any]:
    def forward(
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        /,
        stride: Ints = 1,
        padding: Ints = 0,
        output_padding: Ints = 0,
        groups: int = 1,
        dilation: Ints = 1,
    ) -> Any:
        return _called(x, weight, bias, stride, padding, output_padding, groups, dilation, count)

    return forward


_SAMPLES = {
    1: (
        "z:2,2,4 w:2,3,2 F.conv_transpose1d(z, w)",
        "z:1,2,3 w:2,1,3 F.conv_transpose1d(z, w, None, 2, 1, 1)",
        "z:2,3 w:2,2,2 F.conv_transpose1d(z, w, dilation=2)",
        "z:1,2,3 w:2,1,2 x:1 F.conv_transpose1d(z, w, x)",
    ),
    2: (
        "z:1,2,3,2 w:2,3,2,2 x:3 F.conv_transpose2d(z, w, x, stride=2)",
        "z:1,4,2,2 w:4,1,2,3 F.conv_transpose2d(z, w, groups=2, padding=(1, 0))",
    ),
    3: ("z:1,2,2,2,2 w:2,1,2,2,2 F.conv_transpose3d(z, w, stride=2)",),
}
for _count, _samples in _SAMPLES.items():
    composite(
        f"conv_transpose{_count}d",
        _over(_count),
        namespace="F",
        method=False,
        doc=f"The transpose of conv{_count}d: each element of the input adds a copy of the kernel to the output.",
        samples=_samples,
    )


def _conv3d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    /,
    stride: Ints = 1,
    padding: Ints | Padding = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> Any:
    return convolved(x, weight, bias, stride, padding, dilation, groups, 3)


composite(
    "conv3d",
    _conv3d,
    namespace="F",
    method=False,
    doc="Sums over windows that slide over the last three dimensions, weighted by kernels.",
    samples=(
        "z:1,2,2,3,2 w:2,2,2,2,1 F.conv3d(z, w)",
        "z:1,2,1,2 w:2,1,1,2,2 x:2 F.conv3d(z, w, x, stride=(1, 2, 1), padding=1)",
    ),
)
