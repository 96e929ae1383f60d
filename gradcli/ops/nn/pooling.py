"""Pools: the largest element, or the mean, of each window that slides over the last dimensions.

Windows along one dimension slide over planes of height 1.  Which windows there are says `how`: the lengths of the kernel, the
stride, the padding, the dilation, and whether a window may hang over the end (`ceil_mode`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Operand, zeros
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.parameter_types import Ints
from gradcli.ops.core.table import family
from gradcli.ops.kernels.sliding_windows import Lengths, padded, reaches, stretched, windows
from gradcli.ops.movement.joint_operands import beside
from gradcli.ops.movement.shapes import squeeze_dim, unsqueeze
from gradcli.ops.nn.pooling_checks import How, arranged, check_input
from gradcli.ops.reduction.reductions import array_of

family("convolution")


def places(length: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """How many windows there are along a dimension.  The last one begins inside, or in the padding in front."""
    room = length + 2 * padding - dilation * (kernel - 1) - 1
    count = (room + (stride - 1) * ceil_mode) // stride + 1
    return count - (ceil_mode and (count - 1) * stride >= length + padding)


def _counts(lengths: Lengths, how: How) -> Lengths:
    kernel, stride, padding, dilation, ceil_mode = how
    return tuple([places(*each, ceil_mode) for each in zip(lengths, kernel, stride, padding, dilation)])


def _seen(x: Operand, how: How, outside: Any) -> Any:
    """The windows of planes (or volumes): [..., rows, columns, kernel rows, kernel columns]."""
    kernel, stride, padding, dilation, _ = how
    lengths = x.shape[-len(kernel) :]
    ends = zip(_counts(lengths, how), lengths, reaches(kernel, dilation), stride, padding)
    after = tuple([max(0, (count - 1) * step + far - length - more) for count, length, far, step, more in ends])
    return windows(padded(x, padding, after, outside), kernel, stride, dilation)


# --- the largest ----------------------------------------------------------------------------------------------------


def _lowest(dtype: Any) -> Any:
    return -math.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _largest(x: Array, /, how: How) -> Any:
    """The largest elements, and where each stands in its plane."""
    kernel, stride, padding, dilation, _ = how
    seen = _seen(x, how, _lowest(x.dtype))
    values, chosen = _first_of_largest(seen, bool(x.size and x.dtype.kind == "f" and np.isnan(x.max())))
    width = x.shape[-1]
    row, column = [np.arange(count) * step - more for count, step, more in zip(seen.shape[-4:-2], stride, padding)]
    inside = np.array([down * dilation[0] * width + right * dilation[1] for down, right in np.ndindex(*kernel)])
    return values, (row[:, None] * width + column) + inside[chosen]


def _first_of_largest(seen: Any, has_nan: bool) -> tuple[Any, Any]:
    """The largest elements of windows, and which of a window's: the first of equal ones; of nans the last, as in PyTorch.

    Each element of the kernel is compared for all windows at once.
    """
    elements = [np.ascontiguousarray(seen[(..., *element)]) for element in np.ndindex(*seen.shape[-2:])]
    values = elements[0]
    for other in elements[1:]:
        values = np.maximum(values, other)
    chosen = np.zeros(values.shape, np.int8 if len(elements) < 128 else np.int64)
    for number, other in reversed([*enumerate(elements)]):
        chosen = np.where(other == values, chosen.dtype.type(number), chosen)
    if has_nan:
        for number, other in enumerate(elements):
            chosen[np.isnan(other)] = number
    return values, chosen


def _flat(indices: Any, shape: Any) -> Any:
    """Places in planes as places in the whole array of `shape`, in one line."""
    plane = math.prod(shape[-2:])
    planes = np.arange(math.prod(shape[:-2]))[:, None] * plane
    return (planes + indices.reshape(len(planes), -1)).ravel()


def _pick(x: Operand, /, indices: Any) -> Any:
    return x.reshape(-1)[_flat(indices, x.shape)].reshape(indices.shape)


def _add_at(y: Operand, /, indices: Any, shape: Any) -> Any:
    out = zeros((math.prod(shape),), y)
    np.add.at(out, _flat(indices, shape), y.reshape(-1))
    return out.reshape(shape)


def _ties(x: Array, out: Operand, how: How) -> Any:
    return (_seen(x, how, _lowest(x.dtype)) == out[..., None, None]).sum((-2, -1)) > 1


_largest_node = beside("MaxPool2DWithIndicesBackwardBackward0")
_max_pool = general(
    "max_pool2d_with_indices",
    _largest,
    lambda g, x, indices, how: joint_gradient(g, x, indices),  # how: for the kink
    lambda t, indices: _picked(t, array_of(indices)),
    outputs=("out", "indices"),
    function=False,
    method=False,
    grad_fn="MaxPool2DWithIndicesBackward0",
    kinks=(Kink("all to the first of equal elements in a window", _ties, (0, 1)),),
    doc="The largest element of each window, and where it stands.",
)


def joint_gradient(g: Any, x: Any, indices: Any) -> Any:
    """The gradient by the input of a max pool, in a node that the input leads to."""
    return _largest_node(_added_at(g, array_of(indices), x.shape), x)


_picked: Operation = general(
    "max_pool2d_pick",
    _pick,
    lambda g, x_shape, indices: _added_at(g, indices, x_shape),
    lambda t, indices: _picked(t, indices),
    function=False,
    method=False,
    grad_fn="MaxPool2DWithIndicesBackwardBackward0",
    doc="The values at places in their planes.",
)
_added_at: Operation = general(
    "max_pool2d_backward",
    _add_at,
    lambda g, indices: _picked(g, indices),
    lambda t, indices, shape: _added_at(t, indices, shape),
    function=False,
    method=False,
    grad_fn="MaxPool2DWithIndicesBackwardBackward0",
    doc="Planes of zeros, with values added at places.",
)

# --- the mean -------------------------------------------------------------------------------------------------------

Divisor = bool | int  # whether padding counts, or what to divide by


def _divisors(lengths: Lengths, how: How, divisor: Divisor) -> Any:
    """By what the sum of each window is divided; what hangs over the padding does not count."""
    if type(divisor) is int:
        return divisor
    kernel, stride, padding, _, _ = how
    sizes: Any = np.ones(())
    for count, length, wide, step, more in zip(_counts(lengths, how), lengths, kernel, stride, padding):
        start = np.arange(count) * step - more
        edge = more if divisor else 0
        size = np.minimum(np.minimum(start + wide, length + more), length + edge) - np.maximum(start, -edge)
        sizes = sizes[..., None] * size
    return sizes


def _added_up(seen: Any, kernel: Lengths, dtype: Any) -> Any:
    """The sum of each window's elements, one after the other, as PyTorch's loop adds them up."""
    total, *others = [seen[(..., *element)] for element in np.ndindex(*kernel)]
    total = total.astype(dtype)
    for other in others:
        total += other
    return total


def _mean_of(x: Array, /, how: How, divisor: Divisor) -> Any:
    sums = _added_up(_seen(x, how, 0), how[0], x.dtype)
    size = _divisors(x.shape[-len(how[0]) :], how, divisor)
    return np.divide(sums, size, dtype=x.dtype) if x.dtype.kind == "f" else np.trunc(sums / size).astype(x.dtype)


def _share_out(y: Array, /, shape: Any, how: How, divisor: Divisor) -> Any:
    """Each window's value, over its size, added to every element in it, in the order of windows."""
    kernel, stride, padding, dilation, _ = how
    lengths = shape[-len(kernel) :]
    shares = y / np.asarray(_divisors(lengths, how, divisor), y.dtype)
    spread = stretched(shares, lengths, kernel, stride, padding, dilation)
    seen = windows(spread, kernel, (1,) * len(kernel), dilation)
    return _added_up(seen, kernel, y.dtype)


