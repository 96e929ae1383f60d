"""How numbers are spelt in tables: what Python's float reads, and what Fortran, spreadsheets and statistics programs write.

A comma in a number is a decimal mark in some tables and stands between thousands in others.  Cells that can be read in
one way only tell which (`1,5`, `1,234.5`); where none does, a cell such as `1,234` is refused rather than guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

Comma: TypeAlias = Literal["decimal", "thousands"] | None  # what a comma within a number means; None: nothing has told yet

MISSING: Final = frozenset(("NA", "N/A", "n/a", "#N/A", "<NA>", "NULL", "null", "None"))  # "no value", where a number might be

_EXPONENT = r"(?:[eEdD][+-]?\d+)?"
_THOUSANDS: Final = re.compile(rf"[+-]?\d{{1,3}}(?:,\d{{3}})+(?:\.\d*)?{_EXPONENT}")
_DECIMAL: Final = re.compile(rf"[+-]?(?:\d+|\d{{1,3}}(?:\.\d{{3}})+)?,\d+{_EXPONENT}")
_AMBIGUOUS: Final = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_FORTRAN: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))[dDqQ]([+-]?\d+)|([+-]?\d*\.\d+|[+-]?\d+\.)([+-]\d{3})")
_MICROSOFT: Final = {"#INF": "inf", "#INF00": "inf", "#IND": "nan", "#IND00": "nan", "#QNAN": "nan", "#SNAN": "nan"}


def number(cell: str, comma: Comma = None) -> float | complex:
    """The number that a cell spells, 1.5 or 1+2j.  Raises ValueError where it spells none, or may be read in two ways."""
    try:
        return float(cell)
    except ValueError:
        pass
    text = cell.strip()
    if text in MISSING:
        return float("nan")
    if "," in text:
        return float(_without_commas(text, comma))
    if (found := _FORTRAN.fullmatch(text)) is not None:  # 1.5D+03, and 5.68-304, which has no room for its letter
        mantissa, exponent = found.group(1, 2) if found[1] else found.group(3, 4)
        return float(f"{mantissa}e{exponent}")
    whole, mark, rest = text.partition(".")
    if mark and whole in ("1", "-1", "+1") and rest in _MICROSOFT:
        return float(whole.removesuffix("1") + _MICROSOFT[rest])
    return complex_number(text)


def complex_number(text: str) -> complex:
    """A number with an imaginary part, as Python, NumPy and spreadsheets write it: 1+2j, (1+2j), 3i.  Raises ValueError."""
    plain = text.strip().removeprefix("(").removesuffix(")")
    if plain[-1:] not in ("i", "j") or not (plain[-2:-1].isdigit() or plain[-2:-1] == "." or plain[-4:-1] in ("nan", "inf")):
        raise ValueError(text)  # among them the words i, j and inf-i, which may well be names
    return complex(plain[:-1] + "j")


def is_number(cell: str, comma: Comma = None) -> bool:
    """Whether a cell spells a number."""
    try:
        number(cell, comma)
    except ValueError:
        return False
    return True


def numbers(cells: list[str], comma: Comma = None) -> list[float] | list[float | complex]:
    """The numbers that cells spell, at the speed of float where that reads them all.  Raises ValueError."""
    try:
        return list(map(float, cells))
    except ValueError:
        return [number(cell, comma) for cell in cells]


def looks_like_number(cell: str) -> bool:
    """Whether a cell spells a number under some reading of commas."""
    return is_number(cell, "decimal") or is_number(cell, "thousands")


def is_ambiguous(cell: str) -> bool:
    """Whether a cell is one number with a decimal comma and another one with a comma between thousands."""
    return _AMBIGUOUS.fullmatch(cell.strip()) is not None


def comma_of(cells: Iterable[str]) -> Comma:
    """What commas mean in these cells: the first one that can be read in one way only tells."""
    for cell in cells:
        text = cell.strip()
        if "," not in text or is_ambiguous(text):
            continue
        if _THOUSANDS.fullmatch(text) and not text.lstrip("+-").startswith("0"):
            return "thousands"
        if _DECIMAL.fullmatch(text):
            return "decimal"
    return None


def _without_commas(text: str, comma: Comma) -> str:
    """A number with commas as float reads it."""
    pattern = {"decimal": _DECIMAL, "thousands": _THOUSANDS, None: None}[comma]
    if pattern is None or pattern.fullmatch(text) is None:
        raise ValueError(text)
    plain = text.replace(",", "") if comma == "thousands" else text.replace(".", "").replace(",", ".")
    return plain.replace("d", "e").replace("D", "e")
