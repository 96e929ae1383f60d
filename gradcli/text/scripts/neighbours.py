"""What stands around a place in a script: its tokens, read again, since only errors ask for them."""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.errors import Problem
from gradcli.text.lexer import Token
from gradcli.text.scripts.layout import DEDENT, INDENT, script_tokens
from gradcli.text.tables import NEWLINE, load

OPENERS = {"LPAREN", "LBRACKET", "LBRACE"}
CLOSERS = {"RPAREN", "RBRACKET", "RBRACE"}

_BREAKS = {NEWLINE, INDENT, DEDENT}
_WINDOW = 40  # tokens behind a place: as many as a sentence can look at


def around(source: str, token: Token) -> tuple[list[Token], list[Token]]:
    """All tokens before `token`, and some behind it, as far as they can be read."""
    before: list[Token] = []
    after: list[Token] = []
    met = False
    for each in _readable(source):
        if met:
            after.append(each)
        elif each == token:
            met = True
        else:
            before.append(each)
        if len(after) == _WINDOW:
            break
    return before, after


def _readable(source: str) -> Iterator[Token]:
    try:
        yield from script_tokens(source, load("program"))
    except Problem:  # another error, behind the one at hand
        return


def last_line(tokens: list[Token]) -> list[Token]:
    """The tokens since the last line began."""
    at = len(tokens)
    while at and tokens[at - 1][0] not in _BREAKS:
        at -= 1
    return tokens[at:]


def open_bracket(tokens: list[Token]) -> Token | None:
    """The innermost bracket that is open behind `tokens`."""
    opened: list[Token] = []
    for token in tokens:
        if token[0] in OPENERS:
            opened.append(token)
        elif token[0] in CLOSERS:
            opened.pop()
    return opened[-1] if opened else None


def closes(tokens: list[Token]) -> bool:
    """Whether `tokens` close a bracket that was opened before them."""
    depth = 1
    for terminal, *_ in tokens:
        depth += (terminal in OPENERS) - (terminal in CLOSERS)
        if not depth:
            return True
    return False
