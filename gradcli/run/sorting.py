"""The lines of a batch that come together, sorted by kind: those of one kind are stacked, the others go one by one.

Lines are decoded in one go.  What is unusual about a record (an option of its own, a value that is a text or a tensor object,
a key that comes twice) leaves it to `batch.records`, which says what is wrong with it, too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from gradcli.errors import Problem, Record
from gradcli.graph.half_precision import in_dtype
from gradcli.ops.core import dtypes
from gradcli.run import batch
from gradcli.run.batch import Guard, Outcome
from gradcli.run.failures import kept_going
from gradcli.run.free_names import names_read
from gradcli.run.numbers import parse_nested
from gradcli.run.stacks import Kind

_LEAST: Final = 4  # records of one kind that are worth a plan
_MOST_KINDS: Final = 256
_PLAIN: Final = frozenset(("id", "expr", "vars", "const"))
_NUMBER: Final = (float, int)
_NAMING: Final = (int, str)  # ids that can be written as they are

Line = bytes | Problem


class Stack(Record):
    """Records of one kind: where they stand among the lines, their ids (or none), and a value of each binding for each."""

    __slots__ = ("kind", "rows", "ids", "arrays")
    kind: Kind
    rows: list[int]
    ids: list[Any]
    arrays: list[Any]


class Sorter:
    """Answers lines in groups.

    expr      the expression of every line, which is then an object of variables alone; None: records bring their own
    defaults  arguments of Request that hold for every record that does not say otherwise
    guard     from the limits that a record sets for itself, a context manager in which it is evaluated alone
    stacks    whether records may be computed together: not where each has a limit on its time
    """

    def __init__(self, expr: str | None, defaults: dict[str, Any], guard: Guard, stacks: bool = True) -> None:
        self._expr = expr
        self._defaults = defaults
        self._guard = guard
        self._stacks = stacks and not (defaults.get("values") or defaults.get("also") or defaults.get("seed") is not None)
        self._read = frozenset(() if expr is None else names_read(expr))
        self._kinds: dict[Any, Kind | None] = {}
        self._seen: dict[Any, int] = {}
        self._names: tuple[Any, Any] = (None, ())  # of the last record: all, and those that the expression reads

    def stacked(self, lines: Sequence[Line]) -> list[Stack]:
        """The records among some lines that can be computed together."""
        found: dict[Any, tuple[list[int], list[dict[str, Any]]]] = {}
        for row, record in enumerate(_decoded(lines) if self._stacks else ()):
            key = None if record is None else self._key(record)
            if record is not None and key is not None:
                rows, records = found.setdefault(key, ([], []))
                rows.append(row)
                records.append(record)
        return [stack for key, (rows, records) in found.items() for stack in self._stack(key, rows, records)]

    def alone(self, line: Line, number: int) -> Outcome | None:
        """The outcome of one line by itself; None where it is blank."""
        return next(batch.records([line], self._expr, self._defaults, self._guard, number), None)

    # ---- kinds ----

    def _key(self, record: dict[str, Any]) -> Any:
        """What makes records alike; None where a record is for itself."""
        expr: Any = self._expr
        constants: tuple[Any, ...] | None = ()
        if expr is not None:
            own = tuple(record)
            if own != self._names[0]:
                self._names = own, tuple([name for name in own if name in self._read])
            names, values = self._names[1], record
        else:
            expr, values, given = record.get("expr"), record.get("vars", {}), record.get("const")
            if not (record.keys() <= _PLAIN and type(expr) is str and type(values) is dict):
                return None
            names, constants = tuple(values), () if given is None else _constants(given)
            if constants is None:
                return None
        shapes = []
        for name in names:
            value = values[name]
            shape = () if type(value) in _NUMBER else _shape(value)
            if shape is None:
                return None
            shapes.append(shape)
        with_id = "id" in record and (self._expr is None or "id" not in names)
        if with_id and type(record["id"]) not in _NAMING:
            return None
        return expr, names, tuple(shapes), constants, with_id

    def _stack(self, key: Any, rows: list[int], records: list[dict[str, Any]]) -> Iterator[Stack]:
        """The stack of these records, where their kind has a plan and each is what it looks like."""
        _, names, shapes, constants, with_id = key
        self._seen[key] = self._seen.get(key, 0) + len(rows)
        if self._seen[key] < _LEAST:
            return
        if key not in self._kinds:
            if len(self._kinds) >= _MOST_KINDS:
                self._kinds.clear()
                self._seen.clear()
            self._kinds[key] = self._planned(records[0], names)
        kind = self._kinds[key]
        if kind is None:
            return
        values = records if self._expr is not None else [record.get("vars", {}) for record in records]
        dtype = dtypes.by_name(self._defaults.get("dtype", "float64"))
        columns = [_column([each[name] for each in values], shape, dtype) for name, shape in zip(names, shapes)]
        good = [place for place in range(len(rows)) if all([column[place] is not None for column in columns])]
        if len(good) < len(rows):
            rows, records = [rows[place] for place in good], [records[place] for place in good]
            columns = [[column[place] for place in good] for column in columns]
        if not rows:
            return
        arrays = dict(zip(names, [np.asarray(column) for column in columns]))
        arrays.update(_constant_columns(records) if constants else {})
        shared = [each for each in self._defaults.get("bindings", ()) if each[0] not in arrays]
        ordered = [value for _, value, _ in shared] + [arrays[name] for name in [*(each[0] for each in constants), *names]]
        yield Stack(kind, rows, [record["id"] for record in records] if with_id else [], ordered)

    def _planned(self, record: dict[str, Any], names: tuple[str, ...]) -> Kind | None:
        """The kind of a record, where it can be planned."""

        try:
            own = record if self._expr is None else {"expr": self._expr, "vars": {name: record[name] for name in names}}
            request = batch.request_of(own, self._defaults)
            dtype = dtypes.by_name(request.dtype)
            bindings = [
                (name, value if constant else in_dtype(value, dtype), constant) for name, value, constant in request.bindings
            ]
            shared = len(bindings) - len(own.get("vars") or ()) - len(own.get("const") or ())
            along = [place >= shared for place in range(len(bindings))]
            if not any(along) or any([isinstance(value, str) for _, value, _ in request.bindings]):
                return None
            return Kind(request.but(bindings=bindings), along, self._defaults.get("notes", False))

        except Exception:  # it is for the tape, which says what is wrong with it
            return None


# ---- values --------------------------------------------------------------------------------------------------------


def _shape(value: Any) -> tuple[int, ...] | None:
    """The shape of nested lists as their first entries have it; None for what is neither a number nor such a list."""
    shape = []
    while type(value) is list:
        if not value:
            return None
        shape.append(len(value))
        value = value[0]
    return tuple(shape) if type(value) in _NUMBER else None


def _column(values: list[Any], shape: tuple[int, ...], dtype: Any) -> Any:
    """The values of a name in all records as one array; or as a list, with None for those that are not what they look like."""
    array = _array(values)
    if array is not None and array.shape[1:] == shape:
        return in_dtype(array, dtype)
    singles = [_array(value) for value in values]
    return [None if each is None or each.shape != shape else in_dtype(each, dtype) for each in singles]


def _array(value: Any) -> Any:
    """Numbers as an array; None where they are no array of numbers."""
    try:
        array = np.array(value)
    except (ValueError, OverflowError):
        return None
    return array if array.dtype.kind in "fiub" else None


def _constants(given: Any) -> tuple[Any, ...] | None:
    """(name, shape, dtype) of the constants of a record, which keep their dtypes; None where one is no array."""
    if type(given) is not dict:
        return None
    found = []
    for name, value in given.items():
        if isinstance(value, str):
            return None
        try:
            array = parse_nested(value, name)
        except Problem:
            return None
        found.append((name, array.shape, array.dtype.str))
    return tuple(found)


def _constant_columns(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The constants of records of one kind."""
    return {name: np.stack([parse_nested(each["const"][name], name) for each in records]) for name in records[0]["const"]}


