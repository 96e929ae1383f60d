"""Expressions in which a `yield` stands, as closures that suspend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.run.script.closures.rules import expression
from gradcli.run.script.frames import Frame
from gradcli.run.script.generators.suspension import Suspend, held, lifted
from gradcli.run.script.raising import Stopped, Thrown, located
from gradcli.run.script.scopes import Scope
from gradcli.run.script.values import BINARY, iterate
from gradcli.text import nodes as syntax
from gradcli.text import phrases


def suspended(node: Any, scope: Scope) -> Suspend:
    """The closure of an expression, with a `yield` in it or without."""
    if id(node) not in scope.suspends:
        return lifted(expression(node, scope))
    make = _SUSPENDED.get(type(node))
    return make(node, scope) if make is not None else held(node, scope, expression, suspended)


def _yield(node: phrases.Yield, scope: Scope) -> Suspend:
    value = suspended(node.value, scope) if node.value is not None else lifted(lambda frame: None)

    def run(frame: Frame) -> Any:
        result = yield from value(frame)
        try:
            return (yield result)
        except StopIteration as error:  # thrown in
            raise Stopped(error) from None
        except Thrown as thrown:
            raise thrown.taken() from None

    return run


def _yield_from(node: phrases.YieldFrom, scope: Scope) -> Suspend:
    iterable = suspended(node.iterable, scope)

    def run(frame: Frame) -> Any:
        source = yield from iterable(frame)
        try:
            values = iterate(source)
        except Exception as error:
            located(error, node, frame)
            raise
        try:
            return (yield from values)
        except Thrown as thrown:  # what has no `throw` lets it through
            raise thrown.taken() from None

    return run


def _binary(node: syntax.Binary, scope: Scope) -> Suspend:
    """A chain of operators on the left is one loop, up to the first `yield`."""
    links = []
    first: Any = node
    while isinstance(first, syntax.Binary) and id(first) in scope.suspends:
        links.append((BINARY[first.operator], suspended(first.right, scope), first))
        first = first.left
    links.reverse()
    start = suspended(first, scope)

    def run(frame: Frame) -> Any:
        value = yield from start(frame)
        for apply, right, link in links:
            other = yield from right(frame)
            try:
                value = apply(value, other)
            except Exception as error:
                located(error, link, frame)
                raise
        return value

    return run


def _logic(node: syntax.Logic, scope: Scope) -> Suspend:
    left, right, stop = suspended(node.left, scope), suspended(node.right, scope), node.operator == "or"

    def run(frame: Frame) -> Any:
        value = yield from left(frame)
        return value if bool(value) is stop else (yield from right(frame))

    return run


def _conditional(node: syntax.Conditional, scope: Scope) -> Suspend:
    test, then, otherwise = [suspended(each, scope) for each in (node.test, node.then, node.otherwise)]

    def run(frame: Frame) -> Any:
        return (yield from (then if (yield from test(frame)) else otherwise)(frame))

    return run


_SUSPENDED: dict[type, Callable[[Any, Scope], Suspend]] = {
    phrases.Yield: _yield,
    phrases.YieldFrom: _yield_from,
    syntax.Binary: _binary,
    syntax.Logic: _logic,
    syntax.Conditional: _conditional,
}
