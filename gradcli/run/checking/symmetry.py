"""Leaves that have to stay symmetric while they move: what reaches an operation on symmetric matrices, such as cholesky.

Such an operation reads one triangle, or takes the other for its mirror image; its derivative, as PyTorch has it, is that along
symmetric directions.  Moving one entry of `A` in `cholesky(A)` says nothing about it.  In `cholesky(X @ X.mT)` every entry of
`X` may move by itself: whether a leaf's entry disturbs the symmetry is found by moving one.  Complex matrices stay Hermitian.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradcli.engine.differences import Array, Direction
from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.run.forward import forward
from gradcli.run.recorder import Recorder
from gradcli.run.request import Request

_WORD: Final = "symmetric"  # in a row's domain
_NUDGE: Final = 1e-3


class _Operands(Recorder):
    """A recorder that keeps how far from symmetric the operands of such operations are."""

    def __init__(self, text: str, keep_values: bool) -> None:
        super().__init__(text, keep_values)
        self.found: list[tuple[str, Array]] = []

    def observe(self, operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...], result: Any) -> None:
        """Note an application."""
        super().observe(operation, operands, statics, result)
        if _WORD in getattr(operation.domain, "text", "") or _said_hermitian(operation, statics):
            matrix = operands[0].ndarray
            self.found.append((operation.name, matrix - matrix.swapaxes(-1, -2).conj()))


def _said_hermitian(operation: Operation, statics: tuple[Any, ...]) -> bool:
    """Whether a call says of its operand that it is a symmetric matrix, as pinv(x, hermitian=True) does."""
    return any([each.name == "hermitian" and given is True for each, given in zip(operation.statics, statics)])


def symmetric_leaves(request: Request, wrt: list[str]) -> dict[str, str]:
    """By leaf that has to stay symmetric: the name of the operation that asks for it."""
    here = _observed(request, request.bindings)
    return {} if not here else {name: word for name in wrt if (word := _disturbed(request, name, here)) is not None}


def _disturbed(request: Request, name: str, here: list[tuple[str, Array]]) -> str | None:
    """The operation whose operand loses its symmetry when one entry of a leaf moves."""
    array = next(given for each, given, _ in request.bindings if each == name)
    if array.ndim < 2 or array.shape[-1] != array.shape[-2] or array.shape[-1] < 2:
        return None
    moved = array.copy()
    moved[..., -1, 0] += _NUDGE * np.maximum(np.abs(moved[..., -1, 0]), 1)
    bindings = [(each, moved if each == name else given, constant) for each, given, constant in request.bindings]
    for (word, before), (_, after) in zip(here, _observed(request, bindings)):
        if before.shape != after.shape or np.abs(after - before).max(initial=0) > _NUDGE**2:
            return word
    return None


def _observed(request: Request, bindings: list[Any]) -> list[tuple[str, Array]]:
    try:
        again = Request(request.expr, bindings, seed=request.seed, stdin=request.stdin, no_grad=True)
        recorder = forward(again, _Operands).recorder
    except Problem:
        return []
    assert isinstance(recorder, _Operands)
    return recorder.found


def mirrored(shape: tuple[int, ...], is_complex: bool = False) -> list[Direction]:
    """The directions of a batch of symmetric matrices: the diagonal's entries, and those below it with their mirror images.

    Of complex ones, the last dimension of `shape` being that of the two parts, the directions in which they stay Hermitian:
    imaginary parts move against their mirror images', and those of the diagonal not at all.
    """
    parts = 2 if is_complex else 1
    size = shape[-1 - is_complex]
    places = np.arange(int(np.prod(shape))).reshape(-1, size, size, parts)
    rows, columns = np.tril_indices(size)
    return [
        (int(each[row, column, part]),)
        if row == column
        else (int(each[row, column, part]), int(each[column, row, 0]) if not part else ~int(each[column, row, 1]))
        for each in places
        for row, column in zip(rows.tolist(), columns.tolist())
        for part in range(parts if row != column else 1)
    ]


def symmetrised(array: Array) -> Array:
    """The symmetric (of complex numbers, the Hermitian) part of a matrix."""
    return (array + array.swapaxes(-1, -2).conj()) / 2
