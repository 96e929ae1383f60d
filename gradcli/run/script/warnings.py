"""Warnings, in the words that people search for."""

from __future__ import annotations

from gradcli.run.script.context import current


def warn(message: str, category: str = "UserWarning") -> None:
    """Warn, once for each line of the script."""
    current().warn(category, message)


def warn_once(message: str, category: str = "UserWarning") -> None:
    """Warn, once in a run, as PyTorch does of what a loop would repeat."""
    context = current()
    if context.once(message):
        context.warn(category, message)
