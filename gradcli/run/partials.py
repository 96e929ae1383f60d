"""What the derivative commands give back: plain data, from which their reports are rendered."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Record
from gradcli.run.result import Note, Output, Warning

JACOBIAN, HESSIAN, JVP, HVP = "jacobian", "hessian", "jvp", "hvp"


class Partial(Record):
    """One block of a Jacobian or a Hessian: the derivatives of one output by one leaf, or by two.

    out        "out", or "out[1]" where the expression gives a tuple
    by         the names of the leaves: one for a Jacobian, two for a Hessian
    shapes     of the output (a Jacobian's only) and of each leaf; joined, they are the block's shape
    dtype      of the numbers
    structure  what was seen of it: "zero", "diagonal", "sparse" (at most one entry in a row or column) or "dense"
    value      an ndarray of the whole shape, or None where only what is not zero was asked for:
    indices, values   a row of indices for each dimension, and the numbers; or None
    """

    __slots__ = ("out", "by", "shapes", "dtype", "structure", "value", "indices", "values")
    out: str
    by: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    dtype: str
    structure: str
    value: Any
    indices: Any
    values: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The shapes of the parts, one after the other."""
        return tuple([length for shape in self.shapes for length in shape])


class Partials(Record):
    """All blocks of a Jacobian (`kind`), in the order of outputs and leaves, or of a Hessian."""

    __slots__ = ("kind", "blocks", "is_tuple")
    kind: str
    blocks: tuple[Partial, ...]
    is_tuple: bool

    def matrix(self, most: int) -> Matrix | None:
        """All blocks as one matrix with a row for each element of the outputs (of the leaves, for a Hessian) and a column
        for each element of the leaves; None where only what is not zero was asked for, or of more than `most` entries."""
        if not self.blocks or any([block.value is None for block in self.blocks]):
            return None
        if sum([block.value.size for block in self.blocks]) > most:  # before anything is copied or named
            return None
        firsts = list(dict.fromkeys([self._first(block) for block in self.blocks]))
        names = list(dict.fromkeys([block.by[-1] for block in self.blocks]))
        by_place = {(self._first(block), block.by[-1]): block for block in self.blocks}
        rows = [np.concatenate([_flattened(by_place[first, name]) for name in names], axis=1) for first in firsts]
        tops, sides = [by_place[firsts[0], name] for name in names], [by_place[first, names[0]] for first in firsts]
        return Matrix(
            tuple([label for first, block in zip(firsts, sides) for label in labels_of(first, block.shapes[0])]),
            tuple([label for name, block in zip(names, tops) for label in labels_of(name, block.shapes[-1])]),
            np.concatenate(rows),
        )

    def _first(self, block: Partial) -> str:
        return block.by[0] if self.kind == HESSIAN else block.out

    def arrays(self) -> list[Any]:
        """All its numbers."""
        return [each.values if each.value is None else each.value for each in self.blocks]


class Matrix(Record):
    """A matrix of derivatives: what its rows and its columns belong to, and the numbers."""

    __slots__ = ("rows", "columns", "value")
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    value: Any


def labels_of(name: str, shape: tuple[int, ...]) -> list[str]:
    """What the elements of a value are called: its name, or `name[i, j]` for those of an array."""
    return [f"{name}[{', '.join(map(str, place))}]" if shape else name for place in np.ndindex(*shape)]


def _flattened(block: Partial) -> Any:
    return block.value.reshape(int(np.prod(block.shapes[0])), int(np.prod(block.shapes[-1])))


class Directional(Record):
    """A derivative along tangents (`kind` is "jvp" or "hvp"): `values` by output, or by leaf for a Hessian's."""

    __slots__ = ("kind", "tangents", "values", "is_tuple")
    kind: str
    tangents: dict[str, Any]
    values: dict[str, Any]
    is_tuple: bool

    def arrays(self) -> list[Any]:
        """All its numbers."""
        return [*self.values.values()]


class DerivativeResult(Record):
    """The answer of `gradcli jacobian`, `hessian`, `jvp` and `hvp`."""

    __slots__ = ("expr", "outputs", "is_tuple", "derivative", "warnings", "notes", "default_dtype")
    expr: str
    outputs: tuple[Output, ...]
    is_tuple: bool
    derivative: Partials | Directional
    warnings: tuple[Warning, ...]
    notes: tuple[Note, ...]  # where they were asked for
    default_dtype: str
