"""Batches: many cotangents (or tangents) of one shape that travel through a graph together.

A batch stands where a rule expects one bare array.  It has that array's shape, and NumPy's own protocols bring every
operator, method and function of NumPy's that rules use to all its rows at once.  So a rule that is written for one
cotangent serves a thousand of them in one vectorised step, and no row of the table says anything about batches.

Only linear steps ever meet a batch: a rule is linear in what it passes on, and whatever else it computes with is one array.
A function of NumPy's that is not known here is applied row by row; where even that cannot be, Unbatched is raised, and
the caller goes row by row.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gradcli.graph.types import Array, Axes, Index, Operand


class Unbatched(Exception):
    """A rule asked of a batch what only one array can give."""


class Batch(NDArrayOperatorsMixin):
    """So many arrays of one shape: `array` has a dimension for the rows in front, of which `shape` and `ndim` do not tell."""

    __slots__ = ("ndarray",)
    ndarray: Any

    def __init__(self, array: Array) -> None:
        self.ndarray = array

    # --- what one of its arrays would say of itself ---

    @property
    def rows(self) -> int:
        """How many arrays there are."""
        return len(self.ndarray)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of each."""
        return self.ndarray.shape[1:]  # type: ignore[no-any-return]

    @property
    def dtype(self) -> Any:
        """The dtype of all."""
        return self.ndarray.dtype

    @property
    def real(self) -> Batch:
        """The real parts."""
        return Batch(self.ndarray.real)

    @property
    def imag(self) -> Batch:
        """The imaginary parts."""
        return Batch(self.ndarray.imag)

    @property
    def ndim(self) -> int:
        """How many dimensions each has."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many elements each has."""
        size = 1
        for length in self.shape:
            size *= length
        return size

    @property
    def flags(self) -> Any:
        """How the rows lie in memory."""
        return self.ndarray.flags

    def __getattr__(self, name: str) -> Any:
        """A method that is not known here, as a function that goes row by row."""
        method = getattr(np.ndarray, name, None)
        if not callable(method):
            raise Unbatched(name)
        from gradcli.engine.batch_functions import row_by_row

        return lambda *args, **words: row_by_row(method, (self, *args), words)

    def __array__(self, *args: Any, **words: Any) -> Any:
        raise Unbatched("asarray")

    def __float__(self) -> float:
        raise Unbatched("float")

    def written_out(self) -> Any:
        """All rows as one array."""
        return self.ndarray

    # --- methods of arrays ---

    def zeros(self, shape: tuple[int, ...]) -> Batch:
        """As many arrays of zeros, in another shape."""
        return Batch(np.zeros((self.rows, *shape), self.dtype))

    def copy(self) -> Batch:
        """The same values in memory of their own."""
        return Batch(self.ndarray.copy())

    def astype(self, dtype: np.dtype[Any], **words: Any) -> Batch:
        """The values in another dtype."""
        return Batch(self.ndarray.astype(dtype, **words))

    def reshape(self, *shape: Any, copy: bool | None = None) -> Batch:
        """Copied where the rows together need that, whatever one of them would."""
        lengths = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return Batch(self.ndarray.reshape(self.rows, *lengths))

    def transpose(self, *order: Any) -> Batch:
        """The dimensions in another order, or in reverse."""
        dims = order[0] if len(order) == 1 and not isinstance(order[0], int) else order or range(self.ndim)[::-1]
        return Batch(self.ndarray.transpose(0, *[self.axis(each) for each in dims]))

    @property
    def T(self) -> Batch:
        """All dimensions of each in reverse order."""
        return self.transpose()

    def swapaxes(self, one: int, other: int) -> Batch:
        """Two dimensions exchanged."""
        return Batch(self.ndarray.swapaxes(self.axis(one), self.axis(other)))

    def squeeze(self, axis: Axes = None) -> Batch:
        """Dimensions of length 1 left out: all, or those of `axis`."""
        dims = [dim for dim, length in enumerate(self.shape) if length == 1] if axis is None else axis
        return Batch(self.ndarray.squeeze(self.axes(dims)))

    def sum(self, axis: Axes = None, dtype: np.dtype[Any] | None = None, keepdims: bool = False) -> Batch:
        """The sum of each over some dimensions, or all."""
        return Batch(self.ndarray.sum(self.axes(axis), dtype=dtype, keepdims=keepdims))

    def cumsum(self, axis: int | None = None, dtype: np.dtype[Any] | None = None) -> Batch:
        """Running sums of each along a dimension."""
        if axis is None:
            return self.reshape((-1,)).cumsum(0, dtype)
        return Batch(self.ndarray.cumsum(self.axis(axis), dtype=dtype))

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Batch:
        """The diagonals of the plane of two dimensions, as a view."""
        return Batch(self.ndarray.diagonal(offset, self.axis(axis1), self.axis(axis2)))

    def masked(self, condition: Any) -> Batch:
        """What stands where a condition (one array) holds, and zeros elsewhere."""
        return elementwise(np.where, condition, self, self.dtype.type(0))

    def take(self, indices: Any, axis: int | None = None) -> Batch:
        """The entries at one array of indices, along a dimension or (None) of all."""
        if axis is None:
            return self.reshape((-1,)).take(indices, 0)
        return self[(slice(None),) * (axis % self.ndim) + (np.asarray(indices),)]

    def axis(self, dim: int, more: int = 0) -> int:
        """The axis of the whole array that dimension `dim` of each (with `more` dimensions than now) is."""
        return dim % (self.ndim + more) + 1

    def axes(self, dims: Any) -> tuple[int, ...]:
        """The axes of one dimension, of several, or of all (None)."""
        given = range(self.ndim) if dims is None else (dims,) if isinstance(dims, int) else dims
        return tuple([self.axis(each) for each in given])

    # --- indexing ---

    def __getitem__(self, key: Index) -> Batch:
        picked = self.ndarray[_behind_rows(key)]
        return Batch(np.moveaxis(picked, _width_in_front(key), 0))

    def __setitem__(self, key: Index, value: Operand) -> None:
        self.ndarray[_behind_rows(key)] = self._laid(value, key)

    def add_at(self, key: Index, value: Operand) -> None:
        """`np.add.at`: a place that the key names twice gets both."""
        np.add.at(self.ndarray, _behind_rows(key), self._laid(value, key))

    def _laid(self, value: Operand, key: Index) -> Any:
        """A value to be put at a key, its rows where NumPy's indexing wants them."""
        if not isinstance(value, Batch):
            return value
        ndim = np.broadcast_to(np.int8(0), self.shape)[key].ndim
        return np.moveaxis(aligned(value, ndim), 0, _width_in_front(key))

    # --- operators and functions ---

    def __iadd__(self, other: Any) -> Any:
        self.ndarray += aligned(other, self.ndim)
        return self

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **words: Any) -> Any:
        """An operator between batches and arrays; of two batches the rows meet one by one."""
        if ufunc is np.add and method == "at" and isinstance(inputs[0], Batch):
            inputs[0].add_at(*inputs[1:])
            return None
        if method == "accumulate" and set(words) <= {"axis"}:
            return Batch(ufunc.accumulate(inputs[0].ndarray, inputs[0].axis(words.get("axis", 0))))
        if method != "__call__" or words:
            raise Unbatched(ufunc.__name__)
        if ufunc is np.matmul:
            return matmul(*inputs)
        return elementwise(ufunc, *inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, words: Any) -> Any:
        """A function of NumPy's, where there is a form of it for batches."""
        from gradcli.engine.batch_functions import form_of, row_by_row  # which know this class

        form = form_of(function)
        return form(*args, **words) if form is not None else row_by_row(function, args, words)


