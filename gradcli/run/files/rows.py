"""The rows of a table of text, a block at a time.

Text without quotes, comments and odd rows is split as a whole, which is ten times as fast as row by row; any other block
goes through the csv module, line by line, so that a quoted cell may run over lines and over the ends of blocks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import Final

from gradcli.errors import Problem, Record
from gradcli.run.files.cells import looks_like_number
from gradcli.run.files.layout import (
    COMMENT,
    SAMPLE,
    TableLayout,
    commented_header,
    declared,
    delimiter_of,
    is_comment,
    is_header,
)
from gradcli.run.files.problems import bad

BLOCK: Final = 1 << 18  # characters of a block
_QUOTES: Final = "a cell that begins with a quote ends with one, right before the next cell"


class Row(Record):
    """One row: the line on which it begins, its own text, and its cells; or the Problem for which it has none."""

    __slots__ = ("line", "text", "cells", "problem")
    line: int
    text: str
    cells: list[str]
    problem: Problem | None


class Block:
    """Rows of one width, as columns; `line(i)` is the line of row i, `texts` are the rows as they were written."""

    def __init__(self, width: int, cells: list[str], texts: list[str], lines: range | list[int]) -> None:
        self.width, self.cells, self.texts, self.lines = width, cells, texts, lines

    def __len__(self) -> int:
        return len(self.texts)

    def column(self, number: int) -> list[str]:
        return self.cells[number :: self.width]

    def row(self, number: int) -> list[str]:
        return self.cells[number * self.width : (number + 1) * self.width]


def universal(text: str) -> str:
    """Text whose lines end as they do here, wherever it was written."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def in_blocks(text: str) -> Iterator[str]:
    """A text in pieces of whole lines."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + BLOCK) + 1 or len(text)
        yield text[start:end]
        start = end


class Table:
    """A table that is read as its text comes.

    chunks     text in whole lines, that end with \\n but for the last
    extension  as of a file's name, or None
    place      the table's name in messages
    Raises Problem, code "file", where there is no first row.
    """

    def __init__(self, chunks: Iterator[str], extension: str | None, place: str) -> None:
        self._chunks = chunks
        self._lines: list[str] = []  # of the chunk that is read row by row, in reverse
        self._number = 0  # lines that have been taken
        comment, delimiter = self._begin(extension)
        first = self._next_row(delimiter)
        if first is None:
            raise bad(f"{place} holds no numbers")
        if first.problem is not None:
            raise bad(f"{place}, line {first.line}: {first.problem.message}", hint=first.problem.hint)
        self.named = is_header(first.cells)  # by its first row
        names = [cell.strip() for cell in first.cells] if self.named else commented_header(comment, delimiter, len(first.cells))
        self.layout = TableLayout(place, delimiter, first.line, len(first.cells), names)
        self.first = first  # the header as it was written, or else the first row of numbers
        self._pending = [] if self.named else [first]

    def blocks(self) -> Iterator[Block | Row]:
        """The rows below the header: blocks of good ones, and by themselves those that are not as the first one is."""
        yield from _gathered(self._pending, self.layout)
        rest = "".join(reversed(self._lines))
        self._lines = []
        for chunk in chain([rest] if rest else [], self._chunks):
            block = self._split(chunk)
            if block is None:
                self._lines = _lines(chunk)
                yield from self._row_by_row()
            else:
                self._number += len(block)
                yield block

    def _split(self, chunk: str) -> Block | None:
        """A chunk as a whole, or None where it has to be read row by row."""
        if '"' in chunk or "#" in chunk or chunk[0] == "%" or "\n%" in chunk:
            return None
        body = chunk.removesuffix("\n")
        texts, delimiter, width = body.split("\n"), self.layout.delimiter, self.layout.width
        if delimiter is None:
            if {len(line.split()) for line in texts} != {width}:
                return None
            cells = body.split()
        else:
            if {line.count(delimiter) for line in texts} != {width - 1} or (width == 1 and not all(map(str.strip, texts))):
                return None
            cells = body.replace("\n", delimiter).split(delimiter)
        return Block(width, cells, texts, range(self._number + 1, self._number + 1 + len(texts)))

    def _row_by_row(self) -> Iterator[Block | Row]:
        rows: list[Row] = []
        while self._lines:
            row = self._next_row(self.layout.delimiter)
            if row is not None:
                rows.append(row)
        return _gathered(rows, self.layout)

    def _take(self) -> str | None:
        """The next line, of the next chunk where this one has no more."""
        while not self._lines:
            chunk = next(self._chunks, None)
            if chunk is None:
                return None
            self._lines = _lines(chunk)
        self._number += 1
        return self._lines.pop()

    def _begin(self, extension: str | None) -> tuple[str | None, str | None]:
        """Pass over what stands above the first row; gives the last comment there, and the delimiter."""
        comment = None
        while (line := self._take()) is not None and (not line.strip() or is_comment(line)):
            comment = line if line.strip() else comment
        if line is not None and (mark := declared(line)) is not None:
            return comment, mark
        if line is not None:
            self._lines.append(line)
            self._number -= 1
        return comment, delimiter_of("".join(reversed(self._lines[-2 * SAMPLE :])), extension)

    def _next_row(self, delimiter: str | None) -> Row | None:
        """The next row, or None where this chunk, or everything, ends with blank lines and comments."""
        while (line := self._take()) is not None:
            if line.strip() and not is_comment(line):
                return self._parsed(line, delimiter)
            if not self._lines:
                return None
        return None

    def _parsed(self, line: str, delimiter: str | None) -> Row:
        number, text = self._number, line.removesuffix("\n")
        if delimiter is None:
            text = COMMENT.split(text, maxsplit=1)[0]
            return Row(number, text, text.split(), None)
        if '"' not in line:
            return _uncommented(number, text, delimiter)
        taken = [line]
        reader = csv.reader(self._continued(taken), delimiter=delimiter, skipinitialspace=True, strict=True)
        try:
            cells = next(reader)
        except csv.Error as error:
            return Row(number, "", [], bad(str(error), hint=_QUOTES))
        return Row(number, "".join(taken).removesuffix("\n"), cells, None)

    def _continued(self, taken: list[str]) -> Iterator[str]:
        """The lines of one row, which are noted as they are taken."""
        yield taken[0]
        while (line := self._take()) is not None:
            taken.append(line)
            yield line


def _uncommented(number: int, text: str, delimiter: str) -> Row:
    """A row without quotes; what a last cell has after its number is a comment, and what a text has is its own."""
    cells = text.split(delimiter)
    if " #" in cells[-1] or "\t#" in cells[-1]:
        last = COMMENT.split(cells[-1], maxsplit=1)[0]
        if looks_like_number(last):
            return Row(number, delimiter.join([*cells[:-1], last]), [*cells[:-1], last], None)
    return Row(number, text, cells, None)


def _lines(chunk: str) -> list[str]:
    """The lines of a chunk with their ends, last first."""
    return list(io.StringIO(chunk, newline="\n"))[::-1]


def _gathered(rows: list[Row], layout: TableLayout) -> Iterator[Block | Row]:
    """Rows as blocks, as far as they are of the table's width."""
    good: list[Row] = []
    for row in rows:
        row = row if len(row.cells) == layout.width else _without_comment(row, layout)
        if row.problem is None and len(row.cells) == layout.width:
            good.append(row)
            continue
        if good:
            yield _block(good, layout.width)
            good = []
        yield row
    if good:
        yield _block(good, layout.width)


def _without_comment(row: Row, layout: TableLayout) -> Row:
    """A row that is too long for a comment at its end, without it."""
    text = COMMENT.split(row.text, maxsplit=1)[0]
    if row.problem is not None or len(text) == len(row.text) or layout.delimiter is None or '"' in row.text:
        return row
    return Row(row.line, text, text.split(layout.delimiter), None)


def _block(rows: list[Row], width: int) -> Block:
    cells = [cell for row in rows for cell in row.cells]
    return Block(width, cells, [row.text for row in rows], [row.line for row in rows])
