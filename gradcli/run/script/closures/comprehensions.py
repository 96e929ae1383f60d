"""Comprehensions and generator expressions as closures, each with a frame of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any

from gradcli.errors import Problem
from gradcli.run.script.closures.rules import EXPRESSIONS, Evaluate, expression, fallible
from gradcli.run.script.closures.targets import store
from gradcli.run.script.context import Context
from gradcli.run.script.frames import Frame
from gradcli.run.script.functions import MOST_DEEP
from gradcli.run.script.guards import LAYERED
from gradcli.run.script.scopes import Scope, target_names
from gradcli.run.script.values import iterate
from gradcli.text import phrases

_MOST_CLAUSES = 20  # Python's own bound


def _comprehension(node: phrases.Comprehension, scope: Scope) -> Evaluate:
    inner = Scope("comprehension", scope, target_names(*[each.target for each in node.clauses]))
    if len(node.clauses) > _MOST_CLAUSES:
        message = "too many statically nested blocks"
        raise Problem("syntax", message, type="SyntaxError", span=node.span, hint="write loops in functions of their own")
    first = expression(node.clauses[0].iterable, scope)
    clauses = [
        (
            store(each.target, inner),
            expression(each.iterable, inner) if place else first,
            [expression(condition, inner) for condition in each.conditions],
        )
        for place, each in enumerate(node.clauses)
    ]
    pair = isinstance(node.element, phrases.Pair)
    element: Evaluate
    if pair:
        key, value = expression(node.element.key, inner), expression(node.element.value, inner)  # type: ignore[attr-defined]
        element = lambda frame: (key(frame), value(frame))  # noqa: E731
    else:
        element = expression(node.element, inner)

    def run(frame: Frame) -> Any:
        below = Frame({}, frame.module, frame.context, frame)
        source = _source(first(frame), below)  # computed outside, and at once
        found = _walk(clauses, 0, below, source, element)
        return _shown(found) if node.kind == "generator" else _COLLECT[node.kind](found)

    return fallible(node, run)


_COLLECT: dict[str, Callable[[Iterator[Any]], Any]] = {"list": list, "set": set, "dict": dict}


def _shown(found: Any) -> Any:
    """A generator that a script gets hold of, under the name that Python gives it."""
    found.__name__ = found.__qualname__ = "<genexpr>"
    return found


def _walk(clauses: list[Any], place: int, frame: Frame, source: Iterator[Any], element: Evaluate) -> Iterator[Any]:
    put, _, conditions = clauses[place]
    for value in source:
        put(frame, value)
        if all(
            [condition(frame) for condition in conditions]
            if len(conditions) < 2
            else (condition(frame) for condition in conditions)
        ):
            if place + 1 == len(clauses):
                yield element(frame)
            else:
                yield from _walk(clauses, place + 1, frame, _source(clauses[place + 1][1](frame), frame), element)


def _source(values: Any, frame: Frame) -> Iterator[Any]:
    """What to walk over; what is itself only being produced may stand on more of its kind, without end."""
    items = iterate(values)
    return _counted(items, frame.context) if type(items) in _PRODUCED else items


_PRODUCED = frozenset({GeneratorType, *LAYERED.values()})


def _counted(items: Iterator[Any], context: Context) -> Iterator[Any]:
    """The same items, where each is asked for as by a call of the script's: the depth of these is bounded."""
    while True:
        if context.depth >= MOST_DEEP:
            raise RecursionError("maximum recursion depth exceeded")
        context.depth += 1
        try:
            value = next(items)
        except StopIteration:
            return
        finally:
            context.depth -= 1
        yield value


EXPRESSIONS.update(
    {
        phrases.Comprehension: _comprehension,
    }
)
