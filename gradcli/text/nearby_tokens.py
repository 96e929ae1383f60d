"""What stands around a place in a source text: tokens and operands, for hints that repeat the user's own words."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice

from gradcli.text.lexer import Token
from gradcli.text.tables import NEWLINE, PAIRS, load

_WINDOW = 60  # tokens; a hint that repeats more helps nobody
_WIDEST = 24  # characters of an operand in a hint
_OPENERS = set(PAIRS.values())


def before(source: str, start: int) -> list[Token]:
    """The last tokens that begin before `start`, whether or not they make sense."""
    return list(deque(_scan(source, 0, start), _WINDOW))


def after(source: str, start: int) -> list[Token]:
    """The first tokens from `start` on."""
    return list(islice(_scan(source, start, len(source)), _WINDOW))


def open_bracket(source: str, start: int) -> int | None:
    """Where the innermost bracket begins that is open at `start`."""
    opened = []
    for _, text, begin, _ in _scan(source, 0, start):
        if text in _OPENERS:
            opened.append(begin)
        elif text in PAIRS and opened:
            opened.pop()
    return opened[-1] if opened else None


def suggest(source: str, left_end: int, operator: str, right_start: int) -> str | None:
    """`left operator right` with the operands on both sides of a place, or None where they are long or missing."""
    return between(source, before(source, left_end), operator, after(source, right_start))


def between(source: str, left_tokens: list[Token], operator: str, right_tokens: list[Token]) -> str | None:
    """The same with the tokens on both sides of the place, those on the right of it as far as they are needed."""
    left, right = _operand_before(source, left_tokens), _operand_after(source, right_tokens)
    if not left or not right or max(len(left), len(right)) > _WIDEST or not (left + right).isprintable():
        return None
    return f"{left}{operator}{right}"


def is_operand(terminal: str) -> bool:
    """Whether a token is an operand by itself."""
    return terminal in ("NAME", "NUMBER", "STRING", "TEXT", "TRUE", "FALSE", "NONE", "ELLIPSIS")


def _scan(source: str, start: int, stop: int) -> Iterator[Token]:
    tables, depth = load(), 0
    for match in tables.pattern.finditer(source, start):
        group = match.lastindex or 0
        begin, end = match.span(group)
        if begin >= stop:
            return
        text = match[group]
        depth += (text in _OPENERS) - (text in PAIRS)
        terminal = tables.fixed.get(text, tables.kinds[group])
        if depth <= 0 or terminal != NEWLINE:
            yield terminal, text, begin, end


def _operand_before(source: str, tokens: list[Token]) -> str | None:
    """A name, a number, a call or brackets, which ends where the tokens end."""
    at = len(tokens) - 1
    while at >= 0:
        if tokens[at][1] in PAIRS:
            at = _opener(tokens, at)
            if at > 0 and (tokens[at - 1][0] == "NAME" or tokens[at - 1][1] in PAIRS):
                at -= 1
                continue
        elif not is_operand(tokens[at][0]):
            return None
        if at < 2 or tokens[at - 1][1] != ".":
            return source[tokens[at][2] : tokens[-1][3]] if at >= 0 else None
        at -= 2
    return None


def _opener(tokens: list[Token], at: int) -> int:
    depth = 0
    while at >= 0:
        depth += (tokens[at][1] in PAIRS) - (tokens[at][1] in _OPENERS)
        if not depth:
            return at
        at -= 1
    return -1


def _operand_after(source: str, tokens: list[Token]) -> str | None:
    """The same on the other side, with its sign."""
    depth, whole, end = 0, False, 0
    for terminal, text, begin, finish in tokens:
        opens, closes = text in _OPENERS, text in PAIRS
        if not depth and whole and not (text == "." or (opens and begin == end)):
            break
        depth += opens - closes
        if depth < 0 or terminal in ("STRAY", "$END"):
            return None
        whole = not depth and (closes or is_operand(terminal))
        end = finish
    return source[tokens[0][2] : end] if whole else None
