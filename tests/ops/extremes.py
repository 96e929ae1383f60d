"""Functions of numbers at extreme points: their values, and derivatives of first and second order, in every library.

`extremes.txt` has the calls, each with what it means for mpmath.  All points of a call are one vector, since its entries do
not meet; the points of two operands are all pairs of a shorter list.
"""

from __future__ import annotations

import re
from math import inf, nan
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.ops.observing import Library
from tests.ops.samples import Array

SIDES = [-0.0, 0.25, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0, 6.0, 9.0, 10.0, 20.0, 40.0, 100.0, 800.0]
DOUBLES = [5e-324, 1e-300, 1e-160, 1e-17, 1e-8, 1e-4, 0.9999999999999999, 710.0, 745.0, 1e8, 1e16, 1e154, 1e160, 1e300, inf]
SINGLES = [1e-45, 1e-38, 1e-20, 1e-8, 1e-4, 0.99999994, 89.0, 104.0, 1e8, 1e16, 1e19, 1e30, 3e38, inf]
PAIRED = [0.0, -0.0, 1.0, -2.0, 3.5, 0.75, 40.0, -800.0, 1e-100, -1e100, inf, -inf, nan]
PAIRED_SINGLES = [0.0, -0.0, 1.0, -2.0, 3.5, 0.75, 40.0, -800.0, 1e-12, -1e12, inf, -inf, nan]


class Call(NamedTuple):
    """A call, and its formula for mpmath ("" where there is none)."""

    text: str
    formula: str

    @property
    def names(self) -> list[str]:
        return [name for name in "xy" if re.search(rf"\b{name}\b", self.text)]

    def points(self, dtype: str) -> list[Array]:
        """The points of each operand."""
        single = dtype == "float32"
        if len(self.names) == 1:
            half = np.array(SIDES + (SINGLES if single else DOUBLES))
            return [np.concatenate([half, -half, [nan]]).astype(dtype)]
        few = np.array(PAIRED_SINGLES if single else PAIRED, dtype)
        return [np.repeat(few, few.size), np.tile(few, few.size)]


def calls() -> list[Call]:
    lines = Path(__file__).with_name("extremes.txt").read_text().splitlines()
    return [Call(*(part.strip() for part in f"{line} = ".split(" = ")[:2])) for line in lines if line and line[0] != "#"]


def seen(library: Library, call: Call, dtype: str) -> dict[str, Any]:
    """The value, the derivatives by every operand, and by every two: arrays by name ("out", "x", "xy")."""
    operands = call.points(dtype)
    leaves = {name: library.leaf(array, True) for name, array in zip(call.names, operands, strict=True)}
    out = library.compute(call.text, leaves, dtype)
    found = {"out": library.array(out)}
    inputs = list(leaves.values())
    ones = library.leaf(np.ones_like(operands[0]), False)
    first = library.grad([out], inputs, [ones], True)
    for name, each in zip(leaves, first, strict=True):
        found[name] = np.zeros_like(operands[0]) if each is None else library.array(each)
        second = [None] * len(leaves)
        if each is not None and each.requires_grad:
            second = library.grad([each], inputs, [ones], False)
        for other, again in zip(leaves, second, strict=True):
            found[name + other] = np.zeros_like(operands[0]) if again is None else library.array(again)
    weight = library.leaf(np.full_like(operands[0], inf), False)
    for name, each in zip(leaves, library.grad([out], inputs, [weight], False), strict=True):
        found["inf " + name] = np.zeros_like(operands[0]) if each is None else library.array(each)
    return found
