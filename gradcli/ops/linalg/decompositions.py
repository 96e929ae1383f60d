"""Matrix decompositions: QR, Cholesky's factor, eigenvalues of symmetric ones.

What a decomposition gives is unique only up to signs, or where values are distinct; as in PyTorch, a gradient exists where
what is made of the results is unique.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.multi_output import OutputCotangents
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent
from gradcli.ops.core.builders import SAME, Operation, composite, general, several
from gradcli.ops.core.domains import REAL, SPECTRAL, SYMMETRIC, Domain
from gradcli.ops.core.dtypes import complex_dtype, not_implemented, scalar_name
from gradcli.ops.core.parameter_types import QRMode, Triangle
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import conj
from gradcli.ops.elementwise.selection import where
from gradcli.ops.linalg.inverses import need_square, solve
from gradcli.ops.linalg.matrix_products import adjoint, need_two_dimensions
from gradcli.ops.linalg.svd import need_matrix
from gradcli.ops.linalg.triangular import solve_triangular
from gradcli.ops.movement.joining import cat
from gradcli.ops.movement.rearranging import tril, triu
from gradcli.ops.movement.shapes import unsqueeze
from gradcli.ops.reduction.reductions import sum_dim

family("linear algebra")


def _halved(x: Operand) -> Any:
    """Matrices with half of their diagonal."""
    eye = np.eye(x.shape[-1], dtype=bool)
    return where(eye, x / 2, x)


# --- QR -------------------------------------------------------------------------------------------------------------


def _qr(A: Array, /, mode: QRMode = "reduced") -> Any:
    need_matrix(A, "linalg.qr", "geqrf_cpu")
    known: Any = mode
    if mode == "r":
        return np.empty((0,), A.dtype), np.linalg.qr(A, "r")
    return tuple(np.linalg.qr(A, known))


def _qr_vjp(g: OutputCotangents, A: Operand, Q: Operand, R: Operand, mode: Any) -> Any:
    _need_differentiable(A, mode)
    if g.traced:
        Q, R = qr(A, mode)
    gq, gr = g.given.get(0), g.given.get(1)
    return _tall_qr_vjp(gq, gr, Q, R) if R.shape[-2] == R.shape[-1] < Q.shape[-2] else _wide_qr_vjp(gq, gr, Q, R)


def _tall_qr_vjp(gq: Any, gr: Any, Q: Operand, R: Operand) -> Any:
    """(gQ + Q sym(triu(gR R' - Q' gQ))) R'^-1, where sym makes the upper half the lower one, too."""
    inner = -(adjoint(Q) @ gq) if gr is None else gr @ adjoint(R) if gq is None else gr @ adjoint(R) - adjoint(Q) @ gq
    upper = _halved(triu(inner))
    product = Q @ (upper + adjoint(upper))
    return solve_triangular(adjoint(R), product if gq is None else gq + product, False, False)


def _wide_qr_vjp(gq: Any, gr: Any, Q: Operand, R: Operand) -> Any:
    """Of a square matrix, which turns Q and R, and what is to the right of it, whose part of R is Q' times it."""
    count = R.shape[-2]
    turn: Any = None if gq is None else adjoint(Q) @ gq
    moved = None
    if gr is not None:
        rest = gr[..., count:] @ adjoint(R[..., count:])
        turn = -rest if turn is None else turn - rest
        upper = _halved(triu(gr[..., :count] @ adjoint(R[..., :count])))
        moved = upper + adjoint(upper)
    lower = _halved(tril(turn - adjoint(turn)))  # on the diagonal imaginary numbers, if any
    inner = lower if moved is None else lower + moved
    square = solve_triangular(adjoint(R[..., :count]), Q @ inner, False, False)
    if R.shape[-1] == count:
        return square
    right = R[..., count:] * 0 if gr is None else gr[..., count:]
    return cat([square, Q @ right], -1)


