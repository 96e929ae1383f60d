"""Windows that slide over the last dimensions of an array: what convolutions and pools look through.

`kernel`, `stride`, `padding`, `dilation` have a number for each of these dimensions.  Everything here takes bare arrays, or
batches of them (engine.batch).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Cotangent, Operand, zeros

Lengths = tuple[int, ...]


def windows(x: Operand, kernel: Lengths, stride: Lengths, dilation: Lengths) -> Any:
    """A view of shape (..., windows..., kernel...): what each window sees.  The kernel has to fit."""
    count = len(kernel)
    reach = reaches(kernel, dilation)
    key: Any = (..., *[slice(None, None, each) for each in (*stride, *dilation)])
    return np.lib.stride_tricks.sliding_window_view(x, reach, tuple(range(-count, 0)))[key]


def reaches(kernel: Lengths, dilation: Lengths) -> Lengths:
    """How far a window reaches from its first element to behind its last."""
    return tuple([step * (length - 1) + 1 for length, step in zip(kernel, dilation)])


def padded(x: Operand, before: Lengths, after: Lengths, value: Any = 0) -> Any:
    """More entries at both ends of the last dimensions."""
    if not any((*before, *after)):
        return x
    lead = x.shape[: x.ndim - len(before)]
    lengths = x.shape[len(lead) :]
    out = zeros((*lead, *[sum(each) for each in zip(before, lengths, after)]), x)
    if value:
        out[...] = value
    out[(..., *[slice(first, first + length) for first, length in zip(before, lengths)])] = x
    return out


def stretched(g: Cotangent, lengths: Lengths, kernel: Lengths, stride: Lengths, padding: Lengths, dilation: Lengths) -> Any:
    """What every element of an input of `lengths` has to look at to find the windows that it was in.

    The entries of g (one for each window), `stride` apart, with zeros between and around them: a window of the same kernel
    and dilation, and stride 1, sees at each element's place the windows that saw the element, the last of them first.
    """
    count = len(kernel)
    reach = reaches(kernel, dilation)
    needed = [
        max(step * (many - 1) + 2 * far, first + length + far)
        for step, many, far, first, length in zip(stride, g.shape[-count:], reach, padding, lengths)
    ]
    out = zeros((*g.shape[: g.ndim - count], *needed), g)
    places = [slice(far - 1, far + step * (many - 1), step) for far, step, many in zip(reach, stride, g.shape[-count:])]
    out[(..., *places)] = g
    return out[(..., *[slice(first, first + length + far - 1) for first, length, far in zip(padding, lengths, reach)])]


def several(given: Any, name: str, count: int, what: str) -> Lengths:
    """A number for each dimension, from one for all or a list.  `what` is said with both filled in.  Raises Problem."""
    numbers = (given,) if isinstance(given, int) else given
    if len(numbers) not in (1, count):
        raise Problem("argument", what.format(name=name, count=count, given=list(numbers)))
    return numbers * count if len(numbers) == 1 else numbers
