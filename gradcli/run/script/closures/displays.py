"""Constants, lists, tuples, sets, dicts and f-strings as closures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem
from gradcli.run.script import formatting, guards
from gradcli.run.script.classes import type_name
from gradcli.run.script.closures.rules import EXPRESSIONS, Evaluate, expression, fallible
from gradcli.run.script.frames import Frame
from gradcli.run.script.scopes import Scope
from gradcli.run.script.values import iterate
from gradcli.text import nodes as syntax
from gradcli.text import phrases


def _constant(node: Any, scope: Scope) -> Evaluate:
    value = node.value
    return lambda frame: value


def items(nodes: Any, scope: Scope) -> Callable[[Frame], list[Any]]:
    """The values of items, those of starred ones spread."""
    if not any([isinstance(each, phrases.Starred) for each in nodes]):
        plain = [expression(each, scope) for each in nodes]
        return lambda frame: [each(frame) for each in plain]
    parts = [
        (
            isinstance(each, phrases.Starred),
            expression(getattr(each, "value", each) if isinstance(each, phrases.Starred) else each, scope),
        )
        for each in nodes
    ]

    def run(frame: Frame) -> list[Any]:
        values: list[Any] = []
        for spread, value in parts:
            if spread:
                values.extend(guards.collect(iterate(value(frame))))
            else:
                values.append(value(frame))
        return values

    return run


def _list(node: syntax.List, scope: Scope) -> Evaluate:
    return items(node.items, scope)


def _tuple(node: syntax.Tuple, scope: Scope) -> Evaluate:
    values = items(node.items, scope)
    return lambda frame: tuple(values(frame))


def _set(node: phrases.Set, scope: Scope) -> Evaluate:
    values = items(node.items, scope)
    return fallible(node, lambda frame: set(values(frame)))


def _dict(node: phrases.Dict, scope: Scope) -> Evaluate:
    parts = [
        (None if isinstance(each, phrases.DoubleStarred) else expression(each.key, scope), expression(each.value, scope))
        for each in node.items
    ]

    def run(frame: Frame) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        for key, value in parts:
            if key is None:
                spread = value(frame)
                if not hasattr(type(spread), "keys"):
                    raise TypeError(f"'{type_name(spread)}' object is not a mapping")
                values.update(spread)
            else:
                place = key(frame)  # before the value, as in Python
                values[place] = value(frame)
        return values

    return fallible(node, run)


def _fstring(node: phrases.FString, scope: Scope) -> Evaluate:
    parts: list[Any] = [each if isinstance(each, str) else _field(each, scope) for each in node.parts]

    def run(frame: Frame) -> str:
        return "".join([each if isinstance(each, str) else each(frame) for each in parts])

    return run


def _field(node: phrases.FormattedValue, scope: Scope) -> Evaluate:
    value = expression(node.value, scope)
    spec = _fstring(node.format, scope) if node.format is not None else (lambda frame: "")
    conversion, text = node.conversion, node.text or ""
    return fallible(node, lambda frame: text + formatting.formatted(value(frame), conversion, spec(frame)))


def _starred(node: Any, scope: Scope) -> Evaluate:
    raise Problem("syntax", "can't use starred expression here", type="SyntaxError", span=node.span)


EXPRESSIONS.update(
    {
        syntax.Number: _constant,
        syntax.String: _constant,
        syntax.Constant: _constant,
        phrases.Bytes: _constant,
        syntax.List: _list,
        syntax.Tuple: _tuple,
        phrases.Set: _set,
        phrases.Dict: _dict,
        phrases.FString: _fstring,
        phrases.Starred: _starred,
    }
)
