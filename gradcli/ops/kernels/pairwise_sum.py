"""Sums of floats in the order in which PyTorch adds them on a CPU, so that their last digits agree.

Its kernels read a line in vectors of 32 bytes, four vectors at a time, and add each of the four by itself: runs of 16 values
(or more, where there are very many), then runs of such sums, and so on over four levels.  Where neighbours in memory go to
different sums, each sum takes its values in that same cascade, one by one.  (ATen/native/cpu/SumKernel.cpp describes it.)

Which order that is depends on how an array is laid out, and not on what is in it: it is worked out once for each layout.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Array, Operand

Adder = Callable[[Any], Any]  # from an array of one known layout to its sums

_add = np.add.reduce
_BYTES = 32  # of a vector
_AT_A_TIME = 4  # vectors
_LEVELS = 4
_SHORTEST_RUN = 4  # as a power of two
_SHARED = 1 << 15  # elements of one sum, which PyTorch shares out between its threads: here they are two, as on two cores
_MOST = 1 << 18  # elements that are added up in this order: it takes some times as long as NumPy's, under a millisecond


def add_up(x: Array, axes: tuple[int, ...] | None = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The sums of `x` over `axes` (all, if None), in `dtype` (that of `x`, if None).

    What is no array of floats, or a large one, adds up as it does.
    """
    dtype = x.dtype if dtype is None else np.dtype(dtype)
    if type(x) is not np.ndarray or dtype.char not in "fd" or not 3 < x.size < _MOST:  # of three the order is the same
        return x.sum(axes, dtype=dtype, keepdims=keepdims)
    x = x if x.dtype is dtype else x.astype(dtype)
    return _adder(x.shape, x.strides, x.itemsize, axes, keepdims)(x)


def add_one_by_one(x: Operand) -> Any:
    """The sum of a line in the order of PyTorch's negative log likelihood: in runs, but in no vectors, the first one last."""
    if type(x) is not np.ndarray or x.ndim != 1 or x.size < 2:
        return x.sum()
    twice = np.stack([x[1:], x[1:]], 1)  # two columns, since NumPy adds up a single one pairwise
    return _cascade(twice.shape, levels=8)(twice)[0] + x[0]


def add_for_softmax(x: Operand, dim: int) -> Any:
    """The sums along a dimension, which stays, in the order of PyTorch's softmax.

    Along the last one it takes vectors of 64 bytes, of which it then adds the lanes: those of float32 half by half.
    """
    if type(x) is not np.ndarray or x.dtype.char not in "fd" or not 0 < x.size < _MOST:
        return x.sum(dim, keepdims=True)
    lanes, count = 2 * _BYTES // x.itemsize, x.shape[dim]
    if dim != x.ndim - 1 or count < lanes:
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


@lru_cache(maxsize=1024)
def _adder(
    shape: tuple[int, ...], strides: tuple[int, ...], itemsize: int, axes: tuple[int, ...] | None, keepdims: bool
) -> Adder:
    """How an array of such a layout is added up over some axes."""
    if axes is None or len(axes) == len(shape):
        line = _of_line(prod(shape), itemsize)
        ones = (1,) * len(shape)
        return (lambda x: line(x.ravel("K")).reshape(ones)) if keepdims else (lambda x: line(x.ravel("K")))
    order = sorted(range(len(shape)), key=strides.__getitem__, reverse=True)  # as they lie in memory
    lengths = [shape[axis] for axis in order]
    steps = [itemsize * prod(lengths[place + 1 :]) for place in range(len(order))]
    if any([shape[axis] > 1 and strides[axis] != step for axis, step in zip(order, steps)]):  # with gaps between
        return lambda x: x.sum(axes, keepdims=keepdims)
    groups = _of_groups(lengths, [axis in axes for axis in order], itemsize)
    kept = [axis for axis in order if keepdims or axis not in axes]
    given = [1 if axis in axes else shape[axis] for axis in kept]
    back = [kept.index(axis) for axis in sorted(kept)]
    if order == sorted(order):
        return lambda x: groups(x).reshape(given)
    return lambda x: groups(x.transpose(order)).reshape(given).transpose(back)


