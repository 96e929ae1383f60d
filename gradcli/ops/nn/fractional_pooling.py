"""Fractional max pools (Graham, 2014): windows of one size that begin at places which chance moves, so many as are asked for.

For each plane and dimension one number u in [0, 1) is drawn; with a = (length - kernel) / (count - 1), window i begins at
floor((i + u) * a) - floor(u * a), and the last one ends where the dimension does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.dtypes import not_implemented
from gradcli.ops.core.parameter_types import FloatTuple, Ints, Number
from gradcli.ops.core.table import family
from gradcli.ops.creation.factories import generator
from gradcli.ops.kernels.sliding_windows import several
from gradcli.ops.nn.largest_in_parts import _rows as rows_of

family("convolution")

Windows = tuple[tuple[Any, int], ...]  # for each dimension where the windows of each plane begin, and how long they are


def _starts(drawn: Any, length: int, count: int, kernel: int) -> Any:
    """[..., count]: where windows begin, for a number of each plane."""
    alpha = drawn.dtype.type((length - kernel) / (count - 1) if count > 1 else 0)
    place = np.arange(count, dtype=drawn.dtype)
    starts = np.trunc((place + drawn[..., None]) * alpha) - np.trunc(drawn * alpha)[..., None]
    starts[..., -1:] = length - kernel
    return starts.astype(np.int64)


def _largest(x: Operand, /, parts: Windows) -> Any:
    """The largest elements of windows, and where each stands in its plane or volume, counted in one line."""
    count = len(parts)
    lead, lengths = x.shape[:-count], x.shape[-count:]
    where: Any = 0
    for dim, ((starts, kernel), length) in enumerate(zip(parts, lengths)):
        shape = [1] * (2 * count)
        shape[dim], shape[count + dim] = starts.shape[-1], kernel
        where = where * length + (starts[..., None] + np.arange(kernel)).reshape(*lead, *shape)
    outer = where.shape[len(lead) : len(lead) + count]
    where = where.reshape(*lead, *outer, math.prod([kernel for _, kernel in parts]))
    lines = x.reshape(*lead, math.prod(lengths))
    seen = np.take_along_axis(lines, where.reshape(*lead, math.prod(where.shape[len(lead) :])), -1).reshape(where.shape)
    chosen = seen.argmax(-1)[..., None]
    return np.take_along_axis(seen, chosen, -1)[..., 0], np.take_along_axis(where, chosen, -1)[..., 0]


_ROWS = {count: rows_of(f"fractional_max_pool{count}d", f"FractionalMaxPool{count}D", find=_largest) for count in (2, 3)}
_NAMES = {2: ("height", "width"), 3: ("time", "height", "width")}


def _sizes(name: str, x: Operand, count: int, size: Any, ratio: Any, draws: bool) -> tuple[int, ...]:
    """How many windows each dimension has.  Raises Problem."""
    if size is None and ratio is None:
        words = f"{name} requires specifying either an output_size or an output_ratio"
        raise Problem("argument", words, type="ValueError", hint="output_size=2, or output_ratio=(0.5, 0.5)")
    if x.ndim < count + 1 and draws:
        last = max(x.ndim, 1)
        words = f"Dimension out of range (expected to be in range of [{-last}, {last - 1}], but got {-count - 1})"
        raise Problem("dimension", words, type="IndexError", hint="the dimensions are the batch, the channels, and the places")
    if size is not None:
        words = f"{name}: {{name}} must either be a single Int or tuple of Ints"
        return several(size, "output_size", count, words)
    ratio = (ratio,) * count if isinstance(ratio, (int, float)) else ratio
    if ratio is None or len(ratio) != count or x.ndim < count:
        words = f"{name} requires output_ratio to either be a single Int or tuple of Ints."
        raise Problem("argument", words, type="ValueError")
    return tuple([int(length * part) for length, part in zip(x.shape[-count:], ratio)])


def _samples(x: Tensor, count: int, given: Tensor | None) -> Any:
    """[planes' dimensions, count]: a number for each dimension of each plane.  Raises Problem."""
    if given is None:
        batch = 1 if x.ndim == count + 1 else x.shape[0]
        drawn = generator().rand((batch, x.shape[-count - 1], count), x.ndarray.dtype)
        return drawn.reshape(*x.shape[:-count], count)
    if given.ndarray.dtype != x.ndarray.dtype:
        raise Problem("dtype", "Expect _random_samples to have the same dtype as input", hint="convert it")
    wanted = (1 if x.ndim == count + 1 else x.shape[0], x.shape[-count - 1], count)
    if given.ndim != 3 or any([there < length for there, length in zip(given.shape, wanted)]) or given.shape[2] != count:
        words = f"Expect _random_samples of shape {list(wanted)}"
        raise Problem("shape-mismatch", f"{words}; got {list(given.shape)}.", hint="[batch, channels, dimensions]")
    return given.ndarray[: wanted[0], : wanted[1]].reshape(*x.shape[:-count], count)


def _check(name: str, x: Operand, count: int, kernel: tuple[int, ...], sizes: tuple[int, ...]) -> None:
    """Refuse windows that do not fit.  Raises Problem."""
    called = name if count == 2 else f"{name}_out"
    if x.ndim not in (count + 1, count + 2):
        raise Problem("dimension", f"{called}(): Expected {count + 1}D or {count + 2}D tensor, but got: {list(x.shape)}")
    if 0 in x.shape[-count - 1 :]:
        empty = x.ndim - count - 1 + x.shape[-count - 1 :].index(0)
        words = f"{called}(): Expected input to have non-zero size for non-batch dimensions, but got"
        raise Problem("shape-mismatch", f"{words}{list(x.shape)} with dimension {empty} being empty.")
    if min(kernel) < 1:
        raise Problem("argument", f"{called}(): kernel_size should be greater than zero, but got {min(kernel)}")
    if min(sizes) < 0:
        words = f"Trying to create tensor with negative dimension {min(sizes)}: {[*x.shape[:-count], *sizes]}"
        raise Problem("argument", words)
    for word, wide, size, length in zip(_NAMES[count], kernel, sizes, x.shape[-count:]):
        if size + wide - 1 > length - (count == 3):  # PyTorch leaves one place free in volumes
            raise Problem("shape-mismatch", f"{called}(): pool {word} {wide} too large relative to input {word} {length}")


def _fractional(count: int) -> Callable[..., Any]:
    name = f"fractional_max_pool{count}d"

    def forward(
        x: Tensor,
        /,
        kernel_size: Ints,
        output_size: Ints | None = None,
        output_ratio: Number | FloatTuple | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> Any:
        sizes = _sizes(name, x, count, output_size, output_ratio, _random_samples is None)
        kernel = several(kernel_size, "kernel_size", count, f"{name}: {{name}} must either be a single Int or tuple of Ints")
        _check(name, x, count, kernel, sizes)
        if x.ndarray.dtype.kind != "f":
            raise not_implemented("check_uniform_bounds", x.ndarray.dtype)
        drawn = _samples(x, count, _random_samples)
        memory.reserve(math.prod([*x.shape[:-count], *sizes, *kernel]), name)
        # The numbers stand with the last dimension first for planes, and in the order of the dimensions for volumes.
        order = (1, 0) if count == 2 else (0, 1, 2)
        told = zip(order, x.shape[-count:], sizes, kernel)
        parts = tuple([(_starts(drawn[..., place], length, size, wide), wide) for place, length, size, wide in told])
        if any(
            [
                starts.size and (starts.min() < 0 or starts.max() > n - wide)
                for (starts, wide), n in zip(parts, x.shape[-count:])
            ]
        ):
            words = "the windows of _random_samples reach beyond the input"
            raise Problem("index", words, hint="they are numbers of at least 0 and less than 1")
        values, indices = _ROWS[count](x, parts)
        return (values, indices) if return_indices else values

    return forward


_DOC = "The largest element of each of so many windows, which begin at places that chance moves, in the last {} dimensions."
_CALLS = {
    2: (
        "z:1,2,5,6 fractional_max_pool2d(z, 2, output_size=3, _random_samples=tensor([[[0.3, 0.8], [0.1, 0.6]]]).to(z.dtype))",
        "z:1,5,5 F.fractional_max_pool2d(z, (2, 1), None, (0.5, 0.7), _random_samples=tensor([[[0.3, 0.8]]]).to(z.dtype))",
    ),
    3: ("z:1,3,3,2 fractional_max_pool3d(z, (2, 2, 1), 1, _random_samples=tensor([[[0.3, 0.8, 0.5]]]).to(z.dtype))",),
}
for _count, _calls in _CALLS.items():
    composite(
        f"fractional_max_pool{_count}d",
        _fractional(_count),
        namespace="F",
        method=False,
        doc=_DOC.format(_count),
        samples=_calls,
    )
