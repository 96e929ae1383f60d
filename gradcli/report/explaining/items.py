"""What explanations are told in: headings, sentences and equations, made of pieces that each format draws in its own way."""

from __future__ import annotations

from typing import Final

from gradcli.errors import Record

SECTION: Final = 2  # levels of headings; 1 is the title
STEP: Final = 3


class Heading(Record):
    """A heading of level SECTION or STEP, in pieces."""

    __slots__ = ("level", "pieces")
    level: int
    pieces: tuple[Piece, ...]


class Sentence(Record):
    """Words, with pieces of formulas among them."""

    __slots__ = ("pieces",)
    pieces: tuple[Piece, ...]


class Equation(Record):
    """Sides that are equal, each in pieces, and a remark or None."""

    __slots__ = ("sides", "remark")
    sides: tuple[tuple[Piece, ...], ...]
    remark: str | None


class Code(Record):
    """A formula in the language."""

    __slots__ = ("text",)
    text: str


class Derivative(Record):
    """∂of/∂by."""

    __slots__ = ("of", "by")
    of: str
    by: str


class Numbers(Record):
    """The numbers of a tensor, as text for a line."""

    __slots__ = ("text",)
    text: str


class Sign(Record):
    """What stands between pieces: "*" or "+"."""

    __slots__ = ("text",)
    text: str


Piece = str | Code | Derivative | Numbers | Sign
Item = Heading | Sentence | Equation
