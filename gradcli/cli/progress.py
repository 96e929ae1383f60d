"""How far a long run is: one line on a terminal's stderr, rewritten a few times a second; nothing without a terminal."""

from __future__ import annotations

import sys
import time

_EVERY = 0.2  # seconds


class Progress:
    """Rows and bytes that are done.

    total  how many bytes there are, or None where that is not known
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._rows = self._bytes = 0
        self._began = self._shown = time.monotonic()
        self._shows = sys.stderr is not None and sys.stderr.isatty()

    def read(self, count: int) -> None:
        """So many more bytes have been passed."""
        self._bytes += count

    def counted(self, rows: int) -> None:
        """So many more rows are done."""
        self._rows += rows
        now = time.monotonic()
        if self._shows and now - self._shown > _EVERY:
            self._shown = now
            sys.stderr.write("\r" + self._line(now).ljust(70))
            sys.stderr.flush()

    def end(self) -> None:
        """Take the line away."""
        if self._shows:
            sys.stderr.write("\r" + " " * 70 + "\r")
            sys.stderr.flush()

    def _line(self, now: float) -> str:
        took = max(now - self._began, 1e-9)
        line = f"{self._rows:,} rows, {self._rows / took:,.0f} rows a second"
        if self._total and self._bytes:
            share = min(1.0, self._bytes / self._total)
            left = took / share - took
            line += f", {100 * share:.0f} %, {left:.0f} s left"
        return line
