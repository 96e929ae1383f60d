"""`gradcli table`: values and derivatives over ranges."""

from __future__ import annotations

import sys
from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.errors import EXIT_OK, Problem


def act(values: dict[str, Any]) -> int:
    """Write the table as it is computed; gives the exit code."""
    if values["expr"] is None:
        raise usage("there is no expression to tabulate", "for example: gradcli table 'x**2' x=0:10:0.5")
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    with Limits(values["max_memory"], values["max_time"]).enforce(say):
        for text in _texts(_tabulation(values), values):
            streams.write_on(text)
        streams.write("")
    return EXIT_OK


def _tabulation(values: dict[str, Any]) -> Any:
    from gradcli.run.request import Request
    from gradcli.run.solving.tabulate import Tabulation

    stdin = streams.reader_for([text for _, text, _ in values["bindings"]])
    request = Request(values["expr"], values["bindings"], dtype="float64", seed=values["seed"], wrt=values["wrt"], stdin=stdin)
    return Tabulation(request, values["zip"], 0 if values["no_grad"] else values["order"])


def _texts(table: Any, values: dict[str, Any]) -> Any:
    from gradcli.report import tabulate

    if values["json"]:
        return tabulate.lines(table.headings, table.chunks(), values["nonfinite"])
    if values["csv"] or values["tsv"]:
        return tabulate.separated(table.headings, table.chunks(), "\t" if values["tsv"] else ",")
    return tabulate.aligned(table.headings, table.chunks(), streams.width(sys.stdout), values["precision"])
