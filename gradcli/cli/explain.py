"""`gradcli explain`: the derivation of an expression's gradients, step by step, onto stdout."""

from __future__ import annotations

import sys
from typing import Any

from gradcli.cli import streams
from gradcli.cli.words import usage
from gradcli.errors import EXIT_OK, Problem

_SETTINGS = ("weights", "wrt", "dtype", "seed")


def act(values: dict[str, Any]) -> int:
    """Compute, derive and print; gives the exit code.  Nothing is printed unless all of it worked."""
    if values["expr"] is None:
        raise usage("there is no expression to explain", "for example: gradcli explain 'x**2' x=3")
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    with Limits(values["max_memory"], values["max_time"]).enforce(say):
        text = _rendered(_explanation(values), values) + "\n"
    (streams.write_document if values["json"] else streams.write)(text)
    return EXIT_OK


def _explanation(values: dict[str, Any]) -> Any:
    from gradcli.run.explaining.explain import explain
    from gradcli.run.request import Request

    stdin = streams.reader_for([*[text for _, text, _ in values["bindings"]], *values["weights"]])
    settings = {name: values[name] for name in _SETTINGS}
    return explain(Request(values["expr"], values["bindings"], stdin=stdin, **settings))


def _rendered(explanation: Any, values: dict[str, Any]) -> str:
    """The report in the format that is asked for."""
    if values["json"] or values["nonfinite"] == "error":
        from gradcli.report.explaining import json as explain_json

        document = explain_json.render(explanation, values["nonfinite"])
        if values["json"]:
            return document
    if values["format"] == "latex":
        from gradcli.report.explaining import latex as explain_latex

        return explain_latex.render(explanation)
    from gradcli.report.explaining import text as explain

    if values["format"] == "markdown":
        return _written(explain.markdown(explanation))
    color = streams.color_wanted(sys.stdout, values["color"])
    return _written(explain.render(explanation, color=color, width=streams.width(sys.stdout)))


def _written(text: str) -> str:
    """The text in characters that stdout has: a plain d where it has no ∂."""
    try:
        "∂·".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (LookupError, UnicodeEncodeError):
        return text.replace("∂", "d").replace("·", "*")
    return text
