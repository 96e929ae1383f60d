"""Which tensors may be written to while which are read: PyTorch refuses what would depend on the order of its loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.layout import Geometry
from gradcli.graph.operation import Operation
from gradcli.graph.symbolic import Unstrided
from gradcli.graph.types import Array
from gradcli.ops.elementwise.selection import masked_fill, masked_fill_tensor
from gradcli.ops.movement import in_place

_EVEN_IF_REPEATED = frozenset({in_place.zero, in_place.fill, masked_fill, masked_fill_tensor, in_place.index_put})
_READ_FIRST = frozenset(
    {in_place.fill_tensor, masked_fill, masked_fill_tensor}
)  # whatever they read, they take before they write


def check(row: Operation, written: Any, read: Sequence[Any]) -> None:
    """Refuse to write to elements that share memory, with each other or, in part, with what is read.  Raises Problem."""
    if written.base is None and not any([array.base is not None or array is written for array in read]):
        return  # each has memory of its own
    if any([isinstance(array, Unstrided) for array in (written, *read)]):
        return
    if row not in _EVEN_IF_REPEATED and repeats(written):
        if row is in_place.copy and any([array is written for array in read]):
            return
        raise in_place.overlap_within()
    if row not in _READ_FIRST and any([_overlap(written, array, row is in_place.index_put) for array in read]):
        raise Problem(
            "overlap",
            "unsupported operation: some elements of the input tensor and the written-to tensor refer to a "
            "single memory location. Please clone() the tensor before performing the operation.",
            hint="write the operand as y.clone()",
        )


def repeats(array: Array) -> bool:
    """Whether some elements share their memory, as those of an expanded tensor do."""
    if not array.size or 0 not in array.strides:
        return False
    return any([stride == 0 and length > 1 for stride, length in zip(array.strides, array.shape)])


def _overlap(one: Array, other: Array, at_all: bool) -> bool:
    """Whether two arrays share some elements, or all of them in another order (`at_all`: in the same order, too)."""
    if (one is other and not at_all) or not np.may_share_memory(one, other) or not (_dense(one) and _dense(other)):
        return False
    a, b = Geometry(one), Geometry(other)
    return at_all or a.bounds() != b.bounds() or a.shape != b.shape or _steps(one) != _steps(other)


def _steps(array: Array) -> list[int]:
    return [stride for stride, length in zip(array.strides, array.shape) if length > 1]


def _dense(array: Array) -> bool:
    """Whether the elements fill their memory without gaps and repetitions, in whatever order of dimensions."""
    if array.flags.c_contiguous or array.flags.f_contiguous:
        return True
    expected = array.itemsize
    for stride, length in sorted([(stride, length) for stride, length in zip(array.strides, array.shape) if length > 1]):
        if stride != expected:
            return False
        expected *= length
    return True
