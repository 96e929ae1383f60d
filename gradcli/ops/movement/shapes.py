"""Other shapes of the same values: views, flattening, dimensions of length 1."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Cotangent, Operand, tensor_of
from gradcli.ops.core.builders import SAME, composite, constant, linear
from gradcli.ops.core.dims import all_dims, one_dim
from gradcli.ops.core.parameter_types import Dim, Sizes
from gradcli.ops.core.table import family

family("shapes")

_same = lambda g: g  # noqa: E731  (the sweep itself sums a broadcast away, and casts)


clone = linear(
    "clone", lambda x, /: x.copy(), _same, operator="clone", grad_fn="CloneBackward0", doc="A copy.", samples=("clone(x)",)
)


def filled_in(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    """A shape with its -1 replaced by what `count` elements ask for.  Raises Problem where they do not fit."""
    known = prod([each for each in shape if each != -1])
    unknown = sum([each == -1 for each in shape])
    if unknown > 1:
        raise Problem("shape", "only one dimension can be inferred", hint=f"the shape {list(shape)} has {unknown} times -1")
    if any([each < -1 for each in shape]):
        wrong = next(place for place, each in enumerate(shape) if each < -1)
        raise Problem("shape", f"invalid shape dimension {shape[wrong]} at index {wrong} of shape {list(shape)}")
    if unknown and not known and not count:
        raise Problem(
            "shape",
            f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension "
            "size -1 can be any value and is ambiguous",
        )
    fits = known != 0 and count % known == 0 if unknown else known == count
    if not fits:
        raise Problem(
            "shape",
            f"shape '{list(shape)}' is invalid for input of size {count}",
            hint=f"{list(shape)} has room for {known} elements" if not unknown else f"{count} is no multiple of {known}",
        )
    return tuple([count // known if each == -1 else each for each in shape])


def _back_to_shape(g: Cotangent, x_shape: tuple[int, ...]) -> Any:
    return reshaped(g, x_shape)


def _view(x: Array, /, size: Sizes) -> Any:
    try:
        return x.reshape(filled_in(size, x.size), copy=False)
    except ValueError:
        raise Problem(
            "not-contiguous",
            "view size is not compatible with input tensor's size and stride (at least one dimension spans "
            "across two contiguous subspaces). Use .reshape(...) instead.",
        ) from None


view = linear(
    "view",
    _view,
    _back_to_shape,
    namespace="Tensor",
    function=True,
    shares=True,
    grad_fn="ViewBackward0",
    doc="The same memory in another shape.",
    samples=("view(x, 3, 2)", "x.view(-1)", "x.view(1, 2, 3)"),
)


def _unsafe_view(x: Array, /, shape: Sizes) -> Any:
    return x.reshape(filled_in(shape, x.size))


as_strides_allow = linear(
    "_reshape_alias",
    _view,
    _back_to_shape,
    function=False,
    method=False,
    shares=True,
    grad_fn="ReshapeAliasBackward0",
    doc="A view, of values that are not contiguous.",
)

# What PyTorch records where it knows that nobody else sees the memory; `reshaped` serves the rules.
unsafe_view = linear(
    "_unsafe_view",
    _unsafe_view,
    _back_to_shape,
    function=False,
    method=False,
    grad_fn="UnsafeViewBackward0",
    doc="reshape, of values just made.",
)


def reshaped(x: Operand, shape: tuple[int, ...]) -> Any:
    """`x` (a tensor or an array) in another shape, copied where that is needed."""
    if not isinstance(x, Tensor):
        return x.reshape(shape)
    return unsafe_view(x, shape) if x.shape != shape else x


def restored(reduced: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """A reduction's result (or its cotangent) with the dimensions that its operand of `shape` lost back, as ones."""
    if keepdim or not shape:
        return reduced
    dims = all_dims(dim, len(shape))
    return reshaped(reduced, tuple([1 if each in dims else length for each, length in enumerate(shape)]))


def _reshape(x: Tensor, /, shape: Sizes) -> Any:
    x = tensor_of(x)
    if x.ndarray.flags.c_contiguous:
        return view(x, shape)
    return (
        as_strides_allow(x, shape) if _can_view(x.ndarray, filled_in(shape, x.ndarray.size)) else unsafe_view(clone(x), shape)
    )


def _can_view(array: Operand, shape: tuple[int, ...]) -> bool:
    try:
        array.reshape(shape, copy=False)
    except ValueError:
        return False
    return True


reshape = composite(
    "reshape",
    _reshape,
    doc="The values in another shape: a view where memory allows it, else a copy.",
    samples=("reshape(x, [3, 2])", "x.reshape(-1)", "x.T.reshape(6)", "x.T.reshape(3, 2)"),
)


def _view_as(x: Operand, y: Operand, /) -> Any:
    return view(x, y.shape)


def _reshape_as(x: Tensor, y: Operand, /) -> Any:
    return _reshape(x, y.shape)


