"""`gradcli jacobian`, `hessian`, `jvp` and `hvp`: what one backward pass does not tell."""

from __future__ import annotations

import sys
from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.cli.bindings import binding
from gradcli.errors import EXIT_OK, Problem


def jacobian(values: dict[str, Any]) -> int:
    """All first derivatives; gives the exit code."""
    return _act("jacobian", values)


def hessian(values: dict[str, Any]) -> int:
    """All second derivatives; gives the exit code."""
    return _act("hessian", values)


def jvp(values: dict[str, Any]) -> int:
    """The derivative along tangents; gives the exit code."""
    return _act("jvp", values)


def hvp(values: dict[str, Any]) -> int:
    """The Hessian times a vector; gives the exit code."""
    return _act("hvp", values)


def _act(kind: str, values: dict[str, Any]) -> int:
    if values["expr"] is None:
        raise usage("there is no expression to differentiate", f"for example: gradcli {kind} 'x**2' x=3")
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    with Limits(values["max_memory"], values["max_time"]).enforce(say):
        text = _rendered(_result(kind, values), values)
    (streams.write_document if values["json"] else streams.write_report)(text.rstrip("\n") + "\n")
    return EXIT_OK


def _result(kind: str, values: dict[str, Any]) -> Any:
    from gradcli.run import derivatives
    from gradcli.run.request import Request

    tangents = [binding(text, "--tangent") for text in values.get("tangent", ())]
    texts = [text for _, text, _ in values["bindings"]] + [text for _, text in tangents]
    settings = {name: values[name] for name in ("wrt", "dtype", "seed")} | {"notes": values["notes"] or values["json"]}
    request = Request(values["expr"], values["bindings"], stdin=streams.reader_for(texts), tell=streams.tell, **settings)
    if "tangent" in values:
        return derivatives.directional(kind, request, tangents)
    return derivatives.partials(kind, request, values["mode"], values["format"] == "coo")


def _rendered(result: Any, values: dict[str, Any]) -> str:
    """The report for stdout."""
    if values["json"] or values["nonfinite"] == "error":
        from gradcli.report import derivatives_json

        document = derivatives_json.render(result, values["nonfinite"])
        if values["json"]:
            if values["get"]:  # bare values leave the warnings behind
                streams.write_warnings(result, values["color"])
            return streams.chosen(document, values["get"])
    from gradcli.report import derivatives_text

    streams.write_warnings(result, values["color"])
    color = streams.color_wanted(sys.stdout, values["color"])
    width = streams.width(sys.stdout)
    return derivatives_text.render(result, color=color, width=width, precision=values["precision"])
