"""A tabulation becomes text: aligned columns for people, separated values, or a line of JSON for each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from gradcli.report.document import encoded

_WORDS = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}


def separated(headings: list[str], chunks: Iterable[list[Any]], delimiter: str) -> Iterator[str]:
    """CSV or TSV with a header, every number with the digits that read back to it."""
    quoted = [f'"{each}"' if delimiter in each else each for each in headings]
    yield delimiter.join(quoted) + "\n"
    for columns in chunks:
        yield "".join([delimiter.join(row) + "\n" for row in zip(*map(_exact, columns))])


def lines(headings: list[str], chunks: Iterable[list[Any]], nonfinite: str = "string") -> Iterator[str]:
    """A JSON object a line."""
    keys = [encoded(each) + ": " for each in headings]
    for columns in chunks:
        texts = [_spelt(column, nonfinite) for column in columns]
        yield "".join(["{" + ", ".join([key + text for key, text in zip(keys, row)]) + "}\n" for row in zip(*texts)])


def aligned(headings: list[str], chunks: Iterable[list[Any]], width: int, precision: int | None = None) -> Iterator[str]:
    """Columns aligned at their points; their widths are those of the first chunk, which later rows may exceed.

    What does not fit into `width` is left out from the right, and said below.
    """
    chunks = iter(chunks)
    first = next(chunks, None)
    if first is None:
        return
    digits = precision if precision is not None else 6
    cells = [_column(column, digits) for column in first]
    widths = [max(len(head), *map(len, texts)) if texts else len(head) for head, texts in zip(headings, cells)]
    kept = _fitting(widths, width)
    yield _row(headings, widths, kept)
    for columns in chain([cells], ([_column(column, digits) for column in each] for each in chunks)):
        yield "".join([_row(row, widths, kept) for row in zip(*columns)])
    if kept < len(headings):
        said = f"({len(headings) - kept} more columns: {', '.join(headings[kept:])}; --csv has all)"
        yield (said if len(said) <= width else f"({len(headings) - kept} more columns; --csv has all)") + "\n"


def _row(cells: Iterable[str], widths: list[int], kept: int) -> str:
    return "  ".join([cell.rjust(width) for cell, width in zip(cells, widths[:kept])]).rstrip() + "\n"


def _fitting(widths: list[int], width: int) -> int:
    """How many columns fit, at least one."""
    total = -2
    for count, each in enumerate(widths):
        total += each + 2
        if total > width and count:
            return count
    return len(widths)


def _column(values: Any, digits: int) -> list[str]:
    """The numbers of a column, padded on the right so that their points stand below each other."""
    texts = [f"{each:.{digits}g}" for each in values.tolist()]
    tails = [len(text) - place if (place := text.find(".")) >= 0 and "e" not in text else 0 for text in texts]
    longest = max(tails, default=0)
    if any(["e" in text for text in texts]):
        return texts
    return [text + " " * (longest - tail) for text, tail in zip(texts, tails)]


def _exact(values: Any) -> list[str]:
    return list(map(repr, values.tolist()))


def _spelt(values: Any, nonfinite: str) -> list[str]:
    texts = _exact(values)
    if np.isfinite(values).all():
        return texts
    return [text if text not in _WORDS else "null" if nonfinite == "null" else _WORDS[text] for text in texts]
