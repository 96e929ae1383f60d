"""Products of matrices of float32 whose sums are added in the order of the library that PyTorch's CPU builds call.

The last digits of a product depend on that order, and a training loop that prints its loss in full shows them.  Found out by
adding up numbers of which two cancel each other, for each pair of places (Xie et al., FPRev, arXiv:2411.00442): large matrices
are sums of fused multiply-adds, one by one, over blocks of at most 192 columns; small ones multiply and add, rounding
twice, in lanes where both operands lie in memory along the summed dimension.  What a BLAS of NumPy's gives for one block is
the same as the former; the latter is written out here.  Other dtypes are left to NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Array, Operand

_FLOAT32 = np.dtype(np.float32)
_BLOCK = 192  # columns of the left matrix that are summed up before they are added to the result
_NARROW, _LOW = 12, 4  # with fewer columns, or rows, of the result, a matrix is small
_TINY = 400  # products of a pair in a batch, below which PyTorch does not call the library
_MOST = 1 << 20  # products that are written out: a few milliseconds
_WIDE = 16  # columns that a BLAS of NumPy's takes at a time
_VECTOR = 4  # numbers in a vector, which begins at a multiple of its length

_add = np.add.reduce


def product(x: Operand, y: Operand, start: Operand | None = None) -> Any:
    """`x @ y` of two matrices, a matrix and a vector, two vectors, or two batches of matrices.

    start  what is added to it, of the result's shape, or None
    """
    if type(x) is not np.ndarray or type(y) is not np.ndarray or x.dtype.char != "f" or y.dtype.char != "f":
        return x @ y if start is None else x @ y + start
    if x.ndim == y.ndim == 2:
        return _matrices(x, y, start)
    if y.ndim == 1:
        return _dot(x, y) if x.ndim == 1 else _added(_matrix_vector(x, y), start)
    if x.ndim == 3 and x.size and y.size:
        return _added(_batches(x, y), start)
    return x @ y


def _batches(x: Array, y: Operand) -> Any:
    """Matrices times matrices, pair by pair."""
    rows, inner, columns = x.shape[1], x.shape[2], y.shape[2]
    if rows * inner * columns < _TINY:
        return np.stack([_in_turn(_products(*pair)) for pair in zip(x, y)])
    if rows >= _LOW and columns >= _NARROW:
        return np.stack([_in_blocks(*pair, None) for pair in zip(x, y)])
    if x.size * columns > _MOST:
        return x @ y
    return np.stack([_small(*pair, None, place) for place, pair in enumerate(zip(x, y))])


def _added(sums: Array, start: Operand | None) -> Any:
    return sums if start is None else sums + start


def _matrices(x: Array, y: Array, start: Operand | None) -> Any:
    """Matrix times matrix."""
    (rows, inner), columns = x.shape, y.shape[1]
    if inner == 1 or not (rows and inner and columns):  # nothing is added up
        return _added(x @ y, start)
    if rows >= _LOW and columns >= _NARROW:
        rest = rows % _LOW if rows < 3 * _LOW and inner > (4 * _VECTOR if columns <= 4 * _VECTOR else _VECTOR) else 0
        if not rest:
            return _in_blocks(x, y, start)
        whole = rows - rest
        above, below = (None, None) if start is None else (start[:whole], start[whole:])
        large, small = _in_blocks(x[:whole], y, above), _small(x[whole:], y, below, 0, whole)
        return np.concatenate([large, small])
    if rows * inner * columns > _MOST:
        return _in_blocks(x, y, start)
    if rows == 1 or columns == 1:
        return _one_line(x, y, start)
    return _small(x, y, start)


def _in_blocks(x: Operand, y: Array, start: Operand | None) -> Any:
    """The product as the sum of those of blocks of columns of `x`."""
    inner = x.shape[1]
    if x.shape[0] * inner * y.shape[1] <= _MOST:  # where BLAS has other orders for other layouts
        x, y = np.asfortranarray(x), np.ascontiguousarray(y)
    elif y.shape[1] % _WIDE and y.strides[1] == y.itemsize:
        x = np.asfortranarray(x)
    step = min(_BLOCK, inner // 2) if inner > _BLOCK else inner
    total = x[:, :step] @ y[:step]
    if start is not None:
        total += start
    for place in range(step, inner, step):
        total += x[:, place : place + step] @ y[place : place + step]
    return total


def _runs_along_columns(y: Array) -> bool:
    """Whether neighbours in a column of `y` are neighbours in memory: it is the transpose of a matrix that lies row by row."""
    return bool(y.strides[0] == y.itemsize and y.strides[1] != y.itemsize)


def _small(x: Array, y: Array, start: Operand | None, place: int = 0, above: int = 0) -> Any:
    """A product with few rows or columns, which `place` others of its batch and rows of its own lie before in memory."""
    (rows, inner), columns = x.shape, y.shape[1]
    row = place * rows + above + np.arange(rows)
    if not (_runs_along_columns(y) and x.strides[1] == x.itemsize):
        return _by_columns(x, y, start, -row * columns % _VECTOR)
    wide, ahead = columns // _VECTOR * _VECTOR, -row * inner % _VECTOR
    parts = [_in_lanes(x, y[:, :wide], ahead, _VECTOR), _in_lanes(x, y[:, wide:], ahead, 2 * _VECTOR)]
    return _added(np.concatenate(parts, 1), start)


def _products(x: Operand, y: Operand) -> Any:
    """All products, with the summed dimension first: [inner, rows, columns].  The longer of the others lies last in memory."""
    left, right = np.ascontiguousarray(x.T), np.ascontiguousarray(y)
    if len(x) > y.shape[1]:
        return (right[:, :, None] * left[:, None, :]).transpose(0, 2, 1)
    return left[:, :, None] * right[:, None, :]


def _in_turn(products: Operand) -> Any:
    """The sum along the first dimension, one by one (NumPy adds up a single column pairwise)."""
    return np.add.accumulate(products)[-1] if products[0].size == 1 else _add(products)


def _in_lanes(x: Array, y: Operand, ahead: Array, lanes: int) -> Any:
    """Sums of every `lanes`-th product, behind the first `ahead` of each row, with which its first whole vector begins."""
    if not y.shape[1]:
        return np.empty((len(x), 0), x.dtype)
    products = _products(x, y)
    inner = len(products)
    starts = set(ahead.tolist())
    sums = np.empty(products.shape[1:], x.dtype)
    for start in starts:
        rows: Any = slice(None) if len(starts) == 1 else ahead == start
        sums[rows] = _lane_sums(products[:, rows], start, start + (inner - start) // lanes * lanes, lanes)
    return sums


def _lane_sums(products: Operand, start: int, stop: int, lanes: int) -> Any:
    """The sum along the first dimension: those before `start` go to the first lane, those from `stop` on are added one by one
    to the sum of the lanes, which are added to each other by halves.  Writes over the products."""
    if stop <= start:
        return _in_turn(products)
    vectors = products[start:stop].reshape(-1, lanes, *products.shape[1:])
    if start:
        vectors[0, 0] += _in_turn(products[:start])
    sums = _in_turn(vectors)
    while len(sums) > 1:
        half = len(sums) // 2
        sums = sums[:half] + sums[half:]
    return sums[0] if stop == len(products) else _in_turn(np.concatenate([sums, products[stop:]]))


def _by_columns(x: Operand, y: Operand, start: Operand | None, ahead: Array) -> Any:
    """Sums of products one by one; the first `ahead` of each row, before a whole vector, take every second four at once."""
    products = _products(x, y)
    opening = products[:0] if start is None else np.broadcast_to(start, products.shape[1:])[None]
    sums = _in_turn(products if start is None else np.concatenate([opening, products]))
    inner, rows, columns = products.shape
    whole = inner // (2 * _VECTOR) * 2 * _VECTOR
    ahead[columns - ahead < _VECTOR] = 0
    if not whole or not ahead.any():
        return sums
    front = products[:, :, : _VECTOR - 1]
    eights = front[:whole].reshape(-1, 2 * _VECTOR, rows, front.shape[2])
    eights = np.concatenate([eights[:, :_VECTOR], _add(eights[:, _VECTOR:], 1, keepdims=True)], 1)
    scalars = _in_turn(np.concatenate([opening[:, :, : _VECTOR - 1], eights.reshape(-1, rows, front.shape[2]), front[whole:]]))
    chosen = np.arange(front.shape[2]) < ahead[:, None]
    sums[:, : _VECTOR - 1][chosen] = scalars[chosen]
    return sums


def _one_line(x: Array, y: Array, start: Operand | None) -> Any:
    """A product of a single row, or of a single column."""
    lies_by_rows = x.strides[1] == x.itemsize if y.shape[1] == 1 else _runs_along_columns(y)
    if start is None and not lies_by_rows and (x.shape[0] > 1 or y.shape[1] > 1):
        sums = _add(np.multiply(x.T, y, order="C"))  # [inner, the others]
        return sums[None] if x.shape[0] == 1 else sums[:, None]
    if not lies_by_rows or (x.shape[0] == y.shape[1] == 1 and not _runs_along_columns(y)):
        return _by_columns(x, y, start, np.zeros(len(x), int))
    line = _matrix_vector(x, y[:, 0])[:, None] if y.shape[1] == 1 else _matrix_vector(y.T, x[0])[None]
    return _added(line, start)


def _matrix_vector(x: Array, y: Operand) -> Any:
    """Matrix times vector."""
    inner = x.shape[1]
    if not x.size or x.size > _MOST:
        return x @ y
    products = np.multiply(x.T, y[:, None], order="C")
    if x.strides[1] != x.itemsize:
        return _in_turn(products)
    whole = len(x) // _LOW * _LOW
    parts = [_lane_sums(products[:, :whole], (inner - 1) % _VECTOR + 1, inner, _VECTOR)] if whole else []
    if whole == len(x):
        return parts[0]
    stop = _VECTOR + (inner - _VECTOR) // (2 * _VECTOR) * 2 * _VECTOR
    for row in range(whole, len(x)):  # the last ones, by two: one in twice as many lanes
        lanes = _VECTOR if row % 2 else 2 * _VECTOR
        parts.append(_lane_sums(products[:, row : row + 1], _VECTOR, stop, lanes))
    return np.concatenate(parts)


def _dot(x: Array, y: Operand) -> Any:
    """Vector times vector."""
    if x.size < 2 or x.size > _MOST:
        return x @ y
    products = x * y
    count = len(products)
    lanes = np.zeros((_VECTOR, _VECTOR), products.dtype)
    start = 0
    for together in (4, 2, 1):  # so many vectors at a time, each to lanes of its own
        stop = start + (count - start) // (together * _VECTOR) * together * _VECTOR
        parts = products[start:stop].reshape(-1, together, _VECTOR)
        lanes[:together] = _add(np.concatenate([lanes[None, :together], parts]))
        start = stop
    for each in products[start:]:
        lanes[0, 0] += each
    one, two, three, four = _add(lanes)
    return (one + three) + (two + four)
