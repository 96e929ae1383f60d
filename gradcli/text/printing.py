"""Syntax tree -> text, with no more brackets than it takes to read the same tree back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

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

# How tightly a node holds together, in the order of the rules in grammar/gradcli.lark.
NAMED, TEST, OR, _AND, _NOT, _COMPARE, BITS = -1, 0, 1, 2, 3, 4, 5
_SIGN, _POWER, _OPERAND, CALLEE, _BRACKETS = 11, 12, 13, 14, 15
_BINARY = {"|": BITS, "^": 6, "&": 7, "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "//": 10, "%": 10, "@": 10,
           "**": _POWER}  # fmt: skip

# Text; a node and the level that its place asks for; a new line, further in (1) or as before (0); a block's end (-1).
Piece = str | tuple[Node, int] | int

_INDENTATION = "    "


def unparse(node: Node, tight: bool = False) -> str:
    """Text that `parse` or `parse_script` reads back as the same tree (`nodes.same`); `tight` without spaces around * and /.

    The statements of a command line are separated by "; ", those of a script stand in lines of their own.
    """
    done: list[str] = []
    waiting: list[Piece] = [(node, TEST)]
    depth = 0
    while waiting:
        piece = waiting.pop()
        if isinstance(piece, str):
            done.append(piece)
        elif isinstance(piece, int):
            depth += piece
            done.append("" if piece < 0 else "\n" + depth * _INDENTATION)
        else:
            inner, least = piece
            pieces = _WRITERS[type(inner)](inner)
            if tight and isinstance(inner, Binary) and inner.operator in ("*", "/"):
                pieces[1] = inner.operator
            waiting += reversed(pieces if _level(inner) >= least else ["(", *pieces, ")"])
    return "".join(done)


def _level(node: Node) -> int:
    if isinstance(node, Binary):
        return _BINARY[node.operator]
    if isinstance(node, Unary):
        return _NOT if node.operator == "not" else _SIGN
    if isinstance(node, Logic):
        return OR if node.operator == "or" else _AND
    if isinstance(node, Compare):
        return _COMPARE
    if isinstance(node, Name | Attribute | Index | Call):
        return CALLEE
    return {"Conditional": TEST, "Lambda": TEST, "NamedExpression": NAMED, "Yield": NAMED, "YieldFrom": NAMED}.get(
        type(node).__name__, _OPERAND
    )


def _number(node: Number) -> list[Piece]:
    value = node.value
    if value == float("inf"):
        return ["1e999"]
    if isinstance(value, int) and value.bit_length() > 10_000:
        return [hex(value)]  # Python refuses to write long numbers in decimal
    return [repr(value)]


def _constant(node: Constant) -> list[Piece]:
    return ["..." if node.value is ... else repr(node.value)]


def _binary(node: Binary) -> list[Piece]:
    if node.operator == "**":
        return [(node.left, _OPERAND), "**", (node.right, _SIGN)]
    level = _BINARY[node.operator]
    return [(node.left, level), f" {node.operator} ", (node.right, level + 1)]


def _unary(node: Unary) -> list[Piece]:
    return ["not ", (node.operand, _NOT)] if node.operator == "not" else [node.operator, (node.operand, _SIGN)]


def _logic(node: Logic) -> list[Piece]:
    return [(node.left, _level(node)), f" {node.operator} ", (node.right, _level(node) + 1)]


def _compare(node: Compare) -> list[Piece]:
    pieces: list[Piece] = [(node.operands[0], _COMPARE + 1)]
    for operator, operand in zip(node.operators, node.operands[1:], strict=True):
        pieces += [f" {operator} ", (operand, _COMPARE + 1)]
    return pieces


def _conditional(node: Conditional) -> list[Piece]:
    return [(node.then, OR), " if ", (node.test, OR), " else ", (node.otherwise, TEST)]


def _call(node: Call) -> list[Piece]:
    return [(node.function, CALLEE), "(", *joined((*node.arguments, *node.keywords)), ")"]


def _attribute(node: Attribute) -> list[Piece]:
    whole = isinstance(node.object, Number) and isinstance(node.object.value, int)  # `1.T` begins with the number `1.`
    return [(node.object, _BRACKETS if whole else _OPERAND), f".{node.name}"]


def _index(node: Index) -> list[Piece]:
    index = node.index
    inside = several(index.items) if isinstance(index, Tuple) and index.items else [(index, TEST)]
    return [(node.object, _OPERAND), "[", *inside, "]"]


def _slice(node: Slice) -> list[Piece]:
    pieces: list[Piece] = []
    for colon, part in (("", node.lower), (":", node.upper), (":" if node.step else "", node.step)):
        pieces += [colon] if part is None else [colon, (part, TEST)]
    return pieces


def _assign(node: Assign) -> list[Piece]:
    comma = "," if node.unpack and len(node.targets) == 1 else ""
    return [f"{', '.join(node.targets)}{comma} = ", (node.value, TEST)]


def several(items: tuple[Node, ...]) -> list[Piece]:
    """Items of a tuple, without its brackets."""
    return [*joined(items), ","] if len(items) == 1 else joined(items)


def joined(items: Iterable[Node], separator: str = ", ") -> list[Piece]:
    """Items with a separator between them."""
    pieces: list[Piece] = []
    for item in items:
        pieces += [separator, (item, TEST)]
    return pieces[1:]


_WRITERS: dict[type[Node], Callable[[Any], list[Piece]]] = {
    Number: _number,
    String: lambda node: [repr(node.value)],
    Constant: _constant,
    Name: lambda node: [node.id],
    List: lambda node: ["[", *joined(node.items), "]"],
    Tuple: lambda node: ["(", *several(node.items), ")"],
    Unary: _unary,
    Binary: _binary,
    Compare: _compare,
    Logic: _logic,
    Conditional: _conditional,
    Keyword: lambda node: [f"{node.name}=", (node.value, TEST)],
    Call: _call,
    Attribute: _attribute,
    Index: _index,
    Slice: _slice,
    Assign: _assign,
    Program: lambda node: joined(node.statements, "; "),
}
