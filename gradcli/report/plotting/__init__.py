"""Curves and fields become pictures: in the terminal by plotext, in files by matplotlib, both of the extra `plot`."""

from __future__ import annotations

from gradcli.errors import Problem


def missing(library: str) -> Problem:
    """What to say where a library of the extra is not installed."""
    return Problem(
        "missing-extra",
        f"gradcli plot needs {library}, which is not installed",
        type="ImportError",
        hint="install it with: pip install 'gradcli[plot]'",
    )
