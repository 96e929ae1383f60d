"""The partial inverses of max pools: values go back to the places that they were taken from, and zeros stand elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand, zeros
from gradcli.ops.core.builders import Operation, composite, linear
from gradcli.ops.core.dtypes import only, scalar_name
from gradcli.ops.core.parameter_types import Ints, IntTuple
from gradcli.ops.core.table import family
from gradcli.ops.kernels.sliding_windows import several
from gradcli.ops.movement.shapes import squeeze_dim, unsqueeze

family("convolution")

_HINT = "the indices are those that the pool gives with return_indices=True"


def _in_line(indices: Any, lengths: tuple[int, ...]) -> Any:
    """Places in each of many outputs as places in the line of all of them."""
    size = math.prod(lengths)
    count = math.prod(indices.shape[: indices.ndim - len(lengths)])
    return (indices.reshape(count, -1) + size * np.arange(count)[:, None]).reshape(-1)


def _put(x: Operand, /, indices: Any, lengths: tuple[int, ...]) -> Any:
    """Zeros of `lengths` with values at places, counted in one line; of several for one place the last."""
    lead = x.shape[: x.ndim - len(lengths)]
    out = zeros((math.prod(lead) * math.prod(lengths),), x)
    out[_in_line(indices, lengths)] = x.reshape(-1)
    return out.reshape(*lead, *lengths)


def _take(y: Operand, /, indices: Any, lengths: tuple[int, ...]) -> Any:
    return y.reshape(-1)[_in_line(indices, lengths)].reshape(indices.shape)


def _rows(name: str, title: str) -> Operation:
    """The row of an unpool, and that of its gradient."""
    taken: Operation = linear(
        f"{name}_backward",
        _take,
        lambda g, indices, lengths: put(g, indices, lengths),
        function=False,
        method=False,
        grad_fn="GatherBackward0",
        doc="The values at places.",
    )
    put: Operation = linear(
        name,
        _put,
        lambda g, indices, lengths: taken(g, indices, lengths),
        overload="lengths",
        function=False,
        method=False,
        complex=None,
        casting=only("f", name),
        grad_fn=f"{title}Backward0",
        doc="Values back at the places that a pool took them from.",
    )
    put.saves_tensor = (True,)  # its indices
    return put


_ROWS = {2: _rows("max_unpool2d", "MaxUnpool2D"), 3: _rows("max_unpool3d", "MaxUnpool3D")}


def _checked_indices(x: Tensor, indices: Tensor, lengths: tuple[int, ...]) -> Any:
    """The indices as an array.  Raises Problem."""
    count, array = len(lengths), indices.ndarray
    if array.dtype != np.int64:
        words = f"elements in indices should be type int64 but got: {scalar_name(array.dtype)}"
        raise Problem("dtype", words, hint=_HINT)
    if x.ndim not in (count + 1, count + 2):
        words = f"Input to max_unpooling{count}d should be a {count + 1}d or {count + 2}d Tensor, but got a tensor with"
        raise Problem("dimension", f"{words} {x.ndim} dimensions.", hint=f"it has {x.ndim} dimensions")
    if array.shape != x.shape:
        words = f"Expected shape of indices to be same as that of the input tensor ({list(x.shape)}) but got indices tensor"
        raise Problem("shape-mismatch", f"{words} with shape: {list(array.shape)}", hint=_HINT)
    wrong = array[(array < 0) | (array >= math.prod(lengths))]
    if wrong.size:
        volume = "x".join(map(str, lengths))
        words = f"Found an invalid max index: {wrong[0]} (output volumes are of size {volume})"
        raise Problem("index", words, hint="output_size is the size of what was pooled")
    return array


def _lengths(x: Tensor, how: list[tuple[int, ...]], output_size: tuple[int, ...] | None) -> tuple[int, ...]:
    """The lengths of the result: those asked for, or the least that pooling makes this input of.  Raises Problem."""
    count = len(how[0])
    if x.ndim < count:
        raise Problem("dimension", "tuple index out of range", type="IndexError", hint=f"it has {x.ndim} dimensions")
    least = [(n - 1) * step - 2 * more + wide for n, wide, step, more in zip(x.shape[-count:], *how)]
    if min(least) < 0:
        raise Problem("argument", f"Trying to create tensor with negative dimension {min(least)}: {least}")
    if output_size is None:
        return tuple(least)
    if len(output_size) not in (count, count + 2):
        words = f"output_size should be a sequence containing {count} or {count + 2} elements, but it has a length of"
        raise Problem("argument", f"{words} '{len(output_size)}'", type="ValueError")
    lengths = output_size[-count:]
    for place, (length, fewest, step) in enumerate(zip(lengths, least, how[1])):
        if not fewest - step < length < fewest + step:
            words = f'invalid output_size "{lengths}" (dim {place} must be between {fewest - step} and {fewest + step})'
            raise Problem("argument", words, type="ValueError")
    return lengths


def _unpool(count: int) -> Callable[..., Any]:
    name = f"max_unpool{count}d"

    def forward(
        x: Tensor,
        indices: Tensor,
        /,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        output_size: IntTuple | None = None,
    ) -> Any:
        given = (("kernel_size", kernel_size), ("stride", kernel_size if stride is None else stride), ("padding", padding))
        how = [several(each, what, count, f"{name}: {{name}} must be {count} numbers, or one") for what, each in given]
        lengths = _lengths(x, how, output_size)
        memory.reserve(math.prod([*x.shape[:-count], *lengths]), name)
        if count == 1:
            flat = unsqueeze(x, -1)
            places = _checked_indices(flat, unsqueeze(indices, -1), (*lengths, 1))
            return squeeze_dim(_ROWS[2](flat, places, (*lengths, 1)), -1)
        return _ROWS[count](x, _checked_indices(x, indices, lengths), lengths)

    return forward


_SAMPLES = {
    1: ("z:1,2,2 F.max_unpool1d(z, tensor([[[0, 3], [1, 2]]]), 2)",),
    2: (
        "z:1,1,2,2 F.max_unpool2d(z, tensor([[[[0, 3], [9, 14]]]]), 2)",
        "z:1,2,1 F.max_unpool2d(z, tensor([[[1], [4]]]), (2, 3), stride=(2, 1), output_size=(5, 3))",
    ),
    3: ("z:1,1,1,2 F.max_unpool3d(z, tensor([[[[3, 12]]]]), 2)",),
}
for _count, _samples in _SAMPLES.items():
    composite(
        f"max_unpool{_count}d",
        _unpool(_count),
        namespace="F",
        method=False,
        doc=f"Values at the places that max_pool{_count}d took them from, and zeros elsewhere.",
        samples=_samples,
    )
