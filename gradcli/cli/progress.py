"""How far a long run is: one line on a terminal, which is written over, and is gone in the end."""

from __future__ import annotations

import sys
from time import monotonic

from gradcli.cli import streams

_EVERY = 0.5  # seconds


class Progress:
    """Tells on stderr how many there were so far, where somebody looks at it and at nothing else that is written.

    what     "records", "rows"
    total    how many bytes there are to read, where that is known: the line then tells how much time is left
    streams  whether results go out on the way, so that a terminal shows them instead
    """

    def __init__(self, what: str, total: int | None = None, streams: bool = True) -> None:
        self._what = what
        self._total = total
        self._count = self._read = 0
        self._begun = self._told = monotonic()
        self._shown = 0  # columns of the line that stands there
        self._wanted = _is_terminal(sys.stderr) and not (streams and _is_terminal(sys.stdout))

    def read(self, count: int) -> None:
        """So many more bytes have been read."""
        self._read += count

    def step(self, count: int) -> None:
        """There were so many more."""
        self._count += count
        now = monotonic()
        if self._wanted and now - self._told >= _EVERY:
            self._told = now
            took = now - self._begun
            left = ""
            if self._total and self._read:
                share = min(1.0, self._read / self._total)
                left = f", {100 * share:.0f} %, {took / share - took:.0f} s left"
            self._say(f"{self._count:,} {self._what}, {self._count / took:,.0f} a second{left}")

    def clear(self) -> None:
        """Take the line away, for another one or for good."""
        if self._shown:
            self._say("")

    def _say(self, text: str) -> None:
        text = text[: max(streams.width(sys.stderr) - 1, 0)]  # a line that wraps cannot be written over
        streams.write_error("\r" + text.ljust(self._shown) + ("\r" if not text else ""))
        self._shown = len(text)


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream.isatty())  # type: ignore[attr-defined]
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False
