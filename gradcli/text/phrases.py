"""The nodes of expressions that only scripts have: displays, comprehensions, functions, formatted text."""

from __future__ import annotations

from gradcli.text.nodes import Name, Node


class Bytes(Node):
    """`b"text"`."""

    __slots__ = ("span", "value")
    value: bytes


class FString(Node):
    """`f"text {value}"`: texts, as they read after escapes, and fields; also the format of a field."""

    __slots__ = ("span", "parts")
    parts: tuple[str | FormattedValue, ...]


class FormattedValue(Node):
    """`{value!r:format}`; of `{value=}`, `text` is "value=" and stands before the value."""

    __slots__ = ("span", "value", "conversion", "format", "text")
    value: Node
    conversion: str | None  # "r", "s" or "a"; "r" also of `{value=}`
    format: FString | None
    text: str | None


class Starred(Node):
    """`*value`, in a list of items, arguments or targets."""

    __slots__ = ("span", "value")
    value: Node


class DoubleStarred(Node):
    """`**value`, among keywords or in a dict."""

    __slots__ = ("span", "value")
    value: Node


class Set(Node):
    """`{a, b}`."""

    __slots__ = ("span", "items")
    items: tuple[Node, ...]


class Pair(Node):
    """`key: value`, in a dict."""

    __slots__ = ("span", "key", "value")
    key: Node
    value: Node


class Dict(Node):
    """`{key: value, **others}`."""

    __slots__ = ("span", "items")
    items: tuple[Pair | DoubleStarred, ...]


class Clause(Node):
    """`for target in iterable if condition`, in a comprehension."""

    __slots__ = ("span", "target", "iterable", "conditions")
    target: Node
    iterable: Node
    conditions: tuple[Node, ...]


class Comprehension(Node):
    """`[element for target in iterable]`; `kind` is "list", "set", "dict" (of a Pair) or "generator"."""

    __slots__ = ("span", "kind", "element", "clauses")
    kind: str
    element: Node
    clauses: tuple[Clause, ...]


class NamedExpression(Node):
    """`name := value`."""

    __slots__ = ("span", "target", "value")
    target: Name
    value: Node


class Parameter(Node):
    """One name that a function takes, with its default; annotations are read and dropped."""

    __slots__ = ("span", "name", "default")
    name: str
    default: Node | None


class Parameters(Node):
    """`positional, /, plain, *star, keyword_only, **double_star`: what a function takes."""

    __slots__ = ("span", "positional", "plain", "star", "keyword_only", "double_star")
    positional: tuple[Parameter, ...]
    plain: tuple[Parameter, ...]
    star: Parameter | None
    keyword_only: tuple[Parameter, ...]
    double_star: Parameter | None


class Lambda(Node):
    """`lambda parameters: body`."""

    __slots__ = ("span", "parameters", "body")
    parameters: Parameters
    body: Node


class Yield(Node):
    """`yield value`: what is sent to the generator is its value."""

    __slots__ = ("span", "value")
    value: Node | None


class YieldFrom(Node):
    """`yield from iterable`."""

    __slots__ = ("span", "iterable")
    iterable: Node
