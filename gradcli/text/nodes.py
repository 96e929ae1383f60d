"""The syntax tree: frozen nodes, each with the place it was written at, and walks over them that do not recurse.

Nodes are compared by identity, since two places may hold the same text; `same` compares what they say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from gradcli.errors import Record, Span


def _filler(cls: type[Record]) -> Callable[..., None]:
    """An `__init__` for the slots of `cls`, unrolled: a node costs a third of what the general one takes."""
    put: list[Callable[[Any, Any], None]] = [cls.__dict__[field].__set__ for field in cls.__slots__]
    if len(put) == 2:
        put_a, put_b = put

        def fill_two(self: Any, a: Any, b: Any, /) -> None:
            put_a(self, a)
            put_b(self, b)

        return fill_two
    if len(put) == 3:
        put_a, put_b, put_c = put

        def fill_three(self: Any, a: Any, b: Any, c: Any, /) -> None:
            put_a(self, a)
            put_b(self, b)
            put_c(self, c)

        return fill_three
    if len(put) == 4:
        put_a, put_b, put_c, put_d = put

        def fill_four(self: Any, a: Any, b: Any, c: Any, d: Any, /) -> None:
            put_a(self, a)
            put_b(self, b)
            put_c(self, c)
            put_d(self, d)

        return fill_four

    def fill(self: Any, *values: Any) -> None:
        for put_one, value in zip(put, values, strict=True):
            put_one(self, value)

    return fill


_fill_span = _filler(Span)


def make_span(start: int, end: int, line: int, column: int) -> Span:
    """`Span(start, end, line, column)`, faster: every node has one."""
    span = object.__new__(Span)
    _fill_span(span, start, end, line, column)
    return span


class Node(Record):
    """A piece of syntax.  `span` leaves out brackets around the whole node, and includes those of its operands."""

    __slots__: ClassVar[tuple[str, ...]] = ()
    span: Span

    def __init_subclass__(cls) -> None:
        setattr(cls, "__init__", _filler(cls))  # noqa: B010 - mypy refuses the plain assignment

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __repr__(self) -> str:  # a deep tree has no short text, and must not recurse
        return f"<{type(self).__name__} {self.span.start}:{self.span.end}>"


class Number(Node):
    """A number as it was written, never negative."""

    __slots__ = ("span", "value")
    value: int | float | complex


class String(Node):
    """Text in quotes."""

    __slots__ = ("span", "value")
    value: str


class Constant(Node):
    """True, False, None or `...`."""

    __slots__ = ("span", "value")
    value: Any


class Name(Node):
    """A name that stands for a value or for a function."""

    __slots__ = ("span", "id")
    id: str


class List(Node):
    """`[a, b]`."""

    __slots__ = ("span", "items")
    items: tuple[Node, ...]


class Tuple(Node):
    """`(a, b)`, or several items of an index: `x[a, b]`."""

    __slots__ = ("span", "items")
    items: tuple[Node, ...]


class Unary(Node):
    """`-x`, `+x`, `~x`, `not x`."""

    __slots__ = ("span", "operator", "operand")
    operator: str
    operand: Node


class Binary(Node):
    """`x + y`, and the same with `- * / // % ** @ & |`."""

    __slots__ = ("span", "operator", "left", "right")
    operator: str
    left: Node
    right: Node


class Compare(Node):
    """`a < b <= c`: one operator fewer than operands."""

    __slots__ = ("span", "operators", "operands")
    operators: tuple[str, ...]
    operands: tuple[Node, ...]


class Logic(Node):
    """`a and b`, `a or b`."""

    __slots__ = ("span", "operator", "left", "right")
    operator: str
    left: Node
    right: Node


class Conditional(Node):
    """`then if test else otherwise`."""

    __slots__ = ("span", "test", "then", "otherwise")
    test: Node
    then: Node
    otherwise: Node


class Keyword(Node):
    """`dim=0`, an argument of a call by its name."""

    __slots__ = ("span", "name", "value")
    name: str
    value: Node


class Call(Node):
    """`function(argument, name=value)`."""

    __slots__ = ("span", "function", "arguments", "keywords")
    function: Node
    arguments: tuple[Node, ...]
    keywords: tuple[Node, ...]


class Attribute(Node):
    """`x.T`."""

    __slots__ = ("span", "object", "name")
    object: Node
    name: str


class Index(Node):
    """`x[index]`; several items are a Tuple."""

    __slots__ = ("span", "object", "index")
    object: Node
    index: Node


class Slice(Node):
    """`lower:upper:step` within an index; what is left out is None."""

    __slots__ = ("span", "lower", "upper", "step")
    lower: Node | None
    upper: Node | None
    step: Node | None


class Assign(Node):
    """`y = value`; with `unpack`, `a, b = value` or `a, = value`."""

    __slots__ = ("span", "targets", "unpack", "value")
    targets: tuple[str, ...]
    unpack: bool
    value: Node


class Program(Node):
    """A whole text: at least one statement; the last one is its result."""

    __slots__ = ("span", "statements")
    statements: tuple[Node, ...]


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`, in the order of its fields."""
    found: list[Node] = []
    for field in node.__slots__:
        value = getattr(node, field)
        if isinstance(value, Node):
            found.append(value)
        elif type(value) is tuple:
            found.extend(item for item in value if isinstance(item, Node))
    return tuple(found)


def same(a: Node, b: Node) -> bool:
    """Whether two trees say the same, wherever they stand in their texts."""
    pairs: list[tuple[Any, Any]] = [(a, b)]
    while pairs:
        left, right = pairs.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, Node):
            pairs += [(getattr(left, field), getattr(right, field)) for field in left.__slots__ if field != "span"]
        elif type(left) is tuple:
            if len(left) != len(right):
                return False
            pairs += zip(left, right, strict=True)
        elif left != right:
            return False
    return True
