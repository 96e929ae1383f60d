"""Pseudo-inverse, least squares, rank and condition number, all by singular values."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.tensor import Outputs, Tensor, array_dtype, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent
from gradcli.ops.core.builders import SAME, Operation, composite, constant, general
from gradcli.ops.core.dtypes import INT64, scalar_name
from gradcli.ops.core.parameter_types import CondOrder, Driver, Number
from gradcli.ops.core.renaming import renamed
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import conj
from gradcli.ops.linalg.inverses import inv, need_square
from gradcli.ops.linalg.matrix_products import adjoint
from gradcli.ops.linalg.norms import matrix_norm
from gradcli.ops.linalg.svd import singular_values
from gradcli.ops.movement.complex_numbers import real
from gradcli.ops.movement.indexing import narrow
from gradcli.ops.movement.shapes import reshaped, squeeze_dim, unsqueeze
from gradcli.ops.reduction.reductions import sum_dim

family("linear algebra")


def _pinv(A: Array, /, *, atol: Number | None = None, rtol: Number | None = None, hermitian: bool = False) -> Any:
    if A.ndim < 2 or A.dtype.kind not in "fc" or is_half(A.dtype):
        raise Problem(
            "shape-mismatch" if A.ndim < 2 else "dtype",
            f"linalg.pinv({scalar_name(A.dtype)}{{{list(A.shape)}}}): expected a tensor with 2 or more dimensions of float, "
            "double, cfloat or cdouble types",
        )
    if hermitian:
        need_square(A, "linalg.pinv")
    if not A.size:
        return np.zeros((*A.shape[:-2], A.shape[-1], A.shape[-2]), A.dtype)
    if atol:
        largest = np.linalg.norm(A, 2, (-2, -1))
        cut: Any = np.maximum(float(atol) / largest, 0.0 if rtol is None else float(rtol))
    else:
        cut = max(A.shape[-2:]) * np.finfo(A.dtype).eps * (atol is None) if rtol is None else float(rtol)
    return np.linalg.pinv(A, rcond=cut, hermitian=hermitian)


def _pinv_vjp(g: Cotangent, A: Operand, out: Operand) -> Any:
    """Golub and Pereyra (1973): of a matrix whose rank stays the same nearby."""
    up, back = adjoint(out), adjoint(g)
    if A.shape[-2] <= A.shape[-1]:
        inner = back @ out
        around = inner @ up
        return -adjoint(out @ inner) + around - (A @ out) @ around + (up @ out) @ (back - inner @ A)
    inner = out @ back
    around = up @ inner
    return -adjoint(inner @ out) + (back - A @ inner) @ out @ up + around - (around @ out) @ A


def _pinv_jvp(t: Tangent, A: Operand, out: Operand) -> Any:
    up, across = adjoint(out), adjoint(t)
    right, left = out @ up @ across, across @ up @ out
    return -(out @ t @ out) + right - right @ A @ out + left - out @ A @ left


pinv: Operation = general(
    "linalg.pinv",
    _pinv,
    _pinv_vjp,
    _pinv_jvp,
    method=False,
    namespace="torch.linalg",
    complex=SAME,
    grad_fn="LinalgPinvBackward0",
    doc="The pseudo-inverse of Moore and Penrose; singular values up to max(atol, rtol * largest) count as 0.",
    samples=("linalg.pinv(x)", "x:3,2 linalg.pinv(x)", "x:3,3 linalg.pinv(x + 3 * eye(3), rtol=1e-6)"),
)


def _pinverse(x: Operand, /, rcond: Number = 1e-15) -> Any:
    return pinv(x, None, rcond, False)


composite(
    "pinverse",
    _pinverse,
    doc="The pseudo-inverse of Moore and Penrose.",
    samples=("x:3,2 pinverse(x)",),
)

# --- least squares, ranks, conditions -------------------------------------------------------------------------------


def _solution(A: Array, B: Operand, /) -> Any:
    return _pinv(A) @ B if B.ndim >= A.ndim else (_pinv(A) @ B[..., None])[..., 0]


def _columns(y: Operand, A: Operand) -> Any:
    """A vector as a matrix of one column; a matrix as it is."""
    return y if len(y.shape) >= len(A.shape) else unsqueeze(y, -1)


def _times(matrix: Any, y: Operand, A: Operand) -> Any:
    """The product of a matrix with what _columns takes, which has as many dimensions as that."""
    return matrix @ y if len(y.shape) >= len(A.shape) else sum_dim(matrix * unsqueeze(y, -2), -1, False)


_least_squares = general(
    "linalg.lstsq",
    _solution,
    (
        lambda g, A, B: _pinv_vjp(_columns(g, A) @ adjoint(_columns(B, A)), A, pinv(A)),
        lambda g, A: _times(adjoint(pinv(A)), g, A),
    ),
    (lambda t, A, B: _times(_pinv_jvp(t, A, pinv(A)), B, A), lambda t, A: _times(pinv(A), t, A)),
    function=False,
    method=False,
    complex=SAME,
    grad_fn="LinalgLstsqBackward0",
    doc="The X that makes A @ X - B smallest.",
)


def _need_precise(A: Operand) -> None:
    dtype = array_dtype(A)
    if dtype.kind not in "fc" or is_half(dtype):
        raise Problem("dtype", "This function doesn't handle types other than float and double", hint="convert it: x.double()")


def _limit(given: Any) -> Any:
    """A number, or one for each matrix, beside singular values."""
    return given.ndarray[..., None] if isinstance(given, Tensor) else float(given)


def _matrix_rank(
    A: Array,
    /,
    *,
    atol: Number | Tensor | None = None,
    rtol: Number | Tensor | None = None,
    hermitian: bool = False,
) -> Any:
    if A.ndim < 2:
        raise Problem("shape-mismatch", "torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions.")
    _need_precise(A)
    if not A.size:
        return np.zeros(A.shape[:-2], np.int64)
    values = np.linalg.svd(A, compute_uv=False)
    relative = (max(A.shape[-2:]) * float(np.finfo(A.dtype).eps) if atol is None else 0.0) if rtol is None else _limit(rtol)
    least = np.maximum(relative * values[..., :1], 0.0 if atol is None else _limit(atol))
    return (values > least).sum(-1)


matrix_rank = constant(
    "linalg.matrix_rank",
    _matrix_rank,
    complex=SAME,
    method=False,
    namespace="torch.linalg",
    doc="How many singular values are not 0.",
    samples=("linalg.matrix_rank(x)", "linalg.matrix_rank(tensor([[1., 2.], [2., 4.]]))"),
)


def _lstsq(A: Tensor, B: Tensor, /, rcond: Number | None = None, *, driver: Driver | None = None) -> Any:
    if A.ndim < 2:
        raise Problem("shape-mismatch", "torch.linalg.lstsq: input must have at least 2 dimensions.")
    _need_precise(A)
    if A.ndarray.dtype != B.ndarray.dtype:
        raise Problem(
            "dtype",
            "torch.linalg.lstsq: Expected input and other to have the same dtype, but got input's dtype "
            f"{scalar_name(A.ndarray.dtype)} and other's dtype {scalar_name(B.ndarray.dtype)}",
        )
    if not B.ndim:
        raise Problem("shape-mismatch", "torch.linalg.lstsq: other must have at least 1 dimension.")
    vector = B.ndim == A.ndim - 1 and B.shape == A.shape[:-1]
    right = unsqueeze(B, -1) if vector else B
    if right.ndim < 2 or right.shape[-2] != A.shape[-2]:
        raise Problem(
            "shape-mismatch",
            "torch.linalg.lstsq: input.size(-2) should match other.size(-2)",
            hint=f"the shapes are {list(A.shape)} and {list(B.shape)}",
        )
    solution = _least_squares(A, B if vector else right)
    rank = matrix_rank(A.detach())
    nothing = np.zeros((0,), A.ndarray.real.dtype)
    # gelsy, which is the usual driver, tells nothing of residuals; the others do where the columns are independent.
    told = driver in ("gels", "gelsd", "gelss") and A.shape[-2] > A.shape[-1] and bool((rank == A.shape[-1]).ndarray.all())
    left = A @ _columns(solution, A) - right
    squares = real(left * conj(left)) if left.ndarray.dtype.kind == "c" else left**2
    residuals = sum_dim(squares, -2, False) if told else reshaped(squares, (-1,))[:0]
    residuals = renamed(residuals, "LinalgLstsqBackward0")
    ranks = rank if driver != "gels" else from_array(np.zeros((0,), INT64))
    values = np.linalg.svd(A.ndarray, compute_uv=False) if driver in ("gelsd", "gelss") else nothing.copy()
    parts = (solution, residuals, ranks, from_array(values))
    return Outputs(parts, ("solution", "residuals", "rank", "singular_values"), "linalg_lstsq")


composite(
    "linalg.lstsq",
    _lstsq,
    method=False,
    namespace="torch.linalg",
    doc="The X that makes the columns of A @ X - B shortest, with what is left of them.",
    samples=(
        "x:3,2 y:3,2 linalg.lstsq(x, y)[0]",
        "x:4,2 y:4,1 linalg.lstsq(x, y).solution",
        "y:2,1 linalg.lstsq(x, y)[0]",
        "x:3,2 y:3 linalg.lstsq(x, y)[0]",
    ),
)


def _cond(A: Tensor, /, p: Number | CondOrder | None = None) -> Any:
    if A.ndim < 2:
        raise Problem("shape-mismatch", "linalg.cond: The input tensor must have at least 2 dimensions.")
    if not A.ndarray.size:
        return from_array(np.zeros(A.shape[:-2], A.ndarray.dtype))
    if p in (None, 2, -2):
        values = singular_values(A)
        last, count = values.ndim - 1, values.shape[-1]
        large, small = narrow(values, last, 0, 1, 1), narrow(values, last, count - 1, count, 1)
        return squeeze_dim(small / large if p == -2 else large / small, -1)
    need_square(A.ndarray, "linalg.cond")
    return matrix_norm(A, p) * matrix_norm(inv(A), p)


composite(
    "linalg.cond",
    _cond,
    method=False,
    namespace="torch.linalg",
    doc="How much the matrix magnifies errors: the largest singular value over the smallest, or by another norm.",
    samples=("linalg.cond(x)", "x:2,2 linalg.cond(x, -2)", "linalg.cond(tensor([[1., 2.], [3., 4.]]), 1)"),
)