def elementwise(function: Any, *values: Any) -> Batch:
    """A function whose result has an entry for each entry of the operands, broadcast against each other."""
    ndim = max([np.ndim(each) for each in values])
    return Batch(function(*[aligned(each, ndim) for each in values]))


def aligned(value: Operand, ndim: int) -> Any:
    """The whole array of a batch with so many dimensions behind the rows; what is no batch broadcasts as it is."""
    if not isinstance(value, Batch):
        return value
    array = value.ndarray
    missing = ndim - value.ndim
    return array.reshape(array.shape[:1] + (1,) * missing + array.shape[1:]) if missing > 0 else array


def matmul(x: Operand, y: Operand) -> Batch:
    """The product of matrices and vectors, one of them or both a batch; in one product of matrices where that is possible."""
    if isinstance(x, Batch) and isinstance(y, Batch):  # within functions of matrices of which one block is the cotangent
        return _matmul_of_matrices(x, y)
    if isinstance(x, Batch) and y.ndim == 2 and x.ndim <= 2:
        flat = x.ndarray.reshape(math.prod(x.ndarray.shape[:-1]), x.shape[-1]) @ y
        return Batch(flat.reshape(*x.ndarray.shape[:-1], y.shape[1]))
    if isinstance(y, Batch) and x.ndim == 2 and y.ndim == 1:
        return Batch(y.ndarray @ x.T)
    return _matmul_of_matrices(x, y)


def _matmul_of_matrices(x: Operand, y: Operand) -> Batch:
    """The general way: vectors become matrices of one row or column."""
    row, column = x.ndim == 1, y.ndim == 1
    left, right = x[None, :] if row else x, y[:, None] if column else y
    ndim = max(left.ndim, right.ndim)
    product = aligned(left, ndim) @ aligned(right, ndim)
    return Batch(product.squeeze(tuple([-2] * row + [-1] * column)))


def _behind_rows(key: Index) -> tuple[Any, ...]:
    return (slice(None), *(key if isinstance(key, tuple) else (key,)))


def _width_in_front(key: Index) -> int:
    """How many dimensions NumPy puts in front of the rows: those of lists of indices that other parts come between."""
    parts = key if isinstance(key, tuple) else (key,)
    lists = [place for place, each in enumerate(parts) if isinstance(each, (np.ndarray, list))]
    if not lists:
        return 0
    places = [place for place, each in enumerate(parts) if isinstance(each, (np.ndarray, list, int))]
    if places[-1] - places[0] + 1 == len(places):
        return 0
    return max([_width(parts[place]) for place in lists])


def _width(indices: Any) -> int:
    array = np.asarray(indices)
    return 1 if array.dtype == np.bool_ else array.ndim
