"""Padding: by a number, or by the tensor's own values (reflect, replicate, circular)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Operand, zeros
from gradcli.ops.core.builders import SAME, Operation, composite, general, linear
from gradcli.ops.core.dtypes import not_implemented
from gradcli.ops.core.parameter_types import IntTuple, PadMode, Scalar
from gradcli.ops.core.renaming import renamed
from gradcli.ops.core.table import family
from gradcli.ops.movement.indexing import narrow
from gradcli.ops.movement.joining import cat
from gradcli.ops.movement.joint_operands import beside

family("shapes")


_SUPPORTED = """Supported combinations for non-constant padding:
  - 2D or 3D input: padding size = 2 (pads last dimension)
  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)
  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"""


def _pad(x: Tensor, /, pad: IntTuple, mode: PadMode = "constant", value: Scalar | None = None) -> Any:
    if mode == "constant":
        return padded(x, pad, 0 if value is None else value)
    if x.ndarray.dtype.kind == "b" and mode != "circular":
        raise not_implemented(_BY_MODE[mode, 1].name, x.ndarray.dtype)
    count = len(pad) // 2
    _widths(pad, x.ndim)
    if len(pad) % 2 or count not in (1, 2, 3) or x.ndim not in (count + 1, count + 2):
        words = f"Padding size {len(pad)} is not supported for {x.ndim}D input tensor."
        hint = f"mode='{mode}' pads the last 1, 2 or 3 dimensions of a tensor with one or two more in front"
        raise Problem("argument", words, type="NotImplementedError", hint=hint, theirs=f"{words}\n{_SUPPORTED}")
    if 0 in x.shape[-count - 1 :] or (0 in x.shape and x.ndim == count + 1):
        words = f"Expected {count + 1}D or {count + 2}D (batch mode) tensor with possibly 0 batch size and other"
        raise Problem("shape-mismatch", f"{words} non-zero dimensions for input, but got: {list(x.shape)}")
    return _around(x, pad) if mode == "circular" else _BY_MODE[mode, count](x, pad)


def _around(x: Operand, pad: tuple[int, ...]) -> Any:
    """The entries of the other side behind each end."""
    for at in range(len(pad) // 2):
        axis, before, after = x.ndim - 1 - at, pad[2 * at], pad[2 * at + 1]
        length = x.shape[axis]
        if max(before, after) > length:
            raise Problem("argument", "Padding value causes wrapping around more than once.")
        if length + min(before, 0) + min(after, 0) < 1:
            raise Problem("argument", "Negative padding value is resulting in an empty dimension.")
        kept = narrow(x, axis, max(0, -before), length - max(0, -after), 1)
        left = kept.shape[axis]
        front = narrow(kept, axis, max(0, left - max(0, before)), left, 1)
        x = cat([front, kept, narrow(kept, axis, 0, max(0, after), 1)], axis)
    return renamed(x, "CopySlices")  # as in PyTorch, which copies the parts into place


def _widths(pad: Any, ndim: int) -> list[tuple[int, int]]:
    """(before, after) for each dimension, from PyTorch's order: the last dimension first."""
    if len(pad) % 2 or len(pad) > 2 * ndim:
        raise Problem(
            "argument",
            "Padding length must be divisible by 2"
            if len(pad) % 2
            else "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {ndim}",
        )
    pairs = [(pad[place], pad[place + 1]) for place in range(0, len(pad), 2)]
    return [(0, 0)] * (ndim - len(pairs)) + pairs[::-1]


def _pad_with(x: Array, /, pad: Any, value: Scalar) -> Any:
    widths = _widths(pad, x.ndim)
    cut = tuple([slice(max(0, -before), length - max(0, -after)) for (before, after), length in zip(widths, x.shape)])
    grown = [(max(0, before), max(0, after)) for before, after in widths]
    return np.pad(x[cut], grown, constant_values=x.dtype.type(value))


padded: Operation = general(
    "constant_pad_nd",
    _pad_with,
    lambda g, pad: padded(g, tuple([-each for each in pad]), 0),
    lambda t, pad: padded(t, pad, 0),
    function=False,
    method=False,
    elements=lambda x, pad, value: math.prod([n + sum(w) for n, w in zip(x.shape, _widths(pad, x.ndim))]),
    complex=SAME,
    grad_fn="ConstantPadNdBackward0",
    doc="More entries at the ends of dimensions.",
)
# --- the tensor's own values ----------------------------------------------------------------------------------------
# Along each dimension, an index says which entry stands where in the result; the transpose adds up at these places.


def _reflected(length: int, before: int, after: int, dim: int, shape: tuple[int, ...]) -> Any:
    if max(before, after) >= length:
        argument = 2 * (len(shape) - dim) + 2  # as PyTorch counts them
        raise Problem(
            "argument",
            f"Argument #{argument}: Padding size should be less than the corresponding input dimension, but got: padding "
            f"({before}, {after}) at dimension {dim} of input {list(shape)}",
        )
    places = np.abs(np.arange(-before, length + after))
    return np.where(places >= length, 2 * (length - 1) - places, places)


