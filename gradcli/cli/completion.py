"""What could stand at the cursor: answers the scripts that Typer installs in a shell, without Typer.

The scripts hand over the line in environment variables and expect a format of their shell's own; both are Typer's.
"""

from __future__ import annotations

from gradcli.cli.commands import COMMANDS, EVAL, PROGRAM, SPELT, Command
from gradcli.cli.option import Option
from gradcli.cli.words import tokens, usage
from gradcli.errors import EXIT_CANNOT, EXIT_OK

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Item = tuple[str, str]  # what could stand there, and what it is (or "")

_OPERATIONS = "gradcli.ops.index:names"
_TYPERS_OWN = (
    ("--install-completion", "Install completion for the current shell."),
    ("--show-completion", "Show completion for the current shell, to copy it or customize the installation."),
)


def answer(environment: Mapping[str, str]) -> tuple[str, int]:
    """(what to print, the exit code) for a shell's question in `environment`."""
    shell = environment["_GRADCLI_COMPLETE"].removeprefix("complete_")
    if shell not in _FORMATS:
        raise usage(f"cannot complete for the shell '{shell}'", f"there is completion for {', '.join(_FORMATS)}")
    before, current = _line(shell, environment)
    items = list(candidates(before, current, joined=shell != "bash"))
    if environment.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":  # fish offers files unless this succeeds
        return "", EXIT_OK if items else EXIT_CANNOT
    return _FORMATS[shell](items) + "\n", EXIT_OK


def candidates(before: Sequence[str], current: str, joined: bool) -> Iterator[Item]:
    """What could stand in the place of `current`, after the complete words `before` (without the program's name).

    `joined` tells that the shell takes `--name=value` for one word (bash takes it for three).
    """
    command, pending = _context(before)
    spelt = _spelt(command)
    name, equals, text = current.partition("=")
    if pending is not None:
        yield from _values(pending, current)
    elif joined and equals and name in spelt:
        yield from ((f"{name}={value}", help) for value, help in _values(spelt[name], text))
    elif current.startswith("-") and "--" not in before:
        own = () if command else _TYPERS_OWN
        options = [(spelling, option.help) for spelling, option in spelt.items()]
        yield from _beginning_with(current, [*options, *own])
    else:
        if command is None:
            yield from _beginning_with(current, [(word, other.summary) for word, other in COMMANDS.items()])
        arguments = (command or EVAL).arguments
        source = arguments[0].names if arguments else ""  # the same for all the words that a command takes
        yield from _inside_expression(current) if source == "expression" else _beginning_with(current, names(source))


def _context(before: Sequence[str]) -> tuple[Command | None, Option | None]:
    """The command that the line is for, as far as it is known, and the option whose value stands at the cursor."""
    command, option, text = None, None, None
    for _, option, text in tokens(before, SPELT):
        if option is None and command is None:
            command = COMMANDS.get(str(text), EVAL)
    return command, option if option is not None and option.kind != "flag" and text is None else None


def _spelt(command: Command | None) -> dict[str, Option]:
    return command.spelt() if command else {**EVAL.spelt(), **PROGRAM.spelt()}


def _values(option: Option, current: str) -> Iterable[Item]:
    """The values of an option; none where files are meant, which the shells offer by themselves."""
    if option.choices:
        return _beginning_with(current, [(choice, "") for choice in option.choices])
    return _inside_expression(current) if option.kind in ("expression", "placed") else []


def _inside_expression(current: str) -> Iterator[Item]:
    """Operations for the name that an unfinished expression ends in: `sum(log_so` gives `sum(log_softmax`."""
    start = len(current)
    while start and (current[start - 1].isalnum() or current[start - 1] == "_"):
        start -= 1
    head, name = current[:start], current[start:]
    if name.isidentifier():
        yield from ((head + known, help) for known, help in _beginning_with(name, names(_OPERATIONS)))


def names(where: str) -> list[Item]:
    """The names that "module:function" gives.  Someone is in the middle of typing a line: what fails stays silent."""
    from importlib import import_module

    module, _, function = where.partition(":")
    try:
        return [(str(name), "") for name in getattr(import_module(module), function)()]
    except Exception:
        return []


def _beginning_with(current: str, items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item[0].startswith(current)]


def _line(shell: str, environment: Mapping[str, str]) -> tuple[list[str], str]:
    """(the complete words before the cursor, without the program's name; the word at the cursor)."""
    if shell == "bash":
        words = _split(environment.get("COMP_WORDS", ""))
        place = environment.get("COMP_CWORD", "")
        cursor = int(place) if place.isdecimal() else len(words)
        current = words[cursor] if cursor < len(words) else ""
        return [word for word in words[1:cursor] if word != "="], "" if current == "=" else current
    text = environment.get("_TYPER_COMPLETE_ARGS", "")
    words = _split(text)[1:]
    if shell in ("powershell", "pwsh"):
        current = environment.get("_TYPER_COMPLETE_WORD_TO_COMPLETE", "")
        return words[:-1] if current else words, current
    return (words, "") if not words or text.endswith(" ") else (words[:-1], words[-1])


def _split(text: str) -> list[str]:
    """Words as a shell reads them; the last may have a quote that is still open."""
    import shlex

    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:  # the open quote
        words.append(lexer.token)
    return words


def _bash(items: list[Item]) -> str:
    return "\n".join(value for value, _ in items)


def _zsh(items: list[Item]) -> str:
    if not items:
        return "_files"
    escapes = str.maketrans({'"': '""', "'": "''", "$": "\\$", "`": "\\`", ":": r"\\:"})
    parts = [[part.translate(escapes) for part in item if part] for item in items]
    lines = "\n".join(":".join(f'"{part}"' for part in pair) for pair in parts)
    return f"_arguments '*: :(({lines}))'"


def _fish(items: list[Item]) -> str:
    return "\n".join(f"{value}\t{help}" if help else value for value, help in items)


def _powershell(items: list[Item]) -> str:
    return "\n".join(f"{value}:::{help or ' '}" for value, help in items)


_FORMATS = {"bash": _bash, "zsh": _zsh, "fish": _fish, "powershell": _powershell, "pwsh": _powershell}