def _qr_jvp(t: Tangent, A: Operand, Q: Operand, R: Operand, mode: Any) -> Any:
    _need_differentiable(A, mode)
    count = R.shape[-2]
    square = R[..., :count]
    moved = solve_triangular(square, t[..., :count], True, False)
    inner = adjoint(Q) @ moved
    lower = _halved(tril(inner))
    turn = lower - adjoint(lower)
    dq = moved - Q @ (inner - turn)
    dr = (inner - turn) @ square
    if R.shape[-1] > count:
        dr = cat([dr, adjoint(dq) @ A[..., count:] + adjoint(Q) @ t[..., count:]], -1)
    return dq, dr


def _need_differentiable(A: Operand, mode: str) -> None:
    if mode == "r":
        raise Problem(
            "not-differentiable",
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr.",
        )
    if mode == "complete" and A.shape[-2] > A.shape[-1]:
        raise Problem(
            "not-differentiable",
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols",
            hint="use mode='reduced'",
        )


qr: Operation = several(
    "linalg.qr",
    _qr,
    _qr_vjp,
    _qr_jvp,
    method=False,
    namespace="torch.linalg",
    outputs=("Q", "R"),
    complex=SAME,
    grad_fn="LinalgQrBackward0",
    doc="An orthogonal matrix and an upper triangular one, whose product the matrix is.",
    samples=(
        "x:3,3 linalg.qr(x + 3 * eye(3))[0]",
        "x:3,2 linalg.qr(x).R",
        "x:2,3 linalg.qr(x)[0]",
        "x:2,3 linalg.qr(x)[1]",
        "x:3,2 linalg.qr(x).Q",
        "x:2,2 linalg.qr(x, mode='complete')[1]",
    ),
)


def _qr_of_old(x: Operand, /, some: bool = True) -> Any:
    return qr(x, "reduced" if some else "complete")


composite(
    "qr",
    _qr_of_old,
    doc="An orthogonal matrix and an upper triangular one (now linalg.qr).",
    samples=("x:2,2 qr(x)[1]",),
)

# --- Cholesky -------------------------------------------------------------------------------------------------------


def _cholesky(A: Array, /, *, upper: bool = False) -> Any:
    return _factor(A, upper, "linalg.cholesky")


def _factor(A: Array, upper: bool, name: str) -> Any:
    need_square(A, name)
    try:
        factor = np.linalg.cholesky(adjoint(A) if upper else A)
    except np.linalg.LinAlgError:
        raise _not_positive(A, name) from None
    return adjoint(factor) if upper else factor


def _not_positive(A: Operand, name: str) -> Problem:
    """PyTorch's error, with the first leading minor that is not positive."""
    batch, order = next(
        (batch, order)
        for batch, matrix in enumerate(A.reshape(-1, *A.shape[-2:]))
        for order in range(1, A.shape[-1] + 1)
        if not _is_positive(matrix[:order, :order])
    )
    return Problem(
        "singular",
        f"{name}: {f'(Batch element {batch}): ' if A.ndim > 2 else ''}The factorization could not be completed "
        f"because the input is not positive-definite (the leading minor of order {order} is not positive-definite).",
        type="LinAlgError",
        hint="it takes symmetric matrices with positive eigenvalues, such as x @ x.mT + eye(n)",
    )


def _is_positive(matrix: Any) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def _cholesky_vjp(g: Cotangent, out: Operand, upper: Any) -> Any:
    """L'^-1 sym(tril(L' gL)) L^-1, where sym takes half of each half, and half of the diagonal as it is."""
    factor, g = (adjoint(out), adjoint(g)) if upper else (out, g)
    inner = tril(adjoint(factor) @ g)
    inner = (inner + adjoint(tril(inner, -1))) / 2
    return solve_triangular(factor, solve_triangular(adjoint(factor), inner, True), False, False)


def _cholesky_jvp(t: Tangent, out: Operand, upper: Any) -> Any:
    factor = adjoint(out) if upper else out
    inner = solve_triangular(factor, solve_triangular(adjoint(factor), t, True, False), False)
    moved = factor @ _halved(tril(inner))
    return adjoint(moved) if upper else moved


def _cholesky_of_old(x: Array, /, upper: bool = False) -> Any:
    return _factor(x, upper, "cholesky")


