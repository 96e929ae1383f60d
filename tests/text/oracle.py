"""CPython's own parser as the judge of ours: both trees as plain tuples, `(kind, span, fields...)`, to be compared."""

from __future__ import annotations

import ast
from itertools import accumulate
from typing import Any

from gradcli.errors import Problem
from gradcli.text import nodes, parse

OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.UAdd: "+", ast.USub: "-", ast.Invert: "~", ast.Not: "not",
    ast.And: "and", ast.Or: "or", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip

UNKNOWN = None  # the span of a node that Python's tree does not have


class Outside(Exception):
    """Python, but not gradcli's language."""


def ours(node: nodes.Node) -> Any:
    """A tree of ours as tuples (recursive: the texts are short)."""
    fields = [getattr(node, field) for field in node.__slots__ if field != "span"]
    return (type(node).__name__, (node.span.start, node.span.end), *(_plain(field) for field in fields))


def _plain(field: Any) -> Any:
    if isinstance(field, nodes.Node):
        return ours(field)
    if isinstance(field, tuple):
        return tuple(_plain(item) for item in field)
    return type(field).__name__, field  # 1, 1.0 and True are equal otherwise


def pythons(source: str) -> Any:
    """The tree that Python reads, in the same form.  Raises SyntaxError, and Outside for what gradcli leaves out."""
    reader = Reader(source)
    return tuple(reader.read(statement) for statement in ast.parse(source).body)


def attempt(source: str, name: str = "expr") -> nodes.Program | Problem:
    """What `parse` gives or raises."""
    try:
        return parse(source, name)
    except Problem as problem:
        return problem


def match(left: Any, right: Any) -> bool:
    """Whether two trees are equal, where UNKNOWN stands for any span."""
    if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        return all(UNKNOWN in pair or match(*pair) for pair in zip(left, right, strict=True))
    return type(left) is type(right) and bool(left == right)


class Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = [line.encode() for line in source.split("\n")]
        self.begins = [0, *accumulate(len(line) + 1 for line in source.split("\n"))]

    def read(self, node: ast.AST) -> Any:
        method = getattr(self, f"read_{type(node).__name__}", None)
        if method is None:
            raise Outside(type(node).__name__)
        return method(node)

    def span(self, node: Any) -> tuple[int, int]:
        return self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset)

    def place(self, line: int, column: int) -> int:
        """The place in characters; Python counts columns in bytes."""
        return self.begins[line - 1] + len(self.lines[line - 1][:column].decode())

    def node(self, kind: str, node: Any, *fields: Any) -> Any:
        return (kind, self.span(node), *fields)

    def all(self, items: list[Any]) -> tuple[Any, ...]:
        return tuple(self.read(item) for item in items)

    def read_Expr(self, node: ast.Expr) -> Any:
        return self.read(node.value)

    def read_Assign(self, node: ast.Assign) -> Any:
        (target, *more) = node.targets
        names = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        if more or not names or not all(isinstance(name, ast.Name) for name in names):
            raise Outside("targets")
        words = tuple(("str", name.id) for name in names)
        return self.node("Assign", node, words, ("bool", names != [target]), self.read(node.value))

    def read_Constant(self, node: ast.Constant) -> Any:
        value = node.value
        if isinstance(value, bytes):
            raise Outside("literal")
        kind = "String" if isinstance(value, str) else "Number" if type(value) in (int, float, complex) else "Constant"
        return self.node(kind, node, (type(value).__name__, value))

    def read_Name(self, node: ast.Name) -> Any:
        return self.node("Name", node, ("str", node.id))

    def read_List(self, node: ast.List) -> Any:
        return self.node("List", node, self.all(node.elts))

    def read_Tuple(self, node: ast.Tuple) -> Any:
        return self.node("Tuple", node, self.all(node.elts))

    def read_UnaryOp(self, node: ast.UnaryOp) -> Any:
        return self.node("Unary", node, ("str", OPERATORS[type(node.op)]), self.read(node.operand))

    def read_BinOp(self, node: ast.BinOp) -> Any:
        if type(node.op) not in OPERATORS:
            raise Outside("operator")
        operator = "str", OPERATORS[type(node.op)]
        return self.node("Binary", node, operator, self.read(node.left), self.read(node.right))

    def read_BoolOp(self, node: ast.BoolOp) -> Any:
        operator = "str", OPERATORS[type(node.op)]
        left, *rest = self.all(node.values)
        for right in rest[:-1]:
            left = "Logic", UNKNOWN, operator, left, right
        return self.node("Logic", node, operator, left, rest[-1])

    def read_Compare(self, node: ast.Compare) -> Any:
        operators = tuple(("str", OPERATORS[type(op)]) for op in node.ops)
        return self.node("Compare", node, operators, self.all([node.left, *node.comparators]))

    def read_IfExp(self, node: ast.IfExp) -> Any:
        return self.node("Conditional", node, self.read(node.test), self.read(node.body), self.read(node.orelse))

    def read_keyword(self, node: ast.keyword) -> Any:
        if node.arg is None:
            raise Outside("**")
        return self.node("Keyword", node, ("str", node.arg), self.read(node.value))

    def read_Call(self, node: ast.Call) -> Any:
        callee = isinstance(node.func, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
        names = [keyword.arg for keyword in node.keywords]
        bracketed = not self.source[self.span(node.func)[1] :].lstrip().startswith("(")
        if not callee or bracketed or len(set(names)) < len(names):
            raise Outside("call")
        return self.node("Call", node, self.read(node.func), self.all(node.args), self.all(node.keywords))

    def read_Attribute(self, node: ast.Attribute) -> Any:
        return self.node("Attribute", node, self.read(node.value), ("str", node.attr))

    def read_Subscript(self, node: ast.Subscript) -> Any:
        return self.node("Index", node, self.read(node.value), self.read(node.slice))

    def read_Slice(self, node: ast.Slice) -> Any:
        parts = (node.lower, node.upper, node.step)
        return self.node("Slice", node, *(("NoneType", None) if part is None else self.read(part) for part in parts))
