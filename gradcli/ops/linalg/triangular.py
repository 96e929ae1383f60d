"""Triangular systems, and systems whose matrix is given by Cholesky's factor."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.tensor import Outputs, Tensor
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent, zeros
from gradcli.ops.core.builders import HOLOMORPHIC, SAME, Operation, composite, general
from gradcli.ops.core.dtypes import not_implemented, promote, scalar_name, unpromoted
from gradcli.ops.core.renaming import renamed
from gradcli.ops.core.table import family
from gradcli.ops.linalg.inverses import need_square
from gradcli.ops.linalg.matrix_products import adjoint, swapped
from gradcli.ops.movement.fusing import fused
from gradcli.ops.movement.rearranging import tril, triu
from gradcli.ops.movement.shapes import clone

family("linear algebra")


def _solve_triangular(A: Array, B: Operand, /, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """Row by row; a zero on the diagonal gives infinities, as in LAPACK."""
    _check(A, B, left)
    if not left:
        return swapped(_solve_triangular(swapped(A), swapped(B), not upper, True, unitriangular))
    count = A.shape[-1]
    batch = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    out = zeros((*batch, *B.shape[-2:]), B)
    for row in reversed(range(count)) if upper else range(count):
        known = slice(row + 1, None) if upper else slice(None, row)
        rest = B[..., row, :] - (A[..., row, None, known] @ out[..., known, :])[..., 0, :]
        out[..., row, :] = rest if unitriangular else rest / A[..., row, row, None]
    return out


def _check(A: Array, B: Operand, left: bool) -> None:
    need_square(A, "linalg.solve_triangular")
    if B.ndim < 2:
        raise Problem(
            "shape-mismatch",
            "linalg.solve_triangular: The input tensor B must have at least 2 dimensions.",
            hint=f"its shape is {list(B.shape)}",
        )
    if A.shape[-1] != B.shape[-2 if left else -1]:
        raise Problem(
            "shape-mismatch",
            f"linalg.solve_triangular: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
            f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})",
        )


def _triangle(x: Operand, upper: bool, unitriangular: bool) -> Any:
    """The part of a matrix that counts."""
    return triu(x, int(unitriangular)) if upper else tril(x, -int(unitriangular))


def _to_matrix(g: Cotangent, A: Operand, out: Operand, upper: Any, left: Any, unitriangular: Any) -> Any:
    back = solve_triangular(swapped(A), g, not upper, left, unitriangular)
    product = back @ swapped(out) if left else swapped(out) @ back
    return -_triangle(product, upper, unitriangular)


def _from_matrix(t: Tangent, A: Operand, out: Operand, upper: Any, left: Any, unitriangular: Any) -> Any:
    part = _triangle(t, upper, unitriangular)
    return -solve_triangular(A, part @ out if left else out @ part, upper, left, unitriangular)


solve_triangular: Operation = general(
    "linalg.solve_triangular",
    _solve_triangular,
    (_to_matrix, lambda g, A, upper, left, unitriangular: solve_triangular(swapped(A), g, not upper, left, unitriangular)),
    (_from_matrix, lambda t, A, upper, left, unitriangular: solve_triangular(A, t, upper, left, unitriangular)),
    method=False,
    namespace="torch.linalg",
    casting=promote,
    complex=HOLOMORPHIC,
    grad_fn="LinalgSolveTriangularBackward0",
    doc="The X of A @ X = B (or X @ A = B), for a triangular A.",
    samples=(
        "x:3,3 y:3,2 linalg.solve_triangular(x + 3 * eye(3), y, upper=True)",
        "x:2,2 y:3,2 linalg.solve_triangular(x + 3 * eye(2), y, upper=False, left=False)",
        "x:2,2 y:2,2 linalg.solve_triangular(x, y, upper=False, unitriangular=True)",
        "x:2,2,2 y:2,2 linalg.solve_triangular(x + 3 * eye(2), y, upper=True)",
    ),
)

# --- with Cholesky's factor -----------------------------------------------------------------------------------------


def _cholesky_solve(B: Array, L: Array, /, upper: bool = False) -> Any:
    for name, each in (("b", B), ("u", L)):
        if each.ndim < 2:
            raise Problem("shape-mismatch", f"{name} should have at least 2 dimensions, but has {each.ndim} dimensions instead")
    if B.dtype != L.dtype:
        raise Problem(
            "dtype",
            f"Expected b and A to have the same dtype, but found b of type {scalar_name(B.dtype)} and A of type "
            f"{scalar_name(L.dtype)} instead.",
        )
    if L.shape[-1] != L.shape[-2]:
        raise Problem(
            "shape-mismatch", f"A must be batches of square matrices, but they are {L.shape[-2]} by {L.shape[-1]} matrices"
        )
    if B.shape[-2] != L.shape[-1]:
        raise Problem(
            "shape-mismatch",
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {L.shape[-1]} by {L.shape[-1]} but each b matrix "
            f"is {B.shape[-2]} by {B.shape[-1]}",
        )
    first, second = (adjoint(L), L) if upper else (L, adjoint(L))
    return _solve_triangular(second, _solve_triangular(first, B, False), True)


def _to_factor(g: Cotangent, B: Operand, L: Operand, out: Operand, upper: Any) -> Any:
    product = cholesky_solve(g, L, upper) @ adjoint(out)
    both = product + adjoint(product)
    return -(L @ both) if upper else -(both @ L)


def _from_factor(t: Tangent, B: Operand, L: Operand, out: Operand, upper: Any) -> Any:
    moved = adjoint(t) @ L if upper else t @ adjoint(L)
    return -cholesky_solve((moved + adjoint(moved)) @ out, L, upper)


cholesky_solve: Operation = general(
    "cholesky_solve",
    _cholesky_solve,
    (lambda g, L, upper: cholesky_solve(g, L, upper), _to_factor),
    (lambda t, L, upper: cholesky_solve(t, L, upper), _from_factor),
    casting=unpromoted,
    complex=SAME,
    grad_fn="CholeskySolveBackward0",
    doc="The X of L @ L.mT @ X = B, for Cholesky's factor L.",
    samples=(
        "x:3,2 y:3,3 cholesky_solve(x, tril(y) + 3 * eye(3))",
        "x:2,1 y:2,2 cholesky_solve(x, triu(y) + 3 * eye(2), upper=True)",
    ),
)


def _cholesky_inverse(L: Array, /, upper: bool = False) -> Any:
    need_square(L, "cholesky_inverse")
    return _cholesky_solve(np.broadcast_to(np.eye(L.shape[-1], dtype=L.dtype), L.shape), L, upper)


def _from_inverse(g: Cotangent, L: Operand, out: Operand, upper: Any) -> Any:
    both = out @ (g + adjoint(g)) @ out
    return -(L @ both) if upper else -(both @ L)


def _inverse_moved(t: Tangent, L: Operand, out: Operand, upper: Any) -> Any:
    moved = adjoint(t) @ L if upper else t @ adjoint(L)
    return -(out @ (moved + adjoint(moved)) @ out)


general(
    "cholesky_inverse",
    _cholesky_inverse,
    _from_inverse,
    _inverse_moved,
    complex=SAME,
    grad_fn="CholeskyInverseBackward0",
    doc="The inverse of L @ L.mT, for Cholesky's factor L.",
    samples=(
        "x:3,3 cholesky_inverse(tril(x, -1) + 3 * eye(3))",
        "x:3,3 cholesky_inverse(tril(x) + 3 * eye(3))",
        "x:2,2 cholesky_inverse(triu(x) + 3 * eye(2), upper=True)",
    ),
)


def _solution(b: Any, A: Any, /, upper: bool, transpose: bool, unitriangular: bool) -> Any:
    given, upwards = (swapped(A), not upper) if transpose else (A, upper)
    return solve_triangular(given, b, upwards, True, unitriangular)


_solved = fused("triangular_solve", _solution, grad_fn="TriangularSolveBackward0", doc="The X of A X = b.")


def _of_old(b: Tensor, A: Operand, /, upper: bool = True, transpose: bool = False, unitriangular: bool = False) -> Any:
    for name, each in (("b", b), ("A", A)):
        if each.ndim < 2:
            words = f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it has {each.ndim} dimensions"
            raise Problem("dimension", f"{words} instead")
    if A.shape[-1] != A.shape[-2]:
        words = f"A must be batches of square matrices, but they are {A.shape[-2]} by {A.shape[-1]} matrices"
        raise Problem("shape-mismatch", words)
    if b.ndarray.dtype.kind not in "fc" or is_half(b.ndarray.dtype):
        raise not_implemented("triangular_solve_cpu", b.ndarray.dtype)
    parts = (_solved(b, A, upper, transpose, unitriangular), renamed(clone(A), "TriangularSolveBackward0"))
    return Outputs(parts, ("solution", "cloned_coefficient"), "triangular_solve")


composite(
    "triangular_solve",
    _of_old,
    doc="The X of A @ X = b for a triangular A, and a copy of A (now linalg.solve_triangular).",
    samples=("x:2,1 y:2,2 triangular_solve(x, y)[0]",),
)
