"""The help pages: written by Typer once, saved, and printed without it."""

from __future__ import annotations

import os

from gradcli import artefact_cache
from gradcli.cli.commands import COMMANDS, PROGRAM, Command

_SAVED, _NARROWEST, _WIDEST = 80, 30, 100  # columns


def page(command: Command, width: int | None = None) -> str:
    """The help page of `command`: 80 columns wide where no width is known, else as the terminal has it, up to 100."""
    if width is not None and (width < _SAVED or width >= _WIDEST):
        from gradcli.cli import application  # imports Typer

        return application.page(command, max(_NARROWEST, min(width, _WIDEST)))
    here = os.path.dirname(__file__)
    records = [os.path.join("commands", name) for name in os.listdir(os.path.join(here, "commands")) if name.endswith(".py")]
    sources = [os.path.join(here, name) for name in ("option.py", "options.py", "application.py", *records)]
    return artefact_cache.load(artefact(command), lambda: build(command), sources).decode()


def painted(text: str) -> str:
    """The page with headings, options and command lines in colour."""
    import re

    text = re.sub(r"^(?:Usage:|[A-Z][\w ]*:$)", "\x1b[1m\\g<0>\x1b[0m", text, flags=re.MULTILINE)
    return re.sub(r"^  (-\S+(?: \S+)*|gradcli .*)", "  \x1b[36m\\1\x1b[0m", text, flags=re.MULTILINE)


def build(command: Command) -> bytes:
    """The same page, made now."""
    from gradcli.cli import application  # imports Typer

    return application.page(command).encode()


def artefact(command: Command) -> str:
    """The name that the page is saved under."""
    return f"help-{command.name}.txt" if command.name else "help.txt"


def artefacts() -> dict[str, bytes]:
    """Every page by the name that it is saved under, for a release."""
    return {artefact(command): build(command) for command in (PROGRAM, *COMMANDS.values())}
