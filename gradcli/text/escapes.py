"""Backslashes in string literals, with Python's meaning."""

from __future__ import annotations

import re

from gradcli.errors import Problem, Span

_HEX = "[0-9a-fA-F]"
_ESCAPE = re.compile(rf"\\(?:([0-7]{{1,3}})|x({_HEX}{{2}})|u({_HEX}{{4}})|U({_HEX}{{8}})|N\{{([^}}]*)\}}|([\s\S]))")
_SINGLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", "'": "'", '"': '"',
           "\n": ""}  # fmt: skip


def unescape(span: Span, text: str) -> str:
    """What `text`, the inside of a literal, stands for.  Raises Problem for an escape that Python does not have."""

    def character(match: re.Match[str]) -> str:
        octal, two, four, eight, name, single = match.groups()
        try:
            if name is not None:
                return _by_name(name)
            return _SINGLE[single] if single else chr(int(octal, 8) if octal else int(two or four or eight, 16))
        except (KeyError, ValueError, OverflowError):
            raise _bad(span, match[0]) from None

    return _ESCAPE.sub(character, text)


def _bad(span: Span, escape: str) -> Problem:
    from gradcli.text.syntax_errors import quote

    message = f"{quote(escape)} is not an escape that a string can hold"
    return Problem("syntax", message, type="SyntaxError", span=span, hint=r"write \\ for a backslash")


def _by_name(name: str) -> str:
    from unicodedata import lookup

    return lookup(name)