def _of_groups(lengths: list[int], summed: list[bool], itemsize: int) -> Adder:
    """The sums over those axes of an array that are `summed`, some of them; neighbours of one kind count as one axis."""
    joined: list[int] = []
    kinds: list[bool] = []
    for length, kind in zip(lengths, summed):
        if kinds and kinds[-1] == kind:
            joined[-1] *= length
        elif length > 1:
            joined.append(length)
            kinds.append(kind)
    if True not in kinds:
        return lambda x: x.reshape(joined)
    inner = len(kinds) - (1 if kinds[-1] else 2)  # the axis that is summed first
    sums = (_of_lines if kinds[-1] else _of_columns)(tuple(joined), itemsize)
    outer = tuple([axis for axis in range(inner) if kinds[axis]])
    return (lambda x: _add(sums(x.reshape(joined)), outer)) if outer else (lambda x: sums(x.reshape(joined)))


def _of_line(count: int, itemsize: int) -> Adder:
    """The sum of a whole array, half of it for each thread if it is large."""
    if count < _SHARED:
        return _of_lines((count,), itemsize)
    half = (count + 1) // 2
    first, second = _of_lines((half,), itemsize), _of_lines((count - half,), itemsize)
    return lambda x: first(x[:half]) + second(x[half:])


def _of_lines(shape: tuple[int, ...], itemsize: int) -> Adder:
    """The sum along the last axis."""
    *others, count = shape
    lanes = _BYTES // itemsize
    whole = count // lanes * lanes
    if not whole:
        column = _interleaved((*shape, 1))
        return lambda x: column(x[..., None])[..., 0]
    vectors = (*others, whole // lanes, lanes)
    lane_sums, one_by_one = _interleaved(vectors), np.add.accumulate  # where a sum of NumPy's goes pairwise
    if whole == count:
        return lambda x: one_by_one(lane_sums(x.reshape(vectors)), -1)[..., -1]
    return lambda x: one_by_one(np.concatenate([x[..., whole:], lane_sums(x[..., :whole].reshape(vectors))], -1), -1)[..., -1]


def _of_columns(shape: tuple[int, ...], itemsize: int) -> Adder:
    """The sum along the last axis but one."""
    *others, width = shape
    together = _AT_A_TIME * (_BYTES // itemsize if width * itemsize >= _BYTES else 1)
    whole = width // together * together
    if not whole:
        return _interleaved(shape)
    if whole == width:
        return _cascade(shape)
    left, right = _cascade((*others, whole)), _interleaved((*others, width - whole))
    return lambda x: np.concatenate([left(x[..., :whole]), right(x[..., whole:])], -1)


def _interleaved(shape: tuple[int, ...]) -> Adder:
    """The sum along the last axis but one, of which every fourth entry goes to the same one of four sums."""
    *others, count, width = shape
    whole = count // _AT_A_TIME * _AT_A_TIME
    if not whole:
        return lambda x: _add(x, -2)
    groups = (*others, whole // _AT_A_TIME, _AT_A_TIME * width)
    cascade, four = _cascade(groups), (*others, _AT_A_TIME, width)
    if whole == count:
        return lambda x: _add(cascade(x.reshape(groups)).reshape(four), -2)

    def with_rest(x: Operand) -> Any:
        sums = cascade(x[..., :whole, :].reshape(groups)).reshape(four)
        return _add(np.concatenate([sums[..., :1, :], x[..., whole:, :], sums[..., 1:, :]], -2), -2)  # the first takes the rest

    return with_rest


def _cascade(shape: tuple[int, ...], levels: int = _LEVELS) -> Adder:
    """The sum along the last axis but one: of runs, of runs of their sums, ..., and of what is left over on each level."""
    *others, count, width = shape
    run = 1 << max(_SHORTEST_RUN, (count - 1).bit_length() // levels)
    steps: list[tuple[int, bool, tuple[int, ...]]] = []  # how many go into runs, whether any do not, and the runs
    while count > run and len(steps) < levels - 1:
        whole = count // run * run
        steps.append((whole, whole < count, (*others, whole // run, run, width)))
        count = whole // run

    if not steps:
        return lambda x: _add(x, -2, initial=0.0)  # as PyTorch begins: a sum of negative zeros is 0

    def add(x: Operand) -> Any:
        total = 0.0
        for whole, has_rest, runs in steps:
            if has_rest:
                total = total + _add(x[..., whole:, :], -2)
            x = _add(x[..., :whole, :].reshape(runs), -2)
        return total + _add(x, -2)

    return add
