"""Products of many matrices: matrix_power, and multi_dot in its cheapest order."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.builders import composite
from gradcli.ops.core.parameter_types import Tensors
from gradcli.ops.core.table import family
from gradcli.ops.linalg.inverses import inv, need_square
from gradcli.ops.linalg.matrix_products import matmul, mm
from gradcli.ops.movement.in_place import copy
from gradcli.ops.movement.shapes import clone, unsqueeze, view

family("linear algebra")


def _matrix_power(x: Tensor, /, n: int) -> Any:
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        need_square(x.ndarray, "linalg.matrix_power")
    if n < 0:
        return inv(x) if n == -1 else _matrix_power(inv(x), -n)
    if n == 0:
        return copy(x, from_array(np.broadcast_to(np.eye(x.shape[-1], dtype=x.ndarray.dtype), x.shape).copy()))
    if n == 1:
        return clone(x)
    if n == 3:
        return matmul(matmul(x, x), x)
    result, square = None, x
    while n:
        if n & 1:
            result = square if result is None else matmul(result, square)
        n >>= 1
        square = matmul(square, square) if n else square
    return result


composite(
    "matrix_power",
    _matrix_power,
    aliases=("linalg.matrix_power",),
    doc="A square matrix times itself, n times over.",
    samples=("x:2,2 matrix_power(x, 3)", "x:2,2 x.matrix_power(2)", "x:2,2 linalg.matrix_power(x + 3 * eye(2), -1)"),
)


def _multi_dot(tensors: Tensors, /) -> Any:
    """In the order that takes the fewest multiplications; a vector at an end is a row or a column."""
    if len(tensors) < 2:
        raise Problem("argument", f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    chain = list(tensors)
    _check_chain(chain)
    first, last = chain[0].ndim == 1, chain[-1].ndim == 1
    if first:
        chain[0] = unsqueeze(chain[0], 0)
    if last:
        chain[-1] = unsqueeze(chain[-1], -1)
    product = _in_best_order(chain)
    lengths = (() if first else (chain[0].shape[0],)) + (() if last else (chain[-1].shape[-1],))
    return view(product, lengths)


def _check_chain(chain: list[Any]) -> None:
    for place, each in enumerate(chain):
        at_end = place in (0, len(chain) - 1)
        if not (1 <= each.ndim <= 2 if at_end else each.ndim == 2):
            which = "the first tensor" if not place else "the last tensor" if at_end else f"tensor {place}"
            raise Problem("shape-mismatch", f"multi_dot(): {which} must be {'1D or ' * at_end}2D but got {each.ndim}D")
    for place, (x, y) in enumerate(pairwise(chain)):
        if x.shape[-1] != y.shape[0]:
            raise Problem(
                "shape-mismatch",
                f"multi_dot(): tensors {place} and {place + 1} with shapes {list(x.shape)} and {list(y.shape)} cannot be "
                "multiplied",
            )


def _in_best_order(chain: list[Any]) -> Any:
    """The textbook's dynamic programme over where the last product splits the chain."""
    sizes = [chain[0].shape[0], *[each.shape[-1] for each in chain]]
    best: dict[tuple[int, int], tuple[int, int]] = {(at, at): (0, at) for at in range(len(chain))}
    for width in range(1, len(chain)):
        for low in range(len(chain) - width):
            high = low + width
            costs = [
                (best[low, cut][0] + best[cut + 1, high][0] + sizes[low] * sizes[cut + 1] * sizes[high + 1], cut)
                for cut in range(low, high)
            ]
            # Of two orders that cost the same, PyTorch takes the last cut of three tensors, and the first cut of more.
            best[low, high] = min(reversed(costs), key=lambda each: each[0]) if len(chain) == 3 else min(costs)

    def product(low: int, high: int) -> Any:
        if low == high:
            return chain[low]
        cut = best[low, high][1]
        return mm(product(low, cut), product(cut + 1, high))

    return product(0, len(chain) - 1)


composite(
    "linalg.multi_dot",
    _multi_dot,
    namespace="torch.linalg",
    method=False,
    doc="The product of several matrices, in the cheapest order.",
    samples=("x:2,3 y:3,2 linalg.multi_dot([x, y, x])", "x:2 y:2,2 linalg.multi_dot([x, y, x])"),
)
