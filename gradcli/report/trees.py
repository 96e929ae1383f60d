"""Plain data with arrays in it becomes JSON text: at once, piece by piece, or as a template for many of one structure.

All but the arrays is encoded in one go, with a mark in the place of each array; what stands between the marks never changes.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any, Final

from gradcli.report.document import strict
from gradcli.report.json_stream import Arrays

_MARK: Final = f"numbers-{os.urandom(8).hex()}-"  # nothing that a user writes
_MARKED: Final = re.compile(f'"{_MARK}(\\d+)"')


class Numbers:
    """An array in a tree; `what` names it where a number is not finite and may not be."""

    __slots__ = ("ndarray", "what")

    def __init__(self, array: Any, what: str) -> None:
        self.ndarray = array
        self.what = what


class Raw:
    """JSON text in a tree."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def split(tree: Any) -> tuple[list[str], list[Numbers | Raw]]:
    """The text of a tree around its arrays, and these in order: there is one text more than there are arrays."""
    found: list[Numbers | Raw] = []

    def mark(value: Any) -> str:
        if not isinstance(value, (Numbers, Raw)):
            raise TypeError(f"no JSON for a {type(value).__name__}")
        found.append(value)
        return f"{_MARK}{len(found) - 1}"

    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=mark).encode
    texts = _MARKED.split(strict(encode(tree)))
    return texts[::2], found


class Writer:
    """Writes trees; an array's text is made once, however often a document shows it.

    nonfinite  how NaN and infinities are written: "string", "null", or "error" (a Problem of code "non-finite")
    """

    def __init__(self, nonfinite: str) -> None:
        self._arrays = Arrays(nonfinite)

    def text(self, tree: Any) -> str:
        """The JSON of a tree.  Raises Problem."""
        return "".join(self.pieces(tree))

    def pieces(self, tree: Any) -> Iterator[str]:
        """The same piece by piece.  Raises Problem now, or not at all."""
        texts, found = split(tree)
        for each in found:
            if isinstance(each, Numbers):
                self._arrays.check(each.ndarray, each.what)
        return self._joined(texts, found)

    def _joined(self, texts: list[str], found: list[Numbers | Raw]) -> Iterator[str]:
        yield texts[0]
        for text, each in zip(texts[1:], found):
            if isinstance(each, Raw):
                yield each.text
            else:
                yield from self._arrays.pieces(each.ndarray)
            yield text
