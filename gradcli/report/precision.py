"""How many digits the numbers of a report have where --precision says so; it holds for one report, and for its thread alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ASKED: ContextVar[int | None] = ContextVar("digits", default=None)


@contextmanager
def asked(digits: int | None) -> Iterator[None]:
    """The block in which numbers have so many digits; None for as many as each report gives them."""
    token = _ASKED.set(digits)
    try:
        yield
    finally:
        _ASKED.reset(token)


def digits(usual: int) -> int:
    """How many digits there are to be, where `usual` is what the report gives."""
    wanted = _ASKED.get()
    return usual if wanted is None else wanted
