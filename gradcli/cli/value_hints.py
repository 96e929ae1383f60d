"""How a VALUE that is not understood is written: lists of MATLAB and of shells, ranges, units, per cent, names of files."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE: Final = re.compile(rf"({_NUMBER})\s*(?::|\.\.\.?|…|\bto\b)\s*({_NUMBER})(?:\s*(?::|\bby\b|\bstep\b)\s*({_NUMBER}))?")
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(?: 0*\d{3})+")
_UNIT: Final = re.compile(rf"({_NUMBER})\s*([^\W\d_]+|°|%)")
_MOST_STEPS: Final = 10_000


def hint(text: str, bound: Sequence[str], takes_ranges: bool) -> str | None:
    """What to write in the place of a text; None where nobody knows.

    bound         names that have values
    takes_ranges  whether the command takes FROM:TO for a value
    """
    text = text.strip()
    if os.path.exists(text):
        return f"to read the file, write @ before its name: @{text}"
    if found := _RANGE.fullmatch(text):
        return _range(*found.groups(), takes_ranges=takes_ranges)
    if _GROUPED.fullmatch(text) and re.search(r" 0\d\d", text):
        return f"write {text.replace(' ', '')}"
    if (found := _UNIT.fullmatch(text)) and found[2] not in bound:
        return _with_unit(found[1], found[2])
    listed = _listed(text)
    return f"write {listed}" if listed else None


def _range(first: str, last: str, step: str | None, *, takes_ranges: bool) -> str:
    if takes_ranges:
        return f"write {first}:{last}{f':{step}' if step else ''}"
    width = float(step or 1)
    steps = (float(last) - float(first)) / width if width else 0
    if not 0 < steps < _MOST_STEPS:
        return f"ranges are for table and plot; write linspace({first}, {last}, 11)"
    return f"ranges are for table and plot; write linspace({first}, {last}, {round(steps) + 1})"


def _with_unit(number: str, unit: str) -> str | None:
    if unit == "%":
        return f"write {number}/100"
    if unit in ("°", "deg", "degree", "degrees"):
        return f"write deg2rad({number})"
    return f"a value has no unit: write {number}" if unit not in ("e", "j", "pi", "i") else None


def _listed(text: str) -> str | None:
    """Numbers between blanks or semicolons as a list."""
    rows = [row.replace(",", " ").split() for row in text.strip("[]{}()").split(";")]
    numbers = [cell for row in rows for cell in row]
    if not all(rows) or len(numbers) < 2 or not all([re.fullmatch(_NUMBER, cell) for cell in numbers]):
        return None
    if len({*map(len, rows)}) > 1 or any([re.match(r"[-+]?0\d", cell) for cell in numbers]):
        return None
    lists = [f"[{', '.join(row)}]" for row in rows]
    return lists[0] if len(lists) == 1 else f"[{', '.join(lists)}]"
