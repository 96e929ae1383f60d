"""`gradcli run`: a script from a file or standard input, run with this process's streams."""

from __future__ import annotations

import gc
import time
from typing import Any

from gradcli.cli import streams
from gradcli.cli.words import usage
from gradcli.errors import EXIT_CANNOT, EXIT_OK, Problem


def act(values: dict[str, Any]) -> int:
    """Run the script; gives the exit code, which is the script's own where it ends with sys.exit()."""
    if values["file"] is None:
        raise usage("there is no script to run", "for example: gradcli run script.py, or '-' for standard input")
    from gradcli.run.supervision import supervised

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=False, color=values["color"])

    def work(alone: bool) -> int:
        from gradcli.run.limits import Limits

        with Limits(values["max_memory"]).enforce(say, watched=alone):
            return _run(open_session(script_name(values["file"])), text, values["max_time"])

    text = script_text(values["file"])
    return supervised(work, values["max_time"], say)


def _run(session: Any, text: str, max_time: float | None) -> int:
    """Run the script to its end, whichever that is, and say where numbers stopped being finite.  Raises Problem."""
    from gradcli.run.limits import deadline

    started, ended = time.monotonic(), None
    try:
        with deadline(max_time):
            try:
                session.run(text)
            finally:
                session.end()
    except (SystemExit, Problem) as end:
        ended = end
    finally:
        streams.write("")  # what the script printed comes before anything that is said about it
    took = time.monotonic() - started
    if session.context.nonfinite and (max_time is None or took < max_time):
        _say_births(session, text, took, max_time)
    if isinstance(ended, Problem):
        raise ended
    return EXIT_OK if ended is None else exit_code(ended.code)


def _say_births(session: Any, text: str, took: float, max_time: float | None) -> None:
    from gradcli.run.script.births import PATIENCE, births  # most scripts stay finite

    seconds = took + PATIENCE if max_time is None else min(took + PATIENCE, max_time - took)
    for birth in births(text, session.context.name, seconds):
        line = text.splitlines()[birth.line - 1].strip()
        streams.write_error(f"{session.context.name}:{birth.line}: NonFiniteWarning: {birth.message}\n  {line}\n")


def open_session(name: str, kind: Any = None) -> Any:
    """A session whose output goes to this process's streams, and whose tensors are printed as PyTorch prints them.

    `kind` is the class of it, where it is more than a Session.
    """
    from gradcli.graph.tensor import set_shower
    from gradcli.report.script import Printer
    from gradcli.run.script.interpreter import Session

    gc.enable()  # one-liners do without: a script may run for long, and make cycles in a loop
    printer = Printer()
    set_shower(printer.show)
    session = (kind or Session)(name, streams.write_on, streams.write_error, printer.change)
    session.context.flush = lambda: streams.write("")
    return session


def script_text(path: str) -> str:
    """The characters of the script.  Raises Problem."""
    try:
        if path == "-":
            return _decoded(streams.read_input(), path)
        with open(path, "rb") as file:
            return _decoded(file.read(), path)
    except OSError as error:
        raise Problem(
            "file",
            f"cannot read the script '{path}': {error.strerror or error}",
            type=type(error).__name__,
            hint="give the path of a file, or '-' to read the script from standard input",
        ) from None


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Problem(
            "file",
            f"the script '{path}' is not UTF-8 text: byte {data[error.start]:#04x} in line {line}",
            type="SyntaxError",
            hint="save it as UTF-8",
        ) from None


def script_name(path: str) -> str:
    """What errors and warnings call the script."""
    if path == "-":
        return "<stdin>"
    return f"./{path}" if path.isidentifier() else path  # a bare word would read as a variable's name


def exit_code(code: Any) -> int:
    """What `sys.exit(code)` means to the shell, by Python's rules."""
    if code is None:
        return EXIT_OK
    if isinstance(code, int):
        return code & 0xFF
    from gradcli.run.script.raising import attempt

    streams.write_error(f"{attempt(str, code, '')}\n")
    return EXIT_CANNOT
