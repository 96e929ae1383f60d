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


def asked_for() -> bool:
    """Whether --precision was given."""
    return _ASKED.get() is not None


def digits(usual: int) -> int:
    """How many digits there are to be, where `usual` is what the report gives."""
    wanted = _ASKED.get()
    return usual if wanted is None else wanted


def rounded(text: str) -> str:
    """A formula with the numbers in it that have a point at so many digits, where --precision asks for them."""
    wanted = _ASKED.get()
    if wanted is None:
        return text
    import re

    return re.sub(r"(?<![\w.])\d+\.\d+(?:e[-+]?\d+)?", lambda found: f"{float(found[0]):.{max(wanted, 1)}g}", text)