def _means(name: str, title: str) -> Operation:
    """The row of a mean over planes or volumes; its gradient is its transpose, in a node that the input leads to."""
    node = beside(f"{title}BackwardBackward0")
    mean: Operation = general(
        name,
        _mean_of,
        lambda g, x, how, divisor: node(shared(g, x.shape, how, divisor), x),
        lambda t, how, divisor: mean(t, how, divisor),
        overload="windows",
        function=False,
        method=False,
        grad_fn=f"{title}Backward0",
        doc="The mean of each window.",
    )
    shared: Operation = general(
        f"{name}_backward",
        _share_out,
        lambda g, how, divisor: mean(g, how, divisor),
        lambda t, shape, how, divisor: shared(t, shape, how, divisor),
        function=False,
        method=False,
        grad_fn=f"{title}BackwardBackward0",
        doc="Each window's value shared out among its elements.",
    )
    return mean


_MEANS = {2: _means("avg_pool2d", "AvgPool2D"), 3: _means("avg_pool3d", "AvgPool3D")}

# --- as they are called ---------------------------------------------------------------------------------------------


def _largest_over(count: int) -> Callable[..., Any]:
    """max_pool1d or max_pool2d; windows along one dimension are windows of one row."""
    name = f"max_pool{count}d"

    def forward(
        x: Tensor,
        /,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        dilation: Ints = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        how = arranged(name, kernel_size, stride, padding, dilation, ceil_mode)
        check_input(name, x, how, places)
        values, indices = _max_pool(x if count == 2 else unsqueeze(x, -2), how)
        if count == 1:
            values, indices = squeeze_dim(values, -2), squeeze_dim(indices, -2)
        return (values, indices) if return_indices else values

    return forward


def _mean_over(count: int) -> Callable[..., Any]:
    """avg_pool2d or avg_pool3d."""
    name = f"avg_pool{count}d"

    def forward(
        x: Tensor,
        /,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Any:
        how = arranged(name, kernel_size, stride, padding, 1, ceil_mode)
        check_input(name, x, how, places, divisor_override)
        return _MEANS[count](x, how, count_include_pad if divisor_override is None else divisor_override)

    return forward


def _avg_pool1d(
    x: Tensor,
    /,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    how = arranged("avg_pool1d", kernel_size, stride, padding, 1, ceil_mode)
    check_input("avg_pool1d", x, how, places)
    return squeeze_dim(_MEANS[2](unsqueeze(x, -2), how, count_include_pad), -2)


composite(
    "max_pool2d",
    _largest_over(2),
    namespace="F",
    method=False,
    doc="The largest element of each window that slides over the last two dimensions.",
    samples=(
        "x:1,2,4,4 max_pool2d(x, 2)",
        "x:2,5,4 max_pool2d(x, (3, 2), stride=(2, 1), padding=1)",
        "x:2,5,5 max_pool2d(x, 2, 3, ceil_mode=True)",
        "x:1,5,5 max_pool2d(x, 2, 1, dilation=2)",
        "x:1,4,4 F.max_pool2d(x, 2, return_indices=True)",
    ),
)
composite(
    "max_pool1d",
    _largest_over(1),
    namespace="F",
    method=False,
    doc="The largest element of each window that slides along the last dimension.",
    samples=("x:2,2,5 max_pool1d(x, 2)", "x:2,6 max_pool1d(x, 3, stride=2, padding=1)"),
)
composite(
    "avg_pool2d",
    _mean_over(2),
    namespace="F",
    method=False,
    doc="The mean of each window that slides over the last two dimensions.",
    samples=(
        "x:1,2,4,4 avg_pool2d(x, 2)",
        "x:2,5,4 avg_pool2d(x, (3, 2), stride=(2, 1), padding=1)",
        "x:2,5,5 avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)",
        "x:1,5,5 avg_pool2d(x, 2, 3, 1, ceil_mode=True)",
        "x:1,4,4 avg_pool2d(x, 2, divisor_override=3)",
    ),
)
composite(
    "avg_pool1d",
    _avg_pool1d,
    namespace="F",
    method=False,
    doc="The mean of each window that slides along the last dimension.",
    samples=("x:2,2,5 avg_pool1d(x, 2)", "x:2,6 avg_pool1d(x, 3, stride=2, padding=1)"),
)
composite(
    "avg_pool3d",
    _mean_over(3),
    namespace="F",
    method=False,
    doc="The mean of each window that slides over the last three dimensions.",
    samples=(
        "z:1,2,2,3 avg_pool3d(z, 2)",
        "z:1,1,3,2,4 avg_pool3d(z, (2, 1, 3), stride=(1, 2, 2), padding=(1, 0, 1), ceil_mode=True, count_include_pad=False)",
        "z:1,2,3,3 avg_pool3d(z, 2, 1, divisor_override=3)",
    ),
)
