"""What was typed at earlier prompts: a file of lines, which is never a reason to fail."""

from __future__ import annotations

import os
from typing import Final

_MOST: Final = 2000  # lines that a session begins with
_MOST_CHARACTERS: Final = 1 << 20  # that are read of the file; when it is longer, it is cut


class History:
    """The history in a file, or (without `path`) none at all."""

    def __init__(self, path: str | None) -> None:
        self.path = path
        self._last = ""

    def load(self) -> list[str]:
        """The last lines of earlier sessions, oldest first."""
        if self.path is None or not os.path.isfile(self.path):
            return []
        try:
            with open(self.path, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _MOST_CHARACTERS))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return []
        lines = [line for line in text.split("\n") if line.strip() and line.replace("\t", " ").isprintable()][-_MOST:]
        self._last = lines[-1] if lines else ""
        if size > _MOST_CHARACTERS:
            self._replace(lines)
        return lines

    def add(self, typed: str) -> None:
        """Note what was typed, now: a session may end without notice."""
        lines = [line for line in typed.split("\n") if line.strip()]
        if self.path is not None and lines and lines != [self._last]:
            self._last = lines[-1]
            self._write(self.path, lines, os.O_APPEND)

    def _replace(self, lines: list[str]) -> None:
        short = f"{self.path}.{os.getpid()}"
        if self._write(short, lines, os.O_EXCL):
            try:  # noqa: SIM105
                os.replace(short, str(self.path))
            except OSError:
                pass

    def _write(self, path: str, lines: list[str], mode: int) -> bool:
        """Whether it could be written: by the user alone, since what people type is theirs."""
        if os.path.exists(path) and not os.path.isfile(path):  # a pipe would wait for a reader
            return False
        try:
            os.makedirs(os.path.dirname(path) or ".", 0o700, exist_ok=True)
            number = os.open(path, os.O_WRONLY | os.O_CREAT | mode, 0o600)
            with open(number, "wb") as file:
                file.write("".join([f"{line}\n" for line in lines]).encode("utf-8", "replace"))
        except OSError:
            return False
        return True


def path() -> str | None:
    """Where the history is kept: $GRADCLI_HISTORY (none, where that is empty), or in the user's folder for such things."""
    own = os.environ.get("GRADCLI_HISTORY")
    if own is not None:
        return own or None
    state = os.environ.get("XDG_STATE_HOME", "")
    folder = state if os.path.isabs(state) else os.path.expanduser("~/.local/state")
    return os.path.join(folder, "gradcli", "history") if os.path.isabs(folder) else None
