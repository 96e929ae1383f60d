"""Tensors within a sentence: all numbers where they are few, what they are like where they are many."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradcli.report.precision import digits

_DIGITS: Final = 5
MOST: Final = 12  # numbers that are written out
_ENDS: Final = 3  # of a long row


def numbers(value: Any, most: int = MOST) -> str:
    """The numbers of an array in one line, with five digits each."""
    array = np.asarray(value)
    if array.size > most and _is_uniform(array):
        return f"{number(array.flat[0])} everywhere, shape {shape_of(array)}"
    if array.size <= most:
        return _nested(array.tolist()) if array.size else f"empty, shape {shape_of(array)}"
    if array.ndim == 1:
        row = [number(each) for each in (*array[:_ENDS], *array[-2:])]
        return f"[{', '.join(row[:_ENDS])}, ..., {', '.join(row[_ENDS:])}], shape {shape_of(array)}"
    return _summary(array)


def is_written_out(value: Any) -> bool:
    """Whether `numbers` writes down all of them, or one that stands for all."""
    array = np.asarray(value)
    return bool(array.size <= MOST)


def _summary(array: Any) -> str:
    shape = f"shape {shape_of(array)}"
    if array.dtype.kind == "b":
        return f"{shape}, {int(array.sum()):,} of {array.size:,} True"
    finite = array[np.isfinite(array)]
    if finite.size < array.size:
        return f"{shape}, {array.size - finite.size:,} of {array.size:,} not finite"
    return f"{shape}, from {number(finite.min())} to {number(finite.max())}, mean {number(finite.mean())}"


def _is_uniform(array: Any) -> bool:
    return bool(np.all(array == array.flat[0]))


def _nested(value: Any) -> str:
    return f"[{', '.join(map(_nested, value))}]" if isinstance(value, list) else number(value)


def number(value: Any) -> str:
    """A number with five digits at most, or as many as are asked for: 0.25, 27, -3.3333e-07, nan."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    return "0" if value == 0 else f"{value:.{digits(_DIGITS) or 1}g}"


def shape_of(value: Any) -> str:
    """A shape as PyTorch's lists write it."""
    return str(list(np.shape(value)))
