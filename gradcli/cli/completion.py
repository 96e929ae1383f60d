"""What could stand at the cursor: answers the scripts that Typer installs in a shell, without Typer.

The scripts hand over the line in environment variables and expect a format of their shell's own; both are Typer's.
"""

from __future__ import annotations

from gradcli.cli.argv import tokens, usage
from gradcli.cli.commands import COMMANDS, EVAL, PROGRAM, SPELT, Command
from gradcli.cli.option import Option
from gradcli.errors import EXIT_CANNOT, EXIT_OK
from gradcli.identifiers import is_name

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
    before, current, kept = _line(shell, environment)
    items = [(value[kept:], help) for value, help in candidates(before, current)]
    if environment.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":  # fish offers files unless this succeeds
        return "", EXIT_OK if items else EXIT_CANNOT
    return _FORMATS[shell](items) + "\n", EXIT_OK


def candidates(before: Sequence[str], current: str) -> Iterator[Item]:
    """What could stand in the place of `current`, after the complete words `before` (without the program's name)."""
    command, pending = _context(before)
    spelt = _spelt(command)
    name, equals, text = current.partition("=")
    if pending is not None:
        yield from _values(pending, current, command, before)
    elif equals and name in spelt:
        yield from ((f"{name}={value}", help) for value, help in _values(spelt[name], text, command, before))
    elif current.startswith("-") and "--" not in before:
        own = () if command else _TYPERS_OWN
        options = [(spelling, option.help) for spelling, option in spelt.items()]
        yield from _beginning_with(current, [*options, *own])
    else:
        if command is None:
            yield from _beginning_with(current, [(word, other.summary) for word, other in COMMANDS.items()])
        arguments = (command or EVAL).arguments
        source = arguments[0].names if arguments else ""  # the same for all the words that a command takes
        yield from _inside_value(current) if source == "expression" else _beginning_with(current, names(source))


def _context(before: Sequence[str]) -> tuple[Command | None, Option | None]:
    """The command that the line is for, as far as it is known, and the option whose value stands at the cursor."""
    command, option, text = None, None, None
    for _, option, text in tokens(before, SPELT):
        if option is None and command is None:
            command = COMMANDS.get(str(text), EVAL)
    is_open = option is not None and option.kind != "flag" and text is None
    return command, _spelt(command).get(option.long, option) if option is not None and is_open else None


def _spelt(command: Command | None) -> dict[str, Option]:
    return command.spelt() if command else {**EVAL.spelt(), **PROGRAM.spelt()}


def _values(option: Option, current: str, command: Command | None, before: Sequence[str]) -> Iterable[Item]:
    """The values of an option; none where files are meant, which the shells offer by themselves."""
    if option.choices:
        return _beginning_with(current, [(choice, "") for choice in option.choices])
    if option.kind == "names":
        head, comma, last = current.rpartition(",")
        return [(f"{head}{comma}{name}", "") for name in _listed(option, command or EVAL, before) if name.startswith(last)]
    if option.kind == "text" and str(option.metavar).startswith("NAME="):
        return _beginning_with(current, [(f"{name}=", "") for name in _bound(before)])
    return _inside_value(current) if option.kind in ("expression", "placed") else []


def _listed(option: Option, command: Command, before: Sequence[str]) -> list[str]:
    """What an option that takes names may name: parts of the command's document, names that the line gives, or derivatives."""
    if option.name == "also":
        return ["jacobian", "hessian"] if command.name != "total" else ["hessian", "squares"]
    if option.name != "get":
        return _bound(before, statements=option.name == "retain_grad")
    from gradcli.report.paths import paths

    return paths("eval" if command.name == "batch" else command.name, _bound(before))


def _bound(before: Sequence[str], statements: bool = False) -> list[str]:
    """The names that words of the line give values to; with `statements`, those that statements of the expression do."""
    import re

    words = [str(text) for _, option, text in tokens(before, SPELT) if option is None and "=" in str(text)]
    if statements:
        return [name for word in words for name in re.findall(r"(?:^|;|\n)\s*([^\W\d]\w*)\s*=(?!=)\s", word)]
    return [name for name in (word.partition("=")[0] for word in words) if is_name(name)]


def _inside_value(current: str) -> Iterator[Item]:
    """Operations within an expression, alone or behind NAME=; files after an @."""
    head, at, path = current.partition("@")
    if at and (not head or (head.endswith("=") and is_name(head[:-1]))):
        yield from ((f"{head}@{found}", "") for found in _files(path))
    else:
        yield from _inside_expression(current)


def _files(path: str) -> list[str]:
    """The files that a path may go on to; of one folder alone what it holds as well, so that the shell keeps the word open."""
    import os

    folder, begun = os.path.split(path)
    try:
        found = [entry for entry in os.scandir(folder or ".") if entry.name.startswith(begun)]
    except OSError:
        return []
    shown = sorted([entry for entry in found if begun or not entry.name.startswith(".")], key=lambda entry: entry.name)
    paths = [os.path.join(folder, entry.name) + ("/" if entry.is_dir() else "") for entry in shown]
    return paths if len(paths) != 1 or not paths[0].endswith("/") else [paths[0], *_files(paths[0])]


def _inside_expression(current: str) -> Iterator[Item]:
    """Operations for the name that an unfinished expression ends in: `sum(log_so` gives `sum(log_softmax`."""
    start = len(current)
    while start and (current[start - 1].isalnum() or current[start - 1] == "_"):
        start -= 1
    head, name = current[:start], current[start:]
    if is_name(name):
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


def _line(shell: str, environment: Mapping[str, str]) -> tuple[list[str], str, int]:
    """The complete words before the cursor, without the program's name; the word at it; how much of that the shell keeps."""
    if shell == "bash":
        words = _split(environment.get("COMP_WORDS", ""))
        place = environment.get("COMP_CWORD", "")
        return _joined(words, int(place) if place.isdecimal() else len(words))
    text = environment.get("_TYPER_COMPLETE_ARGS", "")
    words = _split(text)[1:]
    if shell in ("powershell", "pwsh"):
        current = environment.get("_TYPER_COMPLETE_WORD_TO_COMPLETE", "")
        return words[:-1] if current else words, current, 0
    return (words, "", 0) if not words or text.endswith(" ") else (words[:-1], words[-1], 0)


def _joined(words: list[str], cursor: int) -> tuple[list[str], str, int]:
    """bash's words put together again: it divides them at =, : and @, and completes what stands behind, an @ included."""
    whole: list[str] = []
    own, is_open = "", False
    for word in words[1 : cursor + 1] if cursor < len(words) else [*words[1:], ""]:
        is_sign = bool(word) and not word.strip("=:@")
        own = word.lstrip("=:") if is_sign else ("@" if is_open and whole[-1].endswith("@") else "") + word
        if whole and (is_open or word[:1] in ("=", ":")):
            whole[-1] += word
        else:
            whole.append(word)
        is_open = is_sign
    current = whole.pop() if whole else ""
    return whole, current, len(current) - len(own)


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
