"""`gradcli help` and `gradcli completion`: what the program says of itself."""

from __future__ import annotations

import os
import sys

from gradcli.cli import streams
from gradcli.cli.commands import COMMANDS, PROGRAM
from gradcli.cli.words import usage
from gradcli.errors import EXIT_OK, did_you_mean

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Any

_SHELLS = ("bash", "zsh", "fish")


def help(values: dict[str, Any]) -> int:
    """The page of a command, or the program's own; gives the exit code."""
    from gradcli.cli.help import page

    name = values["name"]
    if name is not None and name not in COMMANDS:
        raise usage(f"'{name}' is no command", did_you_mean(name, COMMANDS) or f"the commands are {', '.join(COMMANDS)}")
    streams.write_report(page(PROGRAM if name is None else COMMANDS[name], streams.known_width(sys.stdout)))
    return EXIT_OK


def completion(values: dict[str, Any]) -> int:
    """The completion script of a shell; gives the exit code."""
    shell = values["shell"] or os.path.basename(os.environ.get("SHELL", ""))
    if shell not in _SHELLS:
        what = f"there is no completion for '{shell}'" if shell else "say for which shell"
        raise usage(what, f"gradcli completion {'|'.join(_SHELLS)}")
    os.environ["_GRADCLI_COMPLETE"] = f"source_{shell}"
    from gradcli.cli import application

    application.read(PROGRAM, [])  # Typer writes it, and ends the process
    return EXIT_OK
