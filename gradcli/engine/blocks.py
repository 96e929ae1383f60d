"""Blocks of a Jacobian: the derivatives of one tensor by another, kept as a matrix, or as entries where they are few."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.engine.batch import Batch
from gradcli.engine.onehot import OneHot
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor
from gradcli.graph.types import Array

ZERO, DIAGONAL, SPARSE, DENSE = "zero", "diagonal", "sparse", "dense"


class Block:
    """A matrix with a row for each element of a tensor of `out_shape`, and a column for each of one of `in_shape`.

    Either `matrix` holds it, or `entries` does: (rows, columns, values) of all that may differ from zero.
    """

    __slots__ = ("dtype", "entries", "in_shape", "matrix", "out_shape")

    def __init__(
        self,
        out_shape: tuple[int, ...],
        in_shape: tuple[int, ...],
        dtype: np.dtype[Any],
        matrix: Array | None,
        entries: Any = None,
    ) -> None:
        self.out_shape = out_shape
        self.in_shape = in_shape
        self.dtype = dtype
        self.matrix = matrix
        self.entries = entries

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the output, then that of the input."""
        return self.out_shape + self.in_shape

    @property
    def structure(self) -> str:
        """What was seen while it was computed: zero, diagonal, sparse (at most one entry a row or column), or dense."""
        if self.matrix is not None:
            return DENSE
        rows, columns, _ = self.entries
        if not rows.size:
            return ZERO
        height, width = math.prod(self.out_shape), math.prod(self.in_shape)
        if min(height, width) == 1:
            return DENSE
        return DIAGONAL if height == width and np.array_equal(rows, columns) else SPARSE

    def dense(self) -> Any:
        """The whole, as an array of `shape`.  Raises Problem where that passes the limit on memory."""
        if self.matrix is not None:
            return self.matrix.reshape(self.shape)
        count = math.prod(self.out_shape), math.prod(self.in_shape)
        memory.reserve(count[0] * count[1], "the Jacobian", self.dtype.itemsize)
        whole = np.zeros(count, self.dtype)
        rows, columns, values = self.entries
        whole[rows, columns] = values
        return whole.reshape(self.shape)

    def nonzeros(self) -> tuple[Any, Any]:
        """The indices, a row of them for each dimension of `shape`, and the values of what is not zero, row by row."""
        if self.matrix is not None:
            rows, columns = np.nonzero(self.matrix)
            values = self.matrix[rows, columns]
        else:
            kept = self.entries[2] != 0
            rows, columns, values = [each[kept] for each in self.entries]
            order = np.lexsort((columns, rows))
            rows, columns, values = rows[order], columns[order], values[order]
        indices = [*_indices(rows, self.out_shape), *_indices(columns, self.in_shape)]
        return np.array(indices, np.int64).reshape(len(self.shape), values.size), values

    def transposed(self, dtype: np.dtype[Any]) -> Block:
        """The derivatives with rows for columns, in the dtype of what they are by."""
        entries = None if self.entries is None else (self.entries[1], self.entries[0], self.entries[2].astype(dtype))
        matrix = None if self.matrix is None else self.matrix.T.astype(dtype, copy=False)
        return Block(self.in_shape, self.out_shape, dtype, matrix, entries)


def _indices(places: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    return np.unravel_index(places, shape) if shape else ()


def zero_block(out: Tensor, x: Tensor) -> Block:
    """The block of an output that does not depend on the input."""
    nothing = np.zeros(0, np.int64)
    return Block(out.shape, x.shape, x.ndarray.dtype, None, (nothing, nothing, np.zeros(0, x.ndarray.dtype)))


class Collector:
    """Makes a block of the batches that arrive, each the next so many rows."""

    def __init__(self, source: Tensor, end: Tensor) -> None:
        self._source = source
        self._end = end
        self._matrix: Any = None
        self._parts: list[tuple[int, OneHot]] = []

    def add(self, start: int, rows: Batch | None) -> None:
        """Take in the rows from `start` on; None stands for zeros.  Raises Problem where there is no memory for them all."""
        if rows is None:
            return
        if isinstance(rows, OneHot) and self._matrix is None:
            self._parts.append((start, rows))
            return
        if self._matrix is None and not start and rows.rows == self._source.ndarray.size:
            self._matrix = rows.ndarray.reshape(rows.rows, rows.size)
            return
        self._write(start, rows)

    def block(self) -> Block:
        """The block of all rows that came."""
        shapes = self._source.shape, self._end.shape
        if self._matrix is not None:
            return Block(*shapes, self._matrix.dtype, self._matrix)
        if not self._parts:
            return zero_block(self._source, self._end)
        rows = np.concatenate([np.arange(start, start + part.rows) for start, part in self._parts])
        places, values = [np.concatenate([getattr(part, each) for _, part in self._parts]) for each in ("places", "values")]
        return Block(*shapes, values.dtype, None, (rows, places, values))

    def _write(self, start: int, rows: Batch) -> None:
        if self._matrix is None:
            elements = self._source.ndarray.size * self._end.ndarray.size
            memory.reserve(elements, "the Jacobian", rows.dtype.itemsize)
            self._matrix = np.zeros((self._source.ndarray.size, self._end.ndarray.size), rows.dtype)
            for first, part in self._parts:
                self._matrix[first : first + part.rows] = part.written_out().reshape(part.rows, -1)
        self._matrix[start : start + rows.rows] = rows.ndarray.reshape(rows.rows, -1)
