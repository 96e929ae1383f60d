"""`gradcli check`: a request and its claims out of the values, and what came of them onto the streams."""

from __future__ import annotations

import sys
from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.cli.bindings import binding
from gradcli.errors import EXIT_MISMATCH, EXIT_OK, Problem
from gradcli.report import precision


def act(values: dict[str, Any]) -> int:
    """Check and report; gives the exit code, EXIT_MISMATCH where a derivative is wrong."""
    if values["expr"] is None:
        raise usage("there is no expression to check", "for example: gradcli check 'x**2' x=3")
    claims = _claims(values["claim"])
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    with Limits(values["max_memory"], values["max_time"]).enforce(say):
        result = _result(values, claims)
        with precision.asked(values["precision"]):
            text = _rendered(result, values)
    (streams.write_document if values["json"] else streams.write_report)(text.rstrip("\n") + "\n")
    return EXIT_OK if result.passed else EXIT_MISMATCH


def _claims(words: list[str]) -> list[tuple[str, str]]:
    """(leaf, formula) pairs; one for each leaf at most."""
    claims = [binding(word, "--claim") for word in words]
    names = [name for name, _ in claims]
    for name in names:
        if names.count(name) > 1:
            raise usage(f"--claim says two things about '{name}'", "check each by itself")
    return claims


def _result(values: dict[str, Any], claims: list[tuple[str, str]]) -> Any:
    from functools import cache

    from gradcli.run.checking.check import check
    from gradcli.run.request import Request

    request = Request(
        values["expr"],
        values["bindings"],
        weights=values["weights"],
        wrt=values["wrt"],
        seed=values["seed"],
        stdin=cache(streams.read_input),  # weights are read at every point
        tell=streams.tell,
    )
    return check(request, order=int(values["order"]), claims=claims, points=values["at"], rtol=values["rtol"])


def _rendered(result: Any, values: dict[str, Any]) -> str:
    if values["json"]:
        from gradcli.report import check_json

        return streams.chosen(check_json.render(result), values["get"])
    from gradcli.report import check_text

    return check_text.render(result, color=streams.color_wanted(sys.stdout, values["color"]), width=streams.width(sys.stdout))
