"""Tensors joined and repeated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Cotangent, Operand
from gradcli.ops.core.builders import composite, linear
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import promote
from gradcli.ops.core.parameter_types import Dim, Sizes, Tensors
from gradcli.ops.core.table import family
from gradcli.ops.movement.broadcasting import sum_to
from gradcli.ops.movement.shapes import reshaped

family("shapes")


def _repeat(x: Operand, /, repeats: Sizes) -> Any:
    if len(repeats) < x.ndim:
        raise Problem(
            "shape",
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
            hint=f"the tensor has {x.ndim} dimensions, the repeats {len(repeats)}",
        )
    size = [times * length for times, length in zip(repeats, (1,) * (len(repeats) - x.ndim) + x.shape)]
    if min(repeats, default=0) < 0:
        raise Problem("shape", f"Trying to create tensor with negative dimension {min(size)}: {size}")
    return np.tile(x, repeats)


def _unrepeat(g: Cotangent, x_shape: tuple[int, ...], repeats: Any) -> Any:
    own = (1,) * (len(repeats) - len(x_shape)) + tuple(x_shape)
    pairs = tuple([each for pair in zip(repeats, own) for each in pair])
    return reshaped(
        sum_to(reshaped(g, pairs), tuple([1 if place % 2 == 0 else each for place, each in enumerate(pairs)])), tuple(x_shape)
    )


repeat = linear(
    "repeat",
    _repeat,
    _unrepeat,
    namespace="Tensor",
    function=False,
    grad_fn="RepeatBackward0",
    elements=lambda x, repeats: x.size * math.prod(repeats),
    doc="The tensor repeated along each dimension.",
    samples=("x.repeat(2, 1)", "x:3 x.repeat(2, 2)"),
)


def _tile(x: Operand, /, dims: Sizes) -> Any:
    return repeat(x, (1,) * (x.ndim - len(dims)) + dims)


composite(
    "tile",
    _tile,
    doc="The tensor repeated; dimensions at the front may be left out.",
    samples=("tile(x, (2,))", "x.tile(2, 1)"),
)


def _cat(tensors: Tensors, /, dim: Dim = 0) -> Any:
    if not tensors:
        raise Problem(
            "argument", "torch.cat(): expected a non-empty list of Tensors", type="ValueError", hint="write cat([x, y])"
        )
    real = [x for x in tensors if x.shape != (0,)] or tensors  # PyTorch lets the empty list of old pass
    _check_joinable(real, dim)
    return by_rows(np.concatenate(real, dim))


def by_rows(joined: Any) -> Any:
    """The array as it lies in memory in PyTorch: NumPy joins transposed arrays to one that is transposed, too."""
    if type(joined) is not np.ndarray or joined.flags.c_contiguous:
        return joined
    if joined.ndim in (4, 5) and np.moveaxis(joined, 1, -1).flags.c_contiguous:  # the channels lie last: they stay so
        return joined
    return np.ascontiguousarray(joined)


def _check_joinable(arrays: list[Any], dim: int) -> None:
    first = arrays[0].shape
    for place, each in enumerate(arrays):
        if not each.ndim:
            raise Problem("shape", f"zero-dimensional tensor (at position {place}) cannot be concatenated", hint="use stack")
    dim = one_dim(dim, len(first))
    for place, each in enumerate(arrays):
        if each.ndim != len(first):
            raise Problem(
                "shape-mismatch",
                f"Tensors must have same number of dimensions: got {len(first)} and {each.ndim}",
                hint=f"the shapes are {list(first)} and {list(each.shape)}",
            )
        for position, (wanted, found) in enumerate(zip(first, each.shape)):
            if position != dim and wanted != found:
                raise Problem(
                    "shape-mismatch",
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {wanted} but got "
                    f"size {found} for tensor number {place} in the list.",
                    hint=f"the shapes are {list(first)} and {list(each.shape)}",
                )


def _uncat(g: Cotangent, tensors_shape: tuple[tuple[int, ...], ...], dim: Any) -> Any:
    ndim = max(map(len, tensors_shape))
    dim, start, parts = one_dim(dim, ndim), 0, []
    for shape in tensors_shape:
        length = 0 if shape == (0,) and ndim > 1 else shape[dim]
        part = g[(slice(None),) * dim + (slice(start, start + length),)]
        parts.append(reshaped(part, (0,)) if shape == (0,) else part)
        start += length
    return parts


cat = linear(
    "cat",
    _cat,
    _uncat,
    aliases=("concat", "concatenate"),
    method=False,
    casting=promote,
    grad_fn="CatBackward0",
    doc="Tensors joined along a dimension.",
    samples=("cat([x, y])", "cat((x, y, x), dim=1)", "x:2,3 y:2,1 cat([x, y], -1)"),
)


def _stack(tensors: Tensors, /, dim: Dim = 0) -> Any:
    if not tensors:
        raise Problem("argument", "stack expects a non-empty TensorList", hint="write stack([x, y])")
    for place, each in enumerate(tensors):
        if each.shape != tensors[0].shape:
            raise Problem(
                "shape-mismatch",
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 "
                f"and {list(each.shape)} at entry {place}",
            )
    return by_rows(np.stack(tensors, one_dim(dim, tensors[0].ndim + 1)))


def _unstack(g: Cotangent, tensors_shape: tuple[tuple[int, ...], ...], dim: Any) -> Any:
    before = (slice(None),) * one_dim(dim, len(tensors_shape[0]) + 1)
    return [g[(*before, place)] for place in range(len(tensors_shape))]


stack = linear(
    "stack",
    _stack,
    _unstack,
    method=False,
    casting=promote,
    grad_fn="StackBackward0",
    doc="Tensors side by side along a new dimension.",
    samples=("stack([x, y])", "stack([x, y], dim=-1)"),
)
