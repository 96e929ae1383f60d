"""How far a long run is: one line on a terminal, which is written over, and is gone in the end."""

from __future__ import annotations

import sys
from time import monotonic

from gradcli.cli import streams

_EVERY = 0.5  # seconds


class Progress:
    """Tells on stderr how many there were so far, where somebody looks at it and at nothing else that is written."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._count = 0
        self._begun = self._told = monotonic()
        self._shown = 0  # columns of the line that stands there
        self._wanted = _is_terminal(sys.stderr) and not _is_terminal(sys.stdout)

    def step(self, count: int) -> None:
        """There were so many more."""
        self._count += count
        now = monotonic()
        if self._wanted and now - self._told >= _EVERY:
            self._told = now
            rate = self._count / (now - self._begun)
            self._say(f"{self._count:,} {self._what}, {rate:,.0f} a second")

    def clear(self) -> None:
        """Take the line away, for another one or for good."""
        if self._shown:
            self._say("")

    def _say(self, text: str) -> None:
        streams.write_error("\r" + text.ljust(self._shown) + ("\r" if not text else ""))
        self._shown = len(text)


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream.isatty())  # type: ignore[attr-defined]
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False
