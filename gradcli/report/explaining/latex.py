"""An explanation becomes LaTeX (with amsmath): sections, and aligned equations under each."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, Final

from gradcli.errors import Problem
from gradcli.report.explaining.items import SECTION, Code, Derivative, Equation, Heading, Numbers, Piece, Sentence
from gradcli.report.explaining.story import story_items
from gradcli.run.explaining.explanation import Explanation
from gradcli.text import nodes as syntax
from gradcli.text import parse
from gradcli.text.printing import unparse

_SPECIAL: Final = {**{each: f"\\{each}" for each in "&%$#_{}"}, "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_SPECIAL["\\"] = r"\textbackslash{}"
_KNOWN: Final = frozenset({"sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "max", "min", "det"})
_SIGNS: Final = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne"}
_SUM, _PRODUCT, _SIGNED, _POWER, _ATOM = 1, 2, 3, 4, 5


def render(explanation: Explanation) -> str:
    """The explanation as a fragment of LaTeX, without the final newline."""
    lines: list[str] = []
    rows: list[str] = []
    for item in story_items(explanation):
        if isinstance(item, Equation):
            rows.append(_row(item))
            continue
        lines += _aligned(rows)
        rows = []
        words = "".join([_inline(each) for each in item.pieces])
        if isinstance(item, Heading):
            lines += ["", rf"\{'section' if item.level == SECTION else 'paragraph'}*{{{words}}}"]
        elif isinstance(item, Sentence):
            lines.append(words)
    return "\n".join([*lines, *_aligned(rows)]).strip("\n")


def _aligned(rows: list[str]) -> list[str]:
    return [r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"] if rows else []


def _row(equation: Equation) -> str:
    first, *rest = ["".join([_piece(each) for each in side]) for side in equation.sides]
    remark = f" && \\text{{({escaped(equation.remark)})}}" if equation.remark else ""
    equal = re.sub(r"\\cdot (-[\d.]+)", r"\\cdot (\1)", " = ".join(rest))
    return f"  {first} &= {equal}{remark}"


def _inline(piece: Piece) -> str:
    """A piece within words."""
    if isinstance(piece, str):
        return escaped(piece)
    if isinstance(piece, Code) and " = " in piece.text:
        return f"${' = '.join([formula(each) for each in piece.text.split(' = ')])}$"
    return f"${_piece(piece)}$"


def _piece(piece: Piece) -> str:
    if isinstance(piece, str):
        return rf"\text{{{escaped(piece)}}}"
    if isinstance(piece, Derivative):
        return _derivative(piece.of, piece.by)
    if isinstance(piece, Code):
        return formula(piece.text)
    if isinstance(piece, Numbers):
        return matrix(piece.text)
    return r" \cdot " if piece.text == "*" else f" {piece.text} "


def _derivative(of: str, by: str) -> str:
    return rf"\frac{{\partial {_name(of)}}}{{\partial {_name(by)}}}"


def escaped(text: str) -> str:
    """Words with all that LaTeX would obey spelt out."""
    return "".join([_SPECIAL.get(each, each) for each in text])


def matrix(text: str) -> str:
    """Numbers as a matrix (a row for a vector), or as words where they are described."""
    if not text.startswith("["):
        return _number(text)
    try:
        value = ast.literal_eval(re.sub(r"-?\b(nan|inf)\b", r"'\g<0>'", text))
    except (SyntaxError, ValueError):
        return _number(text)
    rows = value if value and isinstance(value[0], list) else [value]
    if not isinstance(value, list) or any(isinstance(each, list) for row in rows for each in row):
        return _number(text)
    body = r" \\ ".join([" & ".join([_number(str(each)) for each in row]) for row in rows])
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def _number(text: str) -> str:
    if not re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", text):
        return {"inf": r"\infty", "-inf": r"-\infty"}.get(text, rf"\text{{{escaped(text)}}}")
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


# --- formulas -------------------------------------------------------------------------------------------------------


def formula(text: str) -> str:
    """A formula of the language as LaTeX; what has no notation of its own keeps its name."""
    found: list[str] = []

    def put(match: re.Match[str]) -> str:
        found.append(_derivative(match[1], match[2]))
        return f"DERIVATIVE{len(found) - 1}"

    try:
        tree = parse(re.sub(r"∂([\w']+)/∂([\w']+)", put, text)).statements[-1]
    except Problem:
        return rf"\text{{{escaped(text)}}}"
    return re.sub(r"\\mathrm\{DERIVATIVE(\d+)\}", lambda match: found[int(match[1])], _tree(tree)[0])


def _tree(node: syntax.Node) -> tuple[str, int]:
    """LaTeX, and how tightly it holds together."""
    writer: Callable[[Any], tuple[str, int]] | None = _WRITERS.get(type(node))
    return (rf"\text{{{escaped(unparse(node))}}}", _ATOM) if writer is None else writer(node)


def _within(node: syntax.Node, least: int) -> str:
    text, level = _tree(node)
    return text if level >= least else rf"\left({text}\right)"


def _binary(node: syntax.Binary) -> tuple[str, int]:
    if node.operator == "/":
        return rf"\frac{{{_tree(node.left)[0]}}}{{{_tree(node.right)[0]}}}", _PRODUCT
    if node.operator == "**":
        return f"{_within(node.left, _ATOM)}^{{{_tree(node.right)[0]}}}", _POWER
    if node.operator in "*@":
        between = r"\, " if node.operator == "@" else r" \cdot "
        return _within(node.left, _PRODUCT) + between + _within(node.right, _PRODUCT + 1), _PRODUCT
    if node.operator in "+-":
        return f"{_within(node.left, _SUM)} {node.operator} {_within(node.right, _SUM + 1)}", _SUM
    return rf"\text{{{escaped(unparse(node))}}}", _ATOM


def _unary(node: syntax.Unary) -> tuple[str, int]:
    return f"{escaped(node.operator)}{_within(node.operand, _SIGNED)}", _SIGNED


def _compare(node: syntax.Compare) -> tuple[str, int]:
    text = _within(node.operands[0], _SUM)
    for operator, operand in zip(node.operators, node.operands[1:], strict=True):
        text += f" {_SIGNS.get(operator, escaped(operator))} {_within(operand, _SUM)}"
    return text, 0


def _call(node: syntax.Call) -> tuple[str, int]:
    arguments = [_tree(each)[0] for each in (*node.arguments, *node.keywords)]
    word = node.function.id if isinstance(node.function, syntax.Name) else ""
    if word == "sqrt" and len(arguments) == 1:
        return rf"\sqrt{{{arguments[0]}}}", _ATOM
    if word == "exp" and len(arguments) == 1:
        return f"e^{{{arguments[0]}}}", _POWER
    if word == "abs" and len(arguments) == 1:
        return rf"\left|{arguments[0]}\right|", _ATOM
    if isinstance(node.function, syntax.Attribute):
        arguments.insert(0, _tree(node.function.object)[0])
        word = node.function.name
    name = rf"\{word}" if word in _KNOWN else rf"\operatorname{{{escaped(word)}}}"
    return rf"{name}\left({', '.join(arguments)}\right)", _ATOM


def _attribute(node: syntax.Attribute) -> tuple[str, int]:
    if node.name in ("T", "mT"):
        return rf"{_within(node.object, _ATOM)}^{{\top}}", _POWER
    return rf"{_within(node.object, _ATOM)}.\mathrm{{{escaped(node.name)}}}", _ATOM


def _index(node: syntax.Index) -> str:
    """What stands between the brackets."""
    whole = unparse(node)
    return whole[len(unparse(node.object)) :].strip("()[]")


def _name(text: str) -> str:
    primes = len(text) - len(text.rstrip("'"))
    bare = text.rstrip("'")
    known = {"pi": r"\pi", "inf": r"\infty"}.get(bare)
    return (known or (bare if len(bare) == 1 else rf"\mathrm{{{escaped(bare)}}}")) + "'" * primes


_WRITERS: Final[dict[type[syntax.Node], Callable[[Any], tuple[str, int]]]] = {
    syntax.Number: lambda node: (_number(repr(node.value)), _ATOM),
    syntax.Name: lambda node: (_name(node.id), _ATOM),
    syntax.Unary: _unary,
    syntax.Binary: _binary,
    syntax.Compare: _compare,
    syntax.Call: _call,
    syntax.Attribute: _attribute,
    syntax.Index: lambda node: (rf"{_within(node.object, _ATOM)}_{{\text{{{escaped(_index(node))}}}}}", _ATOM),
    syntax.Keyword: lambda node: (rf"\mathrm{{{escaped(node.name)}}}={_tree(node.value)[0]}", _ATOM),
    syntax.Constant: lambda node: (rf"\mathrm{{{node.value}}}", _ATOM),
}
