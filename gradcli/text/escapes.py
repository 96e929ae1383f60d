"""Backslashes in string literals, with Python's meaning."""

from __future__ import annotations

import re

from gradcli.errors import Problem, Span

_HEX = "[0-9a-fA-F]"
_ESCAPE = re.compile(rf"\\(?:([0-7]{{1,3}})|x({_HEX}{{2}})|u({_HEX}{{4}})|U({_HEX}{{8}})|N\{{([^}}]*)\}}|(.))")
_SINGLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", "'": "'", '"': '"'}


def unescape(span: Span, literal: str) -> str:
    """The text that a literal, quotes included, stands for.  Raises Problem for an escape that Python does not have."""

    def character(match: re.Match[str]) -> str:
        octal, two, four, eight, name, single = match.groups()
        try:
            if name is not None:
                return _by_name(name)
            return _SINGLE[single] if single else chr(int(octal, 8) if octal else int(two or four or eight, 16))
        except (KeyError, ValueError, OverflowError):
            from gradcli.text.complaints import quote

            message = f"{quote(match[0])} is not an escape that a string can hold"
            raise Problem("syntax", message, type="SyntaxError", span=span, hint=r"write \\ for a backslash") from None

    return _ESCAPE.sub(character, literal[1:-1])


def _by_name(name: str) -> str:
    from unicodedata import lookup

    return lookup(name)
