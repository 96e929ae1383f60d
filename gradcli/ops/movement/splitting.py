"""Several views of one tensor: unbind, split, chunk.  Nobody may change them in place."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import versions
from gradcli.graph.multi_output import OutputCotangents, divide
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import Operation, composite, linear
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.parameter_types import Dim, Sizes
from gradcli.ops.core.table import family
from gradcli.ops.movement.joining import cat, stack

family("shapes")


def _dividing(row: Operation) -> Callable[..., Any]:
    """A caller that makes a tensor of each part."""
    return lambda x, *statics: divide(row, x, statics) if isinstance(x, Tensor) else row.forward(x, *statics)


def _at(dim: int, key: Any) -> tuple[Any, ...]:
    return (slice(None),) * dim + (key,)


def _unbind(x: Operand, /, dim: int) -> Any:
    return tuple([x[(*_at(dim, place), ...)] for place in range(x.shape[dim])])


def _stacked(g: OutputCotangents, x_shape: tuple[int, ...], dim: Any) -> Any:
    shape = x_shape[:dim] + x_shape[dim + 1 :]
    return stack(g.complete([shape] * x_shape[dim]), dim)


def _unbinder(grad_fn: str, forward: Any) -> Operation:
    doc = "The entries along dimension dim."
    shares = forward is _unbind
    row = linear("unbind", forward, _stacked, function=False, method=False, grad_fn=grad_fn, doc=doc, shares=shares)
    row.call = _dividing(row)
    return row


_unbound = _unbinder("UnbindBackward0", _unbind)
_unbound_copies = _unbinder("UnbindBackward0_copy", lambda x, /, dim: tuple([np.array(each) for each in _unbind(x, dim)]))


def _split(x: Operand, /, sizes: Sizes, dim: int) -> Any:
    return tuple([x[_at(dim, slice(end - size, end))] for size, end in zip(sizes, accumulate(sizes))])


def _joined(g: OutputCotangents, x_shape: tuple[int, ...], sizes: Any, dim: Any) -> Any:
    return cat(g.complete([(*x_shape[:dim], size, *x_shape[dim + 1 :]) for size in sizes]), dim)


def _splitter(grad_fn: str) -> Operation:
    """A row that splits; one whose name ends in copy gives tensors of their own, as does, it claims, one that is unsafe."""
    apart = np.array if grad_fn.endswith("copy") else versions.uncounted_view if grad_fn.startswith("Unsafe") else None
    row = linear(
        "split",
        _split if apart is None else lambda x, /, sizes, dim: tuple([apart(each) for each in _split(x, sizes, dim)]),
        _joined,
        shares=apart is None,
        function=False,
        method=False,
        grad_fn=grad_fn,
        doc="Parts of given lengths along dimension dim.",
    )
    row.call = _dividing(row)
    return row


_split_evenly, _split_in_sizes = _splitter("SplitBackward0"), _splitter("SplitWithSizesBackward0")
_copies, _copies_in_sizes = _splitter("SplitBackward0_copy"), _splitter("SplitWithSizesBackward0_copy")
_unsafely, _unsafely_in_sizes = _splitter("UnsafeSplitBackward0"), _splitter("UnsafeSplitWithSizesBackward0")

# --- as people call them --------------------------------------------------------------------------------------------


def _unbind_checked(row: Operation) -> Callable[..., Any]:
    def forward(x: Operand, /, dim: Dim = 0) -> Any:
        axis = one_dim(dim, x.ndim)
        if not x.ndim:
            raise Problem(
                "dimension",
                f"Dimension specified as {dim} but tensor has no dimensions",
                type="IndexError",
                hint="a 0-d tensor has nothing to iterate over; .item() gives its number",
            )
        return row(x, axis)

    return forward


composite(
    "unbind",
    _unbind_checked(_unbound),
    doc="The entries along dimension dim, as a tuple of views.",
    samples=("unbind(x)", "x.unbind(dim=1)"),
)
composite(
    "unbind_copy",
    _unbind_checked(_unbound_copies),
    method=False,
    doc="The entries along dimension dim, as a tuple of tensors of their own.",
    samples=("unbind_copy(x)",),
)


def _even(row: Operation) -> Callable[..., Any]:
    def forward(x: Operand, /, split_size: int, dim: Dim = 0) -> Any:
        axis = _axis(x, dim, "split")
        length = x.shape[axis]
        if split_size < 0:
            raise Problem("argument", f"split expects split_size be non-negative, but got split_size={split_size}")
        if not split_size and length:
            words = f"split_size can only be 0 if dimension size is 0, but got dimension size of {length}"
            raise Problem("argument", words)
        sizes = [min(split_size, length - start) for start in range(0, length, split_size or 1)] or [length]
        return row(x, tuple(sizes), axis)

    return forward


def _in_sizes(x: Operand, sizes: Sizes, dim: Dim, row: Operation) -> Any:
    axis = _axis(x, dim, "split")
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[axis]:
        raise Problem(
            "argument",
            f"split_with_sizes expects split_sizes to sum exactly to {x.shape[axis]} (input tensor's size at "
            f"dimension {dim}), but got split_sizes={list(sizes)}",
        )
    return row(x, sizes, axis)


def _split_sizes(x: Operand, /, split_size: Sizes, dim: Dim = 0) -> Any:
    return _in_sizes(x, split_size, dim, _split_in_sizes)


def _with_sizes(row: Operation) -> Callable[..., Any]:
    def forward(x: Operand, /, split_sizes: Sizes, dim: Dim = 0) -> Any:
        return _in_sizes(x, split_sizes, dim, row)

    return forward


def _axis(x: Operand, dim: int, name: str) -> int:
    if not x.ndim:
        raise Problem("dimension", f"{name} expects at least a 1-dimensional tensor")
    return one_dim(dim, x.ndim)


composite(
    "split",
    _even(_split_evenly),
    doc="Parts of split_size entries along dimension dim, the last maybe smaller, as a tuple of views.",
    samples=("x:5 split(x, 2)", "x.split(2, dim=1)"),
)
composite(
    "split",
    _split_sizes,
    overload="sizes",
    doc="Parts of these lengths along dimension dim, as a tuple of views.",
    samples=("x:5 split(x, [2, 3])", "x.split((1, 2), -1)"),
)


for _name, _row in (
    ("split_with_sizes", _split_in_sizes),
    ("unsafe_split_with_sizes", _unsafely_in_sizes),
    ("split_with_sizes_copy", _copies_in_sizes),
):
    composite(
        _name,
        _with_sizes(_row),
        method=not _name.endswith("copy"),
        doc="Parts of these lengths along dimension dim, as a tuple.",
        samples=(f"{_name}(x, (1, 2), 1)",),
    )
composite(
    "split_copy",
    _even(_copies),
    method=False,
    doc="Parts of split_size entries along dimension dim, as a tuple of tensors of their own.",
    samples=("split_copy(x, 2, 1)",),
)
composite(
    "unsafe_split",
    _even(_unsafely),
    doc="Parts of split_size entries along dimension dim, the last maybe smaller.",
    samples=("unsafe_split(x, 2, 1)",),
)


def _chunks(evenly: Operation, in_sizes: Operation) -> Callable[..., Any]:
    even = _even(evenly)

    def forward(x: Operand, /, chunks: int, dim: Dim = 0) -> Any:
        axis = _axis(x, dim, "chunk")
        if chunks <= 0:
            raise Problem("argument", f"chunk expects `chunks` to be greater than 0, got: {chunks}")
        length = x.shape[axis]
        return even(x, -(-length // chunks), axis) if length else in_sizes(x, (0,) * chunks, axis)

    return forward


composite(
    "chunk",
    _chunks(_split_evenly, _split_in_sizes),
    doc="So many parts along dimension dim, or fewer, as a tuple of views.",
    samples=("x:5 chunk(x, 2)", "x.chunk(2, dim=1)"),
)
composite(
    "unsafe_chunk",
    _chunks(_unsafely, _unsafely_in_sizes),
    doc="So many parts along dimension dim, or fewer.",
    samples=("x.unsafe_chunk(2, 1)",),
)
