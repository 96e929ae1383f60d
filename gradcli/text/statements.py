"""The nodes of statements, which only scripts have, and the script itself.

The span of a compound statement reaches from its first word to the end of its last block; a decorated one begins at
`def` or `class`.
"""

from __future__ import annotations

from gradcli.text.nodes import Node
from gradcli.text.phrases import Parameters


class Script(Node):
    """A whole text, which may be empty."""

    __slots__ = ("span", "statements")
    statements: tuple[Node, ...]


class Block(Node):
    """The statements under a line that ends in a colon: at least one."""

    __slots__ = ("span", "statements")
    statements: tuple[Node, ...]


# ---- one line


class ExpressionStatement(Node):
    """A value that is computed and dropped."""

    __slots__ = ("span", "value")
    value: Node


class Assignment(Node):
    """`first = second = value`; targets are Name, Attribute, Index, and Tuple or List of them, one maybe Starred."""

    __slots__ = ("span", "targets", "value")
    targets: tuple[Node, ...]
    value: Node


class AugmentedAssign(Node):
    """`target += value`; the operator is written without `=`."""

    __slots__ = ("span", "target", "operator", "value")
    target: Node
    operator: str
    value: Node


class AnnotatedAssign(Node):
    """`target: annotation = value`, or without a value."""

    __slots__ = ("span", "target", "annotation", "value")
    target: Node
    annotation: Node
    value: Node | None


class Delete(Node):
    """`del target, target`."""

    __slots__ = ("span", "targets")
    targets: tuple[Node, ...]


class Pass(Node):
    """`pass`."""

    __slots__ = ("span",)


class Break(Node):
    """`break`."""

    __slots__ = ("span",)


class Continue(Node):
    """`continue`."""

    __slots__ = ("span",)


class Return(Node):
    """`return value`."""

    __slots__ = ("span", "value")
    value: Node | None


class Raise(Node):
    """`raise exception from cause`."""

    __slots__ = ("span", "exception", "cause")
    exception: Node | None
    cause: Node | None


class Assert(Node):
    """`assert test, message`."""

    __slots__ = ("span", "test", "message")
    test: Node
    message: Node | None


class Global(Node):
    """`global a, b`."""

    __slots__ = ("span", "names")
    names: tuple[str, ...]


class Nonlocal(Node):
    """`nonlocal a, b`."""

    __slots__ = ("span", "names")
    names: tuple[str, ...]


class Alias(Node):
    """`name as rename`, in an import; `name` may be dotted, or "*"."""

    __slots__ = ("span", "name", "rename")
    name: str
    rename: str | None


class Import(Node):
    """`import a.b as c, d`."""

    __slots__ = ("span", "names")
    names: tuple[Alias, ...]


class ImportFrom(Node):
    """`from ..module import a, b as c`: `level` counts the dots in front, and `module` may be empty behind them."""

    __slots__ = ("span", "module", "level", "names")
    module: str
    level: int
    names: tuple[Alias, ...]


# ---- blocks


class If(Node):
    """`if test: body`; `otherwise` is another If for `elif`, a Block for `else`."""

    __slots__ = ("span", "test", "body", "otherwise")
    test: Node
    body: Block
    otherwise: If | Block | None


class While(Node):
    """`while test: body`."""

    __slots__ = ("span", "test", "body", "otherwise")
    test: Node
    body: Block
    otherwise: Block | None


class For(Node):
    """`for target in iterable: body`."""

    __slots__ = ("span", "target", "iterable", "body", "otherwise")
    target: Node
    iterable: Node
    body: Block
    otherwise: Block | None


class WithItem(Node):
    """`value as target`."""

    __slots__ = ("span", "value", "target")
    value: Node
    target: Node | None


class With(Node):
    """`with item, item: body`."""

    __slots__ = ("span", "items", "body")
    items: tuple[WithItem, ...]
    body: Block


class Handler(Node):
    """`except type as name: body`."""

    __slots__ = ("span", "type", "name", "body")
    type: Node | None
    name: str | None
    body: Block


class Try(Node):
    """`try: body`, with handlers or `finally`."""

    __slots__ = ("span", "body", "handlers", "otherwise", "final")
    body: Block
    handlers: tuple[Handler, ...]
    otherwise: Block | None
    final: Block | None


class Function(Node):
    """`def name(parameters): body`; annotations are read and dropped."""

    __slots__ = ("span", "name", "parameters", "body", "decorators")
    name: str
    parameters: Parameters
    body: Block
    decorators: tuple[Node, ...]


class Class(Node):
    """`class name(base, keyword=value): body`."""

    __slots__ = ("span", "name", "arguments", "keywords", "body", "decorators")
    name: str
    arguments: tuple[Node, ...]
    keywords: tuple[Node, ...]
    body: Block
    decorators: tuple[Node, ...]
