"""Batches: a stream of JSON records in, a stream of outcomes out, one at a time and in order.

A bad line is an outcome like any other.  Nothing is kept from one record to the next but the parsed expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gradcli.errors import Problem, Record, did_you_mean
from gradcli.run.evaluate import Packed, evaluate
from gradcli.run.numbers import parse_nested
from gradcli.run.request import Request
from gradcli.run.result import Result

MISSING: Any = object()
FLAGS = ("retain_graph", "zero_grad", "no_grad", "values")
OPTIONS = ("weights", "passes", *FLAGS, "wrt", "retain_grad", "dtype", "seed")  # eval's, by their long names
_KEYS = ("id", "expr", "vars", "const", *OPTIONS)


class Outcome(Record):
    """What became of one line: `answer` is a Result or a Problem; `id` is the record's, or MISSING."""

    __slots__ = ("line", "id", "answer")
    line: int
    id: Any
    answer: Result | Problem


def records(lines: Iterable[bytes | Problem], expr: str | None, defaults: dict[str, Any],
            guard: Callable[[], Any]) -> Iterator[Outcome]:
    """The outcome of each line that is not blank.

    lines     raw lines, or the Problem of a line that could not be read
    expr      the expression of every line, which is then an object of variables alone; None where records bring their own
    defaults  arguments of Request that hold for every record that does not say otherwise
    guard     gives a context manager in which each record is evaluated (its limits)
    """
    for number, line in enumerate(lines, 1):
        if isinstance(line, bytes) and not line.strip():
            continue
        identity = MISSING
        try:
            if isinstance(line, Problem):
                raise line
            record = _parsed(line)
            identity = record.get("id", MISSING) if expr is None else MISSING
            with guard():
                yield Outcome(number, identity, evaluate(_request(record, expr, defaults)))
        except Problem as problem:
            yield Outcome(number, identity, problem)
        except (MemoryError, RecursionError):
            yield Outcome(number, identity, Problem("limit", "not enough memory for this record", type="MemoryError"))


def _parsed(line: bytes) -> dict[str, Any]:
    """The JSON object of a line.  Raises Problem."""
    import json

    try:
        text = line.decode("utf-8-sig")
        record = json.loads(text)
    except UnicodeDecodeError as error:
        raise Problem("record", f"this line is not UTF-8: byte {error.start + 1} is 0x{line[error.start]:02x}", type="ValueError") from None
    except json.JSONDecodeError as error:
        raise Problem("record", f"this line is not JSON: {error.msg} at column {error.colno}", type="ValueError",
                      hint='a record is an object on one line: {"expr": "x**2", "vars": {"x": 3}}') from None
    except RecursionError:
        raise Problem("record", "this line is not JSON that can be read: its lists are nested too deeply", type="ValueError") from None
    except ValueError:  # a number of thousands of digits
        raise Problem("record", "this line has a number of more than 4,300 digits", type="ValueError") from None
    if not isinstance(record, dict):
        raise Problem("record", f"a record is a JSON object, and this line is {_kind(record)}", type="TypeError",
                      hint='for example {"expr": "x**2", "vars": {"x": 3}}')
    return record


def _request(record: dict[str, Any], expr: str | None, defaults: dict[str, Any]) -> Request:
    """The request that a record makes.  Raises Problem where it is malformed."""
    if expr is not None:
        record = {"expr": expr, "vars": record}
    _check_keys(record)
    if not isinstance(record.get("expr"), str):
        raise Problem("record", "a record needs its expression, a string, under the key 'expr'", type="KeyError",
                      hint="or give one expression for all lines: gradcli batch 'x**2'")
    options = {**defaults, **{key: _option(key, record[key]) for key in OPTIONS if record.get(key) is not None}}
    shared = options.pop("bindings", ())
    bindings = [*_bindings(record, "const", True), *_bindings(record, "vars", False)]
    own = {name for name, _, _ in bindings}
    return Request(record["expr"], [*[each for each in shared if each[0] not in own], *bindings], **options)


def _check_keys(record: dict[str, Any]) -> None:
    for key in record:
        if key not in _KEYS:
            raise Problem("record", f"a record has no key '{key}'", type="KeyError",
                          hint=did_you_mean(key, _KEYS) or f"the keys are {', '.join(_KEYS)}")


def _bindings(record: dict[str, Any], key: str, is_constant: bool) -> list[tuple[str, Any, bool]]:
    values = record.get(key) or {}
    if not isinstance(values, dict):
        raise Problem("record", f"'{key}' is an object of names and values, and here it is {_kind(values)}", type="TypeError",
                      hint=f'"{key}": {{"x": [1, 2]}}')
    return [(_name(name, key), _value(name, value), is_constant) for name, value in values.items()]


def _name(name: str, key: str) -> str:
    if not name.isidentifier():
        raise Problem("record", f"'{name}' in '{key}' is not a name that an expression can use", type="ValueError")
    return name


def _value(name: str, value: Any) -> Any:
    """A tensor as JSON has it; other text is an expression, which may not read files."""
    if isinstance(value, str) and value not in ("NaN", "Infinity", "-Infinity"):
        if value.lstrip().startswith("@"):
            raise Problem("record", f"{name}: a record cannot read files", type="ValueError", hint="put the numbers into the record")
        return value
    try:
        return parse_nested(value, name)
    except Problem as problem:
        raise Problem(problem.code, f"{name}: {problem.message}" if not problem.message.startswith(name) else problem.message,
                      type=problem.type, hint=problem.hint) from None


def _option(key: str, value: Any) -> Any:
    """An option's value as Request takes it.  Raises Problem."""
    if key in FLAGS:
        return _expect(key, value, isinstance(value, bool), "true or false")
    if key == "weights":
        return Packed(value)
    if key in ("wrt", "retain_grad"):
        names = [each.strip() for each in value.split(",")] if isinstance(value, str) else value
        fits = isinstance(names, list) and all([isinstance(each, str) for each in names])
        return _expect(key, names, fits, "a list of names")
    if key == "dtype":
        return _expect(key, value, value in ("float32", "float64"), "'float32' or 'float64'")
    whole = isinstance(value, int) and not isinstance(value, bool)
    if key == "passes":
        return _expect(key, value, whole and 1 <= value <= 10**6, "a whole number from 1 to 1,000,000")
    return _expect(key, value, whole and -2**63 <= value < 2**64, "a whole number")


def _expect(key: str, value: Any, fits: bool, words: str) -> Any:
    if not fits:
        raise Problem("record", f"'{key}' must be {words}, not {_kind(value)}", type="TypeError")
    return value


def _kind(value: Any) -> str:
    words = {dict: "an object", list: "a list", str: "a string", bool: "a truth value", type(None): "null"}
    return words.get(type(value), "a number") if not isinstance(value, str) else f"the string {value[:40]!r}"
