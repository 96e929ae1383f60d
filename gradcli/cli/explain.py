"""`gradcli explain`: the derivation of an expression's gradients, step by step, onto stdout or into a file."""

from __future__ import annotations

import sys
from typing import Any, Final

from gradcli.cli import streams, targets
from gradcli.cli.argv import usage
from gradcli.report import precision

_ENDINGS: Final = {
    "": "text",
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".tex": "latex",
    ".json": "json",
}
_SETTINGS = ("weights", "wrt", "dtype", "seed")


def act(values: dict[str, Any]) -> int:
    """Compute, derive, and print or save; gives the exit code.  Nothing is printed or written unless all of it worked."""
    if values["expr"] is None:
        raise usage("there is no expression to explain", "for example: gradcli explain 'x**2' x=3")
    kind = targets.kind_of("explain", values, _ENDINGS, "use .md, or name the --format")
    if values["shapes"] or _has_no_values(values):
        return targets.deliver(values, kind, "text", lambda: _outlined(kind, values))
    with precision.asked(values["precision"]):
        return targets.deliver(values, kind, "text", lambda: _rendered(_explanation(values), kind, values))


def _has_no_values(values: dict[str, Any]) -> bool:
    """Whether the expression has names, none of which is bound to anything but a constant."""
    if any([not is_constant for _, _, is_constant in values["bindings"]]):
        return False
    from gradcli.errors import Problem
    from gradcli.run.symbolic.terms.shapes import free_names

    try:
        return bool(free_names(values["expr"]) - {name for name, _, _ in values["bindings"]})
    except Problem:  # of the syntax: it is told in its place
        return False


def _outlined(kind: str, values: dict[str, Any]) -> str:
    """The derivation in formulas alone."""
    from gradcli.cli.formula import question, written
    from gradcli.run.explaining.without_values import outline

    derived = outline(question(values))
    if kind == "json":
        from gradcli.report.formula import json as formula_json

        return formula_json.render(derived.formulas)
    if kind == "latex":
        from gradcli.report.formula import latex

        return latex.render(derived.formulas)
    from gradcli.report.explaining import without_values

    text = without_values.render(derived)
    return f"```\n{text}\n```" if kind == "markdown" else text if values["output"] is not None else written(text)


def _explanation(values: dict[str, Any]) -> Any:
    from gradcli.run.explaining.explain import explain
    from gradcli.run.request import Request

    stdin = streams.reader_for([*[text for _, text, _ in values["bindings"]], *values["weights"]])
    settings = {name: values[name] for name in _SETTINGS}
    return explain(Request(values["expr"], values["bindings"], stdin=stdin, tell=streams.tell, **settings))


def _rendered(explanation: Any, kind: str, values: dict[str, Any]) -> str:
    if kind == "json" or values["nonfinite"] == "error":
        from gradcli.report.explaining import json as explain_json

        document = explain_json.render(explanation, values["nonfinite"])
        if kind == "json":
            return document
    if kind == "latex":
        from gradcli.report.explaining import latex as explain_latex

        return explain_latex.render(explanation)
    from gradcli.report.explaining import text as explain

    if values["output"] is not None:
        return explain.markdown(explanation) if kind == "markdown" else explain.render(explanation)
    if kind == "markdown":
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
