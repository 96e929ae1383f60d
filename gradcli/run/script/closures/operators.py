"""Operators, comparisons, `and`, `or`, `if else` and `:=` as closures."""

from __future__ import annotations

from typing import Any

from gradcli.run.script.closures.rules import EXPRESSIONS, Evaluate, expression, fallible
from gradcli.run.script.closures.targets import store_name
from gradcli.run.script.frames import Frame
from gradcli.run.script.raising import located
from gradcli.run.script.scopes import Scope
from gradcli.run.script.values import BINARY, COMPARISONS, UNARY
from gradcli.text import nodes as syntax
from gradcli.text import phrases


def _binary(node: syntax.Binary, scope: Scope) -> Evaluate:
    """A chain of operators on the left is one loop, so that a sum may be as long as it likes."""
    links = []
    first: Any = node
    while isinstance(first, syntax.Binary):
        links.append((BINARY[first.operator], expression(first.right, scope), first))
        first = first.left
    links.reverse()
    start = expression(first, scope)
    if len(links) == 1:
        apply, right, _ = links[0]
        return fallible(node, lambda frame: apply(start(frame), right(frame)))

    def run(frame: Frame) -> Any:
        value = start(frame)
        for apply, right, link in links:
            try:
                value = apply(value, right(frame))
            except Exception as error:
                located(error, link, frame)
                raise
        return value

    return run


def _unary(node: syntax.Unary, scope: Scope) -> Evaluate:
    apply, operand = UNARY[node.operator], expression(node.operand, scope)
    return fallible(node, lambda frame: apply(operand(frame)))


def _compare(node: syntax.Compare, scope: Scope) -> Evaluate:
    first, *rest = [expression(each, scope) for each in node.operands]
    links = [(COMPARISONS[symbol], operand) for symbol, operand in zip(node.operators, rest)]
    if len(links) == 1:
        apply, right = links[0]
        return fallible(node, lambda frame: apply(first(frame), right(frame)))

    def run(frame: Frame) -> Any:
        left = first(frame)
        result: Any = True
        for apply, operand in links:
            right = operand(frame)
            result = apply(left, right)
            if not result:
                return result
            left = right
        return result

    return fallible(node, run)


def _logic(node: syntax.Logic, scope: Scope) -> Evaluate:
    parts, first = [], node
    stop = node.operator == "or"
    left: Any = node
    while isinstance(left, syntax.Logic) and left.operator == first.operator:
        parts.append(expression(left.right, scope))
        left = left.left
    start = expression(left, scope)
    parts.reverse()

    def run(frame: Frame) -> Any:
        value = start(frame)
        for part in parts:
            if bool(value) is stop:
                return value
            value = part(frame)
        return value

    return fallible(node, run)


def _conditional(node: syntax.Conditional, scope: Scope) -> Evaluate:
    test, then, otherwise = expression(node.test, scope), expression(node.then, scope), expression(node.otherwise, scope)
    return fallible(node.test, lambda frame: then(frame) if test(frame) else otherwise(frame))


def _named(node: phrases.NamedExpression, scope: Scope) -> Evaluate:
    outer, depth = scope, 0
    while outer.kind == "comprehension" and outer.parent is not None:  # the name is bound in the function around
        outer, depth = outer.parent, depth + 1
    put, value = store_name(node.target.id, outer), expression(node.value, scope)

    def run(frame: Frame) -> Any:
        result = value(frame)
        for _ in range(depth):
            frame = frame.parent or frame
        put(frame, result)
        return result

    return run


EXPRESSIONS.update(
    {
        syntax.Binary: _binary,
        syntax.Unary: _unary,
        syntax.Compare: _compare,
        syntax.Logic: _logic,
        syntax.Conditional: _conditional,
        phrases.NamedExpression: _named,
    }
)
