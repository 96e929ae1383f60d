"""Batches of which each row has one entry that may differ from zero: how a Jacobian starts, and often how it ends.

The rows of an identity matrix are such a batch.  Through elementwise operations, and through all that only moves elements,
each row keeps to one entry: so the Jacobian of `exp(x.T) * y` costs one step of n numbers for each operation, not n steps.
Whatever needs whole rows gets them written out, and then goes on as with any batch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.engine.batch import Batch, Unbatched, matmul
from gradcli.graph.types import Array, Axes, Index, Operand


class TooLarge(Exception):
    """The rows written out would take more memory than they may; fewer of them at a time would not."""


class OneHot(Batch):
    """Row i is zero but for `values[i]` at `places[i]`, a position in the flattened array of `shape`.

    room   how many elements the rows may take when they are written out
    fresh  whether these are new, zeros or a copy, so that items may be set; there are no views through which to set them
    """

    __slots__ = ("_shape", "fresh", "places", "room", "values")

    def __init__(self, values: Any, places: Any, shape: tuple[int, ...], room: float, fresh: bool = False) -> None:
        self.fresh = fresh
        self.values = values
        self.places = places
        self._shape = tuple(shape)
        self.room = room

    @property
    def ndarray(self) -> Any:
        """The rows written out.  Raises TooLarge, and Unbatched where somebody might want to set items of theirs."""
        if self.fresh:
            raise Unbatched("fresh")
        return self.written_out()

    def written_out(self) -> Any:
        """The rows as one array.  Raises TooLarge."""
        if self.rows * self.size > self.room:
            raise TooLarge
        whole = np.zeros((self.rows, self.size), self.dtype)
        if self.size:
            whole[np.arange(self.rows), self.places] = self.values
        return whole.reshape(self.rows, *self._shape)

    @property
    def rows(self) -> int:
        """How many arrays there are."""
        return len(self.values)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of each."""
        return self._shape

    @property
    def dtype(self) -> Any:
        """The dtype of all."""
        return self.values.dtype

    def moved(self, places: Any, shape: tuple[int, ...]) -> OneHot:
        """The same entries at other places of another shape."""
        return OneHot(self.values, places, shape, self.room)

    def scaled(self, values: Any) -> OneHot:
        """Other entries at the same places."""
        return OneHot(values, self.places, self._shape, self.room)

    def at_places(self, array: Array) -> Any:
        """The entries of one array (or number), broadcast to the shape of the rows, at the places of the rows."""
        array = np.asarray(array)
        if array.size == 1:
            return array.reshape(())
        whole = array if array.shape == self._shape else np.broadcast_to(array, self._shape)
        return whole.reshape(-1)[self.places]

    # --- what keeps to one entry ---

    def zeros(self, shape: tuple[int, ...]) -> Batch:
        return OneHot(np.zeros_like(self.values), np.zeros_like(self.places), shape, self.room, fresh=True)

    def copy(self) -> Batch:
        return OneHot(self.values, self.places, self._shape, self.room, fresh=True)

    def astype(self, dtype: np.dtype[Any], **words: Any) -> Batch:
        return self.scaled(self.values.astype(dtype))

    def reshape(self, *shape: Any, copy: bool | None = None) -> Batch:
        lengths = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return self.moved(self.places, np.broadcast_to(np.int8(0), self._shape).reshape(lengths).shape)

    def transpose(self, *order: Any) -> Batch:
        dims = order[0] if len(order) == 1 and not isinstance(order[0], int) else order or range(self.ndim)[::-1]
        if self.ndim < 2:
            return self.moved(self.places, self._shape)
        lengths = [self._shape[each] for each in dims]
        where = np.unravel_index(self.places, self._shape)
        return self.moved(np.ravel_multi_index([where[each] for each in dims], lengths), (*lengths,))

    def swapaxes(self, one: int, other: int) -> Batch:
        order = list(range(self.ndim))
        order[one], order[other] = order[other], order[one]
        return self.transpose(order)

    def squeeze(self, axis: Axes = None) -> Batch:
        return self.reshape(np.broadcast_to(np.int8(0), self._shape).squeeze(axis).shape)

    def sum(self, axis: Axes = None, dtype: np.dtype[Any] | None = None, keepdims: bool = False) -> Batch:
        """Each row's entry is its sum; where it lands is where its place is when the summed dimensions have one length."""
        if not self.size:
            return super().sum(axis, dtype, keepdims)
        axes = [each - 1 for each in self.axes(axis)]
        lengths = tuple([1 if dim in axes else length for dim, length in enumerate(self._shape)])
        landing = np.broadcast_to(np.arange(_count(lengths)).reshape(lengths), self._shape)
        summed = self.moved(landing.reshape(-1)[self.places], lengths)
        return summed if keepdims else summed.squeeze(tuple(axes))

    def masked(self, condition: Any) -> Batch:
        if not _within(np.shape(condition), self._shape):
            return super().masked(condition)
        return self.scaled(np.where(self.at_places(condition), self.values, self.dtype.type(0)))

    def __getitem__(self, key: Index) -> Batch:
        picked = np.arange(self.size).reshape(self._shape)[key]
        sources = picked.reshape(-1)
        if not sources.size:
            return Batch(np.zeros((self.rows, *picked.shape), self.dtype))
        if np.bincount(sources).max() > 1:
            return Batch(self.ndarray)[key]
        found = np.full(self.size, -1)
        found[sources] = np.arange(sources.size)
        places = found[self.places]
        kept = self.scaled(np.where(places < 0, self.dtype.type(0), self.values))
        return kept.moved(np.maximum(places, 0), picked.shape)

    def __setitem__(self, key: Index, value: Operand) -> None:
        """Entries into zeros, where no other is, or zeros in the place of entries."""
        target = np.arange(self.size).reshape(self._shape)[key]
        if not self.fresh:
            raise Unbatched("setitem")
        if not isinstance(value, Batch) and not np.any(value):
            self.values = np.where(np.isin(self.places, target), self.dtype.type(0), self.values)
        elif isinstance(value, OneHot) and value.shape == target.shape and not self.values.any():
            self.values, self.places = value.values, target.reshape(-1)[value.places] if target.size else value.places
        else:
            raise Unbatched("setitem")
        self.fresh = False

    def add_at(self, key: Index, value: Operand) -> None:
        self[key] = value

    # --- operators ---

    def __iadd__(self, other: Any) -> Any:
        return self + other

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **words: Any) -> Any:
        step = _STEPS.get(ufunc) if method == "__call__" and not words else None
        result = step(*inputs) if step is not None else None
        return super().__array_ufunc__(ufunc, method, *inputs, **words) if result is None else result


