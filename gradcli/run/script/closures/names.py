"""Names as closures: where a name lives is settled before anything runs, and a closure only looks there."""

from __future__ import annotations

from typing import Any

from gradcli.run.script import builtins
from gradcli.run.script.closures.rules import EXPRESSIONS, Evaluate, fallible
from gradcli.run.script.frames import MISSING, Frame
from gradcli.run.script.raising import located
from gradcli.run.script.scopes import Scope
from gradcli.text import nodes as syntax


def _name(node: syntax.Name, scope: Scope) -> Evaluate:
    name = node.id
    if scope.kind == "class":
        return fallible(node, _class_name(name, scope))
    depth = scope.depth_of(name)
    if depth is None:
        return _global_name(node)
    return _local_name(node) if depth == 0 else fallible(node, lambda frame: _up(frame, depth, name))


def _global_name(node: syntax.Name) -> Evaluate:
    name, known = node.id, builtins.NAMES

    def load(frame: Frame) -> Any:
        value = frame.module.get(name, MISSING)
        if value is MISSING:
            value = known.get(name, MISSING)
            if value is MISSING:
                error = builtins.undefined(name, frame.module)
                located(error, node, frame)
                raise error
        return value

    return load


def _local_name(node: syntax.Name) -> Evaluate:
    name = node.id

    def load(frame: Frame) -> Any:
        try:
            return frame.names[name]
        except KeyError:
            error = UnboundLocalError(f"cannot access local variable '{name}' where it is not associated with a value")
            located(error, node, frame)
            raise error from None

    return load


def _up(frame: Frame, depth: int, name: str) -> Any:
    for _ in range(depth):
        assert frame.parent is not None
        frame = frame.parent
    if name not in frame.names:
        raise NameError(f"cannot access free variable '{name}' where it is not associated with a value in enclosing scope")
    return frame.names[name]


def _class_name(name: str, scope: Scope) -> Evaluate:
    """In a class body: its own names first, then those around it."""
    depth = scope.parent.depth_of(name) if scope.parent is not None else None

    def load(frame: Frame) -> Any:
        if name in frame.names:
            return frame.names[name]
        if depth is not None:
            return _up(frame, depth + 1, name)
        value = frame.module.get(name, builtins.NAMES.get(name, MISSING))
        if value is MISSING:
            raise builtins.undefined(name, frame.module)
        return value

    return load


EXPRESSIONS.update(
    {
        syntax.Name: _name,
    }
)
