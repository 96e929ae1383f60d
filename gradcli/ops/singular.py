"""Singular values, and the singular vectors that their higher derivatives pass through."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.builders import composite, general
from gradcli.ops.dtypes import not_implemented, scalar_name
from gradcli.ops.joining import cat
from gradcli.ops.reductions import sum_dim
from gradcli.ops.selection import where
from gradcli.ops.shapes import reshaped, transpose, unsqueeze
from gradcli.ops.table import family

family("linear algebra")


def _decomposed(x: Any) -> tuple[Any, Any, Any]:
    """U, S and V transposed.  Raises Problem for what is no matrix."""
    if x.ndim < 2:
        raise Problem(
            "shape-mismatch",
            "linalg.svd: The input tensor A must have at least 2 dimensions.",
            hint=f"its shape is {list(x.shape)}",
        )
    if x.dtype.kind != "f":
        raise Problem(
            "dtype",
            f"linalg.svd: Expected a floating point or complex tensor as input. Got {scalar_name(x.dtype)}",
            hint="make it floating-point first: x * 1.0",
        )
    if x.dtype.itemsize < 4:
        raise not_implemented("linalg_svd_cpu", x.dtype)
    if not np.isfinite(x).all():  # LAPACK may not come back from it
        raise Problem(
            "singular",
            "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values.",
            type="LinAlgError",
            hint="look where the NaN or the infinity in it comes from",
        )
    return np.linalg.svd(x, full_matrices=False)


def swapped(x: Any) -> Any:
    return transpose(x, -2, -1)


def _values_first(x: Any, /) -> Any:
    u, s, vh = _decomposed(x)
    return s, u, vh


def _values_vjp(g: Any, x: Any, U: Any, Vh: Any) -> Any:
    if type(g) is Tensor:  # to be differentiated again: through the vectors, too
        U, _, Vh = singular_vectors(x)
    return (U * unsqueeze(g, -2)) @ Vh


_svd = general(
    "linalg.svd",
    _values_first,
    _values_vjp,
    lambda t, U, Vh: sum_dim(U * (t @ swapped(Vh)), -2, False),
    function=False,
    method=False,
    outputs=("S", "U", "Vh"),
    grad_fn="LinalgSvdBackward0",
    doc="The singular values of a matrix, with their vectors.",
)


def singular_values(x: Any, /) -> Any:
    """The singular values of a tensor's matrices, in descending order."""
    return _svd(x)[0]


composite(
    "linalg.svdvals",
    singular_values,
    namespace="torch.linalg",
    method=False,
    doc="The singular values of a matrix, the largest first.",
    samples=("linalg.svdvals(x)", "x:2,3,2 linalg.svdvals(x)", "x:3,3 linalg.svdvals(x)"),
)

# --- the vectors, as one array: U, S and V transposed, each flattened, side by side ---------------------------------


def _pack(x: Any, /) -> Any:
    u, s, vh = _decomposed(x)
    *batch, m, n = x.shape
    return np.concatenate([u.reshape(*batch, m * s.shape[-1]), s, vh.reshape(*batch, s.shape[-1] * n)], -1)


def _parts(packed: Any, shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """U, S and V transposed out of a packed array (or tensor) of a matrix of `shape`."""
    *batch, m, n = shape
    k = min(m, n)
    u, s, vh = packed[..., : m * k], packed[..., m * k : m * k + k], packed[..., m * k + k :]
    return reshaped(u, (*batch, m, k)), s, reshaped(vh, (*batch, k, n))


def _gaps(s: Any) -> tuple[Any, Any]:
    """s[j]**2 - s[i]**2, with ones on the diagonal, and the diagonal."""
    diagonal = np.eye(s.shape[-1], dtype=bool)
    squares = s * s
    return where(diagonal, 1.0, unsqueeze(squares, -2) - unsqueeze(squares, -1)), diagonal


def _packed_vjp(g: Any, out: Any, x_shape: Any) -> Any:
    u, s, vh = _parts(out, x_shape)
    gu, gs, gvh = _parts(g, x_shape)
    gaps, diagonal = _gaps(s)
    row, column = unsqueeze(s, -2), unsqueeze(s, -1)
    left, right = swapped(u) @ gu, vh @ swapped(gvh)
    inner = (
        (left - swapped(left)) / gaps * row + column * (right - swapped(right)) / gaps + where(diagonal, unsqueeze(gs, -1), 0.0)
    )
    total = u @ inner @ vh
    if x_shape[-2] > s.shape[-1]:
        total = total + (gu / row - u @ (left / row)) @ vh
    if x_shape[-1] > s.shape[-1]:
        total = total + u @ (gvh / column - (swapped(right) / column) @ vh)
    return total


def _packed_jvp(t: Any, out: Any, x_shape: Any) -> Any:
    u, s, vh = _parts(out, x_shape)
    gaps, diagonal = _gaps(s)
    row, column = unsqueeze(s, -2), unsqueeze(s, -1)
    inner = swapped(u) @ t @ swapped(vh)
    turn_u = where(diagonal, 0.0, (inner * row + column * swapped(inner)) / gaps)
    turn_v = where(diagonal, 0.0, (column * inner + swapped(inner) * row) / gaps)
    du = u @ turn_u + (t @ swapped(vh) - u @ inner) / row
    dvh = swapped(turn_v) @ vh + (swapped(u) @ t - inner @ vh) / column
    ds = sum_dim(where(diagonal, inner, 0.0), -1, False)
    *batch, _, _ = x_shape
    return cat([reshaped(du, (*batch, -1)), ds, reshaped(dvh, (*batch, -1))], -1)


def singular_vectors(x: Any) -> tuple[Any, Any, Any]:
    """U, S and V transposed of a tensor's matrices, all differentiable (where no two singular values are equal)."""
    return _parts(_packed(x), x.shape)


_packed = general(
    "svd_packed",
    _pack,
    _packed_vjp,
    _packed_jvp,
    function=False,
    method=False,
    grad_fn="LinalgSvdBackward0",
    doc="Singular values and vectors in one array.",
)
