"""Square matrices: trace, determinant, inverse, and linear systems (linalg.solve)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent
from gradcli.ops.core.builders import HOLOMORPHIC, Operation, general, linear
from gradcli.ops.core.dtypes import low_precision, need_floats, not_implemented, scalar_name
from gradcli.ops.core.table import family
from gradcli.ops.linalg.matrix_products import need_two_dimensions, swapped
from gradcli.ops.linalg.svd import singular_vectors
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.shapes import reshaped, unsqueeze
from gradcli.ops.reduction.reductions import product_of_others, sum_dim

family("linear algebra")


def _trace(x: Array, /) -> Any:
    if x.ndim != 2:
        raise Problem(
            "shape-mismatch",
            f"trace: expected a matrix, but got tensor with dim {x.ndim}",
            hint=f"its shape is {list(x.shape)}",
        )
    if x.dtype.kind == "b":
        raise not_implemented("trace", x.dtype)
    return np.trace(x, dtype=np.int64 if x.dtype.kind in "iu" else None)


def _untrace(g: Cotangent, x_shape: tuple[int, int]) -> Any:
    eye = np.eye(*x_shape)
    return g * (from_array(eye) if isinstance(g, Tensor) else eye)


trace = linear(
    "trace",
    _trace,
    _untrace,
    grad_fn="TraceBackward0",
    doc="The sum of a matrix's diagonal.",
    samples=("x:3,3 trace(x)", "x:2,3 trace(x)"),
)


def need_square(x: Array, name: str) -> None:
    """Refuse what is no square matrix of float32 or float64, or batch of them.  Raises Problem."""
    need_two_dimensions(x, name)
    if x.shape[-1] != x.shape[-2]:
        raise Problem(
            "shape-mismatch",
            f"{name}: A must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} matrices",
        )
    need_floats(name, x.dtype)
    if is_half(x.dtype):
        without_check = name in ("linalg.det", "linalg.solve")  # PyTorch's kernel is the first that minds there
        raise not_implemented("lu_cpu", x.dtype) if without_check else low_precision(name, x.dtype)


def _det(A: Array, /) -> Any:
    need_square(A, "linalg.det")
    return np.where(np.isnan(A).any((-2, -1)), A.dtype.type(math.nan), np.linalg.det(A))  # LAPACK may take a NaN for a 0


def _adjugate_transposed(x: Operand, out: Operand) -> Any:
    """det * inverse.T; from the singular values where there is no inverse: their products divide by nothing."""
    finite = np.isfinite(x).all((-2, -1), keepdims=True)  # what is not has no singular values
    try:
        cofactors = out[..., None, None] * np.linalg.inv(x).swapaxes(-1, -2)
        if np.all(np.isfinite(cofactors) | ~finite) and np.all(out != 0):
            return cofactors
    except np.linalg.LinAlgError:
        pass
    u, s, v = np.linalg.svd(np.where(finite, x, 0))
    rest = np.stack([np.delete(s, each, -1).prod(-1) for each in range(s.shape[-1])], -1)
    return np.where(finite, (np.linalg.det(u) * np.linalg.det(v))[..., None, None] * (u * rest[..., None, :]) @ v, np.nan)


def _det_vjp(g: Cotangent, A: Operand, out: Tensor) -> Any:
    if A.shape[-1] < 2:
        return reshaped(g, A.shape) if A.shape[-1] else expand(unsqueeze(unsqueeze(g, -1), -1), A.shape)
    if not isinstance(g, Tensor):
        return g[..., None, None] * _adjugate_transposed(A, np.asarray(out))
    if np.all(out.ndarray):
        return unsqueeze(unsqueeze(g * out, -1), -1) * swapped(inv(A))
    u, s, vh = singular_vectors(A)
    rest = product_of_others(s, s.ndim - 1)
    orientation = from_array(np.linalg.det(u.ndarray) * np.linalg.det(vh.ndarray))
    return unsqueeze(unsqueeze(g * orientation, -1), -1) * ((u * unsqueeze(rest, -2)) @ vh)


def _det_jvp(t: Tangent, A: Operand, out: Tensor) -> Any:
    return sum_dim(t * _det_vjp(_ones_like(out), A, out), (-2, -1), False)


def _ones_like(x: Operand) -> Any:
    return from_array(np.ones_like(x.ndarray)) if isinstance(x, Tensor) else np.ones_like(x)


det = general(
    "linalg.det",
    _det,
    _det_vjp,
    _det_jvp,
    namespace="torch.linalg",
    aliases=("det",),
    complex=HOLOMORPHIC,
    grad_fn="LinalgDetBackward0",
    doc="The determinant.",
    samples=("x:3,3 linalg.det(x)", "x:2,2,2 det(x)", "x:1,1 det(x)"),
)


def _inv(A: Array, /) -> Any:
    need_square(A, "linalg.inv")
    try:
        return np.linalg.inv(A)
    except np.linalg.LinAlgError:
        raise Problem(
            "singular",
            f"linalg.inv: {_zero_pivot(A)}the inversion could not be completed because the input matrix is singular.",
            type="LinAlgError",
            hint="its determinant is 0",
        ) from None


def _zero_pivot(A: Operand) -> str:
    """Where elimination with row exchanges meets a zero on the diagonal, in PyTorch's words."""
    length = A.shape[-1]
    for batch, rows in enumerate(A.reshape(-1, length, length).copy()):
        for place in range(length):
            largest = place + int(np.abs(rows[place:, place]).argmax())
            if not rows[largest, place]:
                of_batch = f"(Batch element {batch}): " if A.ndim > 2 else ""
                return f"{of_batch}The diagonal element {place + 1} is zero, "
            rows[[place, largest]] = rows[[largest, place]]
            rows[place + 1 :] -= np.outer(rows[place + 1 :, place] / rows[place, place], rows[place])
    return ""


