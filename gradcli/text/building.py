"""Pieces of a derivation -> nodes: one function for each kind that `grammar/gradcli.lark` names after an arrow."""

from __future__ import annotations

from collections.abc import Callable
from sys import intern
from typing import Any, Final

from gradcli.errors import Problem, Span
from gradcli.text.nodes import (
    Assign,
    Attribute,
    Binary,
    Call,
    Compare,
    Conditional,
    Constant,
    Index,
    Keyword,
    List,
    Logic,
    Name,
    Node,
    Number,
    Program,
    Slice,
    String,
    Tuple,
    Unary,
)

MAX_DIGITS = 4_300  # Python's own bound on the conversion of whole numbers

_CONSTANTS: Final = {"True": True, "False": False, "None": None, "...": ...}


def _refuse(what: str, *facts: Any) -> Problem:

    from gradcli.text import syntax_errors  # sentences are loaded when one is needed

    problem: Problem = getattr(syntax_errors, what)(*facts)
    return problem


def _number(span: Span, text: str) -> Node:
    if len(text) > MAX_DIGITS:
        raise _refuse("long_number", span, text, MAX_DIGITS)
    try:
        return Number(span, int(text, 0))
    except ValueError:
        pass
    try:
        if text[:2].lower() not in ("0x", "0o", "0b") and text[-1] not in "jJ" and any(mark in text for mark in ".eE"):
            return Number(span, float(text))
        if text[-1] in "jJ":
            return Number(span, complex(text))
    except ValueError:
        pass
    raise _refuse("bad_number", span, text)


def _string(span: Span, *literals: str) -> Node:
    if not any("\\" in literal for literal in literals):
        return String(span, "".join(literal[1:-1] for literal in literals))
    from gradcli.text.escapes import unescape

    return String(span, "".join(unescape(span, literal[1:-1]) for literal in literals))


def _identifier(span: Span, text: str) -> str:
    if not text.isascii():
        from gradcli.text.syntax_errors import bad_name

        if problem := bad_name(span, text):
            raise problem
    return intern(text)


def _name(span: Span, text: str) -> Node:
    return Name(span, _identifier(span, text))


def _attribute(span: Span, value: Node, name: str) -> Node:
    place = span if name.isascii() else Span(span.end - len(name), span.end, span.line, span.column)
    return Attribute(span, value, _identifier(place, name))


def _constant(span: Span, text: str) -> Node:
    return Constant(span, _CONSTANTS[text])


def _unary(span: Span, operator: str, operand: Node) -> Node:
    return Unary(span, operator, operand)


def _binary(span: Span, left: Node, operator: str, right: Node) -> Node:
    return Binary(span, operator, left, right)


def _logic(span: Span, left: Node, operator: str, right: Node) -> Node:
    return Logic(span, operator, left, right)


def _compare(span: Span, *parts: Any) -> Node:
    return Compare(span, parts[1::2], parts[::2])


def _conditional(span: Span, then: Node, test: Node, otherwise: Node) -> Node:
    return Conditional(span, test, then, otherwise)


def _call(span: Span, function: Node, *arguments: Node) -> Node:
    keywords = tuple(argument for argument in arguments if isinstance(argument, Keyword))
    if not keywords:
        return Call(span, function, arguments, ())
    count = len(arguments) - len(keywords)
    seen: set[str] = set()
    for position, argument in enumerate(arguments):
        if not isinstance(argument, Keyword):
            if position >= count:
                raise _refuse("late_positional", argument.span)
        elif argument.name in seen:
            raise _refuse("repeated_keyword", argument.span, argument.name)
        else:
            seen.add(argument.name)
    return Call(span, function, arguments[:count], keywords)


def _assign(span: Span, target: Node, value: Node) -> Node:
    unpack = isinstance(target, Tuple | List)
    targets = target.items if isinstance(target, Tuple | List) else (target,)
    wrong = next((one for one in targets if not isinstance(one, Name)), None)
    if wrong is not None or not targets:
        raise _refuse("bad_target", wrong or target)
    return Assign(span, tuple(one.id for one in targets if isinstance(one, Name)), unpack, value)


ACTIONS: Final[dict[str, Callable[..., Any]]] = {
    "expression": lambda span, *statements: Program(span, statements),
    "assign": _assign,
    "conditional": _conditional,
    "logic": _logic,
    "compare": _compare,
    "two_words": lambda span, *words: " ".join(words),
    "unary": _unary,
    "binary": _binary,
    "number": _number,
    "string": _string,
    "constant": _constant,
    "name": _name,
    "tuple": lambda span, *items: Tuple(span, items),
    "list": lambda span, *items: List(span, items),
    "attribute": _attribute,
    "index": Index,
    "call": _call,
    "keyword": lambda span, name, value: Keyword(span, _identifier(span, name), value),
    "slice": Slice,
}
