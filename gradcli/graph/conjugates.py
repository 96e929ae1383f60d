"""Which memory holds conjugates, or negatives, that PyTorch would compute later: its "conjugate bit" and "negative bit".

Here they are computed at once, and noted: all that looks into such memory has the bit, and what is computed from it has none.
The imaginary part of conjugates is a view of negatives.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from weakref import ref

import numpy as np

from gradcli.graph.tensor import Tensor
from gradcli.graph.types import Array
from gradcli.graph.versions import root_of

_conjugates: dict[int, ref[Any]] = {}  # by the id of the root array, for as long as that lives
_negatives: dict[int, ref[Any]] = {}


def marked(out: Any, of: Any) -> Any:
    """The conjugate `out` of a tensor, which has the bit unless that has; where that is real, it is that itself."""
    if isinstance(out, Tensor) and out.ndarray.dtype.kind == "c":
        _noted(_conjugates, out.ndarray, is_conj(of.ndarray))
    return out


def negated(array: Array, of: Array) -> Array:
    """New memory with the negatives `of` an array, which has the bit unless that has."""
    return _noted(_negatives, array, is_neg(of))


def _noted(marks: dict[int, ref[Any]], array: Array, already: bool) -> Array:
    if not already and isinstance(array, np.ndarray):
        root = root_of(array)
        marks[id(root)] = ref(root, partial(_forget, marks, id(root)))
    return array


def _forget(marks: dict[int, ref[Any]], number: int, _: Any) -> None:
    marks.pop(number, None)


def is_conj(array: Array) -> bool:
    """Whether an array lies in memory of conjugates."""
    return bool(_conjugates) and array.dtype.kind == "c" and id(root_of(array)) in _conjugates


def is_neg(array: Array) -> bool:
    """Whether an array lies in memory of negatives, or is the imaginary part of conjugates."""
    if not (_conjugates or _negatives) or not isinstance(array, np.ndarray):
        return False
    root = root_of(array)
    if id(root) in _negatives:
        return True
    within = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return array.dtype.kind == "f" and id(root) in _conjugates and within % (2 * array.itemsize) != 0
