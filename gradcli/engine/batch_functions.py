"""NumPy's functions for batches: what each does to all rows at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradcli.engine.batch import Batch, Unbatched, aligned, elementwise
from gradcli.graph.types import Array, Axes, Operand


def _where(condition: Operand, x: Operand, y: Operand) -> Any:
    for each, other in ((x, y), (y, x)):
        if isinstance(each, Batch) and not isinstance(condition, Batch) and _is_zero(other):
            return each.masked(condition if each is x else np.logical_not(condition))
    return elementwise(np.where, condition, x, y)


def _is_zero(value: Operand) -> bool:
    return not isinstance(value, Batch) and np.ndim(value) == 0 and not bool(value)


def _broadcast_to(x: Batch, shape: Any) -> Batch:
    return Batch(np.broadcast_to(aligned(x, len(shape)), (x.rows, *shape))) if x.shape != tuple(shape) else x


def _expand_dims(x: Operand, axis: int) -> Any:
    return x.reshape(np.expand_dims(np.broadcast_to(np.int8(0), x.shape), axis).shape)


def _concatenate(values: Sequence[Any], axis: int = 0) -> Batch:
    whole = _all_batches(values)
    return Batch(np.concatenate([each.ndarray for each in whole], whole[0].axis(axis)))


def _stack(values: Sequence[Any], axis: int = 0) -> Batch:
    whole = _all_batches(values)
    return Batch(np.stack([each.ndarray for each in whole], whole[0].axis(axis, more=1)))


def _all_batches(values: Sequence[Any]) -> list[Batch]:
    """Batches, and among them arrays that are the same in every row."""
    rows = next(each.rows for each in values if isinstance(each, Batch))
    return [each if isinstance(each, Batch) else Batch(np.broadcast_to(each, (rows, *each.shape))) for each in values]


def _tile(x: Batch, repeats: Sequence[int]) -> Batch:
    return Batch(np.tile(aligned(x, len(repeats)), (1, *repeats)))


def _flip(x: Batch, axis: Axes = None) -> Batch:
    return Batch(np.flip(x.ndarray, x.axes(axis)))


def _trace(x: Batch, dtype: np.dtype[Any] | None = None) -> Batch:
    return Batch(np.trace(x.ndarray, axis1=1, axis2=2, dtype=dtype))


def _take_along_axis(x: Operand, indices: Any, axis: int) -> Any:
    return x[_along(x.shape, indices, axis)]


def _put_along_axis(out: Array, indices: Any, values: Any, axis: int) -> None:
    out[_along(out.shape, indices, axis)] = values


def _along(shape: tuple[int, ...], indices: Any, axis: int) -> tuple[Any, ...]:
    """The index that takes `indices` along one dimension, and everything along the others."""
    if isinstance(indices, Batch):
        raise Unbatched("along_axis")
    key = list(np.ix_(*[np.arange(length) for length in shape]))
    key[axis] = indices
    return tuple(key)


def _roll(x: Batch, shift: Any, axis: Axes = None) -> Any:
    if axis is None:
        return _roll(x.reshape((-1,)), shift, 0).reshape(x.shape)
    return Batch(np.roll(x.ndarray, shift, x.axes(axis)))


def _rot90(x: Batch, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Batch:
    return Batch(np.rot90(x.ndarray, k, (x.axis(axes[0]), x.axis(axes[1]))))


def _pad(x: Batch, pad_width: Sequence[Any], **words: Any) -> Batch:
    return Batch(np.pad(x.ndarray, [(0, 0), *pad_width], **words))


def _transform(function: Callable[..., Any]) -> Callable[..., Batch]:
    """A Fourier transform along several dimensions."""
    return lambda x, s=None, axes=None, norm=None: Batch(function(x.ndarray, s, x.axes(axes), norm))


def _moveaxis(x: Batch, source: Any, destination: Any) -> Batch:
    return Batch(np.moveaxis(x.ndarray, x.axes(source), x.axes(destination)))


def _windows(x: Batch, window_shape: Any, axis: Axes = None) -> Batch:
    return Batch(np.lib.stride_tricks.sliding_window_view(x.ndarray, window_shape, x.axes(axis)))


def _cross(x: Operand, y: Operand, axis: int = -1) -> Batch:
    ndim = max(x.ndim, y.ndim)
    return Batch(np.cross(aligned(x, ndim), aligned(y, ndim), axis=axis % ndim - ndim))


def _solve(matrix: Operand, right: Any) -> Any:
    if right.ndim == 1:
        return _solve(matrix, right[:, None]).squeeze(-1)
    ndim = max(matrix.ndim, right.ndim)
    return Batch(np.linalg.solve(aligned(matrix, ndim), aligned(right, ndim)))


def _zeros_like(x: Batch) -> Batch:
    return x.masked(np.False_)


def row_by_row(function: Callable[..., Any], args: Any, words: dict[str, Any]) -> Batch:
    """A function that has no form: applied to each row.  Raises Unbatched where it gives no array."""
    values = [*args, *words.values()]
    rows = next(each.rows for each in _flattened(values) if isinstance(each, Batch))
    results = []
    for row in range(rows):
        named = {name: _row_of(value, row) for name, value in words.items()}
        results.append(function(*[_row_of(value, row) for value in args], **named))
    if not all([isinstance(each, (np.ndarray, np.generic)) for each in results]):
        raise Unbatched(getattr(function, "__name__", "function"))
    return Batch(np.stack(results))


def _flattened(values: Sequence[Any]) -> list[Any]:
    return [one for each in values for one in (each if isinstance(each, (list, tuple)) else (each,))]


def _row_of(value: Operand, row: int) -> Any:
    """One row of a batch, or of those in a list; what is no batch is the same in every row."""
    if isinstance(value, (list, tuple)):
        return type(value)([_row_of(each, row) for each in value])
    return np.ascontiguousarray(value.ndarray[row]) if isinstance(value, Batch) else value


FORMS: Final[dict[Callable[..., Any], Callable[..., Any]]] = {
    np.where: _where,
    np.broadcast_to: _broadcast_to,
    np.expand_dims: _expand_dims,
    np.concatenate: _concatenate,
    np.stack: _stack,
    np.tile: _tile,
    np.flip: _flip,
    np.trace: _trace,
    np.diagonal: lambda x, *args, **words: x.diagonal(*args, **words),
    np.tril: lambda x, k=0: Batch(np.tril(x.ndarray, k)),
    np.triu: lambda x, k=0: Batch(np.triu(x.ndarray, k)),
    np.roll: _roll,
    np.rot90: _rot90,
    np.pad: _pad,
    np.take: lambda x, indices, axis=None: x.take(indices, axis),
    np.take_along_axis: _take_along_axis,
    np.put_along_axis: _put_along_axis,
    np.moveaxis: _moveaxis,
    np.lib.stride_tricks.sliding_window_view: _windows,
    np.cross: _cross,
    np.linalg.solve: _solve,
    np.zeros_like: _zeros_like,
    np.ndim: lambda x: x.ndim,
    np.shape: lambda x: x.shape,
    np.size: lambda x: x.size,
}


def form_of(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """What a function of NumPy's does to all rows at once; None where nothing is known of it."""
    form = FORMS.get(function)
    return _transform(function) if form is None and function.__module__ == "numpy.fft" else form  # which few ever load
