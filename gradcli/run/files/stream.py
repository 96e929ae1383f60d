"""A table's text as it comes: bytes that are there -> whole lines of text, unpacked where they are packed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import BinaryIO, Final

from gradcli.errors import Problem
from gradcli.run.files import compressed, unsupported_formats
from gradcli.run.files.problems import bad
from gradcli.run.files.rows import universal
from gradcli.run.files.source import WIDE, decoded

_PIECE: Final = 1 << 18  # bytes that are asked for at once
_MARK: Final = b"\xef\xbb\xbf"  # the byte order mark of UTF-8
_LONGEST: Final = 1 << 28  # bytes; a line is held in memory as a whole


def texts(source: BinaryIO, place: str, tell: Callable[[str], None]) -> Iterator[str]:
    """The lines of a stream, as many at once as are there; all end with \\n but for the last.

    source  a buffered stream that gives what is there (`read1`) and lets its first bytes be seen (`peek`)
    tell    is given a sentence where the stream is packed, and is unpacked
    Bytes that are not UTF-8 pass through, since cells of text may be anything.
    Raises Problem, code "file", for what is no text.
    """
    start = source.peek(16)[:16]  # type: ignore[attr-defined]
    found = compressed.packer(start)
    if found is not None:
        tell(compressed.remark(place, found))
        source = import_module(found.module).open(source)
    elif (refusal := unsupported_formats.by_content(place, start)) is not None:
        raise refusal
    elif start[:2] in WIDE:
        decoded(start, place)  # which says so
    first = True
    for content in _whole_lines(source, place, found):
        yield universal((content.removeprefix(_MARK) if first else content).decode("utf-8", "surrogateescape"))
        first = False


def _whole_lines(source: BinaryIO, place: str, found: compressed.Packer | None) -> Iterator[bytes]:
    rest = b""
    while piece := _next(source, place, found):
        content = rest + piece
        end = max(content.rfind(b"\n"), content.rfind(b"\r", 0, len(content) - 1)) + 1  # \r\n is one end, and stays together
        rest = content[end:]
        if end:
            yield content[:end]
        elif len(rest) > _LONGEST or (len(rest) > _PIECE and b"\0" in piece):
            raise bad(f"{place} is not UTF-8 text: {len(rest):,} bytes, and none of them ends a line")
    if rest:
        yield rest


def _next(source: BinaryIO, place: str, found: compressed.Packer | None) -> bytes:
    """The bytes that are there, once there are some."""
    try:
        piece: bytes = source.read1(_PIECE)  # type: ignore[attr-defined]
        return piece
    except (Problem, MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # each of the modules that unpack has its own for damage
        if found is None:
            raise
        raise compressed.damaged(place, found, error) from None
