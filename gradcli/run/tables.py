"""Batches over a table: each row's cells are the variables of one expression, and its results are added as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from gradcli.errors import Problem, Record, did_you_mean
from gradcli.run import names
from gradcli.run.batch import refused
from gradcli.run.evaluate import evaluate
from gradcli.run.failures import kept_going
from gradcli.run.files.cells import is_ambiguous
from gradcli.run.files.layout import Layout
from gradcli.run.files.rows import Block, Row, Table
from gradcli.run.files.source import decoded
from gradcli.run.files.table import Spelling
from gradcli.run.numbers import jsonable
from gradcli.run.reads import names_read
from gradcli.run.request import Request
from gradcli.run.result import Result

Guard = Callable[[], AbstractContextManager[None]]


class Piece(Record):
    """Some rows as they are written back, each with its newline, and (line, Problem) of those whose added cells are empty."""

    __slots__ = ("text", "problems")
    text: str
    problems: list[tuple[int, Problem]]


class Columns(Record):
    """What holds for every row: which columns are variables and where they stand, and how to compute.

    `nonfinite` is "string", "null" (such a cell stays empty) or "error".
    """

    __slots__ = ("layout", "spelling", "places", "expr", "shared", "defaults", "nonfinite", "guard")
    layout: Layout
    spelling: Spelling
    places: dict[str, int]
    expr: str
    shared: list[Any]
    defaults: dict[str, Any]
    nonfinite: str
    guard: Guard

    @property
    def between(self) -> str:
        return self.layout.delimiter or " "


def opened(chunks: Iterator[str]) -> Table:
    """The table whose text comes in `chunks`, once its header is there.  Raises Problem."""
    for chunk in chunks:
        if chunk.strip():
            table = Table(chain([chunk], chunks), ".csv", "the table")
            decoded(table.first.text.encode("utf-8", "surrogateescape"), "the table")  # names have to be text
            return table
    raise refused("the table is empty, and needs a header with the names of its columns")


def computed(table: Table, expr: str, defaults: dict[str, Any], guard: Guard, nonfinite: str = "string") -> Iterator[Piece]:
    """The table with its added columns, header first: `out`, and `d_NAME` for every column that the expression uses.

    defaults  arguments of Request that hold for every row, with the bindings that rows share
    guard     gives a context manager in which a row is evaluated
    Raises Problem for what concerns the whole table (no header, an unknown name); a row's own problem is in its Piece.
    """
    header = table.layout.header
    if header is None:
        raise refused(
            "the table has no header: its first row holds numbers",
            hint=f"put the names of its columns into the first line: {(table.layout.delimiter or ' ').join('xyz')}",
        )
    settings = {key: value for key, value in defaults.items() if key != "bindings"}
    shared = defaults.get("bindings", [])
    used = _used_columns(expr, header, [name for name, _, _ in shared])
    _check_header(header, used, settings.get("wrt"), [name for name, _, is_constant in shared if not is_constant])
    shared = [each for each in shared if each[0] not in used]
    places = {name: header.index(name) for name in used}
    columns = Columns(table.layout, Spelling(table.layout), places, expr, shared, settings, nonfinite, guard)
    first = table.first.text if table.named else columns.between.join(header)
    yield Piece(columns.between.join([first, "out", *[f"d_{name}" for name in used]]) + "\n", [])
    for part in table.blocks():
        yield _odd(part, columns) if isinstance(part, Row) else _piece(part, columns)


# --- header ---------------------------------------------------------------------------------------------------------


def _check_header(header: list[str], used: list[str], wrt: list[str] | None, leaves: list[str]) -> None:
    for name in used:
        if header.count(name) > 1:
            raise refused(f"the table has {header.count(name)} columns '{name}'", hint="rename one of them")
    for name in ["out", *[f"d_{name}" for name in used]]:
        if name in header:
            raise refused(f"the table already has a column '{name}', which would be added", hint="rename it")
    for name in wrt or ():
        if name not in used and name not in leaves:
            raise Problem(
                "unknown-name",
                f"--wrt names '{name}', which is no column that the expression uses",
                type="NameError",
                hint=did_you_mean(name, used) or f"it uses {', '.join(used) or 'none'}",
                source="--wrt",
                text=",".join(wrt or ()),
            )


def _used_columns(expr: str, header: list[str], bound: list[str]) -> list[str]:
    """The columns that the expression reads, in the table's order.  Raises Problem for a name that nothing explains."""
    read = names_read(expr)
    for name, node in read.items():
        if name not in header and name not in bound and names.lookup(name) is None:
            raise Problem(
                "unknown-name",
                f"name '{name}' is not defined, and the table has no column of that name",
                type="NameError",
                hint=did_you_mean(name, header) or f"the columns are {', '.join(header)}",
                span=node.span,
                source="expr",
                text=expr,
            )
    return [name for name in dict.fromkeys(header) if name in read]


