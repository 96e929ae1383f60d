"""Pieces of a script's derivation -> nodes: one function for each kind that the rules of `program` name.

What an expression of a command line has as well is built as there.  Refused here is what no node has a place for; what
has a place and yet no meaning is for `validation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from sys import intern
from typing import Any, Final, NoReturn

from gradcli.errors import Record, Span
from gradcli.text.building import ACTIONS
from gradcli.text.nodes import Attribute, Call, Index, Keyword, Name, Node, String, Tuple, make_span
from gradcli.text.phrases import (
    Bytes,
    Clause,
    Comprehension,
    Dict,
    DoubleStarred,
    FormattedValue,
    FString,
    Lambda,
    NamedExpression,
    Pair,
    Parameter,
    Parameters,
    Set,
    Starred,
    Yield,
    YieldFrom,
)
from gradcli.text.scripts.literals import read_literal
from gradcli.text.statements import (
    Alias,
    AnnotatedAssign,
    Assert,
    Assignment,
    AugmentedAssign,
    Block,
    Break,
    Class,
    Continue,
    Delete,
    ExpressionStatement,
    For,
    Function,
    Global,
    Handler,
    If,
    Import,
    ImportFrom,
    Nonlocal,
    Pass,
    Raise,
    Return,
    Script,
    Try,
    While,
    With,
    WithItem,
)

_Part = str | FormattedValue


def _refuse(what: str, *facts: Any) -> NoReturn:
    from gradcli.text.scripts import complaints  # sentences are loaded when one is needed

    raise getattr(complaints, what)(*facts)


# ---- text


def _text(span: Span, *pieces: str | tuple[_Part, ...]) -> Node:
    """Literals one after the other: each is a token, or the parts of an f-string."""
    values = [read_literal(span, piece) if isinstance(piece, str) else piece for piece in pieces]
    if any(isinstance(value, bytes) for value in values):
        if not all(isinstance(value, bytes) for value in values):
            _refuse("mixed_bytes", span)
        return Bytes(span, b"".join(value for value in values if isinstance(value, bytes)))
    if any(isinstance(value, tuple) for value in values):
        inner = (value if isinstance(value, tuple) else (value,) for value in values)
        return FString(span, _merged(chain.from_iterable(inner)))
    return String(span, "".join(value for value in values if isinstance(value, str)))


def _merged(parts: Iterable[Any]) -> tuple[_Part, ...]:
    """The same parts with neighbouring texts in one, and none of them empty."""
    found: list[_Part] = []
    text: list[str] = []
    for part in (*parts, None):
        if isinstance(part, str):
            text.append(part)
            continue
        if any(text):
            found.append("".join(text))
        text.clear()
        if part is not None:
            found.append(part)
    return tuple(found)


def _field(span: Span, value: Node, text: str | None, conversion: str | None, inner: FString | None) -> FormattedValue:
    if conversion is not None and conversion not in ("!r", "!s", "!a"):
        _refuse("conversion", span, conversion)
    letter = conversion[1:] if conversion else "r" if text is not None and inner is None else None
    return FormattedValue(span, value, letter, inner, text)


# ---- displays, calls and functions


def _comprehension(kind: str) -> Callable[..., Node]:
    def build(span: Span, element: Node, *clauses: Clause) -> Node:
        if isinstance(element, Starred | DoubleStarred):
            _refuse("unpacked_element", element)
        return Comprehension(span, kind, element, clauses)

    return build


def _index(span: Span, value: Node, index: Node) -> Node:
    return Index(span, value, Tuple(index.span, (index,)) if isinstance(index, Starred) else index)


def _call(span: Span, function: Node, *arguments: Node) -> Node:
    return Call(span, function, *_arguments(arguments))


def _arguments(given: tuple[Node, ...]) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Arguments by place, and those that have names."""
    keywords = tuple(each for each in given if isinstance(each, Keyword | DoubleStarred))
    if not keywords:
        return given, ()
    last: Node | None = None  # of the keywords so far, and `**` before all
    names: set[str] = set()
    for each in given:
        if isinstance(each, Keyword):
            if each.name in names:
                _refuse("repeated_name", each)
            names.add(each.name)
            last = last or each
        elif isinstance(each, DoubleStarred):
            last = each
        elif isinstance(last, DoubleStarred) or (last and not isinstance(each, Starred)):
            _refuse("late_argument", each, last)
    return tuple(each for each in given if not isinstance(each, Keyword | DoubleStarred)), keywords


class _Mark(Record):
    """`*`, `**` or `/` among parameters, with the parameter that bears it."""

    __slots__ = ("span", "mark", "parameter")
    span: Span
    mark: str
    parameter: Parameter | None


def _mark(span: Span, mark: str, name: str | None = None, _annotation: Node | None = None) -> _Mark:
    return _Mark(span, mark, name and Parameter(span, intern(name), None))


def _parameters(span: Span, *given: Parameter | _Mark) -> Parameters:
    positional: tuple[Parameter, ...] = ()
    plain: list[Parameter] = []
    keyword_only: list[Parameter] = []
    marks: dict[str, _Mark] = {}
    for each in given:
        if "**" in marks:
            _refuse("after_double_star", each.span)
        if isinstance(each, Parameter):
            (keyword_only if "*" in marks else plain).append(each)
            continue
        if each.mark in marks or (each.mark == "/" and ("*" in marks or not plain)):
            _refuse("misplaced_mark", each.span, each.mark, "*" in marks and each.mark == "/")
        if each.mark == "/":
            positional, plain = tuple(plain), []
        marks[each.mark] = each
    star, double_star = marks.get("*"), marks.get("**")
    if star and not star.parameter and not keyword_only:
        _refuse("bare_star", star.span)
    return Parameters(
        span, positional, tuple(plain), star and star.parameter, tuple(keyword_only), double_star and double_star.parameter
    )


