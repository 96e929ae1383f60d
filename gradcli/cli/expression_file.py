"""The expression that -f names a file of."""

from __future__ import annotations

from gradcli.cli import streams
from gradcli.errors import Problem


def read(path: str) -> str:
    """The text of a file, or of standard input where `path` is "-".  Raises Problem where it cannot be read, or is no text."""
    try:
        if path == "-":
            content = streams.read_input()
        else:
            with open(path, "rb") as file:
                content = file.read()
        return content.decode("utf-8-sig").strip()
    except OSError as error:
        raise Problem("file", f"{error.strerror}: '{path}'", type=type(error).__name__) from None
    except UnicodeDecodeError:
        raise Problem("file", f"not UTF-8 text: '{path}'", type="ValueError") from None
