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
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=False, color=values["color"])

    text = script_text(values["file"])
    with Limits(values["max_memory"], values["max_time"]).enforce(say):
        return _run(open_session(script_name(values["file"])), text)


def _run(session: Any, text: str) -> int:
    """Run the script to its end, whichever that is, and say where numbers stopped being finite.  Raises Problem."""
    started, ended = time.monotonic(), None
    try:
        session.run(text)
    except (SystemExit, Problem) as end:
        ended = end
    finally:
        session.end()
        streams.write("")  # what the script printed comes before anything that is said about it
    if session.context.nonfinite:
        _say_births(session, text, time.monotonic() - started)
    if isinstance(ended, Problem):
        raise ended
    return EXIT_OK if ended is None else exit_code(ended.code)


def _say_births(session: Any, text: str, seconds: float) -> None:
    from gradcli.run.script.births import births  # most scripts stay finite

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
    return (kind or Session)(name, streams.write_on, streams.write_error, printer.change)


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
    try:
        said = str(code)
    except Exception:  # from a __str__ of the script's
        said = ""
    streams.write_error(f"{said}\n")
    return EXIT_CANNOT
