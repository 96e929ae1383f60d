"""The formulas of `book.txt`, and how long texts are: what tests and the benchmark of formulas share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from gradcli.run.symbolic.derivative import Formulas, Question, derivative
from gradcli.run.symbolic.terms.shapes import declared

BOOK = Path(__file__).with_name("book.txt")


class Entry(NamedTuple):
    """A line of the book."""

    expr: str
    shapes: tuple[str, ...]
    leaf: str
    form: str


def entries() -> list[Entry]:
    """All lines of the book."""
    lines = [line for line in BOOK.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    parts = [[part.strip() for part in line.split("|")] for line in lines]
    return [Entry(expr, tuple(shapes.split()), leaf, form) for expr, shapes, leaf, form in parts]


def formulas(expr: str, *words: str, wrt: list[str] | None = None, order: int = 1, products: bool = False) -> Formulas:
    """What gradcli gives for an expression with names of these shapes."""
    return derivative(Question(expr, tuple(map(declared, words)), {}, wrt, order, products))


def tokens(text: str) -> int:
    """How long a formula is: names, numbers and signs, commas among them."""
    return len(re.findall(r"[^\W\d]\w*|\d+\.?\d*(?:e[+-]?\d+)?|\*\*|[^\s\w]", text))
