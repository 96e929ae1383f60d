"""slogdet and logdet: the sign and the logarithm of determinants that may overflow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.multi_output import OutputCotangents
from gradcli.graph.tensor import Tensor, array_dtype, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent
from gradcli.ops.core.builders import SAME, Operation, composite, several
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import conj
from gradcli.ops.elementwise.exponential import log
from gradcli.ops.elementwise.selection import where
from gradcli.ops.linalg.inverses import inv, need_square, solve
from gradcli.ops.linalg.matrix_products import adjoint, swapped
from gradcli.ops.linalg.triangular import solve_triangular
from gradcli.ops.movement.shapes import unsqueeze
from gradcli.ops.reduction.reductions import sum_dim

family("linear algebra")


def _slogdet(A: Array, /) -> Any:
    need_square(A, "linalg.slogdet")
    return tuple(np.linalg.slogdet(A))


def _slogdet_vjp(g: OutputCotangents, A: Operand) -> Any:
    turn, logarithm = _turn(g.given.get(0), A), g.given.get(1)
    if turn is None and logarithm is None:
        return A * 0
    scale = logarithm if turn is None else turn if logarithm is None else logarithm + turn
    return unsqueeze(unsqueeze(scale, -1), -1) * adjoint(_inverse(A))


def _turn(g: Cotangent | None, A: Operand) -> Any:
    """What the sign of a complex determinant, which turns with the trace of inv(A) @ dA, sends back to that trace."""
    if g is None or array_dtype(A).kind != "c":
        return None
    along = conj(g) * (slogdet(A)[0] if isinstance(A, Tensor) else np.linalg.slogdet(A)[0])
    return (conj(along) - along) / 2


def _inverse(A: Operand) -> Any:
    """The inverse; of a singular matrix what elimination gives: infinities, and nan."""
    if isinstance(A, Tensor):
        return solve(A, from_array(np.broadcast_to(np.eye(A.shape[-1], dtype=A.ndarray.dtype), A.shape).copy()))
    try:
        return inv(A)
    except Problem:
        with np.errstate(all="ignore"):
            return np.stack([_eliminated(each) for each in A.reshape(-1, *A.shape[-2:])]).reshape(A.shape)


def _eliminated(matrix: Any) -> Any:
    """The inverse by elimination with row exchanges, and no look at whether a pivot is zero."""
    count = len(matrix)
    rows = np.concatenate([matrix, np.eye(count, dtype=matrix.dtype)], 1)
    for place in range(count):
        largest = place + int(np.abs(rows[place:, place]).argmax())
        rows[[place, largest]] = rows[[largest, place]]
        if rows[place, place]:
            rows[place + 1 :] -= np.outer(rows[place + 1 :, place] / rows[place, place], rows[place])
    return solve_triangular.forward(rows[:, :count], rows[:, count:], True, True, False)


def _slogdet_jvp(t: Tangent, A: Operand) -> Any:
    moved = sum_dim(swapped(_inverse(A)) * t, (-2, -1), False)
    return slogdet(A)[0] * (moved - conj(moved)) / 2, (moved + conj(moved)) / 2


slogdet: Operation = several(
    "linalg.slogdet",
    _slogdet,
    _slogdet_vjp,
    _slogdet_jvp,
    complex=SAME,
    namespace="torch.linalg",
    aliases=("slogdet",),
    outputs=("sign", "logabsdet"),
    grad_fn="LinalgSlogdetBackward0",
    doc="The sign of the determinant, and the logarithm of its absolute value.",
    samples=("x:3,3 linalg.slogdet(x)[1]", "x:2,2,2 slogdet(x).logabsdet"),
)


def _logdet(A: Tensor, /) -> Any:
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        need_square(A.ndarray, "logdet")
    sign, logarithm = slogdet(A)
    if array_dtype(sign).kind == "c":
        return log(sign) + logarithm
    return where(sign == -1.0, math.nan, logarithm)


composite(
    "logdet",
    _logdet,
    doc="The logarithm of the determinant; nan where that is negative.",
    samples=("x:3,3 logdet(x @ x.mT + eye(3))", "x:2,2,2 logdet(x @ x.mT + eye(2))"),
)