composite(
    "view_as",
    _view_as,
    function=False,
    namespace="Tensor",
    doc="The same memory in the shape of y.",
    samples=("x:6 x.view_as(y)",),
)
composite(
    "reshape_as",
    _reshape_as,
    function=False,
    namespace="Tensor",
    doc="The values in the shape of y.",
    samples=("x.T.reshape_as(y)",),
)


def _flatten(x: Operand, /, start_dim: Dim = 0, end_dim: Dim = -1) -> Any:
    x = tensor_of(x)
    start, end = one_dim(start_dim, x.ndim), one_dim(end_dim, x.ndim)
    if start > end:
        raise Problem("dimension", "flatten() has invalid args: start_dim cannot come after end_dim")
    if x.ndim == 0:
        return reshape(x, (1,))
    if start == end:
        return x
    return reshape(x, (*x.shape[:start], prod(x.shape[start : end + 1]), *x.shape[end + 1 :]))


flatten = composite(
    "flatten",
    _flatten,
    doc="The dimensions start_dim to end_dim made one.",
    samples=("flatten(x)", "x:2,3,2 flatten(x, 1)", "x.T.flatten()"),
)
composite(
    "ravel", lambda x, /: view(_contiguous(x), (-1,)), doc="All dimensions made one.", samples=("ravel(x)", "x.T.ravel()")
)


def _unflatten(x: Operand, /, dim: Dim, sizes: Sizes) -> Any:
    axis = one_dim(dim, x.ndim)
    if not x.ndim:
        raise Problem("shape", "unflatten got an unexpected error: a 0-d tensor has no dimension to be made several")
    try:
        lengths = filled_in(sizes, x.shape[axis])
    except Problem:
        raise Problem(
            "shape",
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {axis} "
            f"({x.shape[axis]}) in the input tensor",
        ) from None
    return view(x, (*x.shape[:axis], *lengths, *x.shape[axis + 1 :]))


composite(
    "unflatten",
    _unflatten,
    doc="One dimension made several.",
    samples=("x:6 unflatten(x, 0, (2, 3))", "x:2,4 x.unflatten(-1, (2, -1))"),
)


def _unsqueeze(x: Operand, /, dim: Dim) -> Any:
    return np.expand_dims(x, one_dim(dim, x.ndim + 1))


unsqueeze = linear(
    "unsqueeze",
    _unsqueeze,
    _back_to_shape,
    shares=True,
    in_place=True,
    grad_fn="UnsqueezeBackward0",
    doc="A dimension of length 1 put in at dim.",
    samples=("unsqueeze(x, 0)", "x.unsqueeze(-1)"),
)


def _squeeze(x: Operand, /) -> Any:
    return x.squeeze()


def _squeeze_dim(x: Operand, /, dim: Dim) -> Any:
    return _squeezed(x, (one_dim(dim, x.ndim),))


def _squeeze_dims(x: Operand, /, dim: Sizes) -> Any:
    return _squeezed(x, all_dims(dim, x.ndim) if dim else ())


def _squeezed(x: Operand, dims: tuple[int, ...]) -> Any:
    return x.squeeze(tuple([each for each in dims if x.ndim and x.shape[each] == 1]))


squeeze = linear(
    "squeeze",
    _squeeze,
    _back_to_shape,
    shares=True,
    in_place=True,
    grad_fn="SqueezeBackward0",
    doc="All dimensions of length 1 left out.",
    samples=("x:1,3,1 squeeze(x)",),
)
squeeze_dim = linear(
    "squeeze",
    _squeeze_dim,
    _back_to_shape,
    overload="dim",
    shares=True,
    in_place=True,
    grad_fn="SqueezeBackward1",
    doc="Dimension dim left out if its length is 1.",
    samples=("x:1,3 squeeze(x, 0)", "squeeze(x, 0)"),
)
squeeze_dims = linear(
    "squeeze",
    _squeeze_dims,
    _back_to_shape,
    overload="dims",
    shares=True,
    in_place=True,
    grad_fn="SqueezeBackward2",
    doc="Several dimensions left out if their length is 1.",
    samples=("x:1,3,1 squeeze(x, [0, 2])",),
)


squeezed = linear(
    "squeeze",
    lambda x, /, dim: x.squeeze(dim),
    lambda g, dim: unsqueeze(g, dim),
    overload="matmul",
    function=False,
    method=False,
    grad_fn="SqueezeBackward4",
    doc="What matmul ends a vector-matrix product with.",
)


def _contiguous(x: Tensor, /) -> Any:
    return x if x.ndarray.flags.c_contiguous else clone(x)


contiguous = composite(
    "contiguous",
    _contiguous,
    function=False,
    namespace="Tensor",
    doc="The values in row-major memory: itself, or a copy.",
    samples=("x.T.contiguous()",),
)
detach = constant(
    "detach", lambda x, /: x, complex=SAME, doc="The same values and memory, outside the graph.", samples=("detach(x)",)
)
