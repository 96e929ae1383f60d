"""Files become chunks: pieces of a fixed size, described by what a worker needs to read them.

CSV, TSV and lines of JSON are cut at line ends; of a plain file only places travel, of compressed ones and standard input the
text (and the cuts are the same).  Arrays of NumPy's are cut by rows, Parquet and Arrow files by their own groups of rows.
"""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any, Final

from gradcli.errors import Problem, Record

ROWS: Final = 1 << 16  # that are computed together: what fits the caches of a few cores
_PIECE: Final = 1 << 22  # bytes of text in a chunk, and the rest of its last line: few enough tasks for a scheduler
_TEXTS: Final = {".csv": ",", ".tsv": "\t", ".ndjson": "json", ".jsonl": "json", ".txt": " "}
_TABLES: Final = (".parquet", ".arrow", ".feather")
KNOWN: Final = (*_TEXTS, ".npy", *_TABLES)
_PACKED: Final = (".gz", ".zst")


class Chunk(Record):
    """Some rows of one file.

    path    the file, or "-"
    kind    "text", "range" (a text in a plain file), "npy", "parquet" or "arrow"
    format  of a text: its delimiter, or "json"
    header  of a table: the names of its columns
    first   the number of the first line of a text, counted from 1, or of the first row, counted from 0, for messages
    place   of a range: (offset, bytes); of rows: (start, stop); of a group of rows: (its number, 0)
    text    the bytes of a text
    """

    __slots__ = ("path", "kind", "format", "header", "first", "place", "text")
    path: str
    kind: str
    format: str
    header: tuple[str, ...]
    first: int
    place: tuple[int, int]
    text: bytes


def files_of(patterns: list[str]) -> list[str]:
    """The files that names and globs stand for, those of a glob in the order of their names.  Raises Problem for none."""
    found: list[str] = []
    for pattern in patterns:
        if pattern == "-" or os.path.exists(pattern):
            found.append(pattern)
            continue
        matches = sorted(glob.glob(pattern, recursive=True))
        if not matches:
            raise _bad(pattern, f"no file matches '{pattern}'", "name files that are there, or quote a glob: 'logs/*.csv'")
        found += [each for each in matches if not os.path.isdir(each)]
    return found


def size_of(paths: list[str]) -> int | None:
    """How many bytes there are to read; None where that is not known beforehand."""
    return None if "-" in paths else sum([os.path.getsize(path) for path in paths])


def chunks_of(path: str, read: Callable[[int], None] = lambda _: None) -> Iterator[Chunk]:
    """The chunks of one file in order; `read` is told of every byte of the file that was passed.

    Raises Problem (code "file") for what cannot be read.
    """
    try:
        yield from _chunks(path, read)
    except Problem:
        raise
    except EOFError:
        raise _bad(path, f"'{path}' ends too early: it is truncated", "transfer it again") from None
    except OSError as error:
        raise _bad(path, f"cannot read '{path}': {error.strerror or error}", "name a file that can be read") from None


def _chunks(path: str, read: Callable[[int], None]) -> Iterator[Chunk]:
    ending, packing = ending_of(path)
    if ending == ".npy":
        yield from _rows_of_array(path, read)
    elif ending in _TABLES:
        from gradcli.run.total import arrow

        for number, count in arrow.groups(path, ending):
            yield Chunk(path, ending[1:], "", (), 0, (number, 0), b"")
            read(count)
    elif ending in _TEXTS or path == "-":
        yield from _lines(path, _TEXTS.get(ending, ","), packing, read)
    else:
        named = f"the extension '{ending}'" if ending else "no extension"
        raise _bad(path, f"'{path}' has {named}, and --data reads {', '.join(KNOWN)}, text also as .gz and .zst", "rename it")


def ending_of(path: str) -> tuple[str, str]:
    """(extension of the data, ".gz", ".zst" or "")."""
    stem, ending = os.path.splitext(path.lower())
    if ending in _PACKED:
        return os.path.splitext(stem)[1], ending
    return ending, ""


# --- text -----------------------------------------------------------------------------------------------------------


