"""Householder reflections: those of a matrix (geqrf), their product's first columns, and their product with a matrix (ormqr).

H_i = I - tau_i * v_i @ v_i.mT, where v_i is 0 above row i, 1 in it, and column i of the input below, as in LAPACK.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import SAME, composite, several
from gradcli.ops.core.dtypes import not_implemented, scalar_name
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import add, conj, mul
from gradcli.ops.linalg.matrix_products import adjoint, matmul
from gradcli.ops.movement.fusing import fused

family("linear algebra")


def _vectors(x: Any) -> Any:
    """[..., rows, columns]: the v_i."""
    rows, columns = x.shape[-2:]
    dtype = x.ndarray.dtype
    below = mul(x, from_array(np.tri(rows, columns, -1, dtype=dtype)))
    return add(below, from_array(np.eye(rows, columns, dtype=dtype)))


def _reflect(vectors: Any, tau: Any, places: Iterable[int], out: Any) -> Any:
    """The reflections of these numbers applied to a matrix, one after the other."""
    for place in places:
        vector = vectors[..., place : place + 1]
        reflected = matmul(vector, matmul(adjoint(vector), out))
        out = out - mul(tau[..., place : place + 1][..., None], reflected)
    return out


def _reflected(x: Tensor, tau: Any, /) -> Any:
    eye = np.eye(*x.shape[-2:], dtype=x.ndarray.dtype)
    # The last reflection first: what it moves is short.
    return _reflect(_vectors(x), tau, reversed(range(tau.shape[-1])), from_array(np.broadcast_to(eye, x.shape).copy()))


_row = fused(
    "householder_product",
    _reflected,
    absent=("x", "tau"),
    grad_fn="LinalgHouseholderProductBackward0",
    doc="The first columns of the product of Householder reflections.",
)


def _householder_product(x: Tensor, tau: Any, /) -> Any:
    _check(x, tau)
    if x.ndarray.dtype.kind not in "fc" or x.ndarray.dtype.name == "float16":
        raise not_implemented("orgqr_cpu", x.ndarray.dtype)
    return _row(x, tau)


def _check(x: Operand, tau: Any) -> None:
    """Refuse what does not fit together.  Raises Problem."""
    name = "torch.linalg.householder_product"
    if x.ndim < 2:
        raise Problem("dimension", f"{name}: input must have at least 2 dimensions.")
    if x.shape[-2] < x.shape[-1]:
        raise Problem("shape-mismatch", f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if x.shape[-1] < (tau.shape[-1] if tau.ndim else 1):
        raise Problem("shape-mismatch", f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if x.ndim - tau.ndim != 1:
        words = "Expected tau to have one dimension less than input, but got tau.ndim equal to"
        raise Problem("dimension", f"{name}: {words} {tau.ndim} and input.ndim is equal to {x.ndim}")


composite(
    "linalg.householder_product",
    _householder_product,
    aliases=("orgqr",),
    namespace="torch.linalg",
    method=False,
    doc="The first columns of the product of Householder reflections.",
    samples=(
        "z:2,1 w:1 linalg.householder_product(z, w)",
        "x:2,2,2 y:2,1 linalg.householder_product(x, y)",
        "x:3,1 y:1 linalg.householder_product(x, y)",
    ),
)

# --- products with a matrix -----------------------------------------------------------------------------------------


def _multiplied(x: Operand, tau: Any, other: Any, /, left: bool, transpose: bool) -> Any:
    if not left:
        return adjoint(_multiplied(x, tau, adjoint(other), True, not transpose))
    places = range(tau.shape[-1])
    if transpose:  # the adjoint of the product: its factors the other way round
        return _reflect(_vectors(x), conj(tau), places, other)
    return _reflect(_vectors(x), tau, reversed(places), other)


_product = fused(
    "ormqr",
    _multiplied,
    absent=("x", "tau"),
    grad_fn="OrmqrBackward0",
    doc="The product of Householder reflections times a matrix.",
)


def _ormqr(x: Tensor, tau: Any, other: Any, /, left: bool = True, transpose: bool = False) -> Any:
    _check_product(x, tau, other, left)
    return _product(x, tau, other, left, transpose)


def _check_product(x: Tensor, tau: Any, other: Any, left: bool) -> None:
    """Refuse what does not fit together.  Raises Problem."""
    for name, each in (("input", x), ("other", other)):
        if each.ndim < 2:
            raise Problem("dimension", f"torch.ormqr: {name} must have at least 2 dimensions.")
    side = -2 if left else -1
    if other.shape[side] != x.shape[-2]:
        raise Problem("shape-mismatch", f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]")
    if tau.shape[-1:] != (min(other.shape[side], x.shape[-1]),):
        words = f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])"
        raise Problem("shape-mismatch", words, hint="tau has a number for each column of the input")
    if other.ndim != x.ndim or tau.ndim != x.ndim - 1:
        words = "torch.ormqr: Expected other to have the same number of dimensions as input, but got other.ndim equal to"
        raise Problem("dimension", f"{words} {other.ndim} and input.ndim is equal to {x.ndim}", hint="tau has one fewer")
    for name, each in (("tau", tau), ("other", other)):
        if each.ndarray.dtype != x.ndarray.dtype:
            words = f"torch.ormqr: Expected input and {name} to have the same dtype, but input has dtype"
            raise Problem(
                "dtype", f"{words} {scalar_name(x.ndarray.dtype)} and {name} has dtype {scalar_name(each.ndarray.dtype)}"
            )
    if x.ndarray.dtype.kind not in "fc" or is_half(x.ndarray.dtype):
        raise not_implemented("ormqr_cpu", x.ndarray.dtype)


composite(
    "ormqr",
    _ormqr,
    doc="The product of Householder reflections times a matrix, or (left=False) a matrix times it.",
    samples=(
        "x:2,2 y:2 z:2,1 ormqr(x, y, z)",
        "x:3,1 y:1 z:2,3 ormqr(x, y, z, left=False)",
        "x:2,2,2 y:2,2 z:2,2,1 ormqr(x, y, z, True, True)",
    ),
)

# --- those of a matrix ----------------------------------------------------------------------------------------------


def _geqrf(x: Array, /) -> Any:
    if x.ndim < 2:
        raise Problem("dimension", "torch.geqrf: input must have at least 2 dimensions.", hint="it takes matrices")
    if x.dtype.kind not in "fc" or is_half(x.dtype):
        raise not_implemented("geqrf_cpu", x.dtype)
    transposed, tau = np.linalg.qr(x, "raw")
    return np.ascontiguousarray(transposed.swapaxes(-1, -2)), tau


def _no_derivative(g: Any) -> Any:
    clause = "the derivative for 'geqrf' is not implemented."
    raise Problem("not-differentiable", clause, type="NotImplementedError", hint="linalg.qr has one")


_factored = several(
    "geqrf",
    _geqrf,
    _no_derivative,
    _no_derivative,
    outputs=("a", "tau"),
    overload="one node",
    function=False,
    method=False,
    complex=SAME,
    grad_fn="GeqrfBackward0",
    doc="R with the Householder vectors below it, and the numbers of the reflections.",
)


def _geqrf_as_called(x: Operand, /) -> Any:
    return _factored(x)


composite(
    "geqrf",
    _geqrf_as_called,
    doc="R with the Householder vectors below it, and the numbers of the reflections whose product is Q.",
    samples=("geqrf(x.detach())[0]", "geqrf(x.detach()).tau"),
)
