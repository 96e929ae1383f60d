"""Complex numbers as pairs of real ones, for whoever moves or compares numbers one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcli.graph.types import Array


def real_view(array: Array) -> Any:
    """Real and imaginary parts along a new last dimension, a view of memory that is in order; what is real stays itself."""
    if array.dtype.kind != "c":
        return array
    return np.ascontiguousarray(array).reshape(array.shape)[..., None].view(array.real.dtype)


def units(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Iterator[Any]:
    """Arrays of zeros, each with 1 (and then i, where they are complex) at one place, in the order of their real parts."""
    for index in np.ndindex(shape):
        for step in (1, 1j) if dtype.kind == "c" else (1,):
            unit = np.zeros(shape, dtype)
            unit[index] = step
            yield unit
