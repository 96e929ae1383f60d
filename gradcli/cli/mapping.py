"""`gradcli batch EXPR --data FILES -o DIR`: a part file for each piece of data of any size."""

from __future__ import annotations

from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.errors import EXIT_CANNOT, EXIT_OK, Problem


def act(values: dict[str, Any]) -> int:
    """Write the parts and say how it went; gives the exit code, 1 where something failed."""
    if values["expr"] is None:
        raise usage("--data needs an expression", "for example: gradcli batch 'x*y' --data 'logs/*.csv' -o parts")
    if values["output"] is None:
        raise usage("--data writes files, and there is no folder for them", "name one: -o parts")
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    with Limits(values["max_memory"], values["max_time"]).enforce(say):
        done = _mapped(values)
    for _, message in done.failed:
        streams.write_error(f"error: {message}\n", utf8=True)
    kept = f", {done.skipped} were there" if done.skipped else ""
    streams.write_report(f"{done.written} parts written, {done.rows:,} rows{kept}, {len(done.failed)} failed\n")
    return EXIT_CANNOT if done.failed else EXIT_OK


def _mapped(values: dict[str, Any]) -> Any:
    from gradcli.cli.progress import Progress
    from gradcli.run import workers
    from gradcli.run.evaluate import computed_bindings
    from gradcli.run.request import Request
    from gradcli.run.solving.columns import free_names
    from gradcli.run.total import chunks, mapping, total

    constants = computed_bindings(Request("", values["bindings"], stdin=streams.reader_for([])))
    columns = free_names(values["expr"], [name for name, _, _ in constants])
    if not columns:
        raise usage("the expression reads no column of the data", "columns are known in it by their names")
    asked = mapping.Mapping(values["expr"], constants, columns, not values["no_grad"], values["output"])
    progress = Progress("rows", chunks.size_of(chunks.files_of(values["data"])), streams=False)
    try:
        with workers.Workers(values["jobs"] or workers.cores()) as pool:
            return mapping.mapped(asked, total.Journey(values["data"], pool, progress.read, progress.step), values["resume"])
    finally:
        progress.clear()