def _repeated(length: int, before: int, after: int, dim: int, shape: tuple[int, ...]) -> Any:
    return np.clip(np.arange(-before, length + after), 0, max(length - 1, 0))


Places = Callable[[int, int, int, int, tuple[int, ...]], Any]


def _indices(places: Places, shape: tuple[int, ...], pad: tuple[int, ...]) -> list[Any]:
    """For each padded dimension, the last one first, the entries that stand in the result.  Raises Problem."""
    found = []
    for at in range(len(pad) // 2):
        dim, before, after = len(shape) - 1 - at, pad[2 * at], pad[2 * at + 1]
        if not shape[dim] or shape[dim] + before + after < 1:
            words = f"input (length {shape[dim]}, padding {before} and {after} at dimension {dim}) is too small"
            raise Problem("shape-mismatch", f"{words}: the result would be empty")
        found.append(places(shape[dim], before, after, dim, shape))
    return found


def _own_values(name: str, places: Places, count: int, grad_fn: str, doc: str) -> Operation:
    """The row of a mode for so many dimensions, and its transpose."""

    def forward(x: Operand, /, pad: IntTuple) -> Any:
        for at, index in enumerate(_indices(places, x.shape, pad)):
            x = x[(..., index, *[slice(None)] * at)]
        return x.copy() if type(x) is np.ndarray else x  # whose dimensions the index has moved in memory

    def transpose(x: Operand, /, pad: IntTuple, shape: Any) -> Any:
        for at, index in enumerate(_indices(places, shape, pad)):
            axis = x.ndim - 1 - at
            out = zeros((*x.shape[:axis], shape[axis], *x.shape[axis + 1 :]), x)
            np.add.at(out, (..., index, *[slice(None)] * at), x)
            x = out
        return x

    # PyTorch's node of the gradient leads to the input, too, as if it depended on that.
    in_one_node = beside(f"{grad_fn.removesuffix('0')}Backward0")
    row: Operation = general(
        f"{name}{count}d",
        forward,
        lambda g, x, pad: in_one_node(back(g, pad, x.shape), x),
        lambda t, pad: row(t, pad),
        function=False,
        method=False,
        elements=lambda x, pad: math.prod(x.shape) * math.prod([1 + max(0, each) for each in pad]),
        complex=SAME,
        grad_fn=grad_fn,
        doc=doc,
    )
    back: Operation = linear(
        f"{name}{count}d_backward",
        transpose,
        lambda g, pad: row(g, pad),
        function=False,
        method=False,
        grad_fn=f"{grad_fn.removesuffix('0')}Backward0",
        doc=f"The transpose of {name}{count}d.",
    )
    return row


_BY_MODE = {
    (mode, count): _own_values(name, places, count, grad_fn.format(count), f"The ends of {count} dimensions {words}.")
    for mode, name, places, grad_fn, words in (
        ("reflect", "reflection_pad", _reflected, "ReflectionPad{}DBackward0", "reflected"),
        ("replicate", "replication_pad", _repeated, "ReplicationPad{}DBackward0", "repeated"),
    )
    for count in (1, 2, 3)
}


pad: Operation = composite(
    "pad",
    _pad,
    method=False,
    namespace="F",
    doc="More entries at the ends of dimensions, the last dimension's first.",
    samples=(
        "pad(x, (1, 2))",
        "pad(x, (1, 0, 0, 2), value=1.5)",
        "pad(x, (-1, 1))",
        "pad(x, (1, 2), mode='reflect')",
        "pad(x, (1, 2), 'replicate')",
        "x:1,2,3 pad(x, (1, 2, 1, 0), 'reflect')",
        "x:1,2,3 pad(x, (-1, 2, 1, 2), 'replicate')",
        "x:1,2,2,3 pad(x, (1, 1, 0, 1, 1, 0), 'reflect')",
        "x:1,2,2,3 pad(x, (1, 1, 0, 1, 2, 0), 'replicate')",
    ),
)


def _constant_pad(x: Operand, /, pad: IntTuple, value: Scalar = 0) -> Any:
    if len(pad) > 2 * x.ndim:
        words = "Length of pad should be no more than twice the number of dimensions of the input. Pad length is"
        raise Problem("argument", f"{words} {len(pad)}while the input has {x.ndim}dimensions.")
    return padded(x, pad, value)


composite(
    "constant_pad_nd",
    _constant_pad,
    method=False,
    doc="More entries of one value at the ends of dimensions, the last dimension's first.",
    samples=("constant_pad_nd(x, (1, 0, 0, 2), 1.5)",),
)
