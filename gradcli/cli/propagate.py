"""`gradcli propagate`: the uncertainty of an expression from those of its inputs."""

from __future__ import annotations

import sys
from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.errors import EXIT_OK, Problem


def act(values: dict[str, Any]) -> int:
    """Propagate and report; gives the exit code."""
    if values["expr"] is None:
        raise usage("there is no expression", "for example: gradcli propagate 'm*g*h' m=2.0±0.1 g=9.81 h=1.5±0.02")
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    with Limits(values["max_memory"], values["max_time"]).enforce(say):
        text = _rendered(_result(values), values)
    (streams.write_document if values["json"] else streams.write_report)(text.rstrip("\n") + "\n")
    return EXIT_OK


def _result(values: dict[str, Any]) -> Any:
    from gradcli.run.request import Request
    from gradcli.run.solving import propagate, uncertainties
    from gradcli.run.solving.function import VectorFunction

    stdin = streams.reader_for([text for _, text, _ in values["bindings"]])
    request, deviations = uncertainties.separated(
        Request(values["expr"], values["bindings"], dtype="float64", seed=values["seed"], stdin=stdin)
    )
    function = VectorFunction(request)
    given = None if values["cov"] is None else uncertainties.covariance_file(values["cov"], request)
    correlations = uncertainties.correlations(values["corr"])
    if not deviations and given is None:
        raise Problem(
            "propagate",
            "no input has an uncertainty",
            hint="write it behind the value: m=2.0±0.1, or m=2.0+-0.1",
            source="expr",
        )
    covariance = propagate.covariance_of(function, deviations, correlations, given)
    return propagate.propagate(
        propagate.Question(function, covariance, values["order"], values["samples"], values["seed"] or 0, values["coverage"])
    )


def _rendered(found: Any, values: dict[str, Any]) -> str:
    from gradcli.report import propagate

    if values["json"]:
        return streams.chosen(propagate.document(found, values["nonfinite"]), values["get"])
    for message in found.warnings:
        streams.write_error(f"warning: {message}\n", utf8=True)
    color = streams.color_wanted(sys.stdout, values["color"])
    return propagate.text(found, color=color, width=streams.width(sys.stdout), precision=values["precision"])
