"""The manual page, gradcli(1): the records of commands and options as roff, which `man` sets.

Each option stands there once, with the commands that take it; made at build time, and installed by the wheel.
"""

from __future__ import annotations

import re

from gradcli.cli.commands import COMMANDS, ENVIRONMENT, EXIT_CODES, PROGRAM, Command
from gradcli.cli.option import Option

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INSTALLED = "share/man/man1/gradcli.1"  # below the prefix of the environment


def page(version: str) -> str:
    """The whole page."""
    lines = [
        f'.TH GRADCLI 1 "" "gradcli {_escaped(version)}" "User Commands"',
        ".nh",  # names of options are not to be divided
        *_section("NAME", [r"gradcli \- differentiate expressions from the command line"]),
        *_section("SYNOPSIS", [r"\fBgradcli\fR [\fIOPTIONS\fR] \fIEXPR\fR [\fINAME=VALUE\fR]...", ".br"]),
        r"\fBgradcli\fR \fICOMMAND\fR [\fIARGS\fR]...",
        *_section("DESCRIPTION", _paragraphs(PROGRAM.description)),
        *_section("COMMANDS", [line for command in COMMANDS.values() for line in _command(command)]),
        *_section("OPTIONS", _options()),
        *_section("EXIT STATUS", [line for code, text in EXIT_CODES for line in _item(code, text)]),
        *_section("ENVIRONMENT", [line for name, text in ENVIRONMENT for line in _item(name, text)]),
        *_section("EXAMPLES", _examples(PROGRAM)),
        *_section("SEE ALSO", [r"\fBgradcli help\fR \fITOPIC\fR, such as language, files or json"]),
    ]
    return "\n".join(lines) + "\n"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return [f".SH {title}", *lines]


def _command(command: Command) -> Iterator[str]:
    """What one command does, its words, its options by name, and its examples."""
    yield f".SS {_escaped(command.name)}"
    words = " ".join([f"\\fI{_escaped(argument.metavar)}\\fR" for argument in command.arguments])
    yield rf"\fBgradcli {_escaped(command.name)}\fR [\fIOPTIONS\fR] {words}".rstrip()
    yield ".PP"
    yield from _paragraphs(command.description)
    for argument in command.arguments:
        yield from _item(argument.metavar, argument.help)
    yield ".PP"
    yield f"Options: {', '.join([_escaped(option.long) for option in command.options])}."
    yield from _examples(command)


def _options() -> list[str]:
    """Every option with the commands that take it; options of one name that mean different things stand one after another."""
    takers: dict[Option, list[str]] = {}
    for command in (PROGRAM, *COMMANDS.values()):
        for option in command.options:
            takers.setdefault(option, []).append(command.name or "gradcli")
    lines: list[str] = []
    for option, names in sorted(takers.items(), key=lambda item: item[0].long):
        value = "" if option.kind == "flag" else f" {option.metavar or '|'.join(option.choices)}"
        where = "all commands" if len(names) == len(COMMANDS) else ", ".join(names)
        lines += _item(", ".join(option.spellings) + value, f"{option.help}  ({where})")
    return lines


def _examples(command: Command) -> Iterator[str]:
    for line, remark in command.examples:
        yield from (".PP", f"{_escaped(remark)}:", ".RS 4", ".nf", _escaped(line), ".fi", ".RE")


def _item(term: str, text: str) -> Iterator[str]:
    yield from (".TP", f"\\fB{_escaped(term)}\\fR", _escaped(text))


def _paragraphs(text: str) -> Iterator[str]:
    for place, paragraph in enumerate(text.split("\n\n")):
        yield from ([".PP"] if place else [])
        yield _escaped(paragraph)


def _escaped(text: str) -> str:
    """Text as roff takes it: backslashes, hyphens that are to be copied, and what would be a request at a line's start."""
    text = re.sub(r"[\\-]", lambda match: r"\e" if match[0] == "\\" else r"\-", text)
    return "\n".join([f"\\&{line}" if line[:1] in (".", "'") else line for line in text.split("\n")])
