"""Where the bytes come from: a file, a pipe, or standard input, opened and measured but not yet understood."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from typing import BinaryIO, Final

from gradcli.errors import Record
from gradcli.run.files.problems import bad, human, of_system, path_of, too_large

# Smaller texts are read whatever the limit: the numbers may stand in a document that holds other things as well.
ALWAYS_READ: Final = 1 << 20
WIDE: Final = (b"\xff\xfe", b"\xfe\xff")  # as UTF-16 begins
_HEAD: Final = 4096  # characters, among which a text has no NUL
_TEXT_PER_BYTE: Final = 4  # a number of 8 bytes is hardly ever written in more than 32 characters


class Source(Record):
    """An open file and what was asked of it.

    place      its name in messages
    extension  ".csv", or None where the content has to tell the format
    file       open for reading bytes, at its start, and able to seek
    size       its number of bytes
    part       what follows '#', or None
    limit      the number of bytes that the array may take, or None
    label      whom the array is for, in messages about the limit
    """

    __slots__ = ("place", "extension", "file", "size", "part", "limit", "label")
    place: str
    extension: str | None
    file: BinaryIO
    size: int
    part: str | None
    limit: int | None
    label: str


def open_source(reference: str, stdin: Callable[[], bytes], limit: int | None, label: str) -> Source:
    """Open what `PATH#PART` or `-#PART` refers to; an empty file is refused."""
    path, part = _split(reference)
    extension, file = (None, io.BytesIO(stdin())) if path == "-" else _open(path, limit, label)
    place = "standard input" if path == "-" else repr(path)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size == 0:
        file.close()
        raise bad(f"{place} is empty")
    return Source(place, extension, file, size, part, limit, label)


def _split(reference: str) -> tuple[str, str | None]:
    """Path and part.  A '#' may belong to the path: the longest path that exists wins, else the first '#' splits."""
    path, mark, part = reference.partition("#")
    if path == "-" or not mark:
        return path, part if mark else None
    ends = [i for i, character in enumerate(reference) if character == "#"]
    for end in [len(reference), *reversed(ends)]:
        if os.path.lexists(reference[:end]):
            return reference[:end], reference[end + 1 :] if end < len(reference) else None
    return path, part


def _open(path: str, limit: int | None, label: str) -> tuple[str | None, BinaryIO]:
    """The extension and the open file; a pipe's content is drained into memory, and tells its own format (None)."""
    if not path:
        raise bad("no file is named after '@'", hint="write @PATH, @PATH#PART, or @- for standard input")
    try:
        mode = os.stat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISDIR(mode)):
            raise bad(f"{path!r} is a device, not a file", hint="use @- for standard input")
        file = open(path, "rb")  # noqa: SIM115  (closed by whoever reads it; a directory is refused here)
        if stat.S_ISFIFO(mode):
            with file:
                return None, io.BytesIO(_drain(file, repr(path), limit, label))
        return os.path.splitext(path)[1].lower(), file
    except OSError as error:
        raise of_system(error, path) from None
    except ValueError as error:  # a NUL, or what the file system cannot spell
        raise bad(f"{path!r} cannot be a file's name: {error}") from None


def _drain(pipe: BinaryIO, place: str, limit: int | None, label: str) -> bytes:
    """All that a pipe gives, unless that is more than any array within the limit could take."""
    if limit is None:
        return pipe.read()
    content = bytearray()
    while piece := pipe.read(ALWAYS_READ):  # a piece at a time: to ask for all at once reserves that much
        content += piece
        check_size(len(content), place, limit, label)
    return bytes(content)


def check_size(size: int, place: str, limit: int | None, label: str) -> None:
    """Refuse more bytes than any array within the limit could take."""
    if limit is not None and size > (most := max(ALWAYS_READ, _TEXT_PER_BYTE * limit)):
        raise too_large(f"{label}: {place} gives more than {human(most)}", limit)


def start_of(file: BinaryIO) -> bytes:
    """The first bytes of a file, which stays at its start."""
    start = file.read(16)
    file.seek(0)
    return start


def text_of(source: Source) -> str:
    """The whole content as text (UTF-8, with or without a byte order mark), where it is not far beyond the limit."""
    if source.limit is not None and source.size > max(ALWAYS_READ, _TEXT_PER_BYTE * source.limit):
        raise too_large(f"{source.label}: {source.place} holds {human(source.size)} of text", source.limit)
    text = decoded(source.file.read(), source.place)
    if not text.strip():
        raise bad(f"{source.place} is empty")
    return text


def decoded(content: bytes, place: str) -> str:
    """Bytes as UTF-8, with or without a byte order mark.  Raises Problem with the way to have it so."""
    wide = content[:2] in WIDE
    try:
        text = content.decode("utf-8-sig")
        if "\0" not in text[:_HEAD]:
            return text
        start, wide = text.index("\0"), True
    except UnicodeDecodeError as error:
        start = error.start
    line = content.count(b"\n", 0, start) + 1
    raise bad(
        f"{place} is not UTF-8 text: line {line} has the byte 0x{content[start]:02x}",
        hint=f"save it as UTF-8: iconv -f {'UTF-16' if wide else 'LATIN1'} -t UTF-8 {path_of(place)}",
    )


def check_room(source: Source, elements: int, itemsize: int, what: str) -> None:
    """Refuse an array of `elements` entries where it would take more than the limit; `what` describes it."""
    if source.limit is not None and elements * itemsize > source.limit:
        needed = f"{what} in {source.place} would need {human(elements * itemsize)}"
        raise too_large(f"{source.label}: {needed}", source.limit)
