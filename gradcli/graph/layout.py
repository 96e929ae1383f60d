"""Layouts: where the elements of a view lie among the elements of its base.

A view that was made by any chain of slices, transpositions and reshapes is, in the end, an address and strides into memory.
A layout keeps both, of the view and of its base, so that a gradient of the base's shape can be looked at as the view looks
at the base, whatever has become of that memory since.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.types import Array


class Geometry:
    """Where the elements of one array lie: `address` of the first, and `strides` in bytes."""

    __slots__ = ("address", "shape", "strides")

    def __init__(self, array: Array) -> None:
        self.address: int = array.__array_interface__["data"][0]
        self.shape: tuple[int, ...] = array.shape
        self.strides: tuple[int, ...] = array.strides

    def bounds(self) -> tuple[int, int]:
        """The addresses of the first and the last element in memory."""
        steps = [(length - 1) * stride for length, stride in zip(self.shape, self.strides) if length]
        return self.address + sum([step for step in steps if step < 0]), self.address + sum(
            [step for step in steps if step > 0]
        )


class Layout:
    """The geometry of `whole` (a base) and of `part` (a view of it), whose elements have `itemsize` bytes.

    A view may see the parts of complex numbers as real ones (then `split` is set), or real numbers as the parts of complex ones
    (then `joined` is): `itemsize` is that of the parts.
    """

    __slots__ = ("itemsize", "joined", "part", "split", "whole")

    def __init__(self, whole: Array, part: Array) -> None:
        self.itemsize = min(part.itemsize, whole.itemsize)
        self.split = part.itemsize < whole.itemsize
        self.joined = part.itemsize > whole.itemsize
        self.whole = Geometry(whole)
        self.part = Geometry(part)

    def zeros(self, dtype: np.dtype[Any]) -> tuple[Any, Any]:
        """New memory for the base, all zeros, seen as the base and as the view see it; `dtype` is the view's."""
        return self._seen(np.zeros(self._extent(), np.zeros(0, dtype).real.dtype if self.joined else dtype))

    def filled(self, whole: Any) -> tuple[Any, Any]:
        """New memory that holds these values of the base, seen as the base and as the view see it."""
        as_whole, as_part = self._seen(np.empty(self._extent(), whole.real.dtype if self.split else whole.dtype))
        as_whole[...] = whole
        return as_whole, as_part

    @property
    def repeats(self) -> bool:
        """Whether the view reaches some element more than once, as an expanded one does."""
        shape = self.part.shape
        return 0 not in shape and any([length > 1 and stride == 0 for length, stride in zip(shape, self.part.strides)])

    @property
    def folds(self) -> bool:
        """Whether it reaches some element by different indices, as windows do that overlap."""
        reach = 0
        for stride, length in sorted([(abs(stride), length) for stride, length in zip(self.part.strides, self.part.shape)]):
            if stride and length > 1:
                if reach >= stride:
                    return True
                reach += stride * (length - 1)
        return False

    def added(self, part: Any) -> Any:
        """Zeros of the base's shape, with values added wherever the view lies; what it sees beside the base is left out."""
        if self.split or self.joined:
            return self._added_parts(part)
        of_whole, of_part = self._seen(np.arange(self._extent()))
        slots = np.full(self._extent(), of_whole.size)
        slots[of_whole] = np.arange(of_whole.size).reshape(of_whole.shape)
        block = np.zeros(of_whole.size + 1, part.dtype) if isinstance(part, np.ndarray) else part.zeros((of_whole.size + 1,))
        np.add.at(block, slots[of_part], part)
        return block[:-1].reshape(of_whole.shape)

    def _added_parts(self, part: Array) -> Any:
        """The same where only one of them sees complex numbers, one by one."""
        whole, seen = self.zeros(part.dtype)
        for index in np.ndindex(seen.shape):
            seen[index] += part[index]
        return whole

    def _seen(self, block: Array) -> tuple[Any, Any]:
        first = self._bounds()[0]
        scale = block.itemsize  # the values may be of another dtype than the memory that was measured
        of_whole, of_part = [
            np.result_type(block.dtype, np.complex64) if whether else block.dtype for whether in (self.split, self.joined)
        ]
        return tuple(
            [
                np.ndarray(
                    each.shape,
                    dtype,
                    block,
                    (each.address - first) // self.itemsize * scale,  # type: ignore[return-value]
                    [stride // self.itemsize * scale for stride in each.strides],
                )
                for each, dtype in ((self.whole, of_whole), (self.part, of_part))
            ]
        )

    def _extent(self) -> int:
        first, last = self._bounds()
        return (last - first) // self.itemsize + 1 + (self.split or self.joined)

    def _bounds(self) -> tuple[int, int]:
        one, other = self.whole.bounds(), self.part.bounds()
        return min(one[0], other[0]), max(one[1], other[1])