def _multiplied(x: Operand, y: Array) -> Batch | None:
    if isinstance(x, OneHot) and not isinstance(y, Batch) and _within(np.shape(y), x.shape):
        return x.scaled(x.values * x.at_places(y))
    return _multiplied(y, x) if isinstance(y, OneHot) and not isinstance(x, Batch) and np.ndim(x) <= y.ndim else None


def _divided(x: OneHot, y: Array) -> Batch | None:
    if isinstance(y, Batch) or not _within(np.shape(y), x.shape):
        return None
    return x.scaled(x.values / x.at_places(y))


def _added(x: Operand, y: Operand) -> Batch | None:
    """Where each row has its entry at the same place in both, or has none in one of them."""
    if not isinstance(x, OneHot) or not isinstance(y, OneHot) or x.shape != y.shape:
        return None
    empty = x.values == 0
    if not np.all(empty | (y.values == 0) | (x.places == y.places)):
        return None
    return OneHot(x.values + y.values, np.where(empty, y.places, x.places), x.shape, x.room)


def _subtracted(x: Operand, y: Operand) -> Batch | None:
    return _added(x, -y) if isinstance(y, OneHot) else None


def _product(x: Any, y: Any) -> Batch | None:
    """Of a matrix and vectors: columns are picked, and nothing is multiplied out."""
    if isinstance(y, Batch):
        return _product(y, x.T) if y.ndim == 1 and x.ndim == 2 and not isinstance(x, Batch) else None
    if x.ndim != 1 or y.ndim != 2:
        return None
    if x.rows * y.shape[1] > x.room:
        raise TooLarge
    if not x.size:
        return matmul(Batch(x.ndarray), y)
    return Batch(x.values[:, None] * y[x.places])


_STEPS: dict[Any, Any] = {
    np.multiply: _multiplied,
    np.true_divide: _divided,
    np.negative: lambda x: x.scaled(-x.values),
    np.add: _added,
    np.subtract: _subtracted,
    np.matmul: _product,
}


def _within(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether a shape broadcasts to the whole one."""
    return len(shape) <= len(whole) and all([m in (1, n) for m, n in zip(shape[::-1], whole[::-1])])


def _count(lengths: tuple[int, ...]) -> int:
    count = 1
    for length in lengths:
        count *= length
    return count
