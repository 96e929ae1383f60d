"""`gradcli help` and `gradcli completion`: what the program says of itself."""

from __future__ import annotations

import os
import sys

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.cli.commands import COMMANDS, PROGRAM
from gradcli.errors import EXIT_OK, did_you_mean

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Any

_TOPICS = os.path.join(os.path.dirname(__file__), "topics")
_ALSO = {
    **dict.fromkeys(("math", "mathematics", "latex", "syntax", "expressions", "values", "functions", "complex"), "language"),
    **dict.fromkeys(("csv", "npy"), "files"),
    **dict.fromkeys(("torch", "pytorch"), "scripts"),
}
_BOLD, _CYAN, _PLAIN = "\x1b[1m", "\x1b[36m", "\x1b[0m"
_SHELLS = ("bash", "zsh", "fish")


def help(values: dict[str, Any]) -> int:
    """The page of a command, or the program's own; gives the exit code."""
    from gradcli.cli.help import page, painted

    name = _ALSO.get(values["name"], values["name"])
    color = streams.color_wanted(sys.stdout, values["color"])
    if name in topics():
        streams.write_report(_plain(name, color))
        return EXIT_OK
    if name is not None and name not in COMMANDS:
        known = [*COMMANDS, *topics()]
        raise usage(f"'{name}' is no command and no topic", did_you_mean(name, known) or f"topics are {', '.join(topics())}")
    text = page(PROGRAM if name is None else COMMANDS[name], streams.known_width(sys.stdout))
    streams.write_report(painted(text) if color else text)
    return EXIT_OK


def topics() -> list[str]:
    """The topics that have a page."""
    return sorted([name.removesuffix(".md") for name in os.listdir(_TOPICS) if name.endswith(".md")])


def _plain(name: str, color: bool = False) -> str:
    """A topic's page as text for a terminal: its Markdown without fences and links' addresses, examples set in."""
    with open(os.path.join(_TOPICS, f"{name}.md"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    shown, is_example = [], False
    for line in lines:
        if line.startswith("```"):
            is_example = not is_example
        elif is_example:
            example = f"    {line}".rstrip()
            shown.append(f"{_CYAN}{example}{_PLAIN}" if color and line.startswith("$ ") else example)
        elif line.startswith("#"):
            heading = line.lstrip("#").strip().upper()
            shown.append(f"{_BOLD}{heading}{_PLAIN}" if color else heading)
        else:
            shown.append(line.replace("`", ""))
    return "\n".join(shown) + "\n"


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


def names() -> list[str]:
    """Commands and topics."""
    return [*COMMANDS, *topics()]
