"""`gradcli batch`: standard input through the engine to standard output, line by line."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import Any

from gradcli.cli import streams
from gradcli.errors import EXIT_CANNOT, EXIT_OK, Problem

_LONGEST_LINE = 1 << 28  # bytes; a line is held in memory as a whole


def act(values: dict[str, Any]) -> int:
    """Answer every record; gives the exit code, 1 if any line failed."""
    from gradcli.run.limits import Limits

    gc.enable()  # a batch may be long
    memory = Limits(values["max_memory"])
    with memory.enforce():
        return _table(values) if values["csv"] else _records(values)


def _defaults(values: dict[str, Any]) -> dict[str, Any]:
    """What the command line says for every record."""
    from gradcli.run.batch import OPTIONS

    defaults = {key: values[key] for key in OPTIONS if key != "seed"}
    if values["seed"] is not None:
        from gradcli.run.evaluate import seed

        seed(values["seed"])  # once: each record draws on from there
    return {**defaults, "bindings": values["bindings"]}


def _guard(values: dict[str, Any]) -> Any:
    """The limit on time, which each record has for itself."""
    from gradcli.run.limits import deadline

    return lambda: deadline(values["max_time"])


def _records(values: dict[str, Any]) -> int:
    from gradcli.report import json, problem
    from gradcli.run import batch

    failed = False
    for outcome in batch.records(_lines(), values["expr"], _defaults(values), _guard(values)):
        answer, text = outcome.answer, ""
        if not isinstance(answer, Problem):
            try:
                text = json.render(answer, nonfinite=values["nonfinite"], id=outcome.id)
            except Problem as unprintable:  # --nonfinite error
                answer = unprintable
        if isinstance(answer, Problem):
            failed = True
            text = problem.render(answer, json=True, color=False, id=outcome.id, line=outcome.line)
        streams.write_document(text.rstrip("\n") + "\n")
    return EXIT_CANNOT if failed else EXIT_OK


def _lines() -> Iterator[bytes | Problem]:
    """The lines of standard input as they come; one too long to hold is passed over, and answered with a Problem."""
    if sys.stdin is None:
        raise Problem("file", "standard input is closed", type="OSError")
    source = sys.stdin.buffer
    while line := source.readline(_LONGEST_LINE):
        if len(line) < _LONGEST_LINE or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = source.readline(_LONGEST_LINE)
        yield Problem("limit", f"this line has more than {_LONGEST_LINE:,} bytes", type="MemoryError")


def _table(values: dict[str, Any]) -> int:
    import csv
    import io

    from gradcli.run import tables

    if values["expr"] is None:
        raise Problem("usage", "a table needs the expression to compute", type="UsageError", hint="gradcli batch 'x*y' --csv < table.csv")
    failed = False
    for row in tables.rows(_text_lines(), values["expr"], _defaults(values), _guard(values)):
        if row.problem is not None:
            failed = True
            streams.write_error(f"line {row.line}: ")
            streams.write_problem(row.problem, False, values["color"])
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(row.cells)
        streams.write(line.getvalue())
    return EXIT_CANNOT if failed else EXIT_OK


def _text_lines() -> Iterator[str]:
    for number, line in enumerate(_lines(), 1):
        if isinstance(line, Problem):
            raise line
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise Problem("record", f"line {number} of the table is not UTF-8: byte {error.start + 1}", type="ValueError") from None