# ---- lines ---------------------------------------------------------------------------------------------------------


def _decoded(lines: Sequence[Line]) -> list[dict[str, Any] | None]:
    """The records of lines, decoded in one go; None for each that has to be looked at by itself.

    Between two lines stands a number that no line has, so that one cannot end what another began.
    """
    between = int.from_bytes(os.urandom(7)) + (1 << 60)
    plain = [(row, line) for row, line in enumerate(lines) if isinstance(line, bytes) and line[:1] == b"{"]
    found: list[dict[str, Any] | None] = [None] * len(lines)
    text = f",{between},".encode().join([line for _, line in plain])
    try:
        decoded = json.loads(b"[%b]" % text) if b"\0" not in text[:4] else []
    except (ValueError, RecursionError):
        decoded = []
    if len(decoded) != max(0, 2 * len(plain) - 1) or any([each != between for each in decoded[1::2]]):
        return [_single(line) for line in lines]
    records = decoded[::2]
    if text.count(b'":') != sum(map(_keys, records)):  # a key that comes twice, or an unusual text
        return [_single(line) for line in lines]
    for (row, _), record in zip(plain, records):
        found[row] = record if type(record) is dict else None
    return found


def _keys(record: Any) -> int:
    """How many keys there are in a record and in the objects right below it."""
    if type(record) is not dict:
        return -1
    return len(record) + sum([len(each) for each in record.values() if type(each) is dict])


def _single(line: Line) -> dict[str, Any] | None:
    """The record of one line; None where there is something to say about it."""
    found = None if isinstance(line, Problem) else kept_going(lambda: batch.parsed(line))
    return found if isinstance(found, dict) else None
