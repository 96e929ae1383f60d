"""The rules by which syntax nodes become closures: a table for expressions, one for statements, and what all rules share.

A closure is a function of a frame.  That of an expression gives its value; that of a statement gives None, or a Signal that
the block around it passes on (break, continue, return).  One that can fail notes its node on the exception that passes
through it (`located`); on the way without exceptions that costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.run.script.frames import Frame, Signal
from gradcli.run.script.raising import located
from gradcli.run.script.scopes import Scope

Evaluate = Callable[[Frame], Any]
Store = Callable[[Frame, Any], None]
Run = Callable[[Frame], Signal | None]

# By the class of a node; the modules beside this one enter their rules when the package is imported.
EXPRESSIONS: dict[type, Callable[[Any, Scope], Evaluate]] = {}
STATEMENTS: dict[type, Callable[[Any, Scope], Run]] = {}


def expression(node: Any, scope: Scope) -> Evaluate:
    """The closure of an expression."""
    return EXPRESSIONS[type(node)](node, scope)


def statement(node: Any, scope: Scope) -> Run:
    """The closure of one statement."""
    return STATEMENTS[type(node)](node, scope)


def block(nodes: Any, scope: Scope) -> Run:
    """The closure of statements one after the other."""
    steps = [(node.span.line, statement(node, scope), node) for node in nodes]

    def run(frame: Frame) -> Signal | None:
        context = frame.context
        for line, step, node in steps:
            context.line = line
            try:
                signal = step(frame)
            except BaseException as error:
                located(error, node, frame)
                raise
            if signal is not None:
                return signal
        return None

    return run


def fallible(node: Any, evaluate: Evaluate) -> Evaluate:
    """The same closure, which notes `node` on an exception that passes."""

    def run(frame: Frame) -> Any:
        try:
            return evaluate(frame)
        except Exception as error:
            located(error, node, frame)
            raise

    return run
