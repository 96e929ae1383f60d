"""Tables of numbers as text: comma-, semicolon- or tab-separated cells with quotes, or words between blanks.

Rows are taken a block at a time, and all cells of a block at once; only a block that fails is gone through cell by
cell, for the line and the column of what is wrong.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Final, TypeAlias

import numpy as np

from gradcli.errors import Problem, Record, did_you_mean
from gradcli.run.files.source import Source, bad, check_room

Row: TypeAlias = tuple[int, list[str]]  # the line on which it ends, and its cells

_BLOCK: Final = 4096  # rows
_COMMENT: Final = "#"  # among words, as numpy.savetxt writes it


class Layout(Record):
    """How a table is laid out, as its first row shows.

    place      the file's name in messages
    delimiter  between cells; None: any blanks
    line       the line of the first row
    width      the number of cells in every row
    header     the columns' names, or None
    column     the number of the column to read, or None for all
    """

    __slots__ = ("place", "delimiter", "line", "width", "header", "column")
    place: str
    delimiter: str | None
    line: int
    width: int
    header: list[str] | None
    column: int | None

    def named(self, column: int) -> str:
        """A column in words."""
        return f"column {self.header[column]!r}" if self.header else f"column {column} (counted from 0)"


def read(source: Source, text: str) -> np.ndarray:
    """The table, or its column `source.part`: int64 where every number is written as a whole one, else float64.

    2-d, but 1-d for a single column, and for a single row between blanks.
    """
    delimiter = _delimiter(source.extension, text)
    rows = _words(text) if delimiter is None else _cells(text, delimiter, source.place)
    first = next(rows, None)
    if first is None:
        raise bad(f"{source.place} holds no numbers")
    layout = _layout(source, delimiter, *first)
    numbers = _numbers(rows if layout.header else chain([first], rows), layout, source)
    flat = np.frombuffer(numbers, np.int64 if numbers.typecode == "q" else np.float64)
    if layout.width == 1 or layout.column is not None or (delimiter is None and len(flat) == layout.width):
        return flat
    return flat.reshape(-1, layout.width)


# ---- layout ----------------------------------------------------------------------------------------------------------


def _delimiter(extension: str | None, text: str) -> str | None:
    """What stands between cells: as the extension says, or else the first row that is no comment."""
    if extension in (".tsv", ".txt"):
        return "\t" if extension == ".tsv" else None
    lines = (line for line in io.StringIO(text, newline=None) if line.strip() and not line.startswith(_COMMENT))
    line = next(lines, "")
    found = next((mark for mark in ",;\t" if mark in line), None)
    return "," if extension == ".csv" and found != ";" else found


def _layout(source: Source, delimiter: str | None, line: int, first: list[str]) -> Layout:
    is_header = any(cell.strip() and not _is_number(cell) for cell in first)
    header = [cell.strip() for cell in first] if is_header else None
    column = None if source.part is None else _column(source.part, header, len(first), source.place)
    return Layout(source.place, delimiter, line, len(first), header, column)


def _column(part: str, header: list[str] | None, width: int, place: str) -> int:
    """The number of the column called `part`: by its name in the header, else by number, from 0 (from the end: -1)."""
    names = header or []
    if names.count(part) > 1:
        raise bad(
            f"{place} has {names.count(part)} columns named {part!r}",
            type="KeyError",
            hint=f"pick one by its number, which counts from 0: #{names.index(part)}",
        )
    if part in names:
        return names.index(part)
    try:
        column = int(part)
    except ValueError:
        known = f"its columns: {', '.join(names[:20])}" if names else f"it has no header: use #0 to #{width - 1}"
        raise bad(f"{place} has no column {part!r}", type="KeyError", hint=did_you_mean(part, names) or known) from None
    if not -width <= column < width:
        raise bad(
            f"{place} has {width} column{'s' * (width > 1)}, and no column {part}",
            type="IndexError",
            hint=f"columns count from 0: #0 to #{width - 1}",
        )
    return column % width


# ---- rows ------------------------------------------------------------------------------------------------------------


def _cells(text: str, delimiter: str, place: str) -> Iterator[Row]:
    """The rows of a table with a delimiter, blank lines left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                yield reader.line_num, row
    except csv.Error as error:
        raise bad(
            f"{place}, line {reader.line_num}: {error}",
            hint="a cell that begins with a quote ends with one, right before the next cell",
        ) from None


def _words(text: str) -> Iterator[Row]:
    """The rows of a table with blanks between words; '#' begins a comment."""
    for line, content in enumerate(io.StringIO(text, newline=None), 1):
        words = (content.partition(_COMMENT)[0] if _COMMENT in content else content).split()
        if words:
            yield line, words


# ---- numbers ---------------------------------------------------------------------------------------------------------


def _numbers(rows: Iterator[Row], layout: Layout, source: Source) -> array[Any]:
    """All chosen numbers, row by row: whole ones ("q") until the first that is not, then floats ("d")."""
    flat: array[Any] = array("q")
    while block := list(islice(rows, _BLOCK)):
        full = [row for _, row in block]
        if set(map(len, full)) != {layout.width}:
            raise _wrong(block, layout)
        cells = list(chain.from_iterable(full)) if layout.column is None else [row[layout.column] for row in full]
        total = len(flat) + len(cells)
        check_room(source, total, flat.itemsize, f"a table of at least {total:,} numbers")
        try:
            flat = _extended(flat, cells)
        except ValueError:
            raise _wrong(block, layout) from None
    if not flat:
        raise bad(f"{source.place} has no numbers below its header {', '.join(layout.header or [])!r}")
    return flat


def _extended(flat: array[Any], cells: list[str]) -> array[Any]:
    size = len(flat)
    if flat.typecode == "q":
        try:
            flat.extend(map(int, cells))
            return flat
        except (ValueError, OverflowError):  # not whole, or beyond int64
            flat = array("d", flat[:size])
    flat.extend(map(float, cells))
    return flat


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


# ---- what is wrong ---------------------------------------------------------------------------------------------------


def _wrong(block: list[Row], layout: Layout) -> Problem:
    """The first thing wrong in a block of rows."""
    for line, row in block:
        if len(row) != layout.width:
            return bad(
                f"{layout.place}, line {line} has {len(row)} cell{'s' * (len(row) != 1)}, "
                f"where line {layout.line} has {layout.width}"
            )
        for column, cell in enumerate(row):
            if layout.column in (None, column) and not _is_number(cell):
                what = f"{_clipped(cell)!r} is not a number" if cell.strip() else "the cell is empty"
                place = f"{layout.place}, line {line}, {layout.named(column)}"
                return bad(f"{place}: {what}", hint=_hint(row, cell, layout))
    raise AssertionError("every cell of the block is a number")


def _hint(row: list[str], cell: str, layout: Layout) -> str | None:
    if not cell.strip():
        return "write nan where there is no number"
    if "," in cell:
        return "write numbers with a point: 1.5" if layout.delimiter else "name the file .csv to split it at commas"
    numeric = [layout.header[i] if layout.header else str(i) for i, other in enumerate(row) if _is_number(other)]
    if layout.column is None and numeric:
        return f"pick a column of numbers: #{', #'.join(numeric[:10])}"
    return None


def _clipped(cell: str) -> str:
    return cell if len(cell) <= 40 else cell[:37] + "..."
