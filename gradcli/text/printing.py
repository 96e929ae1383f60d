"""Syntax tree -> text, with no more brackets than it takes to read the same tree back."""

from __future__ import annotations

from collections.abc import Callable
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
_TEST, _OR, _AND, _NOT, _COMPARE, _SIGN, _POWER, _OPERAND, _CALLEE, _BRACKETS = 0, 1, 2, 3, 4, 9, 10, 11, 12, 13
_BINARY = {"|": 5, "&": 6, "+": 7, "-": 7, "*": 8, "/": 8, "//": 8, "%": 8, "@": 8, "**": _POWER}

_Piece = str | tuple[Node, int]  # text, or a node and the level that its place asks for


def unparse(node: Node) -> str:
    """Text that `parse` reads back as the same tree (`nodes.same`); statements are separated by "; "."""
    done: list[str] = []
    waiting: list[_Piece] = [(node, _TEST)]
    while waiting:
        piece = waiting.pop()
        if isinstance(piece, str):
            done.append(piece)
            continue
        inner, least = piece
        pieces = _WRITERS[type(inner)](inner)
        waiting += reversed(pieces if _level(inner) >= least else ["(", *pieces, ")"])
    return "".join(done)


def _level(node: Node) -> int:
    if isinstance(node, Binary):
        return _BINARY[node.operator]
    if isinstance(node, Unary):
        return _NOT if node.operator == "not" else _SIGN
    if isinstance(node, Logic):
        return _OR if node.operator == "or" else _AND
    if isinstance(node, Compare):
        return _COMPARE
    if isinstance(node, Conditional):
        return _TEST
    return _CALLEE if isinstance(node, Name | Attribute | Index | Call) else _OPERAND


def _number(node: Number) -> list[_Piece]:
    value = node.value
    if value == float("inf"):
        return ["1e999"]
    if isinstance(value, int) and value.bit_length() > 10_000:
        return [hex(value)]  # Python refuses to write long numbers in decimal
    return [repr(value)]


def _constant(node: Constant) -> list[_Piece]:
    return ["..." if node.value is ... else repr(node.value)]


def _binary(node: Binary) -> list[_Piece]:
    if node.operator == "**":
        return [(node.left, _OPERAND), "**", (node.right, _SIGN)]
    level = _BINARY[node.operator]
    return [(node.left, level), f" {node.operator} ", (node.right, level + 1)]


def _unary(node: Unary) -> list[_Piece]:
    return ["not ", (node.operand, _NOT)] if node.operator == "not" else [node.operator, (node.operand, _SIGN)]


def _logic(node: Logic) -> list[_Piece]:
    return [(node.left, _level(node)), f" {node.operator} ", (node.right, _level(node) + 1)]


def _compare(node: Compare) -> list[_Piece]:
    pieces: list[_Piece] = [(node.operands[0], _COMPARE + 1)]
    for operator, operand in zip(node.operators, node.operands[1:], strict=True):
        pieces += [f" {operator} ", (operand, _COMPARE + 1)]
    return pieces


def _conditional(node: Conditional) -> list[_Piece]:
    return [(node.then, _OR), " if ", (node.test, _OR), " else ", (node.otherwise, _TEST)]


def _call(node: Call) -> list[_Piece]:
    return [(node.function, _CALLEE), "(", *_joined((*node.arguments, *node.keywords)), ")"]


def _attribute(node: Attribute) -> list[_Piece]:
    whole = isinstance(node.object, Number) and isinstance(node.object.value, int)  # `1.T` begins with the number `1.`
    return [(node.object, _BRACKETS if whole else _OPERAND), f".{node.name}"]


def _index(node: Index) -> list[_Piece]:
    index = node.index
    inside = _several(index.items) if isinstance(index, Tuple) and index.items else [(index, _TEST)]
    return [(node.object, _OPERAND), "[", *inside, "]"]


def _slice(node: Slice) -> list[_Piece]:
    pieces: list[_Piece] = []
    for colon, part in (("", node.lower), (":", node.upper), (":" if node.step else "", node.step)):
        pieces += [colon] if part is None else [colon, (part, _TEST)]
    return pieces


def _assign(node: Assign) -> list[_Piece]:
    comma = "," if node.unpack and len(node.targets) == 1 else ""
    return [f"{', '.join(node.targets)}{comma} = ", (node.value, _TEST)]


def _several(items: tuple[Node, ...]) -> list[_Piece]:
    return [*_joined(items), ","] if len(items) == 1 else _joined(items)


def _joined(items: tuple[Node, ...], separator: str = ", ") -> list[_Piece]:
    pieces: list[_Piece] = []
    for item in items:
        pieces += [separator, (item, _TEST)]
    return pieces[1:]


_WRITERS: dict[type[Node], Callable[[Any], list[_Piece]]] = {
    Number: _number,
    String: lambda node: [repr(node.value)],
    Constant: _constant,
    Name: lambda node: [node.id],
    List: lambda node: ["[", *_joined(node.items), "]"],
    Tuple: lambda node: ["(", *_several(node.items), ")"],
    Unary: _unary,
    Binary: _binary,
    Compare: _compare,
    Logic: _logic,
    Conditional: _conditional,
    Keyword: lambda node: [f"{node.name}=", (node.value, _TEST)],
    Call: _call,
    Attribute: _attribute,
    Index: _index,
    Slice: _slice,
    Assign: _assign,
    Program: lambda node: _joined(node.statements, "; "),
}