# --- rows -----------------------------------------------------------------------------------------------------------


def _piece(block: Block, columns: Columns) -> Piece:
    """A block of rows with their results."""
    between, empty = columns.between, [""] * (1 + len(columns.places))
    problems: list[tuple[int, Problem]] = []
    written: list[str] = []
    for index, values in enumerate(_variables(block, columns)):
        answer = values if isinstance(values, Problem) else kept_going(partial(_row, values, columns))
        if isinstance(answer, Problem):
            problems.append((block.lines[index], answer))
        written.append(between.join([block.texts[index], *(empty if isinstance(answer, Problem) else answer)]))
    return Piece("\n".join(written) + "\n", problems)


def _odd(row: Row, columns: Columns) -> Piece:
    """A row of another width, as it was with the missing and the added cells empty; or one that is none, all empty."""
    width, count = columns.layout.width, len(row.cells)
    problem = row.problem
    if problem is None:
        problem = refused(
            f"this row has {count} cell{'s' * (count != 1)}, and the header has {width}",
            hint="a cell with a comma in it stands in quotes" if count > width else None,
        )
    else:
        problem = refused(f"this line is no CSV: {problem.message}", hint=problem.hint)
    missing = max(0, width - max(1, count)) + 1 + len(columns.places)
    return Piece(columns.between.join([row.text, *[""] * missing]) + "\n", [(row.line, problem)])


def _variables(block: Block, columns: Columns) -> Iterator[list[float] | Problem]:
    """The numbers of the used columns, row by row; the Problem of a row that lacks one."""
    cells = {name: block.column(place) for name, place in columns.places.items()}
    try:
        found = [columns.spelling.floats(column).tolist() for column in cells.values()]
    except ValueError:
        found = [[_number(cell, name, columns.spelling) for cell in column] for name, column in cells.items()]
    for row in zip(*found) if found else ((),) * len(block):
        wrong = next((each for each in row if isinstance(each, Problem)), None)
        yield list(row) if wrong is None else wrong


def _number(cell: str, name: str, spelling: Spelling) -> float | Problem:
    try:
        return float(spelling.floats([cell])[0])
    except ValueError:
        what = "may be one number or another" if is_ambiguous(cell) else "is no number"
        what = f"'{cell.strip()[:40]}' {what}" if cell.strip() else "the cell is empty"
        return refused(f"column {name}: {what}", hint=spelling.hint(cell))


def _row(values: list[float], columns: Columns) -> list[str]:
    """The added cells of one row.  Raises Problem."""
    dtype = columns.defaults.get("dtype", "float64")
    bindings = [(name, np.asarray(value, dtype), False) for name, value in zip(columns.places, values)]
    with columns.guard():
        return _results(evaluate(Request(columns.expr, [*columns.shared, *bindings], **columns.defaults)), columns)


def _results(result: Result, columns: Columns) -> list[str]:
    if result.is_tuple:
        raise Problem(
            "not-scalar",
            f"the expression gives a tuple of {len(result.outputs)}, and a cell holds one tensor",
            hint="pick one, as in (...)[0]",
        )
    shown = [_shown(result.outputs[0].value, "out", columns)]
    return shown + [_shown(result.grads[name], f"d_{name}", columns) for name in columns.places]


def _shown(value: Any, name: str, columns: Columns) -> str:
    """A number with the shortest digits that read back to it; a tensor as JSON; nothing where there is no gradient."""
    if value is None:
        return ""
    try:
        plain = jsonable(value, columns.nonfinite)
    except Problem as problem:
        raise Problem(problem.code, f"{name}: {problem.message}", type=problem.type, hint=problem.hint) from None
    if not isinstance(plain, list):
        return "" if plain is None else str(plain)
    import json

    text = json.dumps(plain)
    return '"' + text.replace('"', '""') + '"' if '"' in text or columns.between in text else text
