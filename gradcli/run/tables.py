"""Batches over a table: each row's cells are the variables of one expression, and its results are added as columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from gradcli.errors import Problem, Record, did_you_mean
from gradcli.run.evaluate import evaluate
from gradcli.run.numbers import jsonable
from gradcli.run.request import Request
from gradcli.text import parse
from gradcli.text.nodes import Assign, Name, children


class Row(Record):
    """One row to write; `problem` says why its added cells are empty, or is None."""

    __slots__ = ("line", "cells", "problem")
    line: int
    cells: list[str]
    problem: Problem | None


def rows(lines: Iterable[str], expr: str, defaults: dict[str, Any], guard: Callable[[], Any]) -> Iterator[Row]:
    """The table with its added columns, header first: `out`, and `d_NAME` for every column that the expression uses.

    Raises Problem for what concerns the whole table (no header, an unknown name); a row's own problem is in the Row.
    """
    reader = csv.reader(lines)
    try:
        header = [cell.strip() for cell in next(reader)]
    except StopIteration:
        raise Problem("record", "the table is empty, and needs a header with the names of its columns", type="ValueError") from None
    shared = defaults.pop("bindings", [])
    used = _used_columns(expr, header, [name for name, _, _ in shared])
    added = ["out", *[f"d_{name}" for name in used]]
    clash = [name for name in added if name in header]
    if clash:
        raise Problem("record", f"the table already has a column '{clash[0]}', which would be added", type="ValueError", hint="rename it")
    yield Row(1, [*header, *added], None)
    places = {name: header.index(name) for name in used}
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(reader.line_num, [""] * (len(header) + len(added)), Problem("record", f"this line is no CSV: {error}", type="ValueError"))
            continue
        if cells:
            yield _row(reader.line_num, cells, len(header), expr, places, shared, defaults, guard)


def _used_columns(expr: str, header: list[str], bound: list[str]) -> list[str]:
    """The columns that the expression names, in the table's order."""
    doubles = [name for name in header if header.count(name) > 1]
    names: dict[str, Name] = {}
    own: set[str] = set()
    stack: list[Any] = [parse(expr)]
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            names.setdefault(node.id, node)
        if isinstance(node, Assign):
            own.update(node.targets)
        stack.extend(children(node))
    used = [name for name in header if name in names]
    if set(doubles) & set(used):
        raise Problem("record", f"the table has more than one column '{doubles[0]}'", type="ValueError")
    for name, node in names.items():
        if name not in header and name not in bound and name not in own:
            _check_builtin(name, node, expr, header)
    return used


def _check_builtin(name: str, node: Name, expr: str, header: list[str]) -> None:
    from gradcli.run.names import lookup

    if lookup(name) is None:
        raise Problem("unknown-name", f"name '{name}' is not defined, and the table has no column of that name", type="NameError",
                      hint=did_you_mean(name, header) or f"the columns are {', '.join(header)}", span=node.span, source="expr", text=expr)


def _row(line: int, cells: list[str], width: int, expr: str, places: dict[str, int], shared: list[Any], defaults: dict[str, Any],
         guard: Callable[[], Any]) -> Row:
    padded = cells + [""] * (width - len(cells))
    try:
        if len(cells) != width:
            raise Problem("record", f"this row has {len(cells)} cells, and the header has {width}", type="ValueError")
        bindings = [(name, _cell(cells[place], name), False) for name, place in places.items()]
        with guard():
            result = evaluate(Request(expr, [*shared, *bindings], **defaults))
        return Row(line, padded + [_shown(result.outputs[0].value), *[_shown(result.grads[name]) for name in places]], None)
    except Problem as problem:
        return Row(line, padded + [""] * (len(places) + 1), problem)


def _cell(text: str, name: str) -> Any:
    try:
        return np.asarray(float(text))
    except ValueError:
        what = f"'{text[:40]}' is no number" if text.strip() else "the cell is empty"
        raise Problem("record", f"column {name}: {what}", type="ValueError") from None


def _shown(value: Any) -> str:
    """A number with the shortest digits that read back to it; a tensor as JSON; nothing where there is no gradient."""
    if value is None:
        return ""
    if value.ndim == 0:
        return str(jsonable(value))
    import json

    return json.dumps(jsonable(value))
