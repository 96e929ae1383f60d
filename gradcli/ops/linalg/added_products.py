"""Products of matrices and vectors added to something: addmv, addr, baddbmm, addbmm."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import HOLOMORPHIC, general
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import promote, unpromoted
from gradcli.ops.core.parameter_types import Scalar
from gradcli.ops.core.table import family
from gradcli.ops.kernels.matrix_products import product
from gradcli.ops.linalg.affine import blended, scaled
from gradcli.ops.linalg.matrix_products import bmm, mv, need, need_batches, need_one_dtype, swapped
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.shapes import unsqueeze
from gradcli.ops.movement.transposing import t
from gradcli.ops.reduction.reductions import sum_dim

family("linear algebra")


def _addmv(x: Array, mat: Array, vec: Array, /, *, beta: Scalar = 1, alpha: Scalar = 1) -> Any:
    need(
        mat.ndim == 2 and vec.ndim == 1 and x.ndim <= 1,
        f"vector + matrix @ vector expected, got {x.ndim}, {mat.ndim}, {vec.ndim}",
        x.shape,
        mat.shape,
        vec.shape,
    )
    if mat.shape[1] != vec.shape[0] or (x.size != mat.shape[0] and x.size != 1):
        raise Problem(
            "shape-mismatch",
            f"size mismatch, got input ({x.size}), mat ({mat.shape[0]}x{mat.shape[1]}), vec ({vec.shape[0]})",
            hint="the vector must be as long as the matrix has columns",
        )
    need_one_dtype(mat, vec, "addmv_impl_cpu", "addmv input tensors must have the same dtype, but got {1}, {0}, and {1}")
    return blended(x, product(mat, vec), beta, alpha)


_whole = lambda g, beta: scaled(g, beta)  # noqa: E731
general(
    "addmv",
    _addmv,
    (
        _whole,
        lambda g, vec, alpha: scaled(unsqueeze(g, 1) * vec, alpha),
        lambda g, mat, alpha: scaled(mv(t(mat), g), alpha),
    ),
    (_whole, lambda t, vec, alpha: scaled(mv(t, vec), alpha), lambda t, mat, alpha: scaled(mv(mat, t), alpha)),
    casting=unpromoted,
    in_place=True,
    complex=HOLOMORPHIC,
    grad_fn="AddmvBackward0",
    doc="beta * input + alpha * mat @ vec.",
    samples=("x:2 y:2,3 z:3 addmv(x, y, z)", "x:2 y:2,3 z:3 x.addmv(y, z, beta=0.5, alpha=-2)"),
)


def _addr(x: Operand, vec1: Array, vec2: Array, /, *, beta: Scalar = 1, alpha: Scalar = 1) -> Any:
    for name, each in (("vec1", vec1), ("vec2", vec2)):
        if each.ndim != 1:
            raise Problem(
                "shape-mismatch", f"addr: Expected 1-D argument {name}, but got {each.ndim}-D", hint="flatten it first"
            )
    return blended(expand(x, (vec1.size, vec2.size)), np.outer(vec1, vec2), beta, alpha)


general(
    "addr",
    _addr,
    (_whole, lambda g, vec2, alpha: scaled(mv(g, vec2), alpha), lambda g, vec1, alpha: scaled(mv(t(g), vec1), alpha)),
    (
        _whole,
        lambda t, vec2, alpha: scaled(unsqueeze(t, 1) * vec2, alpha),
        lambda t, vec1, alpha: scaled(unsqueeze(vec1, 1) * t, alpha),
    ),
    casting=promote,
    in_place=True,
    complex=HOLOMORPHIC,
    grad_fn="AddrBackward0",
    doc="beta * input + alpha * outer(vec1, vec2).",
    samples=("y:2 z:3 addr(x, y, z)", "y:2 z:3 x.addr(y, z, beta=0.5, alpha=-2)"),
)


def _length(x: Operand, dim: int) -> int:
    if not x.ndim:
        raise Problem("dimension", "Dimension specified as 0 but tensor has no dimensions", type="IndexError")
    return x.shape[one_dim(dim, x.ndim)]


def _check_batches(x: Array, batch1: Any, batch2: Any, lead: tuple[int, ...]) -> None:
    """Refuse what are no batches of matrices to be multiplied, whose sum with x has the lengths of batch1 in `lead`."""
    expand(x, (*[_length(batch1, dim) for dim in lead], _length(batch2, 2)))
    need_batches(batch1, batch2)
    need_one_dtype(batch1, batch2, "baddbmm", "expected scalar type {0} but found {1}")
    need_one_dtype(x, batch2, "baddbmm", "Input dtypes must be the same, got: input {0}, batch1: {1}, batch2: {1}")


def _baddbmm(x: Array, batch1: Operand, batch2: Operand, /, *, beta: Scalar = 1, alpha: Scalar = 1) -> Any:
    _check_batches(x, batch1, batch2, (0, 1))
    return blended(x, product(batch1, batch2), beta, alpha)


general(
    "baddbmm",
    _baddbmm,
    (
        _whole,
        lambda g, batch2, alpha: scaled(bmm(g, swapped(batch2)), alpha),
        lambda g, batch1, alpha: scaled(bmm(swapped(batch1), g), alpha),
    ),
    (
        _whole,
        lambda t, batch2, alpha: scaled(bmm(t, batch2), alpha),
        lambda t, batch1, alpha: scaled(bmm(batch1, t), alpha),
    ),
    casting=unpromoted,
    in_place=True,
    complex=HOLOMORPHIC,
    grad_fn="BaddbmmBackward0",
    doc="beta * input + alpha * batch1 @ batch2.",
    samples=("x:2,2,1 y:2,2,2 z:2,2,1 baddbmm(x, y, z)", "x:4 y:2,2,3 z:2,3,4 x.baddbmm(y, z, beta=0.5, alpha=-2)"),
)


def _addbmm(x: Array, batch1: Operand, batch2: Operand, /, *, beta: Scalar = 1, alpha: Scalar = 1) -> Any:
    _check_batches(x, batch1, batch2, (1,))
    return blended(x, product(batch1, batch2).sum(0, dtype=x.dtype), beta, alpha)


general(
    "addbmm",
    _addbmm,
    (
        _whole,
        lambda g, batch2, alpha: scaled(unsqueeze(g, 0) @ swapped(batch2), alpha),
        lambda g, batch1, alpha: scaled(swapped(batch1) @ unsqueeze(g, 0), alpha),
    ),
    (
        _whole,
        lambda t, batch2, alpha: scaled(sum_dim(bmm(t, batch2), 0, False), alpha),
        lambda t, batch1, alpha: scaled(sum_dim(bmm(batch1, t), 0, False), alpha),
    ),
    casting=unpromoted,
    in_place=True,
    complex=HOLOMORPHIC,
    grad_fn="AddbmmBackward0",
    doc="beta * input + alpha * the sum of batch1 @ batch2.",
    samples=("x:2,1 y:2,2,2 z:2,2,1 addbmm(x, y, z)", "x:2,4 y:2,2,3 z:2,3,4 x.addbmm(y, z, beta=0.5, alpha=-2)"),
)
