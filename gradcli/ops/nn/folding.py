"""Windows of images as columns, and columns added up where the windows were: unfold (im2col) and fold (col2im).

Each is the transpose of the other.  With images [n, c, height, width], columns are [n, c * kernel, windows].
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Operand, zeros
from gradcli.ops.core.builders import Operation, composite, linear
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import only
from gradcli.ops.core.parameter_types import Ints
from gradcli.ops.core.table import family
from gradcli.ops.kernels.sliding_windows import Lengths, padded, several, windows

family("convolution")

Windows = tuple[Lengths, Lengths, Lengths, Lengths]  # kernel, dilation, padding, stride: of both dimensions
_TWO = "{name} must be a number or a list of two"


def _layout(kernel_size: Ints, dilation: Ints, padding: Ints, stride: Ints) -> Windows:
    """The numbers of both dimensions.  Raises Problem."""
    given = (("kernel_size", kernel_size), ("dilation", dilation), ("padding", padding), ("stride", stride))
    layout: Any = tuple([several(each, name, 2, _TWO) for name, each in given])
    for (name, _), each in zip(given, layout):
        if min(each) < (0 if name == "padding" else 1):
            bound = "non-negative" if name == "padding" else "greater than zero"
            raise Problem("argument", f"{name.replace('_', ' ')} should be {bound}, but got {list(each)}")
    return layout  # type: ignore[no-any-return]


def _places(lengths: Any, layout: Windows) -> Lengths:
    """How many windows there are along both dimensions."""
    return tuple(
        [(length + 2 * pad - hole * (kernel - 1) - 1) // step + 1 for length, kernel, hole, pad, step in zip(lengths, *layout)]
    )


def _sizes(layout: tuple[Lengths, ...]) -> str:
    names = ("kernel_size", "dilation", "padding", "stride")
    return ", ".join([f"{name}={each}" for name, each in zip(names, layout)])


def _columns(x: Operand, /, layout: Windows) -> Any:
    kernel, dilation, padding, stride = layout
    if x.ndim == 3:  # no batch
        return _columns(x[None], layout)[0]
    seen = windows(padded(x, padding, padding), kernel, stride, dilation)
    n, channels, high, wide = seen.shape[:4]
    return seen.transpose(0, 1, 4, 5, 2, 3).reshape(n, channels * math.prod(kernel), high * wide)


def _images(x: Operand, /, layout: Windows, lengths: Lengths) -> Any:
    kernel, dilation, padding, stride = layout
    if x.ndim == 2:
        return _images(x[None], layout, lengths)[0]
    high, wide = _places(lengths, layout)
    n, rows, _ = x.shape
    parts = x.reshape(n, rows // math.prod(kernel), *kernel, high, wide)
    out = zeros((*parts.shape[:2], *[length + 2 * pad for length, pad in zip(lengths, padding)]), x)
    for i, j in np.ndindex(*kernel):
        top, left = i * dilation[0], j * dilation[1]
        key = (..., slice(top, top + stride[0] * high, stride[0]), slice(left, left + stride[1] * wide, stride[1]))
        out[key] += parts[:, :, i, j]
    return out[(..., *[slice(pad, pad + length) for pad, length in zip(padding, lengths)])]


_im2col: Operation = linear(
    "im2col",
    _columns,
    lambda g, x_shape, layout: _col2im(g, layout, tuple(x_shape[-2:])),
    function=False,
    method=False,
    elements=lambda x, layout: math.prod(x.shape[:-2]) * math.prod(layout[0]) * math.prod(_places(x.shape[-2:], layout)),
    casting=only("fcb", "im2col_out_cpu"),
    grad_fn="Im2ColBackward0",
    doc="Windows of images as columns.",
)
_col2im: Operation = linear(
    "col2im",
    _images,
    lambda g, layout: _im2col(g, layout),
    function=False,
    method=False,
    elements=lambda x, layout, lengths: math.prod(x.shape[:-1]) * math.prod(lengths),
    casting=only("fcb", "col2im_out_cpu"),
    grad_fn="Col2ImBackward0",
    doc="Columns added up where their windows were.",
)


def _unfold(x: Operand, /, kernel_size: Ints, dilation: Ints = 1, padding: Ints = 0, stride: Ints = 1) -> Any:
    layout = _layout(kernel_size, dilation, padding, stride)
    if x.ndim < 3:  # as PyTorch finds out
        if not x.ndim:
            raise Problem("dimension", "Dimension specified as -1 but tensor has no dimensions", type="IndexError")
        one_dim(-2 if x.ndim == 1 else 2, x.ndim)
    if x.ndim > 4 or 0 in x.shape[-3:]:
        words = "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input"
        raise Problem("shape-mismatch", f"{words}, but got: {list(x.shape)}")
    places = _places(x.shape[-2:], layout)
    if min(places) < 1:
        given = f"Given input with spatial size {tuple(x.shape[-2:])}, {_sizes(layout[:3])}"
        words = f"calculated shape of the array of sliding blocks as {places}, but its components must be at least one."
        raise Problem("shape-mismatch", f"{given}, {words}")
    return _im2col(x, layout)


def _fold(x: Operand, /, output_size: Ints, kernel_size: Ints, dilation: Ints = 1, padding: Ints = 0, stride: Ints = 1) -> Any:
    layout = _layout(kernel_size, dilation, padding, stride)
    lengths = several(output_size, "output_size", 2, _TWO)
    if x.ndim not in (2, 3) or 0 in x.shape[-2:]:
        words = "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input"
        raise Problem("shape-mismatch", f"{words}, but got: {list(x.shape)}")
    rows, count = x.shape[-2:]
    if rows % math.prod(layout[0]):
        words = "Expected size of input's dimension 1 to be divisible by the product of kernel_size"
        raise Problem("shape-mismatch", f"{words}, but got input.size(1)={rows} and kernel_size={layout[0]}.")
    high, wide = _places(lengths, layout)
    if high * wide != count or min(high, wide) < 1:
        words = f"Given output_size={lengths}, {_sizes(layout)}, expected size of input's dimension 2 to match the calculated"
        blocks = f"number of sliding blocks {high} * {wide} = {high * wide}"
        raise Problem("shape-mismatch", f"{words} {blocks}, but got input.size(2)={count}.")
    return _col2im(x, layout, lengths)


composite(
    "unfold",
    _unfold,
    overload="images",
    namespace="F",
    method=False,
    doc="The windows of images, each as a column.",
    samples=(
        "x:1,1,3,4 F.unfold(x, (2, 2))",
        "x:1,2,2,3 F.unfold(x, 2, stride=2, padding=1)",
        "x:2,3,3 F.unfold(x, 2, dilation=2)",
    ),
)
composite(
    "fold",
    _fold,
    namespace="F",
    method=False,
    doc="Columns added up where the windows of images were.",
    samples=(
        "x:1,4,6 F.fold(x, (3, 4), (2, 2))",
        "x:4,4 F.fold(x, (2, 3), 2, stride=2, padding=1)",
        "x:2,4,1 F.fold(x, (3, 3), 2, dilation=2)",
    ),
)
