"""Strings as a script writes them, prefix and quotes included -> the text or the bytes that they stand for."""

from __future__ import annotations

from gradcli.errors import Span
from gradcli.text.escapes import unescape, unescape_bytes


def read_literal(span: Span, literal: str) -> str | bytes:
    """The value of `'text'`, `rb'text'`, `'''text'''`.  Raises Problem for bad escapes, and bytes beyond ASCII."""
    start = min(at for at in (literal.find("'"), literal.find('"')) if at >= 0)
    prefix, width = literal[:start].lower(), 3 if literal[start : start + 3] in ("'''", '"""') else 1
    text = unix_lines(literal[start + width : -width])
    if "b" in prefix:
        return _bytes(span, text, raw="r" in prefix)
    return text if "r" in prefix or "\\" not in text else unescape(span, text, lenient=True)


def read_piece(span: Span, piece: str, *, raw: bool, doubled: bool) -> str:
    """The value of text between the fields of an f-string, or (where no brace is `doubled`) within a field's format."""
    text = unix_lines(piece)
    if doubled:
        text = text.replace("{{", "{").replace("}}", "}")
    return text if raw or "\\" not in text else unescape(span, text, lenient=True)


def unix_lines(text: str) -> str:
    """The same text with newlines as Python has them, whatever the file has."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _bytes(span: Span, text: str, *, raw: bool) -> bytes:
    if not text.isascii():
        from gradcli.text.complaints import syntax

        raise syntax("bytes can only contain ASCII literal characters", "leave out the 'b', or write \\xe9", span)
    return text.encode() if raw else unescape_bytes(span, text)
