"""Batches: a stream of JSON records in, a stream of outcomes out, one at a time and in order.

A bad line is an outcome like any other.  Nothing is kept from one record to the next but the parsed expression.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from gradcli.errors import Problem, Record, did_you_mean
from gradcli.graph.half_precision import in_dtype
from gradcli.identifiers import is_name
from gradcli.ops.core.dtypes import by_name, complex_dtype, real_dtype
from gradcli.run.evaluate import evaluate
from gradcli.run.failures import kept_going
from gradcli.run.free_names import record_of
from gradcli.run.numbers import parse_nested
from gradcli.run.request import Request

MISSING: Any = object()
FLAGS = ("retain_graph", "zero_grad", "no_grad", "values")
OPTIONS = ("weights", "passes", *FLAGS, "wrt", "retain_grad", "also", "dtype", "seed")  # eval's, by their long names
LIMITS = ("max_time", "max_memory")
NONFINITE = ("string", "null", "error")
_KEYS = ("id", "expr", "vars", "const", *OPTIONS, "check", "nonfinite", *LIMITS)
_WORDS = ("NaN", "Infinity", "-Infinity")
_DEEPEST_ID = 100
_DTYPES = ("float32", "float64", "float16", "bfloat16", "complex64", "complex128")

Guard = Callable[[dict[str, Any]], AbstractContextManager[None]]


class Outcome(Record):
    """What became of one line: `answer` is a Result, a CheckResult or a Problem; `id` is the record's, or MISSING.

    `nonfinite` says how the record wants numbers that are not finite, or is None where it does not say.
    """

    __slots__ = ("line", "id", "answer", "nonfinite")
    line: int
    id: Any
    answer: Any
    nonfinite: str | None


def records(
    lines: Iterable[bytes | Problem], expr: str | None, defaults: dict[str, Any], guard: Guard, first: int = 1
) -> Iterator[Outcome]:
    """The outcome of each line that is not blank.

    lines     raw lines, or the Problem of a line that could not be read
    expr      the expression of every line, which is then an object of variables alone; None: records bring their own
    defaults  arguments of Request that hold for every record that does not say otherwise
    guard     from the limits that a record sets for itself, a context manager in which it is evaluated
    first     the number of the first line
    """
    for number, line in enumerate(lines, first):
        if isinstance(line, Problem):
            yield Outcome(number, MISSING, line, None)
        elif line.strip():
            yield _outcome(number, line, expr, defaults, guard)


def _outcome(number: int, line: bytes, expr: str | None, defaults: dict[str, Any], guard: Guard) -> Outcome:
    """What becomes of one line."""
    known: dict[str, Any] = {}  # of the record, when its evaluation fails

    def answer() -> Any:
        record = parsed(line)
        if expr is not None:
            record = record_of(expr, record)
        known["id"] = _identity(record)
        request = request_of(record, defaults)
        known["nonfinite"] = record.get("nonfinite")
        with guard({key: record[key] for key in LIMITS if record.get(key) is not None}):
            return _answer(request, record.get("check"))

    found = kept_going(answer)
    return Outcome(number, known.get("id", MISSING), found, known.get("nonfinite"))


def _answer(request: Request, checks: Any) -> Any:
    """The Result of a request; the CheckResult where its record asks for a check."""
    if checks is None or checks is False:
        return evaluate(request)
    from gradcli.run.checking import batch as check_batch

    return check_batch.answer(request, checks)


def refused(message: str, *, hint: str | None = None, type: str = "ValueError") -> Problem:
    """The problem of a record, or a row, that is malformed."""
    return Problem("record", message, type=type, hint=hint)


# --- reading --------------------------------------------------------------------------------------------------------


def parsed(line: bytes) -> dict[str, Any]:
    """The JSON object of a line.  Raises Problem."""
    try:
        record = _decode(line.decode("utf-8-sig").strip())
    except UnicodeDecodeError as error:
        raise refused(f"this line is not UTF-8: byte {error.start + 1} is 0x{line[error.start]:02x}") from None
    except json.JSONDecodeError as error:
        raise refused(
            f"this line is not JSON: {error.msg.removesuffix(' at')} at column {error.colno}",
            hint='a record is an object on one line: {"expr": "x**2", "vars": {"x": 3}}',
        ) from None
    except RecursionError:
        raise refused("this line is not JSON that can be read: its lists are nested too deeply") from None
    except ValueError:  # a number of thousands of digits
        raise refused("this line has a number of more than 4,300 digits") from None
    if not isinstance(record, dict):
        raise refused(
            f"a record is a JSON object, and this line is {_kind(record)}",
            type="TypeError",
            hint='for example {"expr": "x**2", "vars": {"x": 3}}',
        )
    return record


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; one that names a key twice says two things, and Python would take the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        for name, _ in pairs:
            if found.pop(name, MISSING) is MISSING:
                raise refused(f"the key '{name}' is there twice", hint="each name has one value")
    return found


_decode = json.JSONDecoder(object_pairs_hook=_unique).decode


def _identity(record: dict[str, Any]) -> Any:
    """The record's id, any value of JSON, as long as it can be written back."""
    identity = record.get("id", MISSING)
    level, depth = [identity], 0
    while level and depth <= _DEEPEST_ID:
        nested = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list))]
        level, depth = [entry for each in nested for entry in each], depth + 1
    if level:
        raise refused(f"the id is nested more than {_DEEPEST_ID} deep")
    return identity


# --- requests -------------------------------------------------------------------------------------------------------


