"""Batches over a table: each row's cells are the variables of one expression, and its results are added as columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any

import numpy as np

from gradcli.errors import Problem, Record, did_you_mean
from gradcli.run import names
from gradcli.run.batch import no_memory, refused
from gradcli.run.evaluate import evaluate
from gradcli.run.numbers import jsonable
from gradcli.run.reads import names_read
from gradcli.run.request import Request
from gradcli.run.result import Result


class Row(Record):
    """One row to write; `problem` says why its added cells are empty, or is None."""

    __slots__ = ("line", "cells", "problem")
    line: int
    cells: list[str]
    problem: Problem | None


class Layout(Record):
    """What holds for every row: how many cells, which columns are variables and where they stand, how to compute.

    `nonfinite` is "string", "null" (such a cell stays empty) or "error".
    """

    __slots__ = ("width", "places", "expr", "shared", "defaults", "nonfinite")
    width: int
    places: dict[str, int]
    expr: str
    shared: list[Any]
    defaults: dict[str, Any]
    nonfinite: str


def opened(lines: Iterator[str]) -> tuple[str, Iterable[str]]:
    """What stands between the cells, as the header shows it (a comma, a semicolon or a tab), and all the lines."""
    seen = []
    for line in lines:
        seen.append(line)
        if line.strip():
            break
    between = next((mark for mark in ",;\t" if seen and mark in seen[-1]), ",")
    return between, chain(seen, lines)


def rows(
    lines: Iterable[str],
    expr: str,
    defaults: dict[str, Any],
    guard: Callable[[], AbstractContextManager[None]],
    nonfinite: str = "string",
    between: str = ",",
) -> Iterator[Row]:
    """The table with its added columns, header first: `out`, and `d_NAME` for every column that the expression uses.

    Raises Problem for what concerns the whole table (no header, an unknown name); a row's own problem is in the Row.
    """
    reader = csv.reader(lines, delimiter=between, strict=True)
    first = _header(reader)
    header = [cell.strip() for cell in first]
    settings = {key: value for key, value in defaults.items() if key != "bindings"}
    shared = defaults.get("bindings", [])
    used = _used_columns(expr, header, [name for name, _, _ in shared])
    _check_header(header, used, settings.get("wrt"), [name for name, _, is_constant in shared if not is_constant])
    shared = [each for each in shared if each[0] not in used]
    layout = Layout(len(header), {name: header.index(name) for name in used}, expr, shared, settings, nonfinite)
    yield Row(reader.line_num, [*first, "out", *[f"d_{name}" for name in used]], None)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _failed(
                line,
                [],
                layout,
                refused(
                    f"this line is no CSV: {error}",
                    hint="a cell that begins with a quote ends with one, right before the next cell",
                ),
            )
            continue
        if cells and (len(cells) > 1 or cells[0].strip()):
            yield _row(line, cells, layout, guard)


# --- header ---------------------------------------------------------------------------------------------------------


def _header(reader: Any) -> list[str]:
    try:
        for cells in reader:
            if any([cell.strip() for cell in cells]):
                return list(cells)
    except csv.Error as error:
        raise refused(
            f"the table's header is no CSV: {error}",
            hint="lines end with a newline, and a cell that begins with a quote ends with one",
        ) from None
    raise refused("the table is empty, and needs a header with the names of its columns")


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


def _row(line: int, cells: list[str], layout: Layout, guard: Callable[[], AbstractContextManager[None]]) -> Row:
    try:
        if len(cells) != layout.width:
            raise refused(
                f"this row has {len(cells)} cell{'s' * (len(cells) != 1)}, and the header has {layout.width}",
                hint="a cell with a comma in it stands in quotes" if len(cells) > layout.width else None,
            )
        dtype = layout.defaults.get("dtype", "float64")
        bindings = [(name, _cell(cells[place], name, dtype), False) for name, place in layout.places.items()]
        with guard():
            result = evaluate(Request(layout.expr, [*layout.shared, *bindings], **layout.defaults))
            return Row(line, cells + _results(result, layout), None)
    except Problem as problem:
        return _failed(line, cells, layout, problem)
    except (MemoryError, RecursionError):
        return _failed(line, cells, layout, no_memory())


def _failed(line: int, cells: list[str], layout: Layout, problem: Problem) -> Row:
    """The row as it was, its missing and its added cells empty."""
    return Row(line, cells + [""] * (max(0, layout.width - len(cells)) + 1 + len(layout.places)), problem)


def _cell(text: str, name: str, dtype: str) -> Any:
    try:
        return np.asarray(float(text), dtype)
    except ValueError:
        what = f"'{text[:40]}' is no number" if text.strip() else "the cell is empty"
        raise refused(f"column {name}: {what}", hint="write numbers with a point: 1.5" if "," in text else None) from None


def _results(result: Result, layout: Layout) -> list[str]:
    if result.is_tuple:
        raise Problem(
            "not-scalar",
            f"the expression gives a tuple of {len(result.outputs)}, and a cell holds one tensor",
            hint="pick one, as in (...)[0]",
        )
    values = chain([("out", result.outputs[0].value)], ((f"d_{name}", result.grads[name]) for name in layout.places))
    return [_shown(value, name, layout.nonfinite) for name, value in values]


def _shown(value: Any, name: str, nonfinite: str) -> str:
    """A number with the shortest digits that read back to it; a tensor as JSON; nothing where there is no gradient."""
    if value is None:
        return ""
    try:
        plain = jsonable(value, nonfinite)
    except Problem as problem:
        raise Problem(problem.code, f"{name}: {problem.message}", type=problem.type, hint=problem.hint) from None
    if not isinstance(plain, list):
        return "" if plain is None else str(plain)
    import json

    return json.dumps(plain)
