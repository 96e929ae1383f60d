"""The factors of elimination with row exchanges, A = P L U, and systems solved with them.

The derivative of the square part is that of L U at fixed exchanges (Giles, An extended collection of matrix derivative results,
2008); what stands beside or below it is a triangular system of it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent
from gradcli.ops.core.builders import SAME, Operation, composite, general
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import need_floats, not_implemented
from gradcli.ops.core.table import family
from gradcli.ops.linalg.ldl import _size as size
from gradcli.ops.linalg.matrix_products import adjoint, matmul, need_two_dimensions, swapped
from gradcli.ops.linalg.triangular import solve_triangular
from gradcli.ops.movement.fusing import fused
from gradcli.ops.movement.joining import cat
from gradcli.ops.movement.rearranging import tril, triu

family("linear algebra")


def _factors(A: Array, /, pivot: bool) -> tuple[Any, Any]:
    """L and U in one matrix, and the row (from 1) that each row was exchanged with."""
    out = A.copy().reshape(math.prod(A.shape[:-2]), *A.shape[-2:])
    batch, (rows, columns) = np.arange(len(out)), A.shape[-2:]
    count = min(rows, columns)
    pivots = np.tile(np.arange(count), (len(out), 1))
    for k in range(count):
        if pivot:
            chosen = k + size(out[:, k:, k]).argmax(1) if len(out) else pivots[:, k]
            pivots[:, k] = chosen
            out[batch, k], out[batch, chosen] = out[batch, chosen], out[batch, k].copy()
        with np.errstate(all="ignore"):
            below = out[:, k + 1 :, k] / np.where(out[:, k, k] == 0, 1, out[:, k, k])[:, None]
        out[:, k + 1 :, k] = below
        out[:, k + 1 :, k + 1 :] -= below[:, :, None] * out[:, k, None, k + 1 :]
    return out.reshape(A.shape), (pivots + 1).astype(np.int32).reshape(*A.shape[:-2], count)


def _order(pivots: Any, rows: int) -> Any:
    """[..., rows]: which row of A stands in each row of L U."""
    flat = pivots.reshape(math.prod(pivots.shape[:-1]), pivots.shape[-1]) - 1
    out = np.tile(np.arange(rows), (len(flat), 1))
    batch = np.arange(len(flat))
    for k in range(flat.shape[-1]):
        out[batch, k], out[batch, flat[:, k]] = out[batch, flat[:, k]], out[batch, k].copy()
    return out.reshape(*pivots.shape[:-1], rows)


def _exchange(pivots: Any, rows: int, dtype: Any) -> Any:
    """P: the matrix whose product with L U is A."""
    return (np.arange(rows)[:, None] == _order(pivots, rows)[..., None, :]).astype(dtype)


def _lower(packed: Operand, count: int) -> Any:
    """L, whose diagonal is 1."""
    left = packed[..., :count]
    eye = np.eye(left.shape[-2], count, dtype=left.ndarray.dtype if isinstance(left, Tensor) else left.dtype)
    return tril(left, -1) + (from_array(eye) if isinstance(left, Tensor) else eye)


def _square_vjp(g: Cotangent, out: Operand) -> Any:
    lower, upper = _lower(out, out.shape[-1]), triu(out)
    inner = tril(adjoint(lower) @ tril(g, -1), -1) + triu(triu(g) @ adjoint(upper))
    right = solve_triangular(adjoint(upper), inner, False, False)
    return solve_triangular(adjoint(lower), right, True, True)


def _square_jvp(t: Tangent, out: Operand) -> Any:
    lower, upper = _lower(out, out.shape[-1]), triu(out)
    inner = solve_triangular(upper, solve_triangular(lower, t, False, True), True, False)
    return tril(lower @ tril(inner, -1), -1) + triu(triu(inner) @ upper)


_square: Operation = general(
    "lu_of_square",
    lambda x, /: _factors(x, False)[0],
    _square_vjp,
    _square_jvp,
    function=False,
    method=False,
    complex=SAME,
    grad_fn="LinalgLuFactorExBackward0",
    doc="L and U in one matrix, without exchanges.",
)


def _packed(A: Any, /, pivot: bool) -> Any:
    """L and U in one matrix, as operations that can be differentiated."""
    rows, columns = A.shape[-2:]
    count = min(rows, columns)
    exchange = _exchange(_factors(A.ndarray, pivot)[1], rows, A.ndarray.dtype)
    sorted_rows = matmul(from_array(np.ascontiguousarray(exchange.swapaxes(-1, -2))), A)
    out = _square(sorted_rows[..., :count, :count])
    if columns > count:
        right = solve_triangular(_lower(out, count), sorted_rows[..., count:], False, True)
        return cat([out, right], -1)
    if rows > count:
        below = solve_triangular(triu(out), sorted_rows[..., count:, :], True, False)
        return cat([out, below], -2)
    return out


_factored = fused(
    "lu_factor",
    _packed,
    value=_factors,
    outputs=("out", "pivots"),
    grad_fn="LinalgLuFactorExBackward0",
    doc="L and U in one matrix, and the exchanges of rows.",
)


def _checked(A: Tensor, name: str) -> None:
    if A.ndim < 2:
        raise Problem("dimension", f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead")
    if A.ndarray.dtype.kind not in "fc" or is_half(A.ndarray.dtype):
        raise not_implemented("lu_cpu", A.ndarray.dtype)


def _lu_factor(A: Tensor, /, *, pivot: bool = True) -> Any:
    _checked(A, "torch.lu_factor")
    return tuple(_factored(A, pivot))


def _info(packed: Tensor) -> Tensor:
    """The place (from 1) of the first zero on the diagonal of U, or 0."""
    diagonal = packed.ndarray.diagonal(0, -2, -1) == 0
    first = diagonal.argmax(-1) + 1 if diagonal.shape[-1] else np.zeros(diagonal.shape[:-1])
    return from_array(np.where(diagonal.any(-1), first, 0).astype(np.int32))


def _lu_factor_ex(A: Tensor, /, *, pivot: bool = True, check_errors: bool = False) -> Any:
    _checked(A, "torch.lu_factor")
    packed, pivots = _factored(A, pivot)
    return packed, pivots, _info(packed)


def _lower_of(A: Any, /, pivot: bool) -> Any:
    return _lower(_packed(A, pivot), min(A.shape[-2:]))


def _upper_of(A: Any, /, pivot: bool) -> Any:
    return triu(_packed(A, pivot)[..., : min(A.shape[-2:]), :])


def _unpacked_lower(LU: Any, /) -> Any:
    return _lower(LU, min(LU.shape[-2:]))


def _unpacked_upper(LU: Any, /) -> Any:
    return triu(LU[..., : min(LU.shape[-2:]), :])


_left = fused("lu", _lower_of, grad_fn="LinalgLuBackward0", doc="L of A = P L U.")
_right = fused("lu", _upper_of, grad_fn="LinalgLuBackward0", doc="U of A = P L U.")
_left_part = fused("lu_unpack", _unpacked_lower, linear=True, grad_fn="LuUnpackBackward0", doc="L of L and U in one matrix.")
_right_part = fused("lu_unpack", _unpacked_upper, linear=True, grad_fn="LuUnpackBackward0", doc="U of L and U in one matrix.")


def _lu(A: Tensor, /, *, pivot: bool = True) -> Any:
    _checked(A, "linalg.lu")
    _, pivots = _factors(A.ndarray, pivot)
    return from_array(_exchange(pivots, A.shape[-2], A.ndarray.dtype)), _left(A, pivot), _right(A, pivot)


def _lu_of_old(x: Tensor, /, pivot: bool = True, get_infos: bool = False) -> Any:
    _checked(x, "torch.lu_factor")
    packed, pivots = _factored(x, pivot)
    return (packed, pivots, _info(packed)) if get_infos else (packed, pivots)


def _need_pivots(pivots: Any, shape: Any) -> None:
    """Refuse what is not a row of the matrix for each column of its square part.  Raises Problem."""
    rows, lead = shape[-2], tuple(shape[:-2])
    if pivots.dtype.kind not in "iu":
        raise Problem("dtype", "pivots must be a Tensor of dtype torch.int32", hint="they are what lu_factor gives")
    if 0 not in shape and pivots.size and not 1 <= pivots.min() <= pivots.max() <= rows:
        words = "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive."
        raise Problem("index", f"{words}Did you properly pass the result of lu_factor?")
    if 0 not in shape and (not pivots.ndim or pivots.shape[:-1] != lead or pivots.shape[-1] > rows):
        words = f"pivots of shape {list(pivots.shape)} do not belong to factors of shape {list(shape)}"
        raise Problem("shape-mismatch", words, hint="they are what lu_factor gives")


def _lu_unpack(LU_data: Tensor, LU_pivots: Tensor, /, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    if not LU_data.ndim:
        raise Problem("dimension", "Dimension specified as -1 but tensor has no dimensions", type="IndexError")
    rows, pivots = LU_data.shape[one_dim(-2, LU_data.ndim)], LU_pivots.ndarray
    _need_pivots(pivots, LU_data.shape)
    nothing = from_array(np.zeros(0, LU_data.ndarray.dtype))
    exchange = (
        from_array(_exchange(pivots[..., : min(LU_data.shape[-2:])], rows, LU_data.ndarray.dtype))
        if unpack_pivots and rows
        else nothing
    )
    if not unpack_data:
        return exchange, nothing, nothing
    return exchange, _left_part(LU_data), _right_part(LU_data)


def _solved(LU: Any, B: Any, pivots: Any, /, left: bool, adjoined: bool) -> Any:
    if not left:
        return swapped(_solved(LU, swapped(B), pivots, True, not adjoined))
    lower, upper = _lower(LU, LU.shape[-1]), triu(LU)
    exchange = from_array(_exchange(pivots.ndarray, LU.shape[-1], LU.ndarray.dtype))
    if adjoined:
        inner = solve_triangular(adjoint(upper), B, False, True)
        return matmul(exchange, solve_triangular(adjoint(lower), inner, True, True))
    inner = matmul(swapped(exchange), B)
    return solve_triangular(upper, solve_triangular(lower, inner, False, True), True, True)


_solving = fused(
    "lu_solve",
    _solved,
    constants=("pivots",),
    grad_fn="LinalgLuSolveBackward0",
    doc="The X of A X = B, by the factors of A.",
)


def _lu_solve(LU: Tensor, pivots: Tensor, B: Operand, /, *, left: bool = True, adjoint: bool = False) -> Any:
    need_two_dimensions(LU.ndarray, "torch.linalg.lu_solve")
    need_floats("torch.linalg.lu_solve", LU.ndarray.dtype)
    if is_half(LU.ndarray.dtype):
        raise not_implemented("linalg.lu_solve_cpu", LU.ndarray.dtype)
    if LU.shape[-1] != LU.shape[-2]:
        words = "torch.linalg.lu_solve: A must be batches of square matrices, but they are"
        raise Problem("shape-mismatch", f"{words} {LU.shape[-2]} by {LU.shape[-1]} matrices")
    if B.ndim < 2 or B.shape[-2 if left else -1] != LU.shape[-1]:
        words = f"linalg.lu_solve: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B"
        shapes = f"({LU.shape[-2]}x{LU.shape[-1]} and {'x'.join(map(str, B.shape[-2:]))})"
        raise Problem("shape-mismatch", f"{words} {shapes}")
    _need_pivots(pivots.ndarray, LU.shape)
    return _solving(LU, B, pivots, left, adjoint)


def _lu_solve_of_old(x: Operand, LU_data: Tensor, LU_pivots: Tensor, /) -> Any:
    return _lu_solve(LU_data, LU_pivots, x)


for _name, _forward, _doc, _samples in (
    ("linalg.lu_factor", _lu_factor, "L and U in one matrix, and the row that each row is exchanged with.",
     ("x:3,3 linalg.lu_factor(x)[0]", "x:2,3 linalg.lu_factor(x)[0]", "z:3,2 linalg.lu_factor(z)[0]")),
    ("linalg.lu_factor_ex", _lu_factor_ex, "lu_factor, and the place of the first zero on the diagonal of U (0: none).",
     ("x:2,2 linalg.lu_factor_ex(x)[0]",)),
    ("linalg.lu", _lu, "The exchanges P, L and U of A = P @ L @ U.",
     ("x:3,3 linalg.lu(x)[1]", "x:2,3 linalg.lu(x)[2]")),
    ("linalg.lu_solve", _lu_solve, "The X of A @ X = B, by what lu_factor makes of A.",
     ("x:2,2 y:2,1 linalg.lu_solve(x, tensor([2, 2]).int(), y)",)),
):  # fmt: skip
    composite(_name, _forward, namespace="torch.linalg", method=False, doc=_doc, samples=_samples)
composite(
    "lu",
    _lu_of_old,
    doc="L and U in one matrix, and the exchanges of rows (now linalg.lu_factor).",
    samples=("x:2,2 x.lu()[0]",),
)
composite(
    "lu_unpack",
    _lu_unpack,
    method=False,
    doc="The exchanges P, L and U of what lu_factor gives.",
    samples=("x:2,2 lu_unpack(x, tensor([2, 2]).int())[1]", "x:2,3 lu_unpack(x, tensor([2, 2]).int())[2]"),
)
composite(
    "lu_solve",
    _lu_solve_of_old,
    doc="The X of A @ X = x, by what lu_factor makes of A (now linalg.lu_solve).",
    samples=("x:2,1 y:2,2 lu_solve(x, y, tensor([2, 2]).int())",),
)
