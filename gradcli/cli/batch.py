"""`gradcli batch`: standard input through the engine to standard output, line by line."""

from __future__ import annotations

import gc
from typing import Any

from gradcli.cli import streams
from gradcli.cli.words import usage
from gradcli.errors import EXIT_CANNOT, EXIT_MISMATCH, EXIT_OK, Problem


def act(values: dict[str, Any]) -> int:
    """Answer every record; gives the exit code, 1 if any line failed."""
    if values["data"]:
        from gradcli.cli import mapping  # into files, whatever the size

        return mapping.act(values)
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
    from gradcli.run import incoming

    answerer = Answerer(values)
    code = EXIT_OK
    for lines in incoming.groups(streams.input_buffer()):
        text, code = answerer.answer(lines, code)
        streams.write_document(text)
    return code


class Answerer:
    """Answers lines in groups, as they come."""

    def __init__(self, values: dict[str, Any]) -> None:
        from gradcli.report.batches import Lines
        from gradcli.report.picked import keys
        from gradcli.run.limits import within
        from gradcli.run.sorting import Sorter

        def guard(own: dict[str, Any]) -> Any:
            return within(own.get("max_time", values["max_time"]), own.get("max_memory"))

        paths = values["get"]
        notes = not paths or any(keys(path)[0] == "notes" for path in paths)
        defaults = {**_defaults(values), "notes": notes}
        self._sorter = Sorter(values["expr"], defaults, guard, stacks=values["max_time"] is None)
        self._lines = Lines(values["nonfinite"], paths, getattr(paths, "as_object", False), not values["no_nodes"])
        self._number = 0  # of lines that were answered

    def answer(self, lines: list[bytes | Problem], code: int) -> tuple[str, int]:
        """The text for these lines, and the exit code of a run that had `code` before."""
        texts: list[str | None] = [None] * len(lines)
        for stack in self._sorter.stacked(lines):
            for row, text in self._lines.stacked(stack):
                texts[row] = text
        for row, line in enumerate(lines):
            if texts[row] is None:
                texts[row], code = self._alone(line, self._number + row + 1, code)
        self._number += len(lines)
        found = [text for text in texts if text is not None]
        return "\n".join(found) + "\n" * bool(found), code

    def _alone(self, line: bytes | Problem, number: int, code: int) -> tuple[str | None, int]:
        outcome = self._sorter.alone(line, number)
        if outcome is None:
            return None, code
        text, failed = self._lines.alone(outcome)
        if failed:
            return text, EXIT_CANNOT
        if code == EXIT_OK and not getattr(outcome.answer, "passed", True):  # a check, and something differs
            return text, EXIT_MISMATCH
        return text, code


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
    seconds = values["max_time"]
    pieces = tables.computed(
        table, values["expr"], defaults, lambda: deadline(seconds), values["nonfinite"], together=seconds is None
    )
    for piece in pieces:
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