def _lambda(span: Span, parameters: Parameters | None, body: Node) -> Node:
    return Lambda(span, parameters or _parameters(span), body)


# ---- statements


def _block(_: Span, *statements: Node) -> Block:
    first, last = statements[0].span, statements[-1].span
    return Block(make_span(first.start, last.end, first.line, first.column), statements)


def _function(span: Span, name: str, parameters: Parameters | None, *rest: Any) -> Node:
    return Function(span, intern(name), parameters or _parameters(span), rest[-1], ())


def _class(span: Span, name: str, *rest: Any) -> Node:
    *given, body = rest
    return Class(span, intern(name), *_arguments(tuple(given)), body, ())


def _decorated(_: Span, *parts: Any) -> Node:
    *decorators, inner = parts
    fields = [getattr(inner, field) for field in inner.__slots__]
    node: Node = type(inner)(*fields[:-1], tuple(decorators))
    return node


def _with_items(span: Span, *given: Node) -> list[WithItem]:
    """`a as b, c`.  Brackets around all of it make no tuple, which is to be seen from its having the same span."""
    (first, *_) = given
    if isinstance(first, Tuple) and (first.span.start, first.span.end) == (span.start, span.end) and first.items:
        given = given if any(isinstance(item, Starred | NamedExpression) for item in first.items) else first.items
    starred = next((each for each in given if isinstance(each, Starred)), None)
    if starred:
        _refuse("lone_star", starred)
    return [each if isinstance(each, WithItem) else WithItem(each.span, each, None) for each in given]


def _with(span: Span, *parts: Any) -> Node:
    *items, body = parts
    return With(span, tuple(items), body)


def _try(span: Span, body: Block, *rest: Any) -> Node:
    *handlers, otherwise, final = rest
    return Try(span, body, tuple(handlers), otherwise, final)


def _alias(span: Span, name: str, rename: str | None = None) -> Alias:
    return Alias(span, intern(name), rename and intern(rename))


def _origin(_: Span, *parts: str) -> tuple[str, int]:
    """The module of `from ..module import a`, and how many dots stand before it."""
    name = "" if parts[-1].startswith(".") else parts[-1]
    return name, sum(len(part) for part in parts if part.startswith("."))


SCRIPT_ACTIONS: Final[dict[str, Callable[..., Any]]] = {
    **ACTIONS,
    "program": lambda span, *statements: Script(span, statements),
    # expressions
    "name": lambda span, text: Name(span, intern(text)),
    "attribute": lambda span, value, name: Attribute(span, value, intern(name)),
    "keyword": lambda span, name, value: Keyword(span, intern(name), value),
    "named": lambda span, name, value: NamedExpression(
        span, Name(make_span(span.start, span.start + len(name), span.line, span.column), intern(name)), value
    ),
    "text": _text,
    "format_string": lambda span, *parts: parts,
    "field": _field,
    "format": lambda span, *parts: FString(span, _merged(parts)),
    "set": lambda span, *items: Set(span, items),
    "dict": lambda span, *items: Dict(span, items),
    "pair": Pair,
    "starred": Starred,
    "double_starred": DoubleStarred,
    "generator": _comprehension("generator"),
    "list_comprehension": _comprehension("list"),
    "set_comprehension": _comprehension("set"),
    "dict_comprehension": _comprehension("dict"),
    "clause": lambda span, target, iterable, *conditions: Clause(span, target, iterable, conditions),
    "script_index": _index,
    "script_call": _call,
    "parameter": lambda span, name, *rest: Parameter(span, intern(name), rest[-1]),
    "star_parameter": _mark,
    "parameters": _parameters,
    "lambda": _lambda,
    "yield": Yield,
    "yield_from": YieldFrom,
    # one line
    "expression_statement": ExpressionStatement,
    "assignment": lambda span, *values: Assignment(span, values[:-1], values[-1]),
    "augmented": lambda span, target, operator, value: AugmentedAssign(span, target, operator[:-1], value),
    "annotated": AnnotatedAssign,
    "pass": Pass,
    "break": Break,
    "continue": Continue,
    "return": Return,
    "raise": Raise,
    "assert": Assert,
    "delete": lambda span, *targets: Delete(span, targets),
    "global": lambda span, *names: Global(span, tuple(map(intern, names))),
    "nonlocal": lambda span, *names: Nonlocal(span, tuple(map(intern, names))),
    "import": lambda span, *names: Import(span, names),
    "import_from": lambda span, origin, *names: ImportFrom(span, *origin, names),
    "alias": _alias,
    "dotted": lambda span, *names: ".".join(names),
    "origin": _origin,
    # blocks
    "block": _block,
    "if": If,
    "while": While,
    "for": For,
    "try": _try,
    "try_finally": lambda span, body, final: Try(span, body, (), None, final),
    "handler": lambda span, kind, name, body: Handler(span, kind, name and intern(name), body),
    "with": _with,
    "with_items": _with_items,
    "as_item": WithItem,
    "function": _function,
    "class": _class,
    "decorated": _decorated,
}
