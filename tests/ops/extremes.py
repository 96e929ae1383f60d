"""Functions of one number or two at extreme points: values, and derivatives of first and second order, in any library.

`extremes.txt` has the calls, each with what it means for mpmath.  The points of a call are one vector, since its entries do
not meet: both signs of what stands below, and nan; of two operands all pairs of a shorter list.
"""

from __future__ import annotations

import re
from itertools import product
from math import inf, nan
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.ops.observing import Library
from tests.ops.samples import Array

Seen = dict[str, Array]  # "out", "x" the derivative by x, "xy" that of it by y, "inf x" by x where the weight is infinite

SIDES = [0.0, 0.25, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0, 6.0, 9.0, 10.0, 20.0, 40.0, 100.0, 800.0]  # kinks, tails
ENDS = {
    "float64": [5e-324, 1e-300, 1e-160, 1e-17, 1e-8, 1e-4, 1 - 2**-53, 710.0, 745.0, 1e8, 1e16, 1e154, 1e160, 1e300, inf],
    "float32": [1e-45, 1e-38, 1e-20, 1e-8, 1e-4, 1 - 2**-24, 89.0, 104.0, 1e8, 1e16, 1e19, 1e30, 3e38, inf],
}
PAIRED = [0.0, -0.0, 1.0, -2.0, 3.5, 0.75, 40.0, -800.0, inf, -inf, nan]


class Call(NamedTuple):
    """A call, and its formula for mpmath ("" where there is none)."""

    text: str
    formula: str

    @property
    def names(self) -> list[str]:
        """Its operands."""
        return [name for name in "xy" if re.search(rf"\b{name}\b", self.text)]

    @property
    def orders(self) -> dict[str, list[int]]:
        """The derivatives of it by name, each with the places of the operands that it is by."""
        places = range(len(self.names))
        first = {self.names[i]: [i] for i in places}
        return first | {self.names[i] + self.names[j]: [i, j] for i, j in product(places, places)}

    def points(self, dtype: str) -> list[Array]:
        """The points, an array for each operand."""
        if len(self.names) == 1:
            half = np.array(SIDES + ENDS[dtype])
            return [np.concatenate([half, -half, [nan]]).astype(dtype)]
        few = np.array(PAIRED, dtype)
        return [np.repeat(few, few.size), np.tile(few, few.size)]


def calls() -> list[Call]:
    """All calls of the file."""
    lines = Path(__file__).with_name("extremes.txt").read_text().splitlines()
    parted = [line.partition(" = ") for line in lines if line and not line.startswith("#")]
    return [Call(text.strip(), formula.strip()) for text, _, formula in parted]


def seen(library: Library, call: Call, points: list[Array]) -> Seen:
    """What a library makes of a call."""
    dtype = points[0].dtype.name
    leaves = {name: library.leaf(array, True) for name, array in zip(call.names, points, strict=True)}
    out = library.compute(call.text, leaves, dtype)
    found = {"out": library.array(out)}
    ones, infinite = (library.leaf(np.full_like(points[0], number), False) for number in (1, inf))
    first = dict(zip(leaves, library.grad([out], [*leaves.values()], [ones], True), strict=True))
    found |= {name: _array(library, each, points[0]) for name, each in first.items()}
    for name, each in first.items():
        again: list[Any] = [None] * len(leaves)
        if each is not None and each.requires_grad:
            again = library.grad([each], [*leaves.values()], [ones], False)
        found |= {name + other: _array(library, part, points[0]) for other, part in zip(leaves, again, strict=True)}
    weighted = library.grad([out], [*leaves.values()], [infinite], False)
    return found | {f"inf {name}": _array(library, each, points[0]) for name, each in zip(leaves, weighted, strict=True)}


def _array(library: Library, value: Any, like: Array) -> Array:
    return np.zeros_like(like) if value is None else library.array(value)
