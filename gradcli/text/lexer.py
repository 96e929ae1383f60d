"""Characters -> tokens, one at a time; brackets are matched here, since newlines within them do not count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NoReturn

from gradcli.errors import Span
from gradcli.text.nodes import make_span
from gradcli.text.tables import END, NEWLINE, PAIRS, STRAY, Tables

Token = tuple[str, str, int, int]  # terminal, text, start, end
Place = Callable[[int, int], Span]

MAX_CHARACTERS = 10_000_000
MAX_DEPTH = 200  # of brackets within brackets, as in Python

_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
_BRACKETS = {*PAIRS, *PAIRS.values()}


def check(source: str) -> None:
    """Refuse a text that is too long, or holds characters that no text holds, before anything else."""
    if len(source) > MAX_CHARACTERS:
        _complain("too_long", source, MAX_CHARACTERS)
    if not source.replace("\n", "").isprintable() and (found := re.search(_CONTROL, source)):
        _complain("control", source, found.start())


def placer(source: str) -> Place:
    """A function from (start, end) to the Span in `source`."""
    if "\n" not in source:
        return lambda start, end: make_span(start, end, 1, start + 1)
    from bisect import bisect_right  # only texts of several lines need it

    lines = [0]
    while line := source.find("\n", lines[-1]) + 1:
        lines.append(line)

    def place(start: int, end: int) -> Span:
        line = bisect_right(lines, start)
        return make_span(start, end, line, start - lines[line - 1] + 1)

    return place


def tokens(source: str, tables: Tables) -> Iterator[Token]:
    """The tokens of `source`; the last one is END.  Raises Problem for a stray character or a bracket out of order.

    Signs of mathematics that can mean only one thing come as what they mean.
    """
    if source.isascii():
        return _tokens(source, tables)
    from gradcli.text import mathematical_characters  # few texts have any

    return mathematical_characters.read(_tokens(source, tables, mathematical_characters.KNOWN))


def _tokens(source: str, tables: Tables, signs: frozenset[str] = frozenset()) -> Iterator[Token]:
    """The tokens of `source` as they are written; `signs` are stray characters to let pass."""
    fixed, kinds = tables.fixed, tables.kinds
    opened: list[int] = []  # where the brackets begin that are open
    for match in tables.pattern.finditer(source):
        group = match.lastindex or 0
        start, end = match.span(group)
        text = match[group]
        terminal = fixed.get(text) or kinds[group]
        if text in _BRACKETS:
            balance(source, opened, start, PAIRS)
        elif opened and terminal == NEWLINE:
            continue
        elif opened and terminal == END:
            _complain("unclosed", source, opened[-1])
        elif terminal == STRAY and text not in signs:
            _complain("stray", source, start)
        yield terminal, text, start, end
        if terminal == END:
            return  # else an empty match would follow the last token's


def balance(source: str, opened: list[int], start: int, pairs: dict[str, str]) -> None:
    """Open or close the bracket at `start`; `pairs` says which opener each closing bracket has."""
    if source[start] not in pairs:
        opened.append(start)
        if len(opened) > MAX_DEPTH:
            _complain("deep", source, start, MAX_DEPTH)
    elif not opened or source[opened[-1]] != pairs[source[start]]:
        _complain("unmatched", source, start, opened[-1] if opened else None)
    else:
        opened.pop()


def _complain(what: str, *facts: object) -> NoReturn:

    from gradcli.text import syntax_errors  # sentences are loaded when one is needed

    raise getattr(syntax_errors, what)(*facts)
