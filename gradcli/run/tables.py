"""Batches over a table: each row's cells are the variables of one expression, and its results are added as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from gradcli.errors import Problem, Record, did_you_mean, unknown_name
from gradcli.graph.half_precision import in_dtype
from gradcli.ops.core import dtypes
from gradcli.run import names
from gradcli.run.batch import refused
from gradcli.run.digits import shortest
from gradcli.run.evaluate import evaluate
from gradcli.run.failures import kept_going
from gradcli.run.files.cells import is_ambiguous
from gradcli.run.files.rows import Block, Row, Table
from gradcli.run.files.source import decoded
from gradcli.run.files.table import Spelling
from gradcli.run.free_names import names_read
from gradcli.run.limits import deadline
from gradcli.run.numbers import jsonable
from gradcli.run.plans import Place
from gradcli.run.request import Request
from gradcli.run.result import Result
from gradcli.run.stacks import Kind

_LEAST = 4  # rows that are worth a plan


class Piece(Record):
    """So many rows as they are written back, each with its newline, and (line, Problem) of those that have failed."""

    __slots__ = ("text", "problems", "count")
    text: str
    problems: list[tuple[int, Problem]]
    count: int


def opened(chunks: Iterator[str]) -> Table:
    """The table whose text comes in `chunks`, once its header is there.  Raises Problem."""
    for chunk in chunks:
        if chunk.strip():
            table = Table(chain([chunk], chunks), ".csv", "the table")
            decoded(table.first.text.encode("utf-8", "surrogateescape"), "the table")  # names have to be text
            return table
    raise refused("the table is empty, and needs a header with the names of its columns")


class Columns:
    """Adds columns to a table: `out`, and `d_NAME` for every column that the expression uses.

    columns = Columns(table, expr, defaults, nonfinite, max_time)
    columns.header     the header as it is written back, with its newline
    columns(part)      the Piece of a block of rows, or of a row by itself; in any process

    defaults   arguments of Request that hold for every row, with the bindings that rows share
    nonfinite  "string", "null" (such a cell stays empty) or "error"
    max_time   seconds that a row may take, or None; rows are then computed one by one
    Raises Problem for what concerns the whole table (no header, an unknown name); a row's own problem is in its Piece.
    """

    def __init__(
        self, table: Table, expr: str, defaults: dict[str, Any], nonfinite: str = "string", max_time: float | None = None
    ) -> None:
        header = table.layout.header
        if header is None:
            raise refused(
                "the table has no header: its first row holds numbers",
                hint=f"put the names of its columns into the first line: {(table.layout.delimiter or ' ').join('xyz')}",
            )
        self.expr, self.nonfinite, self.max_time = expr, nonfinite, max_time
        self.defaults = {key: value for key, value in defaults.items() if key != "bindings"}
        shared = defaults.get("bindings", [])
        used = _used_columns(expr, header, [name for name, _, _ in shared])
        _check_header(header, used, self.defaults.get("wrt"), [name for name, _, is_constant in shared if not is_constant])
        self.shared = [each for each in shared if each[0] not in used]
        self.width = table.layout.width
        self.between = table.layout.delimiter or " "
        self.spelling = Spelling(table.layout)
        self.places = {name: header.index(name) for name in used}
        self._kinds: list[Kind | None] = []  # one or none: made in each process by itself
        first = table.first.text if table.named else self.between.join(header)
        self.header = self.between.join([first, "out", *[f"d_{name}" for name in used]]) + "\n"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_kinds": []}

    def __call__(self, part: Block | Row) -> Piece:
        return _odd(part, self) if isinstance(part, Row) else _piece(part, self)

    @property
    def kind(self) -> Kind | None:
        """The rows as records that can be computed together, or None where they cannot."""
        if not self._kinds:
            alone = self.max_time is not None
            self._kinds.append(None if alone else _kind(self.expr, [*self.places], self.shared, self.defaults))
        return self._kinds[0]


def _kind(expr: str, used: list[str], shared: list[Any], settings: dict[str, Any]) -> Kind | None:
    """The rows of a table as records of one kind; None where they have no plan."""
    if settings.get("seed") is not None or not used:
        return None
    dtype = dtypes.by_name(settings.get("dtype", "float64"))
    bindings = [*shared, *[(name, np.zeros((), dtype), False) for name in used]]
    try:
        return Kind(Request(expr, bindings, **settings), [False] * len(shared) + [True] * len(used), notes=False)
    except Exception:  # the tape says of each row what is wrong
        return None


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
            raise unknown_name(
                "--wrt",
                name,
                "is no column that the expression uses",
                used,
                f"it uses {', '.join(used) or 'none'}",
                ",".join(wrt or ()),
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
    """A block of rows with their results: those of the whole block at once, or of each row by itself."""
    between = columns.between
    empty = between * len(columns.places)
    numbers, problems = _variables(block, columns)
    written = []
    for row, (text, cells) in enumerate(zip(block.texts, _together(numbers, len(block), columns))):
        if cells is None or row in problems:
            answer: list[str] | Problem = problems[row] if row in problems else _alone(numbers, row, columns)
            if isinstance(answer, Problem):
                problems[row] = answer
            cells = empty if isinstance(answer, Problem) else between.join(answer)
        written.append(f"{text}{between}{cells}\n")
    return Piece("".join(written), [(block.lines[row], problems[row]) for row in sorted(problems)], len(block))


def _alone(numbers: list[Any], row: int, columns: Columns) -> list[str] | Problem:
    """The added cells of one row, computed by itself."""
    work: Callable[[], list[str]] = partial(_row, [column[row] for column in numbers], columns)
    return kept_going(work)


def _together(numbers: list[Any], count: int, columns: Columns) -> list[str | None]:
    """The added cells of each row of a block, or None for a row that is to be computed by itself."""
    none: list[str | None] = [None] * count
    kind = columns.kind if count >= _LEAST and numbers and not any([each.dtype.kind == "c" for each in numbers]) else None
    if kind is None:
        return none
    outputs = [kind.template.outputs[0].value, *[kind.template.grads.get(name) for name in columns.places]]
    if kind.template.is_tuple or not all([each is None or type(each) is Place for each in outputs]):
        return none
    places = sorted({each.number for each in outputs if each is not None})
    dtype = dtypes.by_name(columns.defaults.get("dtype", "float64"))
    shared = [value for _, value, _ in columns.shared]
    values, good = kind.stacked([*shared, *[in_dtype(column, dtype) for column in numbers]], places)
    if not good.any() or any([each.ndim != 1 for each in values]):
        return none
    texts = {place: list(map(str, shortest(each).tolist())) for place, each in zip(places, values)}
    cells = [[""] * count if each is None else texts[each.number] for each in outputs]
    joined: list[str | None] = list(map(columns.between.join, zip(*cells)))
    if not good.all():
        joined = [text if fine else None for text, fine in zip(joined, good.tolist())]
    return joined


def _variables(block: Block, columns: Columns) -> tuple[list[Any], dict[int, Problem]]:
    """The numbers of the used columns, and the Problems of rows that lack one, by row."""
    cells = {name: block.column(place) for name, place in columns.places.items()}
    try:
        return [columns.spelling.floats(column) for column in cells.values()], {}
    except ValueError:
        pass
    problems: dict[int, Problem] = {}
    numbers = []
    for name, column in cells.items():
        found = [_number(cell, name, columns.spelling) for cell in column]
        for row, each in enumerate(found):
            if isinstance(each, Problem):
                problems.setdefault(row, each)
        numbers.append(np.array([float("nan") if isinstance(each, Problem) else each for each in found]))
    return numbers, problems


def _odd(row: Row, columns: Columns) -> Piece:
    """A row of another width, as it was with the missing and the added cells empty; or one that is none, all empty."""
    width, count = columns.width, len(row.cells)
    problem = row.problem
    if problem is None:
        problem = refused(
            f"this row has {count} cell{'s' * (count != 1)}, and the header has {width}",
            hint="a cell with a comma in it stands in quotes" if count > width else None,
        )
    else:
        problem = refused(f"this line is no CSV: {problem.message}", hint=problem.hint)
    missing = max(0, width - max(1, count)) + 1 + len(columns.places)
    return Piece(columns.between.join([row.text, *[""] * missing]) + "\n", [(row.line, problem)], 1)


def _number(cell: str, name: str, spelling: Spelling) -> float | complex | Problem:
    try:
        return spelling.floats([cell])[0].item()  # type: ignore[no-any-return]
    except ValueError:
        what = "may be one number or another" if is_ambiguous(cell) else "is no number"
        what = f"'{cell.strip()[:40]}' {what}" if cell.strip() else "the cell is empty"
        return refused(f"column {name}: {what}", hint=spelling.hint(cell))


def _row(values: list[float | complex], columns: Columns) -> list[str]:
    """The added cells of one row.  Raises Problem."""
    dtype = dtypes.by_name(columns.defaults.get("dtype", "float64"))
    bindings = [
        (name, in_dtype(value, dtypes.complex_dtype(dtype) if isinstance(value, complex) else dtype), False)
        for name, value in zip(columns.places, values)
    ]
    with deadline(columns.max_time):
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
    """A number with the shortest digits that read back to it (1+2j, as cells have it); a tensor as JSON; nothing where there
    is no gradient."""
    if value is None:
        return ""
    try:
        plain = jsonable(value, columns.nonfinite)
    except Problem as problem:
        raise Problem(problem.code, f"{name}: {problem.message}", type=problem.type, hint=problem.hint) from None
    if isinstance(plain, dict):
        return f"{plain['re']}{'' if str(plain['im']).startswith('-') else '+'}{plain['im']}j"
    if not isinstance(plain, list):
        return "" if plain is None else str(plain)
    import json

    text = json.dumps(plain)
    return '"' + text.replace('"', '""') + '"' if '"' in text or columns.between in text else text
