"""The product of Householder reflections, as the first columns of an orthogonal matrix.

H_i = I - tau_i * v_i @ v_i.mT, where v_i is 0 above row i, 1 in it, and column i of the input below (LAPACK's orgqr).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import from_array
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.dtypes import not_implemented
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import add, mul
from gradcli.ops.linalg.matrix_products import adjoint, matmul
from gradcli.ops.movement.fusing import fused

family("linear algebra")


def _reflected(x: Operand, tau: Any, /) -> Any:
    rows, columns = x.shape[-2:]
    dtype = x.array.dtype
    below = mul(x, from_array(np.tri(rows, columns, -1, dtype=dtype)))
    vectors = add(below, from_array(np.eye(rows, columns, dtype=dtype)))
    out = from_array(np.broadcast_to(np.eye(rows, columns, dtype=dtype), x.shape).copy())
    for place in reversed(range(tau.shape[-1])):  # the last reflection first: what it moves is short
        vector = vectors[..., place : place + 1]
        reflected = matmul(vector, matmul(adjoint(vector), out))
        out = out - mul(tau[..., place : place + 1][..., None], reflected)
    return out


_row = fused(
    "householder_product",
    _reflected,
    grad_fn="LinalgHouseholderProductBackward0",
    doc="The first columns of the product of Householder reflections.",
)


def _householder_product(x: Operand, tau: Any, /) -> Any:
    _check(x, tau)
    if x.array.dtype.kind not in "fc" or x.array.dtype.name == "float16":
        raise not_implemented("orgqr_cpu", x.array.dtype)
    return _row(x, tau)


def _check(x: Operand, tau: Any) -> None:
    """Refuse what does not fit together.  Raises Problem."""
    name = "torch.linalg.householder_product"
    if x.ndim < 2:
        raise Problem("dimension", f"{name}: input must have at least 2 dimensions.")
    if x.shape[-2] < x.shape[-1]:
        raise Problem("shape-mismatch", f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if x.shape[-1] < (tau.shape[-1] if tau.ndim else 1):
        raise Problem("shape-mismatch", f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if x.ndim - tau.ndim != 1:
        words = "Expected tau to have one dimension less than input, but got tau.ndim equal to"
        raise Problem("dimension", f"{name}: {words} {tau.ndim} and input.ndim is equal to {x.ndim}")


composite(
    "linalg.householder_product",
    _householder_product,
    aliases=("orgqr",),
    namespace="torch.linalg",
    method=False,
    doc="The first columns of the product of Householder reflections.",
    samples=(
        "z:2,1 w:1 linalg.householder_product(z, w)",
        "x:2,2,2 y:2,1 linalg.householder_product(x, y)",
        "x:3,1 y:1 linalg.householder_product(x, y)",
    ),
)
