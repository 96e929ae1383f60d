"""How closures are suspended: each is a generator of the host's, which the closure around it runs by `yield from`.

Where `yield` stands within an expression, what Python computes before it must be computed before it, and once.  So the
parts of such an expression are computed one after the other and held under names that no script can write, and the
expression is then the plain one of these names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gradcli.errors import Problem
from gradcli.run.script.frames import Frame
from gradcli.run.script.raising import Stopped
from gradcli.run.script.scopes import Scope, seen_here
from gradcli.text import nodes as syntax
from gradcli.text import phrases
from gradcli.text import statements as st

Suspend = Callable[[Frame], Any]  # gives a generator of the host's, whose return value is the closure's
Parts = list[tuple[str, Suspend]]


def holding(body: Iterable[Any]) -> frozenset[int]:
    """The identities of all nodes in which a `yield` of this function stands, with the `yield` itself."""
    found: set[int] = set()
    above: dict[int, Any] = {}
    work = list(body)
    while work:
        node = work.pop()
        if isinstance(node, phrases.Yield | phrases.YieldFrom):
            at: Any = node
            while at is not None and id(at) not in found:
                found.add(id(at))
                at = above.get(id(at))
        for child in seen_here(node):
            above[id(child)] = node
            work.append(child)
    return frozenset(found)


def lifted(plain: Callable[[Frame], Any]) -> Suspend:
    """A plain closure as one that never suspends."""

    def run(frame: Frame) -> Any:
        try:
            return plain(frame)
        except StopIteration as error:
            raise Stopped(error) from None
        yield  # which makes a generator of it

    return run


def held(node: Any, scope: Scope, make: Callable[[Any, Scope], Callable[[Frame], Any]], suspended: Any) -> Suspend:
    """A node whose parts are computed one after the other; `make` gives the plain closure of what is then left."""
    parts, rest = separated(node, scope, suspended)
    whole = lifted(make(rest, scope))

    def run(frame: Frame) -> Any:
        yield from compute(parts, frame)
        try:
            return (yield from whole(frame))
        finally:
            forget(parts, frame)

    return run


def compute(parts: Parts, frame: Frame) -> Any:
    """Compute parts, and hold their values."""
    for name, part in parts:
        frame.names[name] = yield from part(frame)


def forget(parts: Parts, frame: Frame) -> None:
    """Let go of what is held."""
    for name, _ in parts:
        frame.names.pop(name, None)


def separated(node: Any, scope: Scope, suspended: Callable[[Any, Scope], Suspend]) -> tuple[Parts, Any]:
    """The parts of a node, in the order in which Python computes them, and the node with names in place of them."""
    parts: Parts = []

    def hold(child: Any) -> Any:
        if isinstance(child, _BETWEEN):
            return divide(child)
        if not isinstance(child, syntax.Node):
            return child
        name = f".{child.span.start}"  # parts of parts are forgotten before the next part is held
        scope.names.add(name)
        parts.append((name, suspended(child, scope)))
        return syntax.Name(child.span, name)

    def divide(whole: Any) -> Any:
        fields = {field: getattr(whole, field) for field in whole.__slots__}
        for field in _divisible(whole, scope):
            value = fields[field]
            fields[field] = tuple(map(hold, value)) if type(value) is tuple else hold(value)
        return type(whole)(*fields.values())

    return parts, divide(node)


def _divisible(node: Any, scope: Scope) -> tuple[str, ...]:
    """The fields that hold the parts.  Raises Problem where `yield` stands in none of them."""
    chain = isinstance(node, syntax.Compare) and len(node.operands) > 2  # which may stop before its end
    fields = _PARTS.get(type(node), ()) if not chain else ()
    values = [getattr(node, field) for field in fields]
    parts = {id(child) for value in values for child in (value if type(value) is tuple else (value,))}
    for child in seen_here(node):
        if id(child) in scope.suspends and id(child) not in parts:
            raise Problem(
                "not-supported",
                "'yield' is not supported in this place",
                type="SyntaxError",
                hint="give its value a name first: value = yield",
                span=child.span,
            )
    return fields


# What is no value itself, and is divided further.
_BETWEEN = (
    phrases.Starred,
    phrases.DoubleStarred,
    phrases.Pair,
    phrases.FormattedValue,
    phrases.FString,
    syntax.Keyword,
    syntax.Slice,
)
_PARTS: dict[type, tuple[str, ...]] = {
    phrases.Starred: ("value",),
    phrases.DoubleStarred: ("value",),
    phrases.Pair: ("key", "value"),
    phrases.FormattedValue: ("value", "format"),
    phrases.FString: ("parts",),
    syntax.Keyword: ("value",),
    syntax.Slice: ("lower", "upper", "step"),
    syntax.Unary: ("operand",),
    syntax.Compare: ("operands",),
    syntax.Attribute: ("object",),
    syntax.Index: ("object", "index"),
    syntax.Call: ("function", "arguments", "keywords"),
    syntax.List: ("items",),
    syntax.Tuple: ("items",),
    phrases.Set: ("items",),
    phrases.Dict: ("items",),
    phrases.NamedExpression: ("value",),
    st.Assignment: ("value",),
    st.AnnotatedAssign: ("value",),
    st.Return: ("value",),
    st.Raise: ("exception", "cause"),
    st.Assert: ("test",),
}
