"""The factors of a symmetric (or Hermitian) matrix, A = P L D L.mT P.mT, and systems solved with them.

D has blocks of one and of two rows: the pivots are those of Bunch and Kaufman (Some stable methods for calculating inertia and
solving symmetric linear systems, 1977), told as LAPACK's sytrf tells them.  A block of one row k has a pivot p > 0: row k was
exchanged with row p; the two rows of a larger block have p < 0: the second was exchanged with row -p.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.types import Array
from gradcli.ops.core.builders import SAME, general
from gradcli.ops.core.dtypes import not_implemented, scalar_name, unpromoted
from gradcli.ops.core.table import family
from gradcli.ops.linalg.inverses import need_square
from gradcli.ops.linalg.matrix_products import need_two_dimensions

family("linear algebra")

_ALPHA = (1 + math.sqrt(17)) / 8  # which bounds the growth of elements best


def _size(entries: Any) -> Any:
    """How large entries are, as LAPACK compares them."""
    return np.abs(entries.real) + np.abs(entries.imag) if entries.dtype.kind == "c" else np.abs(entries)


def _pivot(A: Any, k: int, size: Any) -> tuple[int, int]:
    """Which row goes to where the block at k ends, and how many rows the block has."""
    own, below = float(abs(A[k, k].real) if size is np.abs else size(A[k, k])), size(A[k + 1 :, k])
    largest = float(below.max(initial=0))
    if not max(own, largest) > 0 or own >= _ALPHA * largest:
        return k, 1
    row = k + 1 + int(below.argmax())
    others = float(max(size(A[row, k:row]).max(initial=0), size(A[row + 1 :, row]).max(initial=0)))
    if own >= _ALPHA * largest * (largest / others):
        return k, 1
    return row, 1 if size(A[row, row]) >= _ALPHA * others else 2


def _swap(A: Any, one: int, other: int, first: int, hermitian: bool) -> None:
    """Exchange two rows and columns of the lower half, from column `first` on."""
    rows = A[first:, first:]
    full = np.tril(rows) + (np.tril(rows, -1).conj().T if hermitian else np.tril(rows, -1).T)
    order = np.arange(len(full))
    order[[one - first, other - first]] = order[[other - first, one - first]]
    rows[...] = np.tril(full[order][:, order])


def _factor_one(A: Any, hermitian: bool) -> tuple[Any, int]:
    """Overwrite the lower half of one matrix with L and D.  Gives the pivots, and the first zero pivot's place or 0."""
    count, k, info = len(A), 0, 0
    pivots = np.zeros(count, np.int32)
    size = np.abs if hermitian else _size
    while k < count:
        row, wide = _pivot(A, k, size)
        last, after = k + wide - 1, k + wide
        if row != last:
            _swap(A, last, row, k, hermitian)
        pivots[k:after] = row + 1 if wide == 1 else -(row + 1)
        block, columns = A[k:after, k:after], A[after:, k:after].copy()
        if wide == 1 and block[0, 0] == 0:
            info = info or k + 1
        else:
            weights = columns @ np.linalg.inv(_whole(block, hermitian))
            A[after:, after:] -= np.tril(weights @ (columns.conj().T if hermitian else columns.T))
            A[after:, k:after] = weights
        k = after
    return pivots, info


def _whole(block: Any, hermitian: bool) -> Any:
    """A block of D, of which the lower half is stored."""
    low = np.tril(block, -1)
    diagonal = np.diag(np.diag(block).real if hermitian else np.diag(block))
    return low + diagonal + (low.conj().T if hermitian else low.T)


def _checked(A: Array, name: str) -> None:
    need_two_dimensions(A, name)
    if A.dtype.kind not in "fc":
        words = f"{name}: Expected a floating point or complex tensor as input. Got {scalar_name(A.dtype)}"
        raise Problem("dtype", words, hint="make it floating-point first: x * 1.0")
    if is_half(A.dtype):
        raise not_implemented("ldl_factor_kernel_cpu", A.dtype)
    need_square(A, name)


