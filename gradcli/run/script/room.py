"""Room for a script's calls on the stack of the process, so that what is too deep is an error, and never a crash."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_DEEPEST = 40_000  # Python calls: a script's own calls are bounded at a thousand, and each takes some of these
_STACK = 96 << 20  # bytes, more than those calls take; Linux keeps 128 MB below a stack free, and lets it grow into them


@contextmanager
def room() -> Iterator[None]:
    """Bound the calls within calls, and have the stack hold so many of them, where the platform can."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEPEST))
    _raise_stack()
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _raise_stack() -> None:
    if not sys.platform.startswith("linux"):
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = _STACK if hard == resource.RLIM_INFINITY else min(_STACK, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))
