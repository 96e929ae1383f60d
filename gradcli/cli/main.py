"""The entry: argv in, exit code out.  Whatever happens below comes out of here as a sentence, never as a traceback."""

from __future__ import annotations

import gc
import os
import sys

from gradcli.cli import interrupt, streams
from gradcli.errors import EXIT_OK, EXIT_USAGE, Problem

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_COMPLETING = "_GRADCLI_COMPLETE"  # set by the scripts that --install-completion installs
_RAISING = ("gradcli.cli.run", "gradcli.cli.repl")  # they go on after Ctrl-C, or let a script clean up
_ADDRESS_SPACE = 110 << 20  # bytes: Python, NumPy and OpenBLAS with one thread
_TYPERS_OWN = ("--install-completion", "--show-completion")


def main() -> int:
    """Run the command line of this process; gives its exit code."""
    restore = interrupt.install()
    _start()
    code = _guarded(sys.argv[1:])
    restore()
    if not gc.isenabled():  # as it is for scripts, whose finalizers run at the end
        gc.freeze()  # the interpreter looks for garbage once more before it ends: 8 ms after an import of numpy
    return code


def _guarded(argv: Sequence[str]) -> int:
    """The exit code of a run in which nothing is raised any more."""
    try:
        return _run(argv)
    except Problem as problem:
        return _fail(problem, argv)
    except BrokenPipeError:  # the reader had enough: that is no failure
        streams.abandon()
        return EXIT_OK
    except KeyboardInterrupt:
        _hear_no_more()
        return _fail(Problem("interrupted", "interrupted", type="KeyboardInterrupt"), argv)
    except MemoryError as error:
        return _fail(Problem("limit", f"not enough memory: {error}".rstrip(": "), type="MemoryError"), argv)
    except Exception as error:
        return _fail(_scarcity(error) or _bug(error), argv)


def _scarcity(error: Exception) -> Problem | None:
    """What to say where the machine is at its limits, or a library cannot be loaded; None of a bug of ours.

    It imports nothing: where files cannot be opened, no module can be read.
    """
    if isinstance(error, OSError) and error.errno in (23, 24):  # ENFILE, EMFILE
        return Problem("limit", "too many open files", type="OSError", hint="allow more: ulimit -n 64")
    if isinstance(error, OSError) and error.errno == 12:  # ENOMEM
        return Problem("limit", "not enough memory", type="MemoryError", hint="allow more: ulimit -v unlimited")
    frame, package = error.__traceback__, None
    while frame is not None:
        name = frame.tb_frame.f_globals.get("__name__", "")
        if frame.tb_frame.f_code.co_name == "<module>" and not name.startswith(("gradcli", "__main__", "importlib")):
            package = name.partition(".")[0]
        frame = frame.tb_next
    if package is None:
        return None
    reason = next((line for line in reversed(str(error).strip().splitlines()) if line.strip()), type(error).__name__)
    return Problem(
        "limit",
        f"{package} could not be loaded: {reason.strip()}",
        type=type(error).__name__,
        hint=f"is there enough memory (ulimit -v)? otherwise install it anew: pip install --force-reinstall {package}",
    )


def _bug(error: Exception) -> Problem:
    from gradcli.run.failures import bug

    return bug(error)


def _hear_no_more() -> None:
    """Ignore Ctrl-C from here on: who is impatient presses it again while the first one is being answered."""
    while True:
        try:
            import signal

            signal.signal(signal.SIGINT, signal.SIG_IGN)
            return
        except KeyboardInterrupt:
            continue


