"""`gradcli eval`, and the bare `gradcli EXPR`: a request out of the values, and its result onto the streams."""

from __future__ import annotations

import sys
from typing import Any

from gradcli.cli import streams
from gradcli.cli.options import PER_RECORD
from gradcli.cli.words import usage
from gradcli.errors import EXIT_OK, Problem


def act(values: dict[str, Any]) -> int:
    """Evaluate, report and save; gives the exit code.  Nothing is printed unless all of it worked."""
    if values["expr"] is None:
        raise usage("there is no expression to evaluate", "for example: gradcli 'x**2' x=3")
    from gradcli.run.limits import Limits

    def out_of_time(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    with Limits(values["max_memory"], values["max_time"]).enforce(out_of_time):
        result = _result(values)
        text = _rendered(result, values)
        if values["save_grads"]:
            from gradcli.run.files import save_gradients

            save_gradients(values["save_grads"], result.grads, nonfinite=values["nonfinite"])
    (streams.write_document if values["json"] else streams.write)(text.rstrip("\n") + "\n")
    return EXIT_OK


def _result(values: dict[str, Any]) -> Any:
    from gradcli.run.evaluate import evaluate
    from gradcli.run.request import Request

    if values["save_grads"]:
        from gradcli.run.files import check_target

        check_target(values["save_grads"], [name for name, _, is_constant in values["bindings"] if not is_constant])
    settings = {option.name: values[option.name] for option in PER_RECORD}
    return evaluate(Request(values["expr"], values["bindings"], stdin=streams.read_input, **settings))


def _rendered(result: Any, values: dict[str, Any]) -> str:
    """The report for stdout; in text, the warnings go to stderr (in JSON they are part of the document)."""
    if values["json"]:
        from gradcli.report import json

        return str(json.render(result, values["nonfinite"]))
    from gradcli.report import text

    _warn(result, values["color"])
    color = streams.color_wanted(sys.stdout, values["color"])
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return str(text.render(result, color=color, width=streams.width(sys.stdout), table=terminal))


def _warn(result: Any, color: str) -> None:
    if result.warnings:
        from gradcli.report.problem import render_warning

        for warning in result.warnings:
            told = render_warning(warning, result.expr, color=streams.color_wanted(sys.stderr, color), width=streams.width(sys.stderr))
            streams.write_error(told.rstrip("\n") + "\n")
