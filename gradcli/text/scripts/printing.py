"""Nodes that only scripts have -> pieces of text, for `printing.unparse`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gradcli.text.nodes import Attribute, Binary, Call, Compare, Index, Logic, Node, Tuple
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
from gradcli.text.printing import BITS, OR, TEST, Piece, joined, several
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

_IN, _LINE, _OUT = 1, 0, -1


# ---- f-strings


def _f_string(node: FString) -> list[Piece]:
    return ["f'", *_parts(node, lambda text: text.replace("{", "{{").replace("}", "}}")), "'"]


def _parts(node: FString, braces: Callable[[str], str]) -> list[Piece]:
    """Texts with escapes for one pair of quotes, and fields."""
    pieces: list[Piece] = []
    for part in node.parts:
        pieces += [braces(repr(f'"{part}')[2:-1])] if isinstance(part, str) else _field(part)
    return pieces


def _field(node: FormattedValue) -> list[Piece]:
    # A brace right behind the field's own would be text, and a lambda's colon would begin the format.
    value: list[Piece] = [" " if _begins_with_brace(node.value) else "", (node.value, OR)]
    pieces: list[Piece] = ["{", *([node.text] if node.text is not None else value)]
    implied = node.conversion == "r" and node.text is not None and node.format is None
    if node.conversion and not implied:
        pieces.append(f"!{node.conversion}")
    if node.format:
        pieces += [":", *_parts(node.format, lambda text: text.replace("{", r"\x7b").replace("}", r"\x7d"))]
    return [*pieces, "}"]


def _begins_with_brace(node: Node) -> bool:
    """Whether the text of `node` begins with "{"."""
    while not isinstance(node, Dict | Set):
        if isinstance(node, Comprehension):
            return node.kind in ("dict", "set")
        if isinstance(node, Binary | Logic):
            node = node.left
        elif isinstance(node, Compare):
            node = node.operands[0]
        elif isinstance(node, Attribute | Index):
            node = node.object
        elif isinstance(node, Call):
            node = node.function
        else:
            return False
    return True


# ---- expressions

_OPENING = {"list": "[", "set": "{", "dict": "{", "generator": "("}
_CLOSING = {"list": "]", "set": "}", "dict": "}", "generator": ")"}


def _comprehension(node: Comprehension) -> list[Piece]:
    return [_OPENING[node.kind], (node.element, TEST), *joined(node.clauses, ""), _CLOSING[node.kind]]


def _clause(node: Clause) -> list[Piece]:
    conditions: list[Piece] = []
    for condition in node.conditions:
        conditions += [" if ", (condition, OR)]
    return [" for ", *_target(node.target), " in ", (node.iterable, OR), *conditions]


def _target(node: Node) -> list[Piece]:
    return _values(node) if isinstance(node, Tuple) else [(node, BITS)]


def _parameters(node: Parameters) -> list[Piece]:
    parts: list[list[Piece]] = [[(each, TEST)] for each in node.positional]
    if node.positional:
        parts.append(["/"])
    parts += [[(each, TEST)] for each in node.plain]
    if node.star or node.keyword_only:
        parts.append(["*", (node.star, TEST)] if node.star else ["*"])
    parts += [[(each, TEST)] for each in node.keyword_only]
    if node.double_star:
        parts.append(["**", (node.double_star, TEST)])
    return _separated(parts)


def _separated(parts: Iterable[list[Piece]]) -> list[Piece]:
    pieces: list[Piece] = []
    for part in parts:
        pieces += [", ", *part]
    return pieces[1:]


def _default(node: Parameter) -> list[Piece]:
    return [node.name, "=", (node.default, TEST)] if node.default else [node.name]


def _lambda(node: Lambda) -> list[Piece]:
    parameters = _parameters(node.parameters)
    return ["lambda ", *parameters, ": ", (node.body, TEST)] if parameters else ["lambda: ", (node.body, TEST)]


# ---- one line


def _values(node: Node) -> list[Piece]:
    """A value as it stands alone in a line: a tuple needs no brackets there."""
    return several(node.items) if isinstance(node, Tuple) and node.items else [(node, TEST)]


def _answer(node: Node) -> list[Piece]:
    """The same where `yield` may stand alone, too."""
    return WRITERS[type(node)](node) if isinstance(node, Yield | YieldFrom) else _values(node)


def _assignment(node: Assignment) -> list[Piece]:
    pieces: list[Piece] = []
    for target in node.targets:
        pieces += [*_values(target), " = "]
    return [*pieces, *_answer(node.value)]


def _annotated(node: AnnotatedAssign) -> list[Piece]:
    return [(node.target, TEST), ": ", (node.annotation, TEST), *([" = ", *_answer(node.value)] if node.value else [])]


def _word(word: str, value: Node | None, second: str = "", other: Node | None = None) -> list[Piece]:
    """`return value`, `raise value from other`, or the word alone."""
    pieces: list[Piece] = [word]
    if value:
        pieces += [" ", (value, TEST)]
    return [*pieces, second, (other, TEST)] if other else pieces


def _import_from(node: ImportFrom) -> list[Piece]:
    return [f"from {'.' * node.level}{node.module} import ", *joined(node.names)]


def _alias(node: Alias) -> list[Piece]:
    return [f"{node.name} as {node.rename}" if node.rename else node.name]


# ---- blocks


def _lines(statements: Iterable[Node]) -> list[Piece]:
    pieces: list[Piece] = []
    for statement in statements:
        pieces += [_LINE, (statement, TEST)]
    return pieces[1:]


def _block(node: Block) -> list[Piece]:
    return [":", _IN, *_lines(node.statements), _OUT]


def _else(node: Block | None, word: str = "else") -> list[Piece]:
    return [_LINE, word, (node, TEST)] if node else []


def _if(node: If) -> list[Piece]:
    pieces: list[Piece] = ["if ", (node.test, TEST), (node.body, TEST)]
    if isinstance(node.otherwise, If):
        return [*pieces, _LINE, "el", (node.otherwise, TEST)]
    return [*pieces, *_else(node.otherwise)]


def _with(node: With) -> list[Piece]:
    (first, *more) = node.items
    if isinstance(first.value, Tuple) and not first.target and not more:
        return ["with (", (first, TEST), ")", (node.body, TEST)]  # else it would be several items
    return ["with ", *joined(node.items), (node.body, TEST)]


def _with_item(node: WithItem) -> list[Piece]:
    pieces: list[Piece] = [(node.value, TEST)]
    return [*pieces, " as ", (node.target, BITS)] if node.target else pieces


def _for(node: For) -> list[Piece]:
    return ["for ", *_target(node.target), " in ", *_values(node.iterable), (node.body, TEST), *_else(node.otherwise)]


def _try(node: Try) -> list[Piece]:
    handlers = [_LINE, *_lines(node.handlers)] if node.handlers else []
    return ["try", (node.body, TEST), *handlers, *_else(node.otherwise), *_else(node.final, "finally")]


def _handler(node: Handler) -> list[Piece]:
    return [*_word("except", node.type), f" as {node.name}" if node.name else "", (node.body, TEST)]


def _decorators(node: Function | Class) -> list[Piece]:
    pieces: list[Piece] = []
    for each in node.decorators:
        pieces += ["@", (each, TEST), _LINE]
    return pieces


def _function(node: Function) -> list[Piece]:
    return [*_decorators(node), f"def {node.name}(", *_parameters(node.parameters), ")", (node.body, TEST)]


def _class(node: Class) -> list[Piece]:
    given = joined((*node.arguments, *node.keywords))
    return [*_decorators(node), f"class {node.name}", *(["(", *given, ")"] if given else []), (node.body, TEST)]


WRITERS: dict[type[Node], Callable[[Any], list[Piece]]] = {
    Bytes: lambda node: [repr(node.value)],
    FString: _f_string,
    Starred: lambda node: ["*", (node.value, BITS)],
    DoubleStarred: lambda node: ["**", (node.value, BITS)],
    Set: lambda node: ["{", *joined(node.items), "}"],
    Dict: lambda node: ["{", *joined(node.items), "}"],
    Pair: lambda node: [(node.key, TEST), ": ", (node.value, TEST)],
    Comprehension: _comprehension,
    Clause: _clause,
    NamedExpression: lambda node: [(node.target, TEST), " := ", (node.value, TEST)],
    Parameter: _default,
    Parameters: _parameters,
    Lambda: _lambda,
    Yield: lambda node: ["yield", *([" ", *_values(node.value)] if node.value else [])],
    YieldFrom: lambda node: ["yield from ", (node.iterable, TEST)],
    Script: lambda node: _lines(node.statements),
    Block: _block,
    ExpressionStatement: lambda node: _answer(node.value),
    Assignment: _assignment,
    AugmentedAssign: lambda node: [(node.target, TEST), f" {node.operator}= ", *_answer(node.value)],
    AnnotatedAssign: _annotated,
    Delete: lambda node: ["del ", *joined(node.targets)],
    Pass: lambda node: ["pass"],
    Break: lambda node: ["break"],
    Continue: lambda node: ["continue"],
    Return: lambda node: ["return", *([" ", *_values(node.value)] if node.value else [])],
    Raise: lambda node: _word("raise", node.exception, " from ", node.cause),
    Assert: lambda node: _word("assert", node.test, ", ", node.message),
    Global: lambda node: [f"global {', '.join(node.names)}"],
    Nonlocal: lambda node: [f"nonlocal {', '.join(node.names)}"],
    Alias: _alias,
    Import: lambda node: ["import ", *joined(node.names)],
    ImportFrom: _import_from,
    If: _if,
    While: lambda node: ["while ", (node.test, TEST), (node.body, TEST), *_else(node.otherwise)],
    For: _for,
    With: _with,
    WithItem: _with_item,
    Try: _try,
    Handler: _handler,
    Function: _function,
    Class: _class,
}
