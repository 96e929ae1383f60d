"""An explanation becomes text: lines for a terminal or a pipe, and Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gradcli.report.characters import columns
from gradcli.report.explaining.items import SECTION, Code, Derivative, Equation, Heading, Item, Numbers, Piece, Sentence, Sign
from gradcli.report.explaining.story import story_items
from gradcli.run.explaining.explanation import Explanation

_BOLD, _GREEN, _FAINT, _PLAIN = "\x1b[1m", "\x1b[1;32m", "\x1b[2m", "\x1b[0m"
_INDENT: Final = "  "


def render(explanation: Explanation, *, color: bool = False, width: int = 80) -> str:
    """The explanation as plain lines, without the final newline; `color` adds escape codes."""
    lines: list[str] = []
    for item in story_items(explanation):
        if isinstance(item, Heading):
            lines += [""] if lines else []
        lines += _lines(item, color, width)
    return "\n".join(lines)


def _lines(item: Item, color: bool, width: int) -> Iterator[str]:
    if isinstance(item, Heading):
        text = plain(item.pieces)
        margin = "" if item.level == SECTION else _INDENT
        yield margin + (f"{_BOLD if item.level == SECTION else _GREEN}{text}{_PLAIN}" if color else text)
    elif isinstance(item, Sentence):
        yield from _wrapped(plain(item.pieces), width)
    else:
        yield from _equation(item, color, width)


def _equation(equation: Equation, color: bool, width: int) -> Iterator[str]:
    """The sides in one line where that fits, else below each other."""
    margin = _INDENT * 2
    sides = [plain(each) for each in equation.sides]
    remark = "" if equation.remark is None else f"({equation.remark})"
    tail = f"   {_FAINT}{remark}{_PLAIN}" if color and remark else f"   {remark}" if remark else ""
    line = margin + " = ".join(sides)
    if columns(line) + (len(remark) + 3 if remark else 0) <= width:
        yield line + tail
        return
    head = margin + sides[0]
    rest = [f"{margin}{' ' * columns(sides[0])} = {side}" for side in sides[2:]]
    first = f"{head} = {sides[1]}" if len(sides) > 1 else head
    yield first + (tail if columns(first) + len(remark) + 3 <= width else "")
    yield from rest
    if tail and columns(first) + len(remark) + 3 > width:
        yield f"{margin}{' ' * columns(sides[0])}{tail}"


def plain(pieces: tuple[Piece, ...]) -> str:
    """Pieces as characters."""
    return "".join([_after_sign(before, each) for before, each in zip((None, *pieces), pieces)])


def _after_sign(before: Piece | None, piece: Piece) -> str:
    """A piece; a negative number behind a sign in brackets."""
    text = _text(piece)
    return f"({text})" if isinstance(before, Sign) and isinstance(piece, Numbers) and text.startswith("-") else text


def _text(piece: Piece) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Derivative):
        return f"∂{piece.of}/∂{piece.by}"
    if isinstance(piece, (Code, Numbers)):
        return piece.text
    return f" {piece.text} "


def _wrapped(text: str, width: int) -> Iterator[str]:
    import textwrap

    yield from textwrap.wrap(text, max(width, 20), initial_indent=_INDENT * 2, subsequent_indent=_INDENT * 2)


# --- Markdown -------------------------------------------------------------------------------------------------------


def markdown(explanation: Explanation) -> str:
    """The explanation as Markdown, without the final newline: headings, and a list of equations under each."""
    blocks: list[str] = [f"# The gradients of {_code(explanation.expr)}"]
    bullets: list[str] = []
    for item in story_items(explanation):
        if isinstance(item, Heading):
            blocks += ["\n".join(bullets)] if bullets else []
            bullets = []
            blocks.append(f"{'#' * item.level} {''.join([_marked(each) for each in item.pieces])}")
        elif isinstance(item, Sentence):
            bullets.append(f"- {''.join([_marked(each) for each in item.pieces])}")
        else:
            sides = " = ".join(["".join([_marked(each) for each in side]) for side in item.sides])
            bullets.append(f"- {sides}" + (f" ({item.remark})" if item.remark else ""))
    return "\n\n".join([*blocks, "\n".join(bullets)])


def _marked(piece: Piece) -> str:
    return _code(_text(piece)) if isinstance(piece, (Code, Derivative, Numbers)) else _text(piece).replace("*", "·")


def _code(text: str) -> str:
    """A code span; one more backtick than the text has in a row."""
    fence = "`"
    while fence in text:
        fence += "`"
    return f"{fence}{text}{fence}" if fence == "`" else f"{fence} {text} {fence}"