def _ldl_factor_ex(A: Array, /, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    _checked(A, "torch.linalg.ldl_factor_ex")
    out = np.tril(A).reshape(math.prod(A.shape[:-2]), *A.shape[-2:])
    told = [_factor_one(each, hermitian and A.dtype.kind == "c") for each in out]
    pivots = np.array([each for each, _ in told], np.int32).reshape(A.shape[:-1])
    info = np.array([each for _, each in told], np.int32).reshape(A.shape[:-2])
    if check_errors and info.any():
        place = int(info[info > 0].min())
        words = f"torch.linalg.ldl_factor_ex: D has a zero at {place} on its diagonal"
        raise Problem("singular", words, type="LinAlgError", hint="the matrix is singular")
    return out.reshape(A.shape), pivots, info


def _ldl_factor(A: Array, /, *, hermitian: bool = False) -> Any:
    return _ldl_factor_ex(A, hermitian=hermitian, check_errors=True)[:2]


_WHAT = "L and D of a symmetric P @ L @ D @ L.mT @ P.mT in one matrix, and the exchanges of rows"
for _name, _forward, _outputs, _doc in (
    ("ldl_factor", _ldl_factor, ("LD", "pivots"), f"{_WHAT}."),
    ("ldl_factor_ex", _ldl_factor_ex, ("LD", "pivots", "info"), f"{_WHAT}; where D has a zero."),
):
    general(
        f"linalg.{_name}",
        _forward,
        None,
        None,
        outputs=_outputs,
        namespace="torch.linalg",
        method=False,
        complex=SAME,
        grad_fn="NotImplemented",
        doc=_doc,
        samples=(f"x:3,3 linalg.{_name}((x + x.mT).detach())[0]", f"x:2,2,2 linalg.{_name}((x + x.mT).detach())[1]"),
    )

# --- solving --------------------------------------------------------------------------------------------------------


def _blocks(pivots: Any) -> list[tuple[int, int, int]]:
    """Of each block of D where it begins, where the next does, and the row that its last was exchanged with."""
    found, k = [], 0
    while k < len(pivots):
        wide = 1 if pivots[k] > 0 else 2
        found.append((k, k + wide, abs(int(pivots[k])) - 1))
        k += wide
    return found


def _exchange(B: Any, one: int, other: int) -> None:
    B[[one, other]] = B[[other, one]]


def _solve_one(LD: Any, pivots: Any, B: Any, hermitian: bool) -> None:
    """Overwrite one B with the X of A @ X = B."""
    blocks = _blocks(pivots)
    for k, after, row in blocks:
        _exchange(B, after - 1, row)
        B[after:] -= LD[after:, k:after] @ B[k:after]
        with np.errstate(all="ignore"):
            B[k:after] = np.linalg.solve(_whole(LD[k:after, k:after], hermitian), B[k:after])
    for k, after, row in reversed(blocks):
        lower = LD[after:, k:after]
        B[k:after] -= (lower.conj().T if hermitian else lower.T) @ B[after:]
        _exchange(B, after - 1, row)


def _ldl_solve(LD: Array, pivots: Array, B: Array, /, *, hermitian: bool = False) -> Any:
    _check_solve(LD, pivots, B)
    lead = np.broadcast_shapes(LD.shape[:-2], B.shape[:-2])
    count = math.prod(lead)
    out = np.array(np.broadcast_to(B, (*lead, *B.shape[-2:]))).reshape(count, *B.shape[-2:])
    factors = np.broadcast_to(LD, (*lead, *LD.shape[-2:])).reshape(count, *LD.shape[-2:])
    rows = np.broadcast_to(pivots, (*lead, pivots.shape[-1])).reshape(count, pivots.shape[-1])
    for each in range(count):
        _solve_one(factors[each], rows[each], out[each], hermitian and B.dtype.kind == "c")
    return out.reshape(*lead, *B.shape[-2:])


def _check_solve(LD: Array, pivots: Array, B: Array) -> None:
    """Refuse what does not fit together.  Raises Problem."""
    name, hint = "torch.linalg.ldl_solve", "they are what ldl_factor gives"
    _checked(LD, name)
    if pivots.dtype.kind not in "iu":
        raise Problem("dtype", f"{name}: Expected pivots to be integers. Got {scalar_name(pivots.dtype)}", hint=hint)
    if pivots.shape != LD.shape[:-1]:
        words = f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape"
        raise Problem("shape-mismatch", f"{words} {list(pivots.shape)} instead", hint=hint)
    if B.ndim < 2:
        words = "Dimension out of range (expected to be in range of [-1, 0], but got -2)"
        words = words if B.ndim else "Dimension specified as -2 but tensor has no dimensions"
        raise Problem("dimension", words, type="IndexError", hint="B is a matrix, or a batch of them")
    if B.shape[-2] != LD.shape[-1]:
        sizes = f"each A matrix is {LD.shape[-1]} by {LD.shape[-1]} but each b matrix is {B.shape[-2]} by {B.shape[-1]}"
        raise Problem("shape-mismatch", f"Incompatible matrix sizes for {name}: {sizes}")
    if B.dtype != LD.dtype:
        words = f"Expected b and A to have the same dtype, but found b of type {scalar_name(B.dtype)} and A of type"
        raise Problem("dtype", f"{words} {scalar_name(LD.dtype)} instead.", hint="convert one of them")
    if pivots.size and not 1 <= np.abs(pivots).min() <= np.abs(pivots).max() <= LD.shape[-1]:
        raise Problem("index", f"{name}: the pivots do not name rows of the matrix", hint=hint)


general(
    "linalg.ldl_solve",
    _ldl_solve,
    (None, None, None),
    (None, None, None),
    casting=unpromoted,
    namespace="torch.linalg",
    method=False,
    complex=SAME,
    grad_fn="NotImplemented",
    doc="The X of A @ X = B, by what ldl_factor makes of A.",
    samples=("y:2,1 linalg.ldl_solve(tensor([[2., 0.], [0.5, 3.]]), tensor([1, 2]).int(), y.detach())",),
)
