"""Warnings, in the words that people search for."""

from __future__ import annotations

from gradcli.run.script.context import current

_ONCE = -1  # stands where a line does: no line has this number


def warn(message: str, category: str = "UserWarning") -> None:
    """Warn, once for each line of the script."""
    current().warn(category, message)


def warn_once(message: str, category: str = "UserWarning") -> None:
    """Warn, once in a run, as PyTorch does of what a loop would repeat."""
    context = current()
    if (message, "", _ONCE) not in context.warned:
        context.warned.add((message, "", _ONCE))
        context.warn(category, message)