general(
    "cholesky",
    _cholesky_of_old,
    _cholesky_vjp,
    _cholesky_jvp,
    complex=SAME,
    grad_fn="CholeskyBackward0",
    domain=SYMMETRIC,
    doc="The lower triangular factor of a symmetric matrix with positive eigenvalues (now linalg.cholesky).",
    samples=("x:3,3 cholesky(x @ x.mT + 3 * eye(3))", "x:2,2 cholesky(x @ x.mT + eye(2), True)"),
)
cholesky: Operation = general(
    "linalg.cholesky",
    _cholesky,
    _cholesky_vjp,
    _cholesky_jvp,
    method=False,
    namespace="torch.linalg",
    complex=SAME,
    grad_fn="LinalgCholeskyExBackward0",
    domain=SYMMETRIC,
    doc="The lower triangular L with L @ L.mT = A, for a symmetric A with positive eigenvalues.",
    samples=(
        "x:3,3 linalg.cholesky(x @ x.mT + 3 * eye(3))",
        "x:2,2,2 linalg.cholesky(x @ x.mT + 3 * eye(2))",
        "x:2,2 linalg.cholesky(x @ x.mT + eye(2), upper=True)",
    ),
)

# --- eigenvalues ----------------------------------------------------------------------------------------------------


def _eigh(A: Array, /, UPLO: Triangle = "L") -> Any:
    if A.ndim > 1 and (A.dtype.kind not in "fc" or is_half(A.dtype)):
        raise not_implemented("linalg_eigh_cpu", A.dtype)
    need_square(A, "linalg.eigh")
    if not np.isfinite(A).all():
        raise Problem(
            "singular",
            "linalg.eigh: The algorithm failed to converge because the input matrix is ill-conditioned or has too many "
            "repeated eigenvalues",
            type="LinAlgError",
            hint="it contains NaN or infinity",
        )
    triangle: Any = UPLO.upper()
    return tuple(np.linalg.eigh(A, triangle))


def _between(values: Operand) -> Any:
    """L[j] - L[i], with ones on the diagonal."""
    eye = np.eye(values.shape[-1], dtype=bool)
    return where(eye, 1.0, unsqueeze(values, -2) - unsqueeze(values, -1))


def _symmetric(x: Operand) -> Any:
    """The symmetric part: eigh is a function of that, whichever triangle it reads."""
    return (x + adjoint(x)) / 2


def _eigh_vjp(g: OutputCotangents, A: Operand, eigenvalues: Any, eigenvectors: Any, UPLO: Any) -> Any:
    if g.traced:
        eigenvalues, eigenvectors = eigh(A, UPLO)
    values, vectors = g.given.get(0), g.given.get(1)
    if vectors is None:
        return _symmetric(eigenvectors @ (unsqueeze(values, -1) * adjoint(eigenvectors)))
    eye = np.eye(eigenvalues.shape[-1], dtype=bool)
    inner = (adjoint(eigenvectors) @ vectors) / _between(eigenvalues)
    inner = where(eye, 0.0 if values is None else unsqueeze(values, -1), inner)
    return _symmetric(eigenvectors @ inner @ adjoint(eigenvectors))


def _eigh_jvp(t: Tangent, A: Operand, eigenvalues: Any, eigenvectors: Any) -> Any:
    eye = np.eye(eigenvalues.shape[-1], dtype=bool)
    inner = adjoint(eigenvectors) @ _symmetric(t) @ eigenvectors
    turn = where(eye, 0.0, inner / _between(eigenvalues))
    return sum_dim(where(eye, inner, 0.0), -1, False), eigenvectors @ turn


eigh: Operation = several(
    "linalg.eigh",
    _eigh,
    _eigh_vjp,
    _eigh_jvp,
    method=False,
    namespace="torch.linalg",
    outputs=("eigenvalues", "eigenvectors"),
    complex=SAME,
    grad_fn="LinalgEighBackward0",
    domain=SPECTRAL,
    doc="The eigenvalues of a symmetric matrix, the smallest first, and its eigenvectors as columns.",
    samples=(
        "x:3,3 linalg.eigh(x + x.mT)[0]",
        "x:3,3 linalg.eigh(x + x.mT).eigenvectors.abs()",
        "x:2,2,2 linalg.eigh(x + x.mT, UPLO='U')[0]",
    ),
)