def request_of(record: dict[str, Any], defaults: dict[str, Any]) -> Request:
    """The request that a record makes.  Raises Problem where it is malformed."""
    _check_keys(record)
    expr = record.get("expr")
    if not isinstance(expr, str):
        raise refused(
            "a record needs its expression, a string, under the key 'expr'",
            type="KeyError",
            hint="or give one expression for all lines: gradcli batch 'x**2'",
        )
    options = {**defaults, **{key: _option(key, record[key]) for key in OPTIONS if record.get(key) is not None}}
    shared = options.pop("bindings", ())
    dtype = options.get("dtype", "float64")
    constants, leaves = _bindings(record, "const", dtype), _bindings(record, "vars", dtype)
    own = {name for name, _, _ in constants}
    for name, _, _ in leaves:
        if name in own:
            raise refused(f"'{name}' is bound twice, in 'vars' and in 'const'", hint="each name has one value")
        own.add(name)
    bindings = [*constants, *leaves]
    return Request(expr, [*[each for each in shared if each[0] not in own], *bindings], **options)


def _check_keys(record: dict[str, Any]) -> None:
    for key in record:
        if key not in _KEYS:
            raise refused(
                f"a record has no key '{key}'",
                type="KeyError",
                hint=did_you_mean(key, _KEYS) or f"the keys are {', '.join(_KEYS)}",
            )
    for key in LIMITS:
        limit = record.get(key)
        if limit is not None:
            _expect(key, limit, type(limit) in (int, float) and 0 < limit < 2**63, "a number above 0")
    if record.get("nonfinite") is not None:
        _expect("nonfinite", record["nonfinite"], record["nonfinite"] in NONFINITE, "'string', 'null' or 'error'")


def _bindings(record: dict[str, Any], key: str, dtype: str) -> list[tuple[str, Any, bool]]:
    values = record.get(key)
    if values is None:
        return []
    if not isinstance(values, dict):
        raise refused(
            f"'{key}' is an object of names and values, and here it is {_kind(values)}",
            type="TypeError",
            hint=f'"{key}": {{"x": [1, 2]}}',
        )
    own = by_name(dtype) if key == "vars" else real_dtype(by_name(dtype))
    return [(_name(name, key), _value(name, value, own), key == "const") for name, value in values.items()]


def _name(name: str, key: str) -> str:
    if not is_name(name) or keyword.iskeyword(name):
        raise refused(f"'{name}' in '{key}' is not a name that an expression can use")
    return name


def _value(name: str, value: Any, dtype: np.dtype[Any]) -> Any:
    """A tensor as JSON has it, in the given dtype unless it names its own; other text is an expression."""
    if isinstance(value, str) and value not in _WORDS:
        return _expression(value, name)
    try:
        array = parse_nested(value, name)
    except Problem as problem:
        raise problem.at(None, name, None) from None
    if array.dtype.kind not in "fc" or (isinstance(value, dict) and value.get("dtype") is not None):
        return array
    return in_dtype(array, complex_dtype(dtype) if array.dtype.kind == "c" else dtype)


def _expression(text: str, source: str) -> str:
    """Text in a record: an expression, and no file's name, since records may come from anywhere."""
    if text.lstrip().startswith("@"):
        raise refused(f"{source}: a record cannot read files", hint="put the numbers into the record")
    return text


# --- options --------------------------------------------------------------------------------------------------------


def _option(key: str, value: Any) -> Any:
    """An option's value as Request takes it.  Raises Problem."""
    if key in FLAGS:
        return _expect(key, value, isinstance(value, bool), "true or false")
    if key == "weights":
        return lambda shape: _weights(value, shape)
    if key in ("wrt", "retain_grad", "also"):
        names = [each.strip() for each in value.split(",")] if isinstance(value, str) else value
        fits = isinstance(names, list) and all([isinstance(each, str) for each in names])
        return _expect(key, names, fits, "a list of names")
    if key == "dtype":
        return _expect(key, value, value in _DTYPES, "one of " + ", ".join(map(repr, _DTYPES)))
    whole = isinstance(value, int) and not isinstance(value, bool)
    if key == "passes":
        return _expect(key, value, whole and 1 <= value < 2**63, "a whole number from 1 up")
    return _expect(key, value, whole and -(2**63) <= value < 2**64, "a whole number from -2**63 to 2**64 - 1")


def _weights(value: Any, shape: tuple[int, ...]) -> list[Any]:
    """The weights of a record: of one pass, or a list of those of several, which the output's shape tells apart."""
    if isinstance(value, str) and value not in _WORDS:
        return [_expression(value, "weights")]
    if isinstance(value, list) and any(
        [isinstance(each, dict) or (isinstance(each, str) and each not in _WORDS) for each in value]
    ):
        return [_expression(each, "weights") if isinstance(each, str) else parse_nested(each, "weights") for each in value]
    array = parse_nested(value, "weights")
    several = array.shape != shape and array.shape[1:] == shape and array.ndim == len(shape) + 1
    return [np.asarray(each) for each in array] if several else [array]


def _expect(key: str, value: Any, fits: bool, words: str) -> Any:
    if not fits:
        raise refused(f"'{key}' must be {words}, not {_kind(value)}", type="TypeError")
    return value


def _kind(value: Any) -> str:
    words = {dict: "an object", list: "a list", bool: "a truth value", type(None): "null"}
    if isinstance(value, str):
        return f"the string {value[:40]!r}"
    return words.get(type(value)) or (f"{value}" if abs(value) < 10**20 else "a number")
