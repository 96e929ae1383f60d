"""Attributes, indices, slices and calls as closures."""

from __future__ import annotations

from typing import Any

from gradcli.run.script import attributes
from gradcli.run.script.classes import type_name
from gradcli.run.script.closures.displays import items
from gradcli.run.script.closures.rules import EXPRESSIONS, Evaluate, expression, fallible
from gradcli.run.script.frames import Frame
from gradcli.run.script.scopes import Scope
from gradcli.run.script.values import item
from gradcli.text import nodes as syntax
from gradcli.text import phrases


def _attribute(node: syntax.Attribute, scope: Scope) -> Evaluate:
    owner, name = expression(node.object, scope), node.name
    read = attributes.read
    return fallible(node, lambda frame: read(owner(frame), name))


def _index(node: syntax.Index, scope: Scope) -> Evaluate:
    owner, key = expression(node.object, scope), expression(node.index, scope)
    return fallible(node, lambda frame: item(owner(frame), key(frame)))


def _slice(node: syntax.Slice, scope: Scope) -> Evaluate:
    parts = [
        expression(each, scope) if each is not None else (lambda frame: None) for each in (node.lower, node.upper, node.step)
    ]
    return lambda frame: slice(*[part(frame) for part in parts])


def _call(node: syntax.Call, scope: Scope) -> Evaluate:
    if isinstance(node.function, syntax.Name) and node.function.id == "super" and not node.arguments and not node.keywords:
        return fallible(node, _super)
    function = expression(node.function, scope)
    starred = any([isinstance(each, phrases.Starred) for each in node.arguments])
    doubled = any([isinstance(each, phrases.DoubleStarred) for each in node.keywords])
    if starred or doubled:
        return fallible(node, _spread_call(node, function, scope))
    arguments = [expression(each, scope) for each in node.arguments]
    keywords = [_keyword(each, scope) for each in node.keywords]
    if keywords:
        return fallible(
            node,
            lambda frame: _invoke(
                function(frame), [each(frame) for each in arguments], {name: value(frame) for name, value in keywords}
            ),
        )
    return fallible(node, lambda frame: _invoke(function(frame), [each(frame) for each in arguments], {}))


def _keyword(node: Any, scope: Scope) -> tuple[Any, Evaluate]:
    """The name (None for `**value`) and the value."""
    return getattr(node, "name", None), expression(node.value, scope)


def _invoke(function: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    if not callable(function):
        raise TypeError(f"'{type_name(function)}' object is not callable")
    return function(*arguments, **keywords)


def _spread_call(node: syntax.Call, function: Evaluate, scope: Scope) -> Evaluate:
    arguments = items(node.arguments, scope)
    keywords = [_keyword(each, scope) for each in node.keywords]

    def run(frame: Frame) -> Any:
        called = function(frame)
        words: dict[str, Any] = {}
        given = arguments(frame)
        for name, value in keywords:
            found = {name: value(frame)} if name is not None else _words(called, value(frame))
            twice = [each for each in found if each in words]
            if twice:
                raise TypeError(
                    f"{getattr(called, '__name__', 'function')}() got multiple values for keyword argument '{twice[0]}'"
                )
            words.update(found)
        return _invoke(called, given, words)

    return run


def _words(called: Any, value: Any) -> dict[Any, Any]:
    """The arguments of `**value`.  Raises TypeError for what is no mapping."""
    if not hasattr(type(value), "keys"):
        name = getattr(called, "__name__", "function")
        raise TypeError(f"{name}() argument after ** must be a mapping, not {type_name(value)}")
    return dict(value)


def _super(frame: Frame) -> Any:
    at: Frame | None = frame
    while at is not None and at.owner is None:
        at = at.parent
    if at is None:
        raise RuntimeError("super(): no arguments")
    return super(at.owner, at.receiver)


EXPRESSIONS.update(
    {
        syntax.Attribute: _attribute,
        syntax.Index: _index,
        syntax.Slice: _slice,
        syntax.Call: _call,
    }
)
