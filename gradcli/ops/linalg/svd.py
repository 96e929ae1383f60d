"""Singular values and vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.multi_output import OutputCotangents
from gradcli.graph.tensor import Outputs, array_dtype, from_array
from gradcli.ops.core.arrays import Array, Operand, Tangent
from gradcli.ops.core.builders import SAME, Operation, composite, several
from gradcli.ops.core.domains import SINGULAR
from gradcli.ops.core.dtypes import need_floats, not_implemented
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.selection import where
from gradcli.ops.linalg.matrix_products import adjoint, need_two_dimensions
from gradcli.ops.movement.joining import cat
from gradcli.ops.movement.shapes import unsqueeze
from gradcli.ops.reduction.reductions import sum_dim

family("linear algebra")


def need_matrix(x: Array, name: str, kernel: str) -> None:
    """Refuse what is no matrix of floating-point numbers.  Raises Problem."""
    need_two_dimensions(x, name)
    need_floats(name, x.dtype)
    if is_half(x.dtype):
        raise not_implemented(kernel, x.dtype)


def _decomposed(x: Array, full: bool) -> tuple[Any, Any, Any]:
    """U, S and V transposed.  Raises Problem for what is no matrix."""
    need_matrix(x, "linalg.svd", "linalg_svd_cpu")
    if not np.isfinite(x).all():  # LAPACK may not come back from it
        raise Problem(
            "singular",
            "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values.",
            type="LinAlgError",
            hint="look where the NaN or the infinity in it comes from",
        )
    return np.linalg.svd(x, full_matrices=full)


def _svd(x: Array, /, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    _refuse_driver(driver)
    return _decomposed(x, full_matrices)


def _refuse_driver(driver: str | None) -> None:
    if driver is not None:
        words = "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        raise Problem("argument", words, hint="leave driver away: there is one way to compute it here")


def _gaps(s: Any) -> tuple[Any, Any]:
    """s[j]**2 - s[i]**2, with ones on the diagonal, and the diagonal."""
    diagonal = np.eye(s.shape[-1], dtype=bool)
    squares = s * s
    return where(diagonal, 1.0, unsqueeze(squares, -2) - unsqueeze(squares, -1)), diagonal


def _svd_vjp(g: OutputCotangents, x: Operand, U: Operand, S: Operand, Vh: Operand, full_matrices: Any) -> Any:
    if g.traced:
        U, S, Vh = svd(x, False)
    count = S.shape[-1]
    U, Vh = U[..., :count], Vh[..., :count, :]
    gs, gu, gvh = g.given.get(1), g.given.get(0), g.given.get(2)
    if gu is None and gvh is None:
        return (U * unsqueeze(gs, -2)) @ Vh
    return _from_vectors(U, S, Vh, None if gu is None else gu[..., :count], gs, None if gvh is None else gvh[..., :count, :])


def _from_vectors(u: Any, s: Any, vh: Any, gu: Any, gs: Any, gvh: Any) -> Any:
    """The cotangent of the matrix; not finite where two singular values are equal, for then the vectors are not unique."""
    gaps, diagonal = _gaps(s)
    row, column = unsqueeze(s, -2), unsqueeze(s, -1)
    parts = [] if gs is None else [(u * unsqueeze(gs, -2)) @ vh]
    if gu is not None:
        left = adjoint(u) @ gu
        turn = left - adjoint(left)
        parts.append(u @ where(diagonal, _of_phases(turn, row), turn / gaps * row) @ vh)
        if u.shape[-2] > u.shape[-1]:
            parts.append((gu - u @ left) / row @ vh)
    if gvh is not None:
        right = vh @ adjoint(gvh)
        turn = right - adjoint(right)
        parts.append(u @ where(diagonal, -_of_phases(turn, row), column * (turn / gaps)) @ vh)
        if vh.shape[-1] > vh.shape[-2]:
            parts.append(u @ ((gvh - adjoint(right) @ vh) / column))
    total = parts[0]
    for each in parts[1:]:
        total = total + each
    return total


def _of_phases(turn: Any, s: Any) -> Any:
    """A pair of complex vectors is unique up to a phase, of which each is thought to take half."""
    return turn / (4 * s) if array_dtype(turn).kind == "c" else 0.0


def _svd_jvp(t: Tangent, x: Operand, U: Operand, S: Operand, Vh: Operand, full_matrices: Any) -> Any:
    count = S.shape[-1]
    u, vh = U[..., :count], Vh[..., :count, :]
    gaps, diagonal = _gaps(S)
    row, column = unsqueeze(S, -2), unsqueeze(S, -1)
    inner = adjoint(u) @ t @ adjoint(vh)
    phase = (inner - adjoint(inner)) / (2 * row)  # 0 of real numbers; all of it goes to U
    turn_u = where(diagonal, phase, (inner * row + column * adjoint(inner)) / gaps)
    turn_v = where(diagonal, 0.0, (column * inner + adjoint(inner) * row) / gaps)
    du = u @ turn_u + (t @ adjoint(vh) - u @ inner) / row
    dvh = adjoint(turn_v) @ vh + (adjoint(u) @ t - inner @ vh) / column
    ds = sum_dim(where(diagonal, inner, 0.0), -1, False)
    # The vectors that full_matrices adds are any that complete a basis; as in PyTorch, they stay.
    return cat([du, U[..., count:] * 0], -1), ds, cat([dvh, Vh[..., count:, :] * 0], -2)


svd: Operation = several(
    "linalg.svd",
    _svd,
    _svd_vjp,
    _svd_jvp,
    method=False,
    namespace="torch.linalg",
    outputs=("U", "S", "Vh"),
    complex=SAME,
    grad_fn="LinalgSvdBackward0",
    domain=SINGULAR,
    doc="U, the singular values, the largest first, and V transposed: x = U @ diag(S) @ Vh.",
    samples=(
        "x:2,2 linalg.svd(x)[1]",
        "linalg.svd(x, full_matrices=False).S",
        "x:3,2 linalg.svd(x, full_matrices=False).U.abs()",
        "linalg.svd(x, full_matrices=False)[2].abs()",
        "x:3,3 linalg.svd(x)[0].abs()",
    ),
)


def singular_values(x: Operand, /) -> Any:
    """The singular values of a tensor's matrices, in descending order."""
    return svd(x, False)[1]


