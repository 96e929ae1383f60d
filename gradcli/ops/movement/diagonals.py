"""Views: narrow, diagonal, movedim."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Array, Operand, zeros
from gradcli.ops.core.builders import Operation, composite, linear
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.parameter_types import Dim, Dims
from gradcli.ops.core.table import family
from gradcli.ops.movement.indexing import alias
from gradcli.ops.movement.indexing import narrow as piece
from gradcli.ops.movement.transposing import permute

family("shapes")


def _narrow(x: Operand, /, dim: Dim, start: int, length: int) -> Any:
    if not x.ndim:
        raise Problem("dimension", "narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise Problem("argument", "narrow(): length must be non-negative.")
    axis = one_dim(dim, x.ndim)
    size = x.shape[axis]
    if not -size <= start <= size:
        message = f"start out of range (expected to be in range of [{-size}, {size}], but got {start})"
        raise Problem("index", message, type="IndexError")
    first = start + size if start < 0 else start
    if first + length > size:
        raise Problem("index", f"start ({first}) + length ({length}) exceeds dimension size ({size}).")
    return piece(x, axis, first, first + length, 1)


composite(
    "narrow",
    _narrow,
    shares=True,
    doc="length entries of dimension dim, from start on.",
    samples=("narrow(x, 1, 0, 2)", "x.narrow(-1, -2, 1)", "x.narrow(0, 0, 2)"),
)


def _plane(dim1: int, dim2: int, ndim: int) -> tuple[int, int]:
    """The two dimensions whose diagonal is meant, from 0.  Raises Problem."""
    one, two = one_dim(dim1, ndim), one_dim(dim2, ndim)
    if one == two:
        raise Problem("dimension", f"diagonal dimensions cannot be identical {dim1}, {dim2}", hint="name two dimensions")
    return one, two


def within(offset: int, shape: tuple[int, ...]) -> int:
    """The offset of a diagonal, or one next to it that is empty too, where NumPy has no room for the number."""
    most = max(shape, default=0)
    return max(-most, min(most, offset))


def _diagonal(x: Array, /, offset: int = 0, dim1: Dim = 0, dim2: Dim = 1) -> Any:
    out = x.diagonal(within(offset, x.shape), *_plane(dim1, dim2, x.ndim))
    out.flags.writeable = x.flags.writeable  # NumPy lends it for reading only
    return out


def on_diagonal(x: Operand, /, shape: Any, offset: int, dim1: int, dim2: int) -> Any:
    """Zeros of `shape` with x, whose last dimension is the diagonal's, in its place."""
    out = zeros(shape, x)
    one, two = _plane(dim1, dim2, len(shape))
    along = np.arange(x.shape[-1])
    key: list[Any] = [slice(None)] * len(shape)
    key[one], key[two] = along + max(-offset, 0), along + max(offset, 0)
    place = min(one, two) if abs(one - two) == 1 else 0  # where NumPy wants the indexed dimension
    others = list(range(x.ndim - 1))
    out[tuple(key)] = x.transpose([*others[:place], x.ndim - 1, *others[place:]])
    return out


diagonal: Operation = linear(
    "diagonal",
    _diagonal,
    lambda g, x_shape, offset, dim1, dim2: diagonal_backward(g, x_shape, offset, dim1, dim2),
    shares=True,
    grad_fn="DiagonalBackward0",
    doc="The entries whose indices in two dimensions differ by offset, as a last dimension.",
    samples=(
        "diagonal(x)",
        "x.diagonal(1)",
        "x.diagonal(-1, 1, 0)",
        "x:2,3,2 x.diagonal(0, 2, 0)",
        "x:2,3,2 x.diagonal(1, 0, 1)",
    ),
)
diagonal_backward: Operation = linear(
    "diagonal_backward",
    on_diagonal,
    lambda g, shape, offset, dim1, dim2: diagonal(g, offset, dim1, dim2),
    function=False,
    method=False,
    grad_fn="DiagonalBackwardBackward0",
    doc="Zeros, with values on a diagonal.",
)


def _movedim(x: Operand, /, source: Dims, destination: Dims) -> Any:
    given: list[Any] = [each if isinstance(each, (tuple, list)) else (each or 0,) for each in (source, destination)]
    froms, places = [[one_dim(each, x.ndim) for each in dims] for dims in given]
    if len(froms) != len(places):
        raise Problem(
            "dimension",
            f"movedim: Invalid source or destination dims: source ({list(given[0])} dims) should contain the same number of "
            f"dims as destination ({list(given[1])} dims)",
        )
    for name, dims, words in (("source", froms, given[0]), ("destination", places, given[1])):
        if len(set(dims)) != len(dims):
            raise Problem("dimension", f"movedim: repeated dim in `{name}` ({list(words)})")
    moved = dict(zip(places, froms))
    rest = iter([dim for dim in range(x.ndim) if dim not in froms])
    if not x.ndim:
        return alias(x)
    return permute(x, tuple([moved[dim] if dim in moved else next(rest) for dim in range(x.ndim)]))


movedim = composite(
    "movedim",
    _movedim,
    aliases=("moveaxis",),
    shares=True,
    doc="Some dimensions at other places, the others in their order.",
    samples=("movedim(x, 0, 1)", "x:2,3,2 x.movedim((0, 1), (1, 2))", "x:2,3,2 x.moveaxis(-1, 0)"),
)
