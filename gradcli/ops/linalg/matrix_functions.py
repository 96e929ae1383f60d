"""matrix_exp, tensorsolve, tensorinv, vander; and torch.linalg's names of functions that stand elsewhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Operand, Tangent
from gradcli.ops.core.builders import HOLOMORPHIC, Operation, composite, general
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import need_floats, scalar_name
from gradcli.ops.core.parameter_types import Dims
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import conj
from gradcli.ops.linalg.inverses import inv, need_square, solve
from gradcli.ops.linalg.matrix_products import matmul, swapped, vdot
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.diagonals import diagonal
from gradcli.ops.movement.joining import cat
from gradcli.ops.movement.rearranging import flip
from gradcli.ops.movement.shapes import as_strides_allow, reshape, unsqueeze
from gradcli.ops.movement.transposing import permute
from gradcli.ops.reduction.cumulative import cumprod
from gradcli.ops.reduction.reductions import sum_dim

family("linear algebra")


_PADE = (
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
    670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
)  # fmt: skip
_REACH = 5.371920351148152  # the norm up to which the quotient is exact to the last digits


def _matrix_exp(A: Array, /) -> Any:
    """A quotient of polynomials of degree 13 of A / 2**s, squared s times: Higham, SIAM J. Matrix Anal. 26 (2005)."""
    need_square(A.astype(np.float32) if is_half(A.dtype) else A, "linalg.matrix_exp")
    return _exponential(A, A) if A.size else A.copy()


def _exponential(A: Array, scale: Any) -> Any:
    """The same by as many squarings as the matrices `scale` need."""
    norm = float(np.abs(scale).sum(-2).max())
    if not math.isfinite(norm):
        return A * A.dtype.type(math.nan)
    squarings = max(0, math.ceil(math.log2(norm / _REACH))) if norm else 0
    wide = A.astype(np.complex128 if A.dtype.kind == "c" else np.float64)
    out = _quotient(wide / 2.0**squarings)
    for _ in range(squarings):
        out = out @ out
    return out.astype(A.dtype)


def _quotient(A: Operand) -> Any:
    one = np.eye(A.shape[-1])
    two = A @ A
    four = two @ two
    six = four @ two
    c = _PADE
    odd = A @ (six @ (c[13] * six + c[11] * four + c[9] * two) + c[7] * six + c[5] * four + c[3] * two + c[1] * one)
    even = six @ (c[12] * six + c[10] * four + c[8] * two) + c[6] * six + c[4] * four + c[2] * two + c[0] * one
    return np.linalg.solve(even - odd, even + odd)


def _along(A: Operand, t: Tangent) -> Any:
    """The derivative of exp(A) in the direction t: a block of the exponential of a matrix of blocks.

    It is linear in t, however large that is: where nothing is traced, A alone says how often to square.
    """
    count = A.shape[-1]
    if not count:
        return t
    blocks = cat([cat([A, t], -1), cat([A * 0, A], -1)], -2)
    whole = matrix_exp(blocks) if isinstance(blocks, Tensor) else _exponential(blocks, A)
    return whole[..., :count, count:]


matrix_exp: Operation = general(
    "linalg.matrix_exp",
    _matrix_exp,
    lambda g, A: _along(swapped(A), g),
    lambda t, A: _along(A, t),
    namespace="torch.linalg",
    aliases=("matrix_exp",),
    complex=HOLOMORPHIC,
    grad_fn="LinalgMatrixExpBackward0",
    doc="The exponential of a square matrix: the sum of A ** n / n!.",
    samples=("x:1,1 linalg.matrix_exp(x)", "x:2,2 linalg.matrix_exp(x)", "x:2,2,2 matrix_exp(x)", "x:3,3 matrix_exp(x * 4)"),
)

# --- other shapes of known functions --------------------------------------------------------------------------------


def _vander(x: Tensor, /, *, N: int | None = None) -> Any:
    count = (x.shape[-1] if x.ndim else 0) if N is None else N
    if count < 1:
        raise Problem("argument", "N must be greater than 1.")
    if x.ndarray.dtype.kind == "b" or x.ndarray.dtype.char == "e":
        raise Problem(
            "dtype",
            f"linalg.vander supports floating point, complex, and integer tensors, but got {scalar_name(x.ndarray.dtype)}",
        )
    x = x if x.ndim else unsqueeze(x, 0)
    ones = from_array(np.ones((*x.shape, 1), x.ndarray.dtype))
    if count == 1:
        return ones
    return cat([ones, cumprod(expand(unsqueeze(x, -1), (*x.shape, count - 1)), -1)], -1)


def _vander_of_old(x: Tensor, /, N: int | None = None, increasing: bool = False) -> Any:
    if x.ndim != 1:
        raise Problem("dimension", "x must be a one-dimensional tensor.")
    powers = _vander(x, N=max(1, x.shape[0] if N is None else N))[:, : x.shape[0] if N is None else N]
    return powers if increasing else flip(powers, (1,))


composite(
    "linalg.vander",
    _vander,
    method=False,
    namespace="torch.linalg",
    doc="Vandermonde's matrix: the powers 0, 1, ... of each value, as a row.",
    samples=("linalg.vander(x)", "x:3 linalg.vander(x, N=4)"),
)
composite(
    "vander",
    _vander_of_old,
    method=False,
    doc="Vandermonde's matrix, the highest power first.",
    samples=("vander(tensor([1., 2., 3.]))", "vander(tensor([1., 2., 3.]), N=2, increasing=True)"),
)


def _vecdot(x: Tensor, y: Operand, /, *, dim: int = -1) -> Any:
    need_floats("linalg.vecdot", x.ndarray.dtype)
    return vdot(x, y) if x.ndim == y.ndim == 1 else sum_dim(conj(x) * y, dim, False)


composite(
    "linalg.vecdot",
    _vecdot,
    method=False,
    namespace="torch.linalg",
    doc="The inner products of vectors along dim.",
    samples=("linalg.vecdot(x, y)", "linalg.vecdot(x, y, dim=0)"),
)
composite(
    "linalg.matmul",
    lambda x, other, /: matmul(x, other),
    method=False,
    namespace="torch.linalg",
    doc=matmul.doc,
    samples=("x:2,3 y:3 linalg.matmul(x, y)",),
)


def _diagonal(A: Operand, /, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    return diagonal(A, offset, dim1, dim2)


composite(
    "linalg.diagonal",
    _diagonal,
    method=False,
    namespace="torch.linalg",
    doc="The diagonals of matrices.",
    samples=("linalg.diagonal(x)", "x:2,2,3 linalg.diagonal(x, offset=1)"),
)


def _tensorsolve(A: Operand, B: Operand, /, dims: Dims = None) -> Any:
    if dims is not None:
        moved = [one_dim(each, A.ndim) for each in (dims if isinstance(dims, tuple) else (dims,))]
        A = permute(A, (*[each for each in range(A.ndim) if each not in moved], *moved))
    shape = A.shape[B.ndim :]
    count = math.prod(shape)
    if count != math.prod(A.shape[: B.ndim]):
        raise Problem(
            "shape-mismatch",
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got "
            f"{count} != {math.prod(A.shape[: B.ndim])}",
        )
    return reshape(solve(reshape(A, (count, count)), reshape(B, (-1,))), shape)


def _tensorinv(A: Operand, /, ind: int = 2) -> Any:
    if ind <= 0:
        raise Problem("argument", "Expected a strictly positive integer for 'ind'")
    rows, columns = math.prod(A.shape[:ind]), math.prod(A.shape[ind:])
    if rows != columns:
        raise Problem(
            "shape-mismatch",
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{columns} != {rows}",
        )
    return as_strides_allow(inv(reshape(A, (rows, columns))), (*A.shape[ind:], *A.shape[:ind]))


composite(
    "linalg.tensorsolve",
    _tensorsolve,
    method=False,
    namespace="torch.linalg",
    doc="The X of tensordot(A, X) = B.",
    samples=("x:2,3,6 y:2,3 linalg.tensorsolve(x, y)",),
)
composite(
    "linalg.tensorinv",
    _tensorinv,
    method=False,
    namespace="torch.linalg",
    doc="The inverse of a tensor, of which the first ind dimensions are the rows.",
    samples=("linalg.tensorinv(eye(6).reshape(2, 3, 6))",),
)
