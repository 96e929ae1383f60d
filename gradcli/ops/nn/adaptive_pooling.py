"""Adaptive average pools, which are given the size of their result: products with matrices of averaging weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.parameter_types import Ints, OutputSize
from gradcli.ops.core.table import family
from gradcli.ops.movement.joint_operands import beside
from gradcli.ops.movement.shapes import squeeze_dim, unsqueeze
from gradcli.ops.reduction.reductions import mean_dim

family("convolution")


def _shares(length: int, count: int, dtype: Any) -> Any:
    """[count, length]: part i goes from floor(i * length / count) to ceil((i + 1) * length / count)."""
    part = np.arange(count)[:, None]
    place = np.arange(length)
    inside = (place >= part * length // count) & (place < -(-(part + 1) * length // count))
    return (inside / inside.sum(1, keepdims=True)).astype(dtype)


def _elements(x: np.ndarray[Any, Any], size: tuple[int, ...]) -> int:
    """Those of the result, or of the larger matrix of shares."""
    rows, columns = [length * count for length, count in zip(x.shape[-2:], size)]
    return int(max(rows, columns, math.prod(x.shape[:-2]) * math.prod(size)))


def _means(x: Array, /, size: Any) -> Any:
    rows, columns = [_shares(length, count, x.dtype) for length, count in zip(x.shape[-2:], size)]
    return rows @ x @ columns.T


def _shared_out(y: Array, /, shape: Any) -> Any:
    rows, columns = [_shares(length, count, y.dtype) for length, count in zip(shape[-2:], y.shape[-2:])]
    return rows.T @ y @ columns


_in_one_node = beside("AdaptiveAvgPool2DBackwardBackward0")
_adaptive: Operation = general(
    "adaptive_avg_pool2d",
    _means,
    lambda g, x: _in_one_node(_adaptive_backward(g, x.shape), x),
    lambda t, size: _adaptive(t, size),
    overload="planes",
    elements=_elements,
    function=False,
    method=False,
    grad_fn="AdaptiveAvgPool2DBackward0",
    doc="Means over parts of planes.",
)
_adaptive_backward: Operation = general(
    "adaptive_avg_pool2d_backward",
    _shared_out,
    lambda g, y_shape: _adaptive(g, y_shape[-2:]),
    lambda t, shape: _adaptive_backward(t, shape),
    function=False,
    method=False,
    grad_fn="AdaptiveAvgPool2DBackwardBackward0",
    doc="The transpose of means over parts of planes.",
)


_LAYOUT = "the dimensions are the batch, the channels, and the places"


def _pooled(x: Operand, size: tuple[int | None, ...]) -> Any:
    if size == (1, 1):
        return mean_dim(x, (-1, -2), True)
    if x.ndim not in (3, 4):
        words = f"adaptive_avg_pool2d(): Expected 3D or 4D tensor, but got {list(x.shape)}"
        raise Problem("shape-mismatch", words, hint=_LAYOUT)
    if 0 in x.shape[-3:] and (x.ndim == 4 or 0 in x.shape[-2:]):
        words = "adaptive_avg_pool2d(): Expected input to have non-zero size for non-batch dimensions"
        raise Problem("shape-mismatch", f"{words}, but input has sizes {list(x.shape)}")
    if min([0 if each is None else each for each in size]) < 0:
        words = "adaptive_avg_pool2d: elements of output_size must be greater than or equal to 0"
        raise Problem("argument", f"{words} but received {{{size[0]}, {size[1]}}}")
    return _adaptive(x, tuple([length if given is None else given for given, length in zip(size, x.shape[-2:])]))


def _adaptive2d(x: Operand, /, output_size: OutputSize) -> Any:
    if isinstance(output_size, tuple) and x.ndim < 3:
        raise Problem("shape-mismatch", "Input dimension should be at least 3", type="ValueError", hint=_LAYOUT)
    wanted = output_size if isinstance(output_size, tuple) else (output_size,) * 2
    if len(wanted) != 2:
        raise Problem("argument", "adaptive_avg_pool2d: output_size must be 2", hint="a number, or two of them")
    return _pooled(x, wanted)


def _adaptive1d(x: Operand, /, output_size: Ints) -> Any:
    if x.ndim not in (2, 3):
        raise Problem(
            "shape-mismatch",
            f"Expected 2 to 3 dimensions, but got {x.ndim}-dimensional tensor for argument #1 'self'",
            hint=_LAYOUT,
        )
    wanted = output_size if isinstance(output_size, tuple) else (output_size,)
    if len(wanted) != 1:
        words = f"adaptive_avg_pool1d() argument 'output_size' should contain one int (got {len(wanted)})"
        raise Problem("argument", words, hint="a number, or a list of one")
    return squeeze_dim(_pooled(unsqueeze(x, -2), (1, *wanted)), -2)


composite(
    "adaptive_avg_pool2d",
    _adaptive2d,
    namespace="F",
    method=False,
    doc="Means over parts of the last two dimensions, so many as are asked for.",
    samples=(
        "x:1,2,3,4 adaptive_avg_pool2d(x, 1)",
        "x:2,5,4 adaptive_avg_pool2d(x, (2, 3))",
        "x:1,4,4 adaptive_avg_pool2d(x, 2)",
    ),
)
composite(
    "adaptive_avg_pool1d",
    _adaptive1d,
    namespace="F",
    method=False,
    doc="Means over parts of the last dimension, so many as are asked for.",
    samples=("x:1,2,5 adaptive_avg_pool1d(x, 1)", "x:2,5 adaptive_avg_pool1d(x, 2)"),
)
