"""`gradcli batch`: standard input through the engine to standard output, line by line."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import partial
from typing import Any

from gradcli.cli import streams
from gradcli.cli.words import usage
from gradcli.errors import EXIT_CANNOT, EXIT_MISMATCH, EXIT_OK, Problem

_LONGEST_LINE = 1 << 28  # bytes; a line is held in memory as a whole
_PIECE = 1 << 16  # bytes of a line that is passed over


def act(values: dict[str, Any]) -> int:
    """Answer every record; gives the exit code, 1 if any line failed."""
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    gc.enable()  # a batch may be long
    with Limits(values["max_memory"]).enforce(say):
        return _table(values) if values["csv"] else _records(values)


def _defaults(values: dict[str, Any]) -> dict[str, Any]:
    """What the command line says for every record; what is wrong with it is said at once, and not of every record."""
    from gradcli.run import evaluate
    from gradcli.run.batch import OPTIONS
    from gradcli.run.request import Request

    if values["expr"] is not None:
        evaluate.check(values["expr"])
    defaults = {key: values[key] for key in OPTIONS if key != "seed"}
    shared = Request(
        "", values["bindings"], dtype=values["dtype"], seed=values["seed"], stdin=_refused_input, tell=streams.tell
    )
    return {
        **defaults,
        "stdin": _refused_input,
        "bindings": evaluate.settled(shared),
    }  # which seeds once: each record draws on from there


def _refused_input() -> bytes:
    raise Problem(
        "file",
        "standard input brings the records, and cannot be a value as well",
        type="ValueError",
        hint="read the value from a file: -c NAME=@FILE",
    )


# --- records --------------------------------------------------------------------------------------------------------


def _records(values: dict[str, Any]) -> int:
    from gradcli.report import problem
    from gradcli.run import batch
    from gradcli.run.failures import kept_going
    from gradcli.run.limits import within

    def guard(own: dict[str, Any]) -> Any:
        return within(own.get("max_time", values["max_time"]), own.get("max_memory"))

    code = EXIT_OK
    for outcome in batch.records(_lines(), values["expr"], {**_defaults(values), "notes": True}, guard):
        text = kept_going(partial(_answered, outcome, values["nonfinite"], values["get"]))
        if isinstance(text, Problem):
            code = EXIT_CANNOT
            text = problem.render(text, json=True, color=False, id=outcome.id, line=outcome.line)
        elif code == EXIT_OK and not getattr(outcome.answer, "passed", True):  # a check, and something differs
            code = EXIT_MISMATCH
        streams.write_document(text.rstrip("\n") + "\n")
    return code


def _answered(outcome: Any, nonfinite: str, paths: list[str]) -> str:
    """The document of a result, or what is wanted of it.  Raises the Problem that there is instead."""
    if isinstance(outcome.answer, Problem):
        raise outcome.answer
    return streams.chosen(_document(outcome, nonfinite), paths)


def _document(outcome: Any, nonfinite: str) -> str:
    if hasattr(outcome.answer, "passed"):
        from gradcli.report import check_json

        return check_json.render(outcome.answer, id=outcome.id)
    from gradcli.report import json

    return str(json.render(outcome.answer, nonfinite=outcome.nonfinite or nonfinite, id=outcome.id))


def _lines() -> Iterator[bytes | Problem]:
    """The lines of standard input as they come; one too long to hold is passed over, and answered with a Problem."""
    source = streams.input_buffer()
    while True:
        try:
            line = source.readline(_LONGEST_LINE)
        except MemoryError:
            line = None
        if line == b"":
            return
        if line is not None and (len(line) < _LONGEST_LINE or line.endswith(b"\n")):
            yield line
            continue
        while (rest := source.readline(_PIECE)) and not rest.endswith(b"\n"):
            pass
        yield Problem(
            "limit",
            f"this line is too long: it has more than {_LONGEST_LINE:,} bytes, or does not fit into memory",
            type="MemoryError",
        )


# --- tables ---------------------------------------------------------------------------------------------------------


def _table(values: dict[str, Any]) -> int:
    from gradcli.run import tables
    from gradcli.run.files import stream
    from gradcli.run.limits import deadline

    if values["get"]:
        raise usage("a table has no place for --get", "leave out --csv: each line is then a JSON document, which has")
    if values["also"]:
        raise usage("a table has no place for --also", "leave out --csv: each line is then a JSON document, which has")
    if values["values"]:
        raise usage("a table has no place for --values", "leave out --csv: each line is then a JSON document, which has")
    if values["expr"] is None:
        raise usage("a table needs the expression to compute", "gradcli batch 'x*y' --csv < table.csv")
    defaults = _defaults(values)
    failed = False
    table = tables.opened(stream.texts(streams.input_buffer(), "standard input", streams.tell))
    for piece in tables.computed(table, values["expr"], defaults, lambda: deadline(values["max_time"]), values["nonfinite"]):
        for line, problem in piece.problems:
            failed = True
            _say_of_row(line, problem, values)
        streams.write_document(piece.text)  # in UTF-8, as it was read
    return EXIT_CANNOT if failed else EXIT_OK


def _say_of_row(line: int, problem: Problem, values: dict[str, Any]) -> None:
    """What is wrong with a row, on stderr, since the table has stdout."""
    if not values["json"]:
        streams.write_error(f"line {line}: ")
        streams.write_problem(problem, False, values["color"])
        return
    from gradcli.report.problem import render

    streams.write_error(render(problem, json=True, line=line) + "\n", utf8=True)