def singular_vectors(x: Operand) -> Any:
    """U, S and V transposed of a tensor's matrices, all differentiable (where no two singular values are equal)."""
    return svd(x, False)


def _svdvals(x: Operand, /, *, driver: str | None = None) -> Any:
    _refuse_driver(driver)
    return singular_values(x)


composite(
    "linalg.svdvals",
    _svdvals,
    namespace="torch.linalg",
    method=False,
    doc="The singular values of a matrix, the largest first.",
    samples=("linalg.svdvals(x)", "x:2,3,2 linalg.svdvals(x)", "x:3,3 linalg.svdvals(x)"),
)


def _svd_of_old(x: Operand, /, some: bool = True, compute_uv: bool = True) -> Any:
    if x.ndim < 2:
        raise Problem(
            "shape-mismatch", f"linalg.svd: input should have at least 2 dimensions, but has {x.ndim} dimensions instead"
        )
    if not compute_uv:
        m, n = x.shape[-2:]
        values: Any = singular_values(x)
        zeros = [np.zeros((*x.shape[:-2], size, size), values.ndarray.dtype) for size in (m, n)]
        return Outputs((from_array(zeros[0]), values, from_array(zeros[1])), ("U", "S", "V"), "svd")
    U, S, Vh = svd(x, not some)
    return Outputs((U, S, adjoint(Vh)), ("U", "S", "V"), "svd")


composite(
    "svd",
    _svd_of_old,
    doc="U, the singular values, and V (linalg.svd gives V transposed).",
    samples=("x:2,2 svd(x)[1]", "x.svd()[2].abs()"),
)
