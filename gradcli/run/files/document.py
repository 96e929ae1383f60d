"""A JSON document, and the value in it that is asked for.

A JSON pointer (RFC 6901) picks any value, `doc.json#/weights/0`; a bare name picks a key of the whole, or the column of that
name where the whole is a list of records, `[{"x": 1}, {"x": 3}]`.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from gradcli.errors import Problem, did_you_mean
from gradcli.run.files.problems import bad
from gradcli.run.files.source import ALWAYS_READ, Source, check_room
from gradcli.run.numbers import is_complex, parse_nested


def read(source: Source, text: str) -> np.ndarray:
    """The number, the nested lists or the tensor object at `source.part` of the document `text`."""
    _check_values(source, text)
    value = _picked(_loaded(text, source.place), source)
    place = source.place if not source.part else f"{source.part!r} in {source.place}"
    if _is_records(value) and not all(map(is_complex, value)):
        raise bad(f"{place} is a list of records{_of_keys(value[0])}, not a tensor", hint=_columns_hint(value, source.part))
    if isinstance(value, dict) and "data" not in value and not is_complex(value):
        raise bad(
            f"{place} is an object{_of_keys(value)}, not a tensor",
            hint=f"pick a value: #{_prefix(source.part)}/{_escaped(next(iter(value)))}" if value else None,
        )
    try:
        array = parse_nested(value, place)
    except Problem as problem:
        problem.code = "file"
        raise
    check_room(source, array.size, array.itemsize, f"an array of shape {list(array.shape)}")
    return array


def _check_values(source: Source, text: str) -> None:
    """Refuse a document of too many values before they are built: each comma is one more, of 8 bytes at the least."""
    values = text.count(",") + 1
    if 8 * values > ALWAYS_READ:
        check_room(source, values, 8, f"{values:,} values")


def _loaded(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        what = error.msg.lower().removesuffix(" at")
        raise bad(f"{place} is not JSON: {what} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise bad(f"{place} is nested too deep") from None
    except ValueError:  # Python refuses to convert them
        raise bad(f"{place} has a whole number of thousands of digits") from None


def _picked(value: Any, source: Source) -> Any:
    """Follow a pointer through objects and lists, or find what a bare name picks."""
    part = source.part or ""
    if part and not part.startswith("/"):
        if _is_records(value):
            return _column(value, part, source.place)
        if isinstance(value, dict) and part in value:
            return value[part]
        part = "/" + part
    walked = ""
    for word in part.split("/")[1:]:
        key = word.replace("~1", "/").replace("~0", "~")
        value = _entry(value, key, f"{walked!r} in {source.place}" if walked else source.place)
        walked = f"{walked}/{word}"
    return value


def _is_records(value: Any) -> bool:
    """Whether a value is a list of objects that are no tensors."""
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) and "data" not in each for each in value)


def _column(records: list[dict[str, Any]], name: str, place: str) -> list[Any]:
    """What the records hold under one name."""
    for number, record in enumerate(records):
        if name not in record:
            raise bad(
                f"record {number} of {place} (counted from 0) has no key {name!r}",
                type="KeyError",
                hint=did_you_mean(name, record) or f"it is an object{_of_keys(record)}",
            )
    return [record[name] for record in records]


def _columns_hint(records: list[dict[str, Any]], part: str | None) -> str | None:
    """How to pick a column, which only the whole document has by name."""
    if not records[0]:
        return None
    key = next(iter(records[0]))
    return f"pick a column: #{key}" if not part else f"pick a value: #{_prefix(part)}/0/{_escaped(key)}"


def _prefix(part: str | None) -> str:
    """A part as the beginning of a pointer."""
    return "" if not part else part if part.startswith("/") else f"/{_escaped(part)}"


def _entry(value: Any, key: str, place: str) -> Any:
    if isinstance(value, dict):
        if key not in value:
            raise bad(
                f"{place} has no key {key!r}",
                type="KeyError",
                hint=did_you_mean(key, value) or f"it is an object{_of_keys(value)}",
            )
        return value[key]
    if not isinstance(value, list):
        raise bad(f"{place} is no list and no object, so there is no {key!r} in it", type="TypeError")
    if not (key.isascii() and key.isdigit()):
        hint = f"each of its records has it: #{key} is that column" if _is_records(value) and key in value[0] else None
        raise bad(f"{place} is a list, and {key!r} is not the number of an entry", type="TypeError", hint=hint)
    if len(key) > 18 or int(key) >= len(value):
        raise bad(
            f"{place} is a list of {len(value)}, so there is no entry {key}", type="IndexError", hint="entries count from 0"
        )
    return value[int(key)]


def _of_keys(value: dict[str, Any]) -> str:
    """ " with the keys a, b, c", as far as they can be listed."""
    keys = list(value)
    return f" with the keys {', '.join(keys[:20])}{', ...' if len(keys) > 20 else ''}" if keys else " without keys"


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
