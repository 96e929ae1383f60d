"""What is said of files that cannot be read or written."""

from __future__ import annotations

import os

from gradcli.errors import Problem, did_you_mean


def bad(message: str, *, type: str = "ValueError", hint: str | None = None) -> Problem:
    """Something is wrong with a file."""
    return Problem("file", message, type=type, hint=hint)


def too_large(message: str, limit: int) -> Problem:
    """Something would take more memory than is allowed."""
    return Problem(
        "limit",
        f"{message}, more than the limit of {human(limit)}",
        type="MemoryError",
        hint="raise the limit with --max-memory, or read a smaller part",
    )


def of_system(error: OSError, path: str) -> Problem:
    """What the system said about a path, with Python's name for it; for a missing file, with a near one that exists."""
    hint = _neighbour(path) if isinstance(error, FileNotFoundError) else None
    return bad(f"{error.strerror or error}: {path!r}", type=type(error).__name__, hint=hint)


def _neighbour(path: str) -> str | None:
    from itertools import islice  # only on the way to an error

    folder, name = os.path.split(path)
    try:
        with os.scandir(folder or ".") as entries:
            return did_you_mean(name, [entry.name for entry in islice(entries, 1000)])
    except OSError:
        return f"there is no folder {folder!r}"


def human(size: int) -> str:
    """A number of bytes as people write it."""
    from gradcli.graph import memory  # only on the way to an error

    return memory.human(size)


def path_of(place: str) -> str:
    """A file's path from its name in messages, for commands that hints spell out."""
    return place[1:-1] if place[:1] in ("'", '"') else "FILE"
