"""Lines of a stream as they come: all that are there at once, so that many are answered together, and one alone at once."""

from __future__ import annotations

from collections.abc import Iterator
from select import select
from typing import BinaryIO, Final

from gradcli.errors import Problem

_LONGEST: Final = 1 << 28  # bytes of a line, which is held in memory as a whole
_MOST: Final = 1 << 20  # bytes that are gathered while more is there
_PIECE: Final = 1 << 16


def groups(source: BinaryIO) -> Iterator[list[bytes | Problem]]:
    """The lines of a buffered stream, as many together as are there, without waiting for more; never an empty list.

    A line too long to hold is passed over, and a Problem stands for it.  Raises Problem, code "file", where the stream is no
    text: nothing but NUL bytes, as /dev/zero gives without end.
    """
    rest, skipping = bytearray(), False
    while content := _available(source):
        if not rest and not any(content[:_PIECE]) and len(content) >= _PIECE:
            raise Problem("file", "standard input is not text: it gives nothing but NUL bytes", type="ValueError")
        end = content.rfind(b"\n") + 1
        lines: list[bytes | Problem] = []
        if end:
            whole = bytes(rest) + content[:end]
            lines += whole.split(b"\n")[:-1]
            if skipping:
                lines[0] = too_long()
            rest, skipping = bytearray(content[end:]), False
            yield lines
        elif not skipping:
            rest += content
            if len(rest) > _LONGEST:
                rest, skipping = bytearray(), True
    if skipping:
        yield [too_long()]
    elif rest:
        yield [bytes(rest)]


def too_long() -> Problem:
    """What is said of a line that cannot be held."""
    return Problem(
        "limit",
        f"this line is too long: it has more than {_LONGEST:,} bytes, or does not fit into memory",
        type="MemoryError",
    )


def is_waiting(source: BinaryIO) -> bool:
    """Whether the next read of a stream would have to wait."""
    try:
        return not select([source], [], [], 0)[0]
    except (OSError, ValueError):  # no file that can be asked
        return False


def _available(source: BinaryIO) -> bytes:
    """The bytes that are there, once there are some; none at the end."""
    content: bytes = source.read1(_MOST)  # type: ignore[attr-defined]
    while content and len(content) < _MOST and not is_waiting(source):
        more = source.read1(_MOST - len(content))  # type: ignore[attr-defined]
        if not more:
            break
        content += more
    return content
