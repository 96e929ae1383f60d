"""Products of matrices whose gradients stay as sparse as their operands: torch.sparse.mm and addmm."""

from __future__ import annotations

from typing import Any

from gradcli.graph.operation import Operation
from gradcli.graph.types import Cotangent, Operand
from gradcli.ops.core.builders import general
from gradcli.ops.movement.transposing import t
from gradcli.ops.sparse.layouts import masked, pattern_of


def _addmm(x: Operand, mat1: Operand, mat2: Operand, /, beta: Any, alpha: Any) -> Any:
    out = mat1 @ mat2 * alpha
    return x * beta + out if beta else out


def _left(g: Cotangent, mat1: Operand, mat2: Operand, alpha: Any) -> Any:
    """The cotangent of the sparse factor, at its places."""
    return masked(g @ t(mat2), pattern_of(mat1)) * alpha


addmm: Operation = general(
    "_sparse_addmm",
    _addmm,
    (lambda g, beta: g * beta, _left, lambda g, mat1, alpha: t(mat1) @ g * alpha),
    (None, None, None),
    grad_fn="SparseAddmmBackward0",
    doc="beta * x + alpha * mat1 @ mat2, of which mat1 is sparse.",
    listed=False,
)
matmul: Operation = general(
    "_sparse_sparse_matmul",
    lambda x, mat2, /: x @ mat2,
    (
        lambda g, x, mat2: masked(g @ t(mat2), pattern_of(x)),
        lambda g, x, mat2: masked(t(x) @ g, pattern_of(mat2)),
    ),
    (None, None),
    grad_fn="SparseSparseMatmulBackward0",
    doc="The product of two sparse matrices.",
    listed=False,
)
