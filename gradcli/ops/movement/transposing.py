"""Dimensions in another order: permuted, exchanged, reversed."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Cotangent, Operand, tensor_of
from gradcli.ops.core.builders import Operation, composite, linear
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.parameter_types import Dim, Sizes
from gradcli.ops.core.table import family

family("shapes")


def _permute(x: Operand, /, dims: Sizes) -> Any:
    return x.transpose(_permutation(dims, x.ndim))


def _permutation(dims: Any, ndim: int) -> tuple[int, ...]:
    if len(dims) != ndim:
        raise Problem(
            "dimension",
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
            f"desired ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = "
            f"{len(dims)}",
        )
    order = tuple([one_dim(each, ndim) for each in dims])
    if len(set(order)) != ndim:
        raise Problem("dimension", "permute(): duplicate dims are not allowed.", hint=f"name each of 0 to {ndim - 1} once")
    return order


def _unpermute(g: Cotangent, dims: Any) -> Any:
    order = _permutation(dims, len(dims))
    return permute(g, tuple([order.index(each) for each in range(len(order))]))


permute = linear(
    "permute",
    _permute,
    _unpermute,
    shares=True,
    grad_fn="PermuteBackward0",
    doc="The dimensions in another order.",
    samples=("permute(x, [1, 0])", "x:2,3,2 x.permute(2, 0, 1)"),
)


def _transpose(x: Operand, /, dim0: Dim, dim1: Dim) -> Any:
    first, second = one_dim(dim0, x.ndim), one_dim(dim1, x.ndim)
    return x.swapaxes(first, second) if x.ndim else x[...]


transpose: Operation = linear(
    "transpose",
    _transpose,
    lambda g, dim0, dim1: transpose(g, dim0, dim1),
    aliases=("swapdims",),
    shares=True,
    in_place=True,
    grad_fn="TransposeBackward0",
    doc="Two dimensions exchanged.",
    samples=("transpose(x, 0, 1)", "x:2,3,2 x.transpose(0, -1)"),
)


def _swapaxes(x: Operand, /, axis0: Dim, axis1: Dim) -> Any:
    return transpose(x, axis0, axis1)


composite("swapaxes", _swapaxes, shares=True, in_place=True, doc="Two dimensions exchanged.", samples=("swapaxes(x, 0, 1)",))


def _t(x: Operand, /) -> Any:
    if x.ndim > 2:
        raise Problem(
            "dimension", f"t() expects a tensor with <= 2 dimensions, but self is {x.ndim}D", hint="use transpose or permute"
        )
    return x.T


t: Operation = linear(
    "t",
    _t,
    lambda g: t(g),
    shares=True,
    in_place=True,
    grad_fn="TBackward0",
    doc="A matrix transposed.",
    samples=("t(x)", "x:3 x.t()"),
)


def _all_reversed(x: Operand, /) -> Any:
    x = tensor_of(x)
    return permute(x, tuple(range(x.ndim))[::-1])


def _matrices_transposed(x: Operand, /) -> Any:
    if x.ndim == 1:
        raise Problem(
            "dimension",
            f"tensor.mT is only supported on matrices or batches of matrices. Got {x.ndim}-D tensor.",
            hint="a vector has no transpose; use unsqueeze to make it a matrix",
        )
    return transpose(x, -2, -1) if x.ndim else x


composite(
    "T",
    _all_reversed,
    attribute=True,
    function=False,
    method=False,
    namespace="Tensor",
    doc="All dimensions in reverse order.",
    samples=("x.T",),
)
composite(
    "mT",
    _matrices_transposed,
    attribute=True,
    function=False,
    method=False,
    namespace="Tensor",
    doc="The last two dimensions exchanged.",
    samples=("x.mT",),
)