inv = general(
    "linalg.inv",
    _inv,
    lambda g, out: -(swapped(out) @ g @ swapped(out)),
    lambda t, out: -(out @ t @ out),
    namespace="torch.linalg",
    aliases=("inverse",),
    complex=HOLOMORPHIC,
    grad_fn="LinalgInvExBackward0",
    doc="The inverse matrix.",
    samples=("x:3,3 linalg.inv(x + 3 * eye(3))", "x:2,2,2 inverse(x + 3 * eye(2))"),
)


def _is_vector(A: Operand, B: Operand) -> bool:
    return len(B.shape) == 1 or (len(A.shape) - 1 == len(B.shape) and A.shape[:-1] == B.shape)


def _solve(A: Any, B: Any, /, *, left: bool = True) -> Any:
    A, B = [np.asarray(each) if isinstance(each, (int, float)) else each for each in (A, B)]
    need_square(A, "linalg.solve")
    if A.dtype != B.dtype:
        raise Problem(
            "dtype",
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {scalar_name(A.dtype)} and B of type "
            f"{scalar_name(B.dtype)} instead",
            hint="convert one of them, as in x.double()",
        )
    if not B.ndim:
        raise Problem("shape-mismatch", "linalg.solve: The input tensor B must have at least 2 dimensions.")
    is_vector = _is_vector(A, B)
    if is_vector and not left:
        words = "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False."
        raise Problem("shape-mismatch", words, hint="make it a matrix of one row: b.unsqueeze(0)")
    if B.shape[-1 if is_vector or not left else -2] != A.shape[-1]:
        raise Problem(
            "shape-mismatch",
            f"linalg.solve: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({A.shape[-2]}x{A.shape[-1]} and {'x'.join(map(str, B.shape[-2:]))})",
        )
    try:
        if not left:
            return np.linalg.solve(A.swapaxes(-1, -2), B.swapaxes(-1, -2)).swapaxes(-1, -2)
        return np.linalg.solve(A, B[..., None])[..., 0] if is_vector else np.linalg.solve(A, B)
    except np.linalg.LinAlgError:
        raise Problem(
            "singular",
            "torch.linalg.solve: The solver failed because the input matrix is singular.",
            type="LinAlgError",
            hint="its determinant is 0",
        ) from None


def _to_matrix(g: Cotangent, A: Operand, B: Operand, out: Operand, left: Any) -> Any:
    back = solve(swapped(A), g, left)
    if not left:
        return -(swapped(out) @ back)
    return -(back[..., None] * out[..., None, :]) if _is_vector(A, B) else -(back @ swapped(out))


def _from_matrix(t: Tangent, A: Operand, B: Operand, out: Operand, left: Any) -> Any:
    if not left:
        return -solve(A, out @ t, False)
    moved = (t * out[..., None, :]).sum(-1) if _is_vector(A, B) else t @ out
    return -solve(A, moved, True)


solve: Operation = general(
    "linalg.solve",
    _solve,
    (_to_matrix, lambda g, A, left: solve(swapped(A), g, left)),
    (_from_matrix, lambda t, A, left: solve(A, t, left)),
    namespace="torch.linalg",
    method=False,
    complex=HOLOMORPHIC,
    grad_fn="LinalgSolveExBackward0",
    doc="The X of A @ X = B; of X @ A = B with left=False.",
    samples=(
        "x:3,3 y:3,2 linalg.solve(x + 3 * eye(3), y)",
        "x:2,2 y:2 linalg.solve(x + 3 * eye(2), y)",
        "x:3,3 y:2,3 linalg.solve(x + 3 * eye(3), y, left=False)",
    ),
)
