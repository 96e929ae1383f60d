"""`gradcli run`: a script from a file, standard input or the command line, run with this process's streams."""

from __future__ import annotations

import sys
from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.errors import EXIT_CANNOT, EXIT_OK, Problem
from gradcli.script.program import Program, exit_code, run


def act(values: dict[str, Any]) -> int:
    """Run the script; gives the exit code, which is the script's own where it ends with sys.exit()."""
    program = _program(values)

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=False, color=values["color"])

    def work(alone: bool) -> int:
        from gradcli.run.limits import Limits

        with Limits(values["max_memory"], values["max_time"]).enforce(watched=False):
            return _run(program, values["traceback"])

    if values["max_time"] is None:
        return work(True)
    from gradcli.run.supervision import supervised

    return supervised(work, values["max_time"], say)


def _program(values: dict[str, Any]) -> Program:
    arguments = tuple(values["arguments"])
    if values["code"] is not None:
        return Program(values["code"].encode("utf-8", "surrogateescape"), "-c", arguments)
    if values["file"] is None:
        raise usage("there is no script to run", "for example: gradcli run script.py, or '-' for standard input")
    return Program(script_text(values["file"]), values["file"], arguments)


def _run(program: Program, traceback: bool) -> int:
    """Run the script to its end, whichever that is.  Raises Problem, BrokenPipeError, KeyboardInterrupt."""
    watch: list[Any] = []

    def begin() -> None:
        from gradcli.script.nonfinite_origins import Watch  # which stands on torch

        watch.append(Watch())
        watch[-1].begin()

    code, text, failure = EXIT_OK, "", None
    try:
        run(program, begin)
    except SystemExit as end:
        code, text = exit_code(end.code)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except BaseException as error:
        failure = error
    finally:
        streams.write("")  # what the script printed comes before anything that is said about it
    for each in watch:
        _say_origin(each.shown_origin())
    streams.write_error(text)
    return code if failure is None else _tell(failure, program, traceback)


def _say_origin(origin: Any) -> None:
    if origin is None:
        return
    import linecache

    line = linecache.getline(origin.file, origin.line).strip()
    streams.write_error(f"{origin.file}:{origin.line}: NonFiniteWarning: {origin.message}\n  {line}\n")


def _tell(error: BaseException, program: Program, traceback: bool) -> int:
    """Report an exception that the script did not catch: by its own hook, as Python does, or as a Problem."""
    from gradcli.script import uncaught

    if isinstance(error, Problem) and error.source is not None:  # text that is no program
        raise error
    if sys.excepthook is not sys.__excepthook__:
        sys.excepthook(type(error), error, uncaught.own_traceback(error))
        return EXIT_CANNOT
    if traceback:
        import traceback as python

        python.print_exception(type(error), error, uncaught.own_traceback(error))
        return EXIT_CANNOT
    raise uncaught.problem_of_uncaught(error, program.filename)


def script_text(path: str) -> bytes:
    """The bytes of the script.  Raises Problem."""
    try:
        if path == "-":
            return streams.read_input()
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Problem(
            "file",
            f"cannot read the script '{path}': {error.strerror or error}",
            type=type(error).__name__,
            hint="give the path of a file, or '-' to read the script from standard input",
        ) from None
