"""`gradcli batch`: standard input through the engine to standard output, line by line."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.cli.progress import Progress
from gradcli.errors import EXIT_CANNOT, EXIT_MISMATCH, EXIT_OK, Problem
from gradcli.run.workers import Once, Workers


def act(values: dict[str, Any]) -> int:
    """Answer every record; gives the exit code, 1 if any line failed."""
    if values["data"]:
        from gradcli.cli import mapping  # into files, whatever the size

        return mapping.act(values)
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    if (values["jobs"] or 1) > 1 and values["seed"] is not None:
        raise usage("--seed starts one sequence for all records, and --jobs computes them apart", "leave out one of the two")
    if values["get"]:
        from gradcli.report import paths

        paths.check(values["get"], ("eval", "check"))
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
    bindings = evaluate.computed_bindings(shared)
    if values["seed"] is not None:
        evaluate.seed(values["seed"])  # once: each record draws on from there
    return {**defaults, "stdin": _refused_input, "bindings": bindings}


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

    source, code = streams.input_buffer(), EXIT_OK
    progress, answers = Progress("records"), Once(Answers, values, _defaults(values))
    with Workers(values["jobs"] or 1) as workers:
        groups = _numbered(incoming.groups(source))
        for text, said, found, count in workers.in_order(answers, groups, lambda: incoming.is_waiting(source)):
            if said:
                progress.clear()
                streams.write_error(said)
            streams.write_document(text)
            progress.step(count)
            code = found if code in (EXIT_OK, EXIT_MISMATCH) and found != EXIT_OK else code
    progress.clear()
    return code


def _numbered(groups: Iterator[list[bytes | Problem]]) -> Iterator[tuple[int, list[bytes | Problem]]]:
    """Each group of lines with the number of its first."""
    number = 1
    for lines in groups:
        yield number, lines
        number += len(lines)


class Answers:
    """Answers groups of lines, in this process or in another one."""

    def __init__(self, values: dict[str, Any], defaults: dict[str, Any]) -> None:
        from gradcli.report.selection import keys

        self._values = values
        self._paths = values["get"]
        notes = not self._paths or any(keys(path)[0] == "notes" for path in self._paths)
        self._defaults = {**defaults, "notes": notes}
        self._tools = self._made()

    def __call__(self, group: tuple[int, list[bytes | Problem]]) -> tuple[str, str, int, int]:
        """The text for these lines, what there is to say on stderr, the exit code, and how many records there were."""
        first, lines = group
        from gradcli.run.failures import kept_going

        sorter, write = self._tools
        texts: list[str | None] = [None] * len(lines)
        together = kept_going(lambda: [each for stack in sorter.stacked(lines) for each in write.stacked(stack)])
        for row, text in [] if isinstance(together, Problem) else together:  # what fails together is tried alone
            texts[row] = text
        code, said = EXIT_OK, ""
        for row, line in enumerate(lines):
            outcome = sorter.alone(line, first + row) if texts[row] is None else None
            if outcome is not None:
                texts[row], failed = write.alone(outcome)
                passed = getattr(outcome.answer, "passed", True)  # of a check
                code = EXIT_CANNOT if failed or code == EXIT_CANNOT else code if passed else EXIT_MISMATCH
                said += self._warnings(outcome) if self._paths else ""
        found = [text for text in texts if text is not None]
        return "\n".join(found) + "\n" * bool(found), said, code, len(found)

    def _made(self) -> Any:
        from gradcli.report.batches import Lines
        from gradcli.run.limits import within
        from gradcli.run.sorting import Sorter

        values = self._values

        def guard(own: dict[str, Any]) -> Any:
            return within(own.get("max_time", values["max_time"]), own.get("max_memory"))

        sorter = Sorter(values["expr"], self._defaults, guard, stacks=values["max_time"] is None)
        return sorter, Lines(values["nonfinite"], self._paths, self._paths.as_object, not values["no_nodes"])

    def _warnings(self, outcome: Any) -> str:
        """The warnings of a document of which only parts are printed."""
        from gradcli.report.problem import render_warning

        found = getattr(outcome.answer, "warnings", ())
        color = streams.color_wanted(sys.stderr, self._values["color"])
        texts = [render_warning(each, outcome.answer.expr, color=color, width=streams.width(sys.stderr)) for each in found]
        return "".join([f"line {outcome.line}: {text}\n" for text in texts])


# --- tables ---------------------------------------------------------------------------------------------------------


def _table(values: dict[str, Any]) -> int:
    from gradcli.run import tables
    from gradcli.run.files import stream
    from gradcli.run.incoming import is_waiting

    if values["get"]:
        raise usage("a table has no place for --get", "leave out --csv: each line is then a JSON document, which has")
    if values["also"]:
        raise usage("a table has no place for --also", "leave out --csv: each line is then a JSON document, which has")
    if values["values"]:
        raise usage("a table has no place for --values", "leave out --csv: each line is then a JSON document, which has")
    if values["expr"] is None:
        raise usage("a table needs the expression to compute", "gradcli batch 'x*y' --csv < table.csv")
    source = streams.input_buffer()
    table = tables.opened(stream.texts(source, "standard input", streams.tell))
    columns = tables.Columns(table, values["expr"], _defaults(values), values["nonfinite"], values["max_time"])
    streams.write_document(columns.header)
    failed, progress, parts = False, Progress("rows"), table.blocks()
    first = [columns(part) for part in islice(parts, 1)]  # which tells how its numbers are spelt
    with Workers(values["jobs"] or 1) as workers:
        for piece in chain(first, workers.in_order(Once(_itself, columns), parts, lambda: is_waiting(source))):
            for line, problem in piece.problems:
                failed = True
                progress.clear()
                _say_of_row(line, problem, values)
            streams.write_document(piece.text)  # in UTF-8, as it was read
            progress.step(piece.count)
    progress.clear()
    return EXIT_CANNOT if failed else EXIT_OK


def _itself(columns: Any) -> Any:
    """The worker that a process has been sent, which it keeps."""
    return columns


def _say_of_row(line: int, problem: Problem, values: dict[str, Any]) -> None:
    """What is wrong with a row, on stderr, since the table has stdout."""
    if not values["json"]:
        streams.write_error(f"line {line}: ")
        streams.write_problem(problem, False, values["color"])
        return
    from gradcli.report.problem import render

    streams.write_error(render(problem, json=True, line=line) + "\n", utf8=True)
