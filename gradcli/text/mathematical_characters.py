"""Characters of mathematics that can mean only one thing, as tokens: π, ·, ×, −, √x, ∛x, x², ½, ∞.

    read(tokens)   the tokens of the lexer -> tokens of the language, each with its place in the source

So errors and labels show what was typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcli.text.lexer import Token

_FRACTIONS = (("½", 1, 2), ("⅓", 1, 3), ("⅔", 2, 3), ("¼", 1, 4), ("¾", 3, 4), ("⅕", 1, 5), ("⅙", 1, 6), ("⅛", 1, 8))
SIGNS = {
    **dict.fromkeys("×·⋅∙∗", ("STAR", "*")),
    **dict.fromkeys("÷∕⁄", ("SLASH", "/")),
    **dict.fromkeys("−", ("MINUS", "-")),
    "≤": ("LESSEQUAL", "<="),
    "≥": ("GREATEREQUAL", ">="),
    "≠": ("NOTEQUAL", "!="),
    "∞": ("NAME", "inf"),
    "√": ("ROOT", "sqrt"),
    "∛": ("ROOT", "cbrt"),
    **{
        fraction: ("NUMBER", value)
        for fraction, value in zip("½¼¾⅓⅔⅛", ("0.5", "0.25", "0.75", repr(1 / 3), repr(2 / 3), "0.125"))
    },
}
_CONSTANTS = {"π": "pi", "𝜋": "pi", "ℯ": "e"}
_DIGITS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
_RAISED = {*_DIGITS, "⁻"}
KNOWN = frozenset({*SIGNS, *_RAISED, *_CONSTANTS})
_OPENING, _CLOSING = ("LPAREN", "LBRACKET"), ("RPAREN", "RBRACKET")


def read(stream: Iterator[Token]) -> Iterator[Token]:
    """Tokens with the signs among them as what they mean."""
    spelt = [each for token in stream for each in _spelt(token)]
    joined = [*_exponents(spelt)]
    return _with_roots(joined) if any([token[0] == "ROOT" for token in joined]) else iter(joined)


def _spelt(token: Token) -> Iterator[Token]:
    """One token, or those that a sign or a name with raised digits in it stands for; raised characters are RAISED."""
    terminal, text, start, end = token
    if text in _CONSTANTS:
        yield "NAME", _CONSTANTS[text], start, end
    elif text in SIGNS:
        yield *SIGNS[text], start, end
    elif terminal == "NAME" and text[0] in SIGNS:  # ½x
        yield *SIGNS[text[0]], start, start + 1
        yield from _spelt((terminal, text[1:], start + 1, end))
    elif terminal in ("NAME", "STRAY") and _RAISED & {*text}:
        for raised, part in groupby(range(len(text)), lambda place: text[place] in _RAISED):
            places = [*part]
            first, last = start + places[0], start + places[-1] + 1
            yield "RAISED" if raised else "NAME", text[places[0] : places[-1] + 1], first, last
    else:
        yield token


def _exponents(tokens: list[Token]) -> Iterator[Token]:
    """Raised characters side by side as `**` and a number."""
    for is_raised, group in groupby(tokens, lambda token: token[0] == "RAISED"):
        if not is_raised:
            yield from group
            continue
        parts = [*group]
        text, start, end = "".join([part[1] for part in parts]), parts[0][2], parts[-1][3]
        yield "DOUBLESTAR", "**", start, start
        if text.startswith("⁻"):
            yield "MINUS", "-", start, start + 1
        if digits := text.lstrip("⁻"):
            yield "NUMBER", "".join([_DIGITS.get(each, "") for each in digits]), end - len(digits), end


def _with_roots(waiting: list[Token]) -> Iterator[Token]:
    """Tokens with a root and the operand behind it (a number, a name with its brackets, a bracket) as a call."""
    place = 0
    while place < len(waiting):
        token = waiting[place]
        if token[0] != "ROOT":
            yield token
            place += 1
            continue
        stop = _operand_end(waiting, place + 1)
        start, end = token[2], waiting[stop - 1][3]
        yield "NAME", token[1], start, token[3]
        yield "LPAREN", "(", token[3], token[3]
        yield from _with_roots(waiting[place + 1 : stop])
        yield "RPAREN", ")", end, end
        place = stop


def _operand_end(tokens: list[Token], place: int) -> int:
    """Where the operand that begins at `place` ends: before operators and raised digits, which are for the root as a whole."""
    while place < len(tokens) and tokens[place][0] == "ROOT":
        place += 1
    begins = place
    while place < len(tokens):
        terminal = tokens[place][0]
        if terminal in _OPENING:
            if place > begins and tokens[place - 1][0] in ("NUMBER", "DOT"):
                break
            place = _closed(tokens, place)
        elif place == begins and terminal in ("NAME", "NUMBER"):
            place += 1
        elif terminal == "DOT" and place > begins and place + 1 < len(tokens) and tokens[place + 1][0] == "NAME":
            place += 2
        else:
            break
    return place


def _closed(tokens: list[Token], place: int) -> int:
    depth = 0
    while place < len(tokens):
        depth += (tokens[place][0] in _OPENING) - (tokens[place][0] in _CLOSING)
        place += 1
        if not depth:
            break
    return place
