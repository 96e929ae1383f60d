"""Where an operation is defined, and where its derivative is a matter of convention."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from gradcli.errors import Record


class Domain(Record):
    """The values that an operand may take: words for people, and an interval [low, high] to draw samples from.

    text            where the operation has a value
    differentiable  where it has a derivative by this operand as well, if that is not all of it: sqrt has none at 0
    Samples keep their distance from the ends (where derivatives blow up); both signs come where `low` is -`high`.
    """

    __slots__ = ("differentiable", "high", "low", "text")

    def __init__(self, text: str, low: float, high: float, differentiable: str | None = None) -> None:
        put = object.__setattr__
        put(self, "text", text)
        put(self, "low", low)
        put(self, "high", high)
        put(self, "differentiable", differentiable)

    text: str
    low: float
    high: float
    differentiable: str | None

    def of(self, operand: str, names: Iterable[str]) -> str:
        """The words of `text` for one of an operation's operands."""
        return told_of(self.text, operand, names)


def told_of(text: str, operand: str, names: Iterable[str]) -> str:
    """A condition on one of an operation's operands, in whose place x stands; one on several stays as it is."""
    import re

    told = set(re.findall(r"[a-z_]+", text)) & set(names)
    return text if told - {"x"} else re.sub(r"\bx\b", operand, text)


REAL = Domain("any number", -2.5, 2.5)
POSITIVE = Domain("x > 0", 0.2, 3.0)
NOT_NEGATIVE = Domain("x >= 0", POSITIVE.low, POSITIVE.high, "x > 0")
UNIT = Domain("-1 <= x <= 1", -0.9, 0.9, "-1 < x < 1")
ABOVE_MINUS_ONE = Domain("x > -1", -0.7, 2.5)
NONZERO = Domain("x != 0", 0.3, 2.5)
DIVISOR = Domain("y != 0", 0.3, 2.5)
SYMMETRIC = Domain("a symmetric x", REAL.low, REAL.high)
SPECTRAL = Domain("a symmetric x", REAL.low, REAL.high, "no two eigenvalues of x are equal (that of the eigenvectors)")
SINGULAR = Domain("any matrix", REAL.low, REAL.high, "no two singular values of x are equal (that of the vectors)")


class LostDigits(Record):
    """Where a result that is close to a limit has too few digits left for the derivative that its rule makes of it.

    near   a mask of the entries of the result for which that may be so: quickly found, from the result
    used   the derivative of each entry by the entry of the operand at its place, as the rule has it: from the result
    exact  the same with all digits: from the operand, which the rule does not save
    Like a rule's, their parameters say what they need: outputs, operands and statics, as arrays and numbers.
    """

    __slots__ = ("exact", "near", "used")

    def __init__(self, near: Callable[..., Any], used: Callable[..., Any], exact: Callable[..., Any]) -> None:
        put = object.__setattr__
        put(self, "near", near)
        put(self, "used", used)
        put(self, "exact", exact)

    near: Callable[..., Any]
    used: Callable[..., Any]
    exact: Callable[..., Any]


def near_one(out: Any) -> Any:
    """Whether so little is left to 1 that the difference has lost three digits or more."""
    return out > 1 - 1000 * np.finfo(out.dtype).eps


class Kink(Record):
    """Points where the derivative is a convention.

    at        a mask of the entries of the result that are at such a point; like a rule's, its parameters say which of the
              outputs, operands and statics it needs, all of them arrays and numbers
    interval  the subgradients (lowest, highest) with respect to `operand`, or None where there is no such interval
    text      what happens there, for people
    """

    __slots__ = ("at", "interval", "operand", "text")

    def __init__(
        self, text: str, at: Callable[..., Any], interval: tuple[float, float] | None = None, operand: int = 0
    ) -> None:
        put = object.__setattr__
        put(self, "text", text)
        put(self, "at", at)
        put(self, "interval", interval)
        put(self, "operand", operand)

    def in_plane(self) -> Kink:
        """The same of complex numbers, among which there are no intervals."""
        return Kink(self.text, self.at, None, self.operand)

    text: str
    at: Callable[..., Any]
    interval: tuple[float, float] | None
    operand: int
