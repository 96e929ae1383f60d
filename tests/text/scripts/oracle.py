"""CPython's own compiler as the judge of scripts: its trees as plain tuples like ours, and what it refuses."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from typing import Any

from gradcli.errors import Problem
from gradcli.text import nodes, parse_script, phrases, statements
from tests.text.oracle import OPERATORS, UNKNOWN, Reader

_MORE_OPERATORS = {**OPERATORS, ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>"}
_PLACES_IN_TEXT = sys.version_info >= (3, 12)  # before, Python does not know where the fields of an f-string are
_LEFT_OUT = tuple(getattr(ast, name) for name in (
    "Await", "AsyncFor", "AsyncWith", "AsyncFunctionDef", "Match", "TryStar", "TypeAlias",
    "TypeVar", "TypeVarTuple", "ParamSpec", "Interpolation", "TemplateStr",
) if hasattr(ast, name))  # fmt: skip


def attempt(source: str, name: str = "script") -> statements.Script | Problem:
    """What `parse_script` gives or raises."""
    try:
        return parse_script(source, name)
    except Problem as problem:
        return problem


def ours(node: nodes.Node) -> Any:
    """A tree of ours as tuples, where the text of `{value=}` stands before its field, as Python has it."""
    if not isinstance(node, phrases.FString):
        fields = [getattr(node, field) for field in node.__slots__ if field != "span"]
        if isinstance(node, phrases.FormattedValue):
            fields[-1] = _TEXT
        return type(node).__name__, (node.span.start, node.span.end), *map(_plain, fields)
    parts: list[Any] = []
    for part in node.parts:
        texts = [part] if isinstance(part, str) else [part.text or ""]
        if parts and isinstance(parts[-1], str):
            texts.insert(0, parts.pop())
        parts += [text for text in ["".join(texts)] if text]
        parts += [ours(part)] if isinstance(part, nodes.Node) else []
    inner = tuple(("str", part) if isinstance(part, str) else part for part in parts)
    return "FString", (node.span.start, node.span.end), inner


def _plain(field: Any) -> Any:
    if isinstance(field, nodes.Node):
        return ours(field)
    if isinstance(field, tuple):
        return field if field is _TEXT else tuple(map(_plain, field))
    return type(field).__name__, field


_TEXT = ("the text of a field",)


def accepts(source: str, *, is_spoilt: bool = False) -> bool | None:
    """Whether Python compiles `source`; None where gradcli need not agree."""
    if sys.version_info >= (3, 14) and re.search(r"except\s[^(:\n]*,", source):
        return None  # since then several types need no brackets
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            compile(source, "script", "exec", dont_inherit=True)
    except SyntaxError:
        # Before 3.12 an f-string could hold neither its own quotes nor backslashes nor newlines in its fields.
        return None if is_spoilt and not _PLACES_IN_TEXT and re.search(r"""[fF][rR]?['"]""", source) else False
    except (ValueError, RecursionError, MemoryError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, _LEFT_OUT) or getattr(node, "is_async", 0):
            return None
        if isinstance(node, ast.Constant) and isinstance(node.value, complex):
            return None
    return True


def pythons(source: str) -> Any:
    """The tree that Python reads.  Raises SyntaxError, and Outside for what gradcli leaves out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    return _ScriptReader(source).all(tree.body)


class _ScriptReader(Reader):
    """Reads what scripts have, and expressions as scripts have them."""

    in_text = False  # within an f-string

    def span(self, node: Any) -> Any:
        return UNKNOWN if self.in_text and not _PLACES_IN_TEXT else super().span(node)

    def maybe(self, node: Any) -> Any:
        return ("NoneType", None) if node is None else self.read(node)

    def name(self, text: str | None) -> Any:
        return type(text).__name__, text

    def block(self, body: list[Any]) -> Any:
        if not body:
            return "NoneType", None
        return "Block", (self.span(body[0])[0], self.span(body[-1])[1]), self.all(body)

    # ---- expressions

    def read_Constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, bytes):
            return self.node("Bytes", node, ("bytes", node.value))
        return super().read_Constant(node)

    def read_BinOp(self, node: ast.BinOp) -> Any:
        operator = "str", _MORE_OPERATORS[type(node.op)]
        return self.node("Binary", node, operator, self.read(node.left), self.read(node.right))

    def read_JoinedStr(self, node: ast.JoinedStr) -> Any:
        return self.node("FString", node, self.parts(node))

    def parts(self, node: ast.JoinedStr) -> Any:
        outer, self.in_text = self.in_text, True
        found: list[Any] = []
        for part in node.values:
            if not isinstance(part, ast.Constant):
                found.append(self.field(part))
            elif part.value:  # 3.12 has empty ones
                found.append(("str", part.value))
        self.in_text = outer
        return tuple(found)

    def field(self, node: Any) -> Any:
        letter = ("NoneType", None) if node.conversion == -1 else ("str", chr(node.conversion))
        inner = ("NoneType", None) if node.format_spec is None else ("FString", UNKNOWN, self.parts(node.format_spec))
        return self.node("FormattedValue", node, self.read(node.value), letter, inner, _TEXT)

    def read_Lambda(self, node: ast.Lambda) -> Any:
        return self.node("Lambda", node, self.parameters(node.args), self.read(node.body))

    def parameters(self, node: ast.arguments) -> Any:
        plain = [*node.posonlyargs, *node.args]
        defaults = [None] * (len(plain) - len(node.defaults)) + node.defaults
        read = [self.parameter(*pair) for pair in zip(plain, defaults, strict=True)]
        count = len(node.posonlyargs)
        only = [self.parameter(*pair) for pair in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        star, double = (self.parameter(arg, None) if arg else ("NoneType", None) for arg in (node.vararg, node.kwarg))
        return "Parameters", UNKNOWN, tuple(read[:count]), tuple(read[count:]), star, tuple(only), double

    def parameter(self, arg: ast.arg, default: Any) -> Any:
        return "Parameter", UNKNOWN, ("str", arg.arg), self.maybe(default)

    def read_Yield(self, node: ast.Yield) -> Any:
        return self.node("Yield", node, self.maybe(node.value))

    def read_YieldFrom(self, node: ast.YieldFrom) -> Any:
        return self.node("YieldFrom", node, self.read(node.value))

    def read_NamedExpr(self, node: ast.NamedExpr) -> Any:
        return self.node("NamedExpression", node, self.read(node.target), self.read(node.value))

    def read_Starred(self, node: ast.Starred) -> Any:
        return self.node("Starred", node, self.read(node.value))

    def read_Set(self, node: ast.Set) -> Any:
        return self.node("Set", node, self.all(node.elts))

    def read_Dict(self, node: ast.Dict) -> Any:
        return self.node("Dict", node, tuple(map(self.pair, node.keys, node.values)))

    def pair(self, key: Any, value: Any) -> Any:
        if key is None:
            return "DoubleStarred", UNKNOWN, self.read(value)
        return "Pair", UNKNOWN, self.read(key), self.read(value)

    def comprehension(self, kind: str, node: Any) -> Any:
        element = self.pair(node.key, node.value) if kind == "dict" else self.read(node.elt)
        clauses = tuple(
            ("Clause", UNKNOWN, self.read(each.target), self.read(each.iter), self.all(each.ifs)) for each in node.generators
        )
        return self.node("Comprehension", node, ("str", kind), element, clauses)

    def read_ListComp(self, node: ast.ListComp) -> Any:
        return self.comprehension("list", node)

    def read_SetComp(self, node: ast.SetComp) -> Any:
        return self.comprehension("set", node)

    def read_DictComp(self, node: ast.DictComp) -> Any:
        return self.comprehension("dict", node)

    def read_GeneratorExp(self, node: ast.GeneratorExp) -> Any:
        return self.comprehension("generator", node)

    def read_keyword(self, node: ast.keyword) -> Any:
        if node.arg is None:
            return self.node("DoubleStarred", node, self.read(node.value))
        return super().read_keyword(node)

    def read_Call(self, node: ast.Call) -> Any:
        return self.node("Call", node, self.read(node.func), self.all(node.args), self.all(node.keywords))

    # ---- one line

    def read_Expr(self, node: ast.Expr) -> Any:
        return self.node("ExpressionStatement", node, self.read(node.value))

    def read_Assign(self, node: ast.Assign) -> Any:
        return self.node("Assignment", node, self.all(node.targets), self.read(node.value))

    def read_AugAssign(self, node: ast.AugAssign) -> Any:
        operator = "str", _MORE_OPERATORS[type(node.op)]
        return self.node("AugmentedAssign", node, self.read(node.target), operator, self.read(node.value))

    def read_AnnAssign(self, node: ast.AnnAssign) -> Any:
        fields = self.read(node.target), self.read(node.annotation), self.maybe(node.value)
        return self.node("AnnotatedAssign", node, *fields)

    def read_Delete(self, node: ast.Delete) -> Any:
        return self.node("Delete", node, self.all(node.targets))

    def read_Pass(self, node: ast.Pass) -> Any:
        return self.node("Pass", node)

    def read_Break(self, node: ast.Break) -> Any:
        return self.node("Break", node)

    def read_Continue(self, node: ast.Continue) -> Any:
        return self.node("Continue", node)

    def read_Return(self, node: ast.Return) -> Any:
        return self.node("Return", node, self.maybe(node.value))

    def read_Raise(self, node: ast.Raise) -> Any:
        return self.node("Raise", node, self.maybe(node.exc), self.maybe(node.cause))

    def read_Assert(self, node: ast.Assert) -> Any:
        return self.node("Assert", node, self.read(node.test), self.maybe(node.msg))

    def read_Global(self, node: ast.Global) -> Any:
        return self.node("Global", node, tuple(map(self.name, node.names)))

    def read_Nonlocal(self, node: ast.Nonlocal) -> Any:
        return self.node("Nonlocal", node, tuple(map(self.name, node.names)))

    def read_Import(self, node: ast.Import) -> Any:
        return self.node("Import", node, self.all(node.names))

    def read_ImportFrom(self, node: ast.ImportFrom) -> Any:
        return self.node("ImportFrom", node, self.name(node.module or ""), ("int", node.level), self.all(node.names))

    def read_alias(self, node: ast.alias) -> Any:
        return self.node("Alias", node, self.name(node.name), self.name(node.asname))

    # ---- blocks

    def read_If(self, node: ast.If) -> Any:
        fields = self.read(node.test), self.block(node.body)
        is_elif = len(node.orelse) == 1 and self.source[self.span(node.orelse[0])[0] :].startswith("elif")
        return self.node("If", node, *fields, self.read(node.orelse[0]) if is_elif else self.block(node.orelse))

    def read_While(self, node: ast.While) -> Any:
        return self.node("While", node, self.read(node.test), self.block(node.body), self.block(node.orelse))

    def read_For(self, node: ast.For) -> Any:
        fields = self.read(node.target), self.read(node.iter), self.block(node.body), self.block(node.orelse)
        return self.node("For", node, *fields)

    def read_With(self, node: ast.With) -> Any:
        items = tuple(
            ("WithItem", UNKNOWN, self.read(item.context_expr), self.maybe(item.optional_vars)) for item in node.items
        )
        return self.node("With", node, items, self.block(node.body))

    def read_Try(self, node: ast.Try) -> Any:
        fields = self.block(node.body), self.all(node.handlers), self.block(node.orelse), self.block(node.finalbody)
        return self.node("Try", node, *fields)

    def read_ExceptHandler(self, node: ast.ExceptHandler) -> Any:
        return self.node("Handler", node, self.maybe(node.type), self.name(node.name), self.block(node.body))

    def read_FunctionDef(self, node: ast.FunctionDef) -> Any:
        fields = self.name(node.name), self.parameters(node.args), self.block(node.body), self.all(node.decorator_list)
        return self.node("Function", node, *fields)

    def read_ClassDef(self, node: ast.ClassDef) -> Any:
        fields = self.all(node.bases), self.all(node.keywords), self.block(node.body), self.all(node.decorator_list)
        return self.node("Class", node, self.name(node.name), *fields)
