"""`gradcli total`: an expression and its gradient, summed over all rows of the data."""

from __future__ import annotations

import sys
from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.errors import EXIT_CANNOT, EXIT_OK, Problem


def act(values: dict[str, Any]) -> int:
    """Sum and report; gives the exit code, 1 where files were left out."""
    if values["expr"] is None:
        raise usage("there is no expression to sum", "for example: gradcli total '(y - a*x)**2' --data points.csv a=1")
    if not values["data"]:
        raise usage("there are no data", "name files or globs: --data 'logs/*.csv' more.parquet, or - for standard input")
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    with Limits(values["max_memory"], values["max_time"]).enforce(say):
        found = _total(values)
        text = _rendered(found, values)
    (streams.write_document if values["json"] else streams.write_report)(text.rstrip("\n") + "\n")
    return EXIT_CANNOT if found.failed else EXIT_OK


def _total(values: dict[str, Any]) -> Any:
    from gradcli.cli.progress import Progress
    from gradcli.run import workers
    from gradcli.run.evaluate import computed_bindings
    from gradcli.run.request import Request
    from gradcli.run.total import chunks, rows, total

    unknown = [kind for kind in values["also"] if kind not in ("hessian", "squares")]
    if unknown:
        raise usage(f"--also knows no '{unknown[0]}'", "it can be hessian, or squares (the sum of g g^T), or both")
    request = Request(values["expr"], values["bindings"], seed=values["seed"], stdin=streams.reader_for([]))
    order = 0 if values["no_grad"] else 1 + ("hessian" in values["also"])
    asked = rows.question(
        request,
        computed_bindings(request),
        order=order,
        squares="gradients" if "squares" in values["also"] else "",
        by=values["by"],
        skip=values["skip_bad"],
    )
    progress = Progress("rows", chunks.size_of(chunks.files_of(values["data"])), streams=False)
    try:
        with workers.Workers(values["jobs"] or workers.cores(), values["dask"]) as pool:
            return total.total(asked, total.Journey(values["data"], pool, progress.read, progress.step), values["mean"])
    finally:
        progress.clear()


def _rendered(found: Any, values: dict[str, Any]) -> str:
    from gradcli.report import total

    if values["json"]:
        return streams.chosen(total.document(found, values["nonfinite"]), values["get"])
    for _, message in found.failed:
        streams.write_error(f"warning: left out: {message}\n", utf8=True)
    if found.skipped:
        streams.write_error(f"warning: {found.skipped:,} rows were left out: a value was missing, or no number\n")
    color = streams.color_wanted(sys.stdout, values["color"])
    return total.text(found, color=color, width=streams.width(sys.stdout), precision=values["precision"])