def opened(path: str, packing: str) -> IO[bytes]:
    """The bytes of a text file, unpacked.  Raises Problem where a library is missing, OSError where the system refuses."""
    if path == "-":
        return sys.stdin.buffer
    if packing == ".gz":
        import gzip

        return gzip.open(path)  # type: ignore[return-value]
    if packing == ".zst":
        from gradcli.run.total import arrow

        return arrow.unpacked(path)
    return open(path, "rb")


def _lines(path: str, format: str, packing: str, read: Callable[[int], None]) -> Iterator[Chunk]:
    with opened(path, packing) as file:
        start, line = 0, 1
        header: tuple[str, ...] = ()
        if format != "json":
            first = file.readline()
            while first and (not first.strip() or first.startswith(b"#")):
                start, line = start + len(first), line + 1
                first = file.readline()
            start, line = start + len(first), line + 1
            header, format = _header(path, first, format)
        if not packing and path != "-":
            yield from _ranges(file, Chunk(path, "range", format, header, 0, (start, 0), b""), read)
            return
        while piece := file.read(_PIECE):
            piece += file.readline()
            yield Chunk(path, "text", format, header, line, (0, 0), piece)
            line += piece.count(b"\n")
            read(len(piece))


def _ranges(file: IO[bytes], whole: Chunk, read: Callable[[int], None]) -> Iterator[Chunk]:
    """The pieces of a plain file, of which no more is read here than where their last lines end."""
    start, size = whole.place[0], os.fstat(file.fileno()).st_size
    while start < size:
        file.seek(start + _PIECE)
        end = min(size, start + _PIECE + len(file.readline()))
        yield Chunk(whole.path, whole.kind, whole.format, whole.header, 0, (start, end - start), b"")
        read(end - start)
        start = end


def first_line(chunk: Chunk) -> int:
    """The number of a chunk's first line: of a piece of a plain file it is counted only when somebody asks."""
    if chunk.kind != "range":
        return chunk.first
    with open(chunk.path, "rb") as file:
        return 1 + file.read(chunk.place[0]).count(b"\n")


def _header(path: str, line: bytes, delimiter: str) -> tuple[tuple[str, ...], str]:
    """The names of the columns, and the delimiter that the line shows."""
    try:
        text = line.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise _bad(path, f"'{path}' is not UTF-8 text", "convert it, as in iconv -f latin1 -t utf-8") from None
    if not text.strip():
        raise _bad(path, f"'{path}' is empty", "a table begins with a header that names its columns")
    if delimiter == ",":
        delimiter = next((mark for mark in (",", ";", "\t", "|") if mark in text), ",")
    import csv

    names = text.split() if delimiter == " " else next(csv.reader([text], delimiter=delimiter))
    names = [name.strip() for name in names]
    if all([_is_number(name) for name in names]):
        raise _bad(path, f"'{path}' has no header: its first line is '{text[:60]}'", "write the columns' names above them")
    return tuple(names), delimiter


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# --- arrays ---------------------------------------------------------------------------------------------------------


def _rows_of_array(path: str, read: Callable[[int], None]) -> Iterator[Chunk]:
    import numpy as np

    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise _bad(
            path, f"'{path}' is no array that can be read: {error}", "write it with numpy.save, without pickling"
        ) from None
    header = column_names(array)
    each = array.nbytes // max(1, len(array)) if array.ndim else 0
    for start in range(0, len(array), ROWS):
        stop = min(len(array), start + ROWS)
        yield Chunk(path, "npy", "", header, start, (start, stop), b"")
        read((stop - start) * each)


def column_names(array: Any) -> tuple[str, ...]:
    """What the columns of an array are called: its fields, or x where it has one dimension, x0, x1 ... where it has two."""
    if array.dtype.names:
        return tuple(array.dtype.names)
    return ("x",) if array.ndim == 1 else tuple([f"x{place}" for place in range(array.shape[1])])


def _bad(path: str, message: str, hint: str) -> Problem:
    return Problem("file", message, type="OSError", hint=hint, source="--data", text=path)