def _eigvalsh(A: Operand, /, UPLO: Triangle = "L") -> Any:
    return eigh(A, UPLO)[0]


composite(
    "linalg.eigvalsh",
    _eigvalsh,
    method=False,
    namespace="torch.linalg",
    doc="The eigenvalues of a symmetric matrix, the smallest first.",
    samples=("x:3,3 linalg.eigvalsh(x + x.mT)",),
)

# --- eigenvalues of any square matrix -------------------------------------------------------------------------------


def _eig(A: Array, /) -> Any:
    need_two_dimensions(A, "linalg.eig")
    if A.dtype.kind not in "fc":
        words = f"Unknown Complex ScalarType for {scalar_name(A.dtype)}"
        raise Problem("dtype", words, hint="make it floating-point first: x * 1.0")
    if is_half(A.dtype):
        raise not_implemented("linalg_eig_out_cpu", A.dtype)
    need_square(A, "linalg.eig")
    if not np.isfinite(A).all():
        raise Problem(
            "singular",
            "torch.linalg.eig: input tensor should not contain infs or NaNs.",
            hint="look where the NaN or the infinity in it comes from",
        )
    dtype = complex_dtype(A.dtype)  # NumPy's are real where all eigenvalues are
    return tuple([each.astype(dtype, copy=False) for each in np.linalg.eig(A)])


def _eig_vjp(g: OutputCotangents, A: Operand, eigenvalues: Any, eigenvectors: Any) -> Any:
    """V'^-1 (diag(gL) + (V' gV - V' V diag(Re V' gV)) / E') V', for E[i, j] = L[j] - L[i]: the columns of V have length 1."""
    if g.traced:
        eigenvalues, eigenvectors = eig(A)
    values, vectors = g.given.get(0), g.given.get(1)
    back = adjoint(eigenvectors)
    eye = np.eye(eigenvalues.shape[-1], dtype=bool)
    if vectors is None:
        return solve(back, unsqueeze(values, -1) * back, True)
    inner = back @ vectors
    lengths = sum_dim(where(eye, inner + conj(inner), 0.0), -2, False) / 2
    inner = (inner - back @ (eigenvectors * unsqueeze(lengths, -2))) / conj(_between(eigenvalues))
    inner = where(eye, 0.0 if values is None else unsqueeze(values, -1), inner)
    return solve(back, inner @ back, True)


def _eig_jvp(t: Tangent, A: Operand, eigenvalues: Any, eigenvectors: Any) -> Any:
    eye = np.eye(eigenvalues.shape[-1], dtype=bool)
    inner = solve(eigenvectors, t @ eigenvectors, True)
    turned = eigenvectors @ where(eye, 0.0, inner / _between(eigenvalues))
    longer = conj(eigenvectors) * turned
    lengths = sum_dim(longer + conj(longer), -2, False) / 2
    return sum_dim(where(eye, inner, 0.0), -1, False), turned - eigenvectors * unsqueeze(lengths, -2)


eig: Operation = several(
    "linalg.eig",
    _eig,
    _eig_vjp,
    _eig_jvp,
    method=False,
    namespace="torch.linalg",
    outputs=("eigenvalues", "eigenvectors"),
    complex=SAME,
    grad_fn="LinalgEigBackward0",
    domain=Domain("a square matrix", REAL.low, REAL.high, "no two eigenvalues of x are equal"),
    doc="The eigenvalues of a square matrix and its eigenvectors as columns, both complex.",
    samples=(
        "x:3,3 linalg.eig(x)[0].abs().sum()",
        "x:3,3 (linalg.eig(x).eigenvalues ** 3).real.sum()",
        "x:2,2,2 linalg.eig(x)[1].abs().sum(-1)",
    ),
)


def _eigvals(A: Operand, /) -> Any:
    return eig(A)[0]


composite(
    "linalg.eigvals",
    _eigvals,
    method=False,
    namespace="torch.linalg",
    doc="The eigenvalues of a square matrix, complex numbers.",
    samples=("x:3,3 linalg.eigvals(x).abs().sum()",),
)
