"""The commands of a session: lines that begin with a colon, one record each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.errors import Problem, Record

MARK: Final = ":"


class Word(Record):
    """One command.

    metavar    of what stands behind it, "" where nothing does
    completes  what may stand there: "operation", "tensor", "file" or ""
    run        a function of the session, the text behind the name, and --color
    """

    __slots__ = ("name", "metavar", "help", "completes", "run")
    name: str
    metavar: str
    help: str
    completes: str
    run: Callable[[Any, str, str], None]


def run(line: str, session: Any, color: str) -> None:
    """Do what a line says that begins with a colon.  Raises Problem, and SystemExit for `:quit`."""
    name, _, argument = line.strip()[1:].partition(" ")
    word, argument = _named(name), argument.strip()
    if argument and not word.metavar:
        raise usage(f"'{MARK}{word.name}' takes nothing behind it", f"write {MARK}{word.name} alone")
    word.run(session, argument, color)


def _named(name: str) -> Word:
    """The command of that name, or the only one that begins with it."""
    fitting = [word for word in COMMANDS if word.name == name] or [word for word in COMMANDS if word.name.startswith(name)]
    if len(fitting) != 1:
        known = ", ".join([MARK + word.name for word in fitting or COMMANDS])
        several = name and fitting
        raise usage(f"'{MARK}{name}' is {'short for several commands' if several else 'no command'}", f"there are {known}")
    return fitting[0]


def candidates(line: str, session: Any) -> tuple[int, Iterable[str]]:
    """Where the last word of an unfinished command begins, and what it could become."""
    name, blank, argument = line.lstrip()[1:].partition(" ")
    if not blank:
        return len(line) - len(name) - 1, [MARK + word.name for word in COMMANDS if word.name.startswith(name)]
    argument = argument.lstrip()
    completes = next((word.completes for word in COMMANDS if word.name == name), "")
    known = _KNOWN[completes](session, argument) if completes else []
    return len(line) - len(argument), [each for each in known if each.startswith(argument)]


# ---- the commands themselves ----------------------------------------------------------------------------------------


def _help(session: Any, name: str, color: str) -> None:
    """The list of commands, or what is known of a name: an operation of the table, else whatever has a docstring."""
    if not name:
        streams.write(_overview())
        return
    from gradcli.ops import index
    from gradcli.report import ops

    try:
        text = ops.render_one(index.find(index.load(), name), color=streams.color_wanted(sys.stdout, color))
    except Problem as unknown:
        text = _docstring(session, name, unknown)
    streams.write(f"{text}\n")


def _docstring(session: Any, name: str, unknown: Problem) -> str:
    try:
        text = session.documentation_of(name)
    except Problem:
        raise unknown from None
    if text is None:
        raise Problem("unknown-name", f"there is nothing to tell about '{name}'", hint=f"type {name} to see its value")
    return f"{name}\n  {text}"


def _overview() -> str:
    heads = [f"{MARK}{word.name} {word.metavar}".rstrip() for word in COMMANDS]
    width = max(map(len, heads))
    lines = [f"{head:{width}}  {word.help}" for head, word in zip(heads, COMMANDS)]
    return "\n".join([*lines, "", "TAB completes a name, Ctrl-C stops what is running, Ctrl-D ends the session.", ""])


def _graph(session: Any, name: str, color: str) -> None:
    from gradcli.cli.graph import tree_on
    from gradcli.run.picture import of_tensors

    picture = of_tensors([session.graph_of(name or None)], session.own_names())
    streams.write(f"{tree_on(sys.stdout, picture, color)}\n")


def _grads(session: Any, _: str, color: str) -> None:
    from gradcli.report import leaves

    found = session.leaves()
    if not found:
        raise Problem(
            "no-grad",
            "no variable is a leaf that requires grad",
            hint="make one: x = torch.tensor([1., 2.], requires_grad=True)",
        )
    colored = streams.color_wanted(sys.stdout, color)
    text = leaves.render(found, color=colored, width=streams.width(sys.stdout), table=sys.stdout.isatty())
    streams.write(f"{text}\n")


def _load(session: Any, path: str, _: str) -> None:
    from gradcli.cli.run import script_text

    if not path:
        raise usage("there is no file to run", "for example: :load script.py")
    path = "./-" if path == "-" else os.path.expanduser(path)
    session.load(script_text(path), path)


def _reset(session: Any, _: str, __: str) -> None:
    session.reset()


def _quit(*_: Any) -> None:
    raise SystemExit


COMMANDS: Final = (
    Word("help", "[NAME]", "This list, or what an operation is: :help softmax", "operation", _help),
    Word("graph", "[NAME]", "The backward graph of the last value, or of the tensor of that name", "tensor", _graph),
    Word("grads", "", "The leaves of the session, with their gradients", "", _grads),
    Word("load", "FILE", "Run a script in this session, whose names stay", "file", _load),
    Word("reset", "", "Forget all names", "", _reset),
    Word("quit", "", "End the session, as exit() and Ctrl-D do", "", _quit),
)


# ---- what may stand behind them -------------------------------------------------------------------------------------


def _operations(session: Any, _: str) -> list[str]:
    from gradcli.ops import index

    return index.names()


def _tensors(session: Any, _: str) -> list[str]:
    from gradcli.graph.tensor import Tensor

    return sorted([name for name, value in session.own_names().items() if isinstance(value, Tensor)])


def _files(session: Any, typed: str) -> list[str]:
    folder = typed.rpartition("/")[0] + "/" if "/" in typed else ""
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            return sorted([folder + entry.name + ("/" if entry.is_dir() else "") for entry in entries])
    except OSError:
        return []


_KNOWN: Final = {"operation": _operations, "tensor": _tensors, "file": _files}