def _start() -> None:
    """Process-wide settings, before anything heavy is imported."""
    gc.disable()  # what imports create lives as long as the process: looking for garbage among it is 3 ms for nothing
    streams.prepare()
    if not {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"} & os.environ.keys():
        # Starting a thread for each core is a third of numpy's import or more, and few one-liners have a product that
        # would gain by them; whoever has one sets the variable.
        os.environ["OPENBLAS_NUM_THREADS"] = "1"


def _run(argv: Sequence[str]) -> int:
    instruction = os.environ.get(_COMPLETING, "")
    if instruction.startswith("complete_"):
        from gradcli.cli import completion

        text, code = completion.answer(os.environ)
        streams.write(text)
        return code
    if instruction:  # such as source_bash
        from gradcli.cli import application
        from gradcli.cli.commands import PROGRAM

        application.read(PROGRAM, argv)
    if argv and argv[0] in ("--version", "-V"):
        from gradcli import __version__

        streams.write(f"gradcli {__version__}\n")
        return EXIT_OK
    return _command(argv)


def _command(argv: Sequence[str]) -> int:
    from gradcli.cli import fast_parser
    from gradcli.cli.argv import divided, route, spread
    from gradcli.cli.bindings import settle
    from gradcli.cli.commands import EVAL, PROGRAM

    if not argv:
        return _help(PROGRAM, streams.write_error, EXIT_USAGE)
    command, words = (PROGRAM, list(argv)) if argv[0] in _TYPERS_OWN else route(argv)
    words, behind = divided(command, words)
    if command is None and _asks_help(words):
        return _help(PROGRAM, streams.write_report, EXIT_OK)
    command = command or EVAL
    if any([option.name == "data" for option in command.options]):
        words = spread(words, command.spelt())
    values = fast_parser.read(command, words)
    if values is None and _asks_help(words):
        return _help(command, streams.write_report, EXIT_OK)
    if values is None:
        from gradcli.cli import application  # imports Typer: 50 ms, for a complaint

        values = application.read(command, words)
    if behind is not None:
        values["arguments"] = behind
    settled = settle(values)
    try:
        return act(command.action, settled)
    except Problem as problem:
        if problem.code not in ("syntax", "unknown-name") or "bindings" not in settled:
            raise
        from gradcli.cli.suggestions import improved

        raise improved(problem, settled, command.name) from None


def _asks_help(words: Sequence[str]) -> bool:
    options = words[: words.index("--")] if "--" in words else words
    return "--help" in options or "-h" in options


def _help(command: Any, write: Any, code: int) -> int:
    from gradcli.cli.help import page, painted

    text = page(command, streams.known_width(sys.stdout))
    write(painted(text) if code == EXIT_OK and streams.color_wanted(sys.stdout, "auto") else text)
    return code


def act(action: str, values: dict[str, Any]) -> int:
    from importlib import import_module

    _check_address_space()
    if action.startswith(_RAISING):
        interrupt.raise_instead()
    module, _, function = action.partition(":")
    code: int = getattr(import_module(module), function)(values)
    return code


def _check_address_space() -> None:
    """Refuse to load NumPy where it cannot fit: what fails within an import by want of memory may fail as anything.

    Raises Problem where `ulimit -v` allows less.
    """
    try:
        with open("/proc/self/limits", "rb") as file:
            line = next(line for line in file if line.startswith(b"Max address space"))
    except (OSError, StopIteration):  # other systems
        return
    most = line.split()[3]
    if most.isdigit() and int(most) < _ADDRESS_SPACE:
        raise Problem(
            "limit",
            f"not enough memory: ulimit -v allows {int(most) >> 20} MB, and NumPy takes {_ADDRESS_SPACE >> 20} MB of addresses",
            type="MemoryError",
            hint="allow more: ulimit -v unlimited",
        )


def _fail(problem: Problem, argv: Sequence[str]) -> int:
    json, color = _wants(argv)
    streams.write_problem(problem, json=json, color=color)
    return problem.exit


def _wants(argv: Sequence[str]) -> tuple[bool, str]:
    """(is JSON asked for, the value of --color), from a command line that may be wrong elsewhere."""
    from gradcli.cli.argv import divided, tokens
    from gradcli.cli.commands import COMMANDS, SPELT

    words = divided(COMMANDS["run"], argv[1:])[0] if argv[:1] == ["run"] else argv
    given = {option.name: text for _, option, text in tokens(words, SPELT) if option is not None}
    color = given.get("color")
    return "json" in given or given.get("format") == "json", color if color in ("always", "never") else "auto"
