"""Artefacts that take long to compute and never change between edits: parse tables, help pages, the index of operations.

A wheel carries them ready-made, in `gradcli/_saved/`.  In a checkout they are made when first asked for and kept in the
same folder, like `__pycache__`; each is stamped with the age and size of the files it was made from, so an edit renews it.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # type checkers know the name; to import it takes milliseconds of every --help
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOLDER = os.path.join(os.path.dirname(__file__), "_saved")
RELEASED = b"released"  # the stamp of a wheel's artefacts, whose sources cannot change


def load(name: str, build: Callable[[], bytes], sources: Iterable[str]) -> bytes:
    """The artefact `name`: the saved one while it is fresh, else `build()`, saved for the next run where that is allowed.

    `sources` are the paths of the files that `build` depends on.
    """
    path = os.path.join(FOLDER, name)
    try:
        with open(path, "rb") as file:
            stamp, content = file.read().split(b"\n", 1)
    except (OSError, ValueError):
        stamp, content = b"", b""
    if stamp == RELEASED:
        return content
    fresh = _stamp(sources)
    if stamp != fresh:
        content = build()
        save(FOLDER, name, content, fresh)
    return content


def save(folder: str, name: str, content: bytes, stamp: bytes = RELEASED) -> None:
    """Write the artefact whole or not at all; a folder that cannot be written only costs the next run its time."""
    path = os.path.join(folder, name)
    try:
        os.makedirs(folder, exist_ok=True)
        partial = f"{path}.{os.getpid()}"
        with open(partial, "wb") as file:
            file.write(stamp + b"\n" + content)
        os.replace(partial, path)
    except OSError:
        if stamp == RELEASED:  # a build must not go on without it
            raise


def _stamp(sources: Iterable[str]) -> bytes:
    facts = [(path, info.st_mtime_ns, info.st_size) for path in sorted(sources) for info in [os.stat(path)]]
    return f"{_checksum(repr(facts)):08x}".encode()


def _checksum(text: str) -> int:
    """The same in every process, unlike Python's own `hash` of text."""
    from zlib import crc32

    return crc32(text.encode())
