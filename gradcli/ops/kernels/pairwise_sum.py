"""Sums of floats in the order in which PyTorch adds them on a CPU, so that their last digits agree.

Its kernels read a line in vectors of 32 bytes, four vectors at a time, and add each of the four by itself: runs of 16 values
(or more, where there are very many), then runs of such sums, and so on over four levels.  Where neighbours in memory go to
different sums, each sum takes its values in that same cascade, one by one.  (ATen/native/cpu/SumKernel.cpp describes it.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

_BYTES = 32  # of a vector
_AT_A_TIME = 4  # vectors
_LEVELS = 4
_SHORTEST_RUN = 4  # as a power of two
_MOST = 1 << 15  # elements: from here on PyTorch shares them out among its threads


def add_up(x: Any, axes: tuple[int, ...] | None = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The sums of `x` over `axes` (all, if None), in `dtype` (that of `x`, if None).

    What is no array of floats, or a large one, adds up as it does.
    """
    dtype = x.dtype if dtype is None else np.dtype(dtype)
    if type(x) is not np.ndarray or dtype.char not in "fd" or not 3 < x.size < _MOST:  # of three the order is the same
        return x.sum(axes, dtype=dtype, keepdims=keepdims)
    x = x if x.dtype == dtype else x.astype(dtype)
    if axes is None or len(axes) == x.ndim:
        sums = _of_lines(x.ravel("K"))
        return sums.reshape((1,) * x.ndim) if keepdims else sums
    order = sorted(range(x.ndim), key=x.strides.__getitem__, reverse=True)  # as they lie in memory
    laid_out = x.transpose(order)
    if not laid_out.flags.c_contiguous:
        return x.sum(axes, keepdims=keepdims)
    sums = _of_groups(laid_out, [axis in axes for axis in order])
    kept = [axis for axis in order if axis not in axes]
    sums = sums.reshape([x.shape[axis] for axis in kept]).transpose([kept.index(axis) for axis in sorted(kept)])
    return np.expand_dims(sums, axes) if keepdims else sums


def add_one_by_one(x: Any) -> Any:
    """The sum of a line in the order of PyTorch's negative log likelihood: in runs, but in no vectors, the first one last."""
    if type(x) is not np.ndarray or x.ndim != 1 or x.size < 2:
        return x.sum()
    twice = np.stack([x[1:], x[1:]], 1)  # two columns, since NumPy adds up a single one pairwise
    return _cascade(twice, levels=8)[0] + x[0]


def add_for_softmax(x: Any, dim: int) -> Any:
    """The sums along a dimension, which stays, in the order of PyTorch's softmax.

    Along the last one it takes vectors of 64 bytes, of which it then adds the lanes: those of float32 half by half.
    """
    if type(x) is not np.ndarray or x.dtype.char not in "fd" or not 0 < x.size < _MOST:
        return x.sum(dim, keepdims=True)
    lanes, count = 2 * _BYTES // x.itemsize, x.shape[dim]
    if dim != x.ndim - 1 or count <= lanes:
        return np.add.accumulate(x, dim).take([count - 1], dim)
    rows = np.zeros((*x.shape[:-1], -(-count // lanes), lanes), x.dtype)
    rows.reshape(*x.shape[:-1], -1)[..., :count] = x
    sums = np.add.reduce(rows, -2)
    if x.dtype.char == "d":
        return np.add.accumulate(sums, -1)[..., -1:]
    while sums.shape[-1] > 1:
        half = sums.shape[-1] // 2
        sums = sums[..., :half] + sums[..., half:]
    return sums


def _of_groups(x: Any, summed: list[bool]) -> Any:
    """The sums over those axes of an array that are `summed`, some of them; neighbours of one kind count as one axis."""
    lengths: list[int] = []
    kinds: list[bool] = []
    for length, kind in zip(x.shape, summed):
        if kinds and kinds[-1] == kind:
            lengths[-1] *= length
        elif length > 1:
            lengths.append(length)
            kinds.append(kind)
    x = x.reshape(lengths)
    if True not in kinds:
        return x
    sums = _of_lines(x) if kinds[-1] else _of_columns(x)
    inner = len(kinds) - (1 if kinds[-1] else 2)  # the axis that is summed already
    outer = tuple([axis for axis in range(inner) if kinds[axis]])
    return np.add.reduce(sums, outer) if outer else sums


def _of_lines(x: Any) -> Any:
    """The sum along the last axis."""
    lanes = _BYTES // x.itemsize
    count = x.shape[-1]
    whole = count // lanes * lanes
    if not whole:
        return _interleaved(x[..., None])[..., 0]
    sums = _interleaved(x[..., :whole].reshape(*x.shape[:-1], whole // lanes, lanes))
    if whole < count:
        sums = np.concatenate([x[..., whole:], sums], -1)
    return np.add.accumulate(sums, -1)[..., -1]  # one after the other, where a sum of NumPy's goes pairwise


def _of_columns(x: Any) -> Any:
    """The sum along the last axis but one."""
    width = x.shape[-1]
    together = _AT_A_TIME * (_BYTES // x.itemsize if width * x.itemsize >= _BYTES else 1)
    whole = width // together * together
    if not whole:
        return _interleaved(x)
    if whole == width:
        return _cascade(x)
    return np.concatenate([_cascade(x[..., :whole]), _interleaved(x[..., whole:])], -1)


def _interleaved(x: Any) -> Any:
    """The sum along the last axis but one, of which every fourth entry goes to the same one of four sums."""
    *others, count, width = x.shape
    whole = count // _AT_A_TIME * _AT_A_TIME
    if not whole:
        return np.add.reduce(x, -2)
    four = _cascade(x[..., :whole, :].reshape(*others, whole // _AT_A_TIME, _AT_A_TIME * width))
    four = four.reshape(*others, _AT_A_TIME, width)
    if whole < count:  # the first takes the rest
        four = np.concatenate([four[..., :1, :], x[..., whole:, :], four[..., 1:, :]], -2)
    return np.add.reduce(four, -2)


def _cascade(x: Any, levels: int = _LEVELS) -> Any:
    """The sum along the last axis but one: of runs, of runs of their sums, ..., and of what is left over on each level."""
    run = 1 << max(_SHORTEST_RUN, (x.shape[-2] - 1).bit_length() // levels)
    left: list[Any] = []
    while x.shape[-2] >= run and len(left) < levels - 1:
        *others, count, width = x.shape
        whole = count // run * run
        left.append(np.add.reduce(x[..., whole:, :], -2))
        x = np.add.reduce(x[..., :whole, :].reshape(*others, whole // run, run, width), -2)
    total = left[0] if left else 0
    for each in left[1:]:
        total = total + each
    return total + np.add.reduce(x, -2)
