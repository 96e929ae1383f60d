"""Tables of numbers as text become arrays: comma-, semicolon- or tab-separated cells with quotes, or words between blanks."""

from __future__ import annotations

import numpy as np

from gradcli.errors import Problem
from gradcli.run.files.cells import Comma, comma_of, is_ambiguous, is_number, numbers
from gradcli.run.files.layout import TableLayout
from gradcli.run.files.problems import bad
from gradcli.run.files.rows import Block, Row, Table, in_blocks, universal
from gradcli.run.files.source import Source, check_room


def read(source: Source, text: str) -> np.ndarray:
    """The table, or its column `source.part`: int64 where every number is written as a whole one, else float64.

    2-d, but 1-d for a single column, and for a single row between blanks.
    """
    table = Table(in_blocks(universal(text)), source.extension, source.place)
    layout = table.layout
    column = None if source.part is None else layout.column(source.part)
    spelt = Spelling(layout)
    pieces: list[np.ndarray] = []
    total = 0
    for block in table.blocks():
        if isinstance(block, Row):
            raise _odd(block, layout)
        total += len(block) * (layout.width if column is None else 1)
        check_room(source, total, 8, f"a table of at least {total:,} numbers")
        pieces.append(spelt.array(block, column))
    if not pieces:
        raise bad(f"{source.place} has no numbers below its header {', '.join(layout.header or [])!r}")
    flat = np.concatenate(pieces)  # in float64 where one block has a number that is not whole
    if layout.width == 1 or column is not None or (layout.delimiter is None and len(flat) == layout.width):
        return flat
    return flat.reshape(-1, layout.width)


class Spelling:
    """The cells of a table as numbers; what a comma within them means is learned from the first that tells."""

    def __init__(self, layout: TableLayout) -> None:
        self.layout = layout
        self.comma: Comma = None
        self._whole = True  # so far

    def array(self, block: Block, column: int | None) -> np.ndarray:
        """The cells of a block, or of one of its columns.  Raises the Problem of the first that is no number."""
        cells = block.cells if column is None else block.column(column)
        if self._whole:
            try:
                return np.array(list(map(int, cells)), np.int64)
            except (ValueError, OverflowError):  # not whole, or beyond int64
                self._whole = False
        try:
            return self.floats(cells)
        except ValueError:
            raise self._wrong(block, column) from None

    def floats(self, cells: list[str]) -> np.ndarray:
        """Cells as float64, or as complex128 where one is complex.  Raises ValueError where one is no number."""
        try:
            return np.array(numbers(cells, self.comma))
        except ValueError:
            if self.comma is not None or self.layout.delimiter is None:  # between blanks `1,2` may be two columns
                raise
        # Where cells stand between semicolons, the comma is kept for the numbers.
        self.comma = comma_of(cells) or ("decimal" if self.layout.delimiter == ";" else None)
        return np.array(numbers(cells, self.comma))

    def hint(self, cell: str) -> str | None:
        """What would make a number of a cell that is none."""
        if not cell.strip():
            return "write nan where there is no number"
        if is_ambiguous(cell):
            plain = cell.strip()
            return f"write it without the comma: {plain.replace(',', '')} or {plain.replace(',', '.')}"
        if comma_of([cell]) is None or self.comma is not None:
            return None
        point = "write numbers with a point: 1.5"
        return point if self.layout.delimiter else f"{point}; or name the file .csv to split it at commas"

    def _wrong(self, block: Block, column: int | None) -> Problem:
        """The first cell of a block that is no number."""
        for index in range(len(block)):
            row = block.row(index)
            for place, cell in enumerate(row):
                if column in (None, place) and not is_number(cell, self.comma):
                    where = f"{self.layout.place}, line {block.lines[index]}, {self.layout.named(place)}"
                    return bad(f"{where}: {said(cell)}", hint=self.hint(cell) or self._other_columns(row, column))
        raise AssertionError("every cell of the block is a number")

    def _other_columns(self, row: list[str], column: int | None) -> str | None:
        header = self.layout.header
        numeric = [header[i] if header else str(i) for i, other in enumerate(row) if is_number(other, self.comma)]
        return f"pick a column of numbers: #{', #'.join(numeric[:10])}" if column is None and numeric else None


def said(cell: str) -> str:
    """What is wrong with a cell, in words."""
    if not cell.strip():
        return "the cell is empty"
    clipped = cell if len(cell) <= 40 else cell[:37] + "..."
    return f"{clipped!r} may be one number or another" if is_ambiguous(cell) else f"{clipped!r} is not a number"


def _odd(row: Row, layout: TableLayout) -> Problem:
    """A row of another width than the first, or none at all."""
    if row.problem is not None:
        return bad(f"{layout.place}, line {row.line}: {row.problem.message}", hint=row.problem.hint)
    return bad(
        f"{layout.place}, line {row.line} has {len(row.cells)} cell{'s' * (len(row.cells) != 1)}, "
        f"where line {layout.line} has {layout.width}"
    )
