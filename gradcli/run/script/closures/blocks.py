"""Branches and loops as closures."""

from __future__ import annotations

from typing import Any

from gradcli.run.script.closures.rules import STATEMENTS, Run, block, expression
from gradcli.run.script.closures.targets import store
from gradcli.run.script.frames import BREAK, CONTINUE, Frame, Signal
from gradcli.run.script.raising import located
from gradcli.run.script.scopes import Scope
from gradcli.run.script.values import iterate
from gradcli.text import statements as st


def _if(node: st.If, scope: Scope) -> Run:
    links, last = chain(node)
    branches = [(expression(each.test, scope), block(each.body.statements, scope), each.test) for each in links]
    otherwise = block(last.statements, scope) if last is not None else None

    def run(frame: Frame) -> Signal | None:
        for test, body, place in branches:
            try:
                holds = bool(test(frame))
            except Exception as error:
                located(error, place, frame)
                raise
            if holds:
                return body(frame)
        return otherwise(frame) if otherwise is not None else None

    return run


def chain(node: st.If) -> tuple[list[st.If], st.Block | None]:
    """An If with those that stand in the place of its `else`, as `elif` does, and the block behind the last of them."""
    links: list[st.If] = []
    rest: Any = node
    while isinstance(rest, st.If):
        links.append(rest)
        rest = rest.otherwise
    return links, rest


def _while(node: st.While, scope: Scope) -> Run:
    test, body = expression(node.test, scope), block(node.body.statements, scope)
    otherwise = block(node.otherwise.statements, scope) if node.otherwise is not None else None

    def run(frame: Frame) -> Signal | None:
        while test(frame):
            signal = body(frame)
            if signal is not None and signal is not CONTINUE:
                return None if signal is BREAK else signal
        return otherwise(frame) if otherwise is not None else None

    return run


def _for(node: st.For, scope: Scope) -> Run:
    iterable, put, body = expression(node.iterable, scope), store(node.target, scope), block(node.body.statements, scope)
    otherwise = block(node.otherwise.statements, scope) if node.otherwise is not None else None

    def run(frame: Frame) -> Signal | None:
        try:
            values = iterate(iterable(frame))
        except Exception as error:
            located(error, node.iterable, frame)
            raise
        for value in values:
            put(frame, value)
            signal = body(frame)
            if signal is not None and signal is not CONTINUE:
                return None if signal is BREAK else signal
        return otherwise(frame) if otherwise is not None else None

    return run


STATEMENTS.update(
    {
        st.If: _if,
        st.While: _while,
        st.For: _for,
    }
)
