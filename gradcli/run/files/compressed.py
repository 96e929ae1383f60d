"""Files packed with gzip, bzip2 or xz, which are read as what is in them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from importlib import import_module
from typing import Final

from gradcli.errors import Problem, Record
from gradcli.run.files.problems import bad
from gradcli.run.files.source import Source, check_size, start_of

_PIECE: Final = 1 << 20
_ENDINGS: Final = (".gz", ".bz2", ".xz")


class Packer(Record):
    """How a kind of packed file begins, what it is called, the module that unpacks it, and the command that does."""

    __slots__ = ("magic", "name", "module", "command")
    magic: bytes
    name: str
    module: str
    command: str


_PACKERS: Final = (
    Packer(b"\x1f\x8b", "gzip", "gzip", "zcat"),
    Packer(b"BZh", "bzip2", "bz2", "bzcat"),
    Packer(b"\xfd7zXZ\x00", "xz", "lzma", "xzcat"),
)


def packer(start: bytes) -> Packer | None:
    """What unpacks a file that begins with these bytes; None where it is not packed."""
    return next((each for each in _PACKERS if start.startswith(each.magic)), None)


def unpacked(source: Source, tell: Callable[[str], None] | None) -> Source:
    """The source, or what is in it where it is packed, of which `tell` is given a sentence.  Raises Problem."""
    found = packer(start_of(source.file))
    if found is None:
        return source
    content = bytearray()
    try:
        with import_module(found.module).open(source.file) as inner:
            while piece := inner.read(_PIECE):
                content += piece
                check_size(len(content), source.place, source.limit, source.label)
    except (Problem, MemoryError):
        raise
    except Exception as error:  # each of the modules has its own for damage
        raise damaged(source.place, found, error) from None
    if tell is not None:
        tell(remark(source.place, found))
    extension = None if source.extension is None else _inner_extension(source.place.strip("'\""))
    return Source(source.place, extension, io.BytesIO(content), len(content), source.part, source.limit, source.label)


def damaged(place: str, found: Packer, error: Exception) -> Problem:
    """The problem of a packed file that cannot be unpacked."""
    return bad(f"{place} is packed ({found.name}), and damaged: {error}")


def remark(place: str, found: Packer) -> str:
    """What the user is told of a packed file that was read all the same."""
    return f"{place} is not UTF-8 text but {found.name}, and is read as {found.command} gives it"


def _inner_extension(path: str) -> str | None:
    """The extension of what is in a packed file, as the file's name tells it; None where it does not."""
    stem, ending = os.path.splitext(path)
    return os.path.splitext(stem if ending.lower() in _ENDINGS else path)[1].lower() or None
