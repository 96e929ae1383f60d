"""Statements in which a `yield` stands, as closures that suspend: each ends with None or a Signal, as the plain ones do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.run.script.closures.blocks import chain
from gradcli.run.script.closures.handling import check_manager, handler
from gradcli.run.script.closures.rules import expression, statement
from gradcli.run.script.closures.targets import store
from gradcli.run.script.frames import BREAK, CONTINUE, Frame, Signal
from gradcli.run.script.generators.expressions import suspended
from gradcli.run.script.generators.generator import generating
from gradcli.run.script.generators.suspension import Suspend, compute, forget, held, holding, lifted, separated
from gradcli.run.script.raising import as_exception, catchable, located
from gradcli.run.script.scopes import Scope
from gradcli.run.script.values import augmented, iterate
from gradcli.text import statements as st


def function_body(name: str, nodes: Any, scope: Scope) -> Callable[[Frame], Signal]:
    """What a call of a function of these statements runs, where a `yield` is among them."""
    scope.suspends = holding(nodes)
    return generating(name, _block(nodes, scope))


def lambda_body(node: Any, scope: Scope) -> Callable[[Frame], Signal]:
    """The same for a lambda of this expression."""
    scope.suspends = holding([node])
    value = suspended(node, scope)

    def body(frame: Frame) -> Any:
        return Signal((yield from value(frame)))

    return generating("<lambda>", body)


def _block(nodes: Any, scope: Scope) -> Suspend:
    steps = [(node.span.line, _statement(node, scope), node) for node in nodes]

    def run(frame: Frame) -> Any:
        context = frame.context
        for line, step, node in steps:
            context.line = line
            try:
                signal = yield from step(frame)
            except Exception as error:
                located(error, node, frame)
                raise
            if signal is not None:
                return signal
        return None

    return run


def _statement(node: Any, scope: Scope) -> Suspend:
    if id(node) not in scope.suspends:
        return lifted(statement(node, scope))
    make = _SUSPENDED.get(type(node))
    return make(node, scope) if make is not None else held(node, scope, statement, suspended)


def _suite(node: st.Block | None, scope: Scope) -> Suspend:
    """The statements under a colon; those of an `else` that is not there do nothing."""
    return _block(node.statements if node is not None else (), scope)


def _expression_statement(node: st.ExpressionStatement, scope: Scope) -> Suspend:
    value = suspended(node.value, scope)

    def run(frame: Frame) -> Any:
        yield from value(frame)

    return run


def _augmented(node: st.AugmentedAssign, scope: Scope) -> Suspend:
    """The target is read before the value is waited for."""
    parts, target = separated(node.target, scope, suspended)
    load, put, value = expression(target, scope), store(target, scope), suspended(node.value, scope)

    def run(frame: Frame) -> Any:
        yield from compute(parts, frame)
        try:
            before = load(frame)
            put(frame, augmented(node.operator, before, (yield from value(frame))))
        finally:
            forget(parts, frame)

    return run


def _if(node: st.If, scope: Scope) -> Suspend:
    ifs, last = chain(node)
    branches = [(suspended(each.test, scope), _suite(each.body, scope)) for each in ifs]
    otherwise = _suite(last, scope)

    def run(frame: Frame) -> Any:
        for test, body in branches:
            if (yield from test(frame)):
                return (yield from body(frame))
        return (yield from otherwise(frame))

    return run


def _while(node: st.While, scope: Scope) -> Suspend:
    test, body, otherwise = suspended(node.test, scope), _suite(node.body, scope), _suite(node.otherwise, scope)

    def run(frame: Frame) -> Any:
        while (yield from test(frame)):
            signal = yield from body(frame)
            if signal is not None and signal is not CONTINUE:
                return None if signal is BREAK else signal
        return (yield from otherwise(frame))

    return run


def _for(node: st.For, scope: Scope) -> Suspend:
    iterable, put = suspended(node.iterable, scope), store(node.target, scope)
    body, otherwise = _suite(node.body, scope), _suite(node.otherwise, scope)

    def run(frame: Frame) -> Any:
        source = yield from iterable(frame)
        try:
            values = iterate(source)
        except Exception as error:
            located(error, node.iterable, frame)
            raise
        for value in values:
            put(frame, value)
            signal = yield from body(frame)
            if signal is not None and signal is not CONTINUE:
                return None if signal is BREAK else signal
        return (yield from otherwise(frame))

    return run


def _with(node: st.With, scope: Scope) -> Suspend:
    body = _suite(node.body, scope)
    for item in reversed(node.items):
        body = _with_one(item, body, scope)
    return body


def _with_one(item: st.WithItem, body: Suspend, scope: Scope) -> Suspend:
    value = suspended(item.value, scope)
    put = store(item.target, scope) if item.target is not None else None

    def run(frame: Frame) -> Any:
        manager = yield from value(frame)
        check_manager(manager)
        with manager as entered:
            if put is not None:
                put(frame, entered)
            return (yield from body(frame))
        return None

    return run


def _try(node: st.Try, scope: Scope) -> Suspend:
    body, otherwise, final = _suite(node.body, scope), _suite(node.otherwise, scope), _suite(node.final, scope)
    handlers = [(*handler(each, scope), _suite(each.body, scope)) for each in node.handlers]

    def handled(frame: Frame, error: Any) -> Any:
        seen = as_exception(error)
        for matches, caught, run in handlers:
            if matches(frame, seen):
                with caught(frame, seen):
                    return (yield from run(frame))
        raise error

    def guarded(frame: Frame) -> Any:
        try:
            signal = yield from body(frame)
        except BaseException as error:
            if not catchable(error):
                raise
            return (yield from handled(frame, error))
        return signal if signal is not None else (yield from otherwise(frame))

    def run(frame: Frame) -> Any:
        try:
            signal = yield from guarded(frame)
        except BaseException:
            ended = yield from final(frame)
            if ended is not None:
                return ended
            raise
        ended = yield from final(frame)
        return ended if ended is not None else signal

    return run


_SUSPENDED: dict[type, Callable[[Any, Scope], Suspend]] = {
    st.ExpressionStatement: _expression_statement,
    st.AugmentedAssign: _augmented,
    st.If: _if,
    st.While: _while,
    st.For: _for,
    st.With: _with,
    st.Try: _try,
}
