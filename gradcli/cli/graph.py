"""`gradcli graph`: the backward graph of an expression, onto stdout or into a file."""

from __future__ import annotations

import os
import sys
from typing import Any, Final

from gradcli.cli import streams
from gradcli.cli.options import PER_RECORD
from gradcli.cli.words import usage
from gradcli.errors import EXIT_OK, Problem

_ENDINGS: Final = {
    "": "tree",
    ".txt": "tree",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".svg": "svg",
    ".json": "json",
}


def act(values: dict[str, Any]) -> int:
    """Compute, draw, and print or save; gives the exit code.  Nothing is printed or written unless all of it worked."""
    if values["expr"] is None:
        raise usage("there is no expression to draw", "for example: gradcli graph 'x**2' x=3")
    from gradcli.run.files import check_text_target, save_text
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    if values["output"] == "-":
        values["output"] = None
    kind, path = _kind(values), values["output"]
    with Limits(values["max_memory"], values["max_time"]).enforce(say):
        if path is not None:
            check_text_target(path)
        text = _rendered(_picture(values), kind, values).rstrip("\n") + "\n"
        if path is not None:
            save_text(path, text)
    if path is None:
        (streams.write if kind == "tree" else streams.write_document)(text)
    return EXIT_OK


def _kind(values: dict[str, Any]) -> str:
    """The format that is asked for; else the one that the file's name ends with, and a tree without either."""
    if values["json"]:
        return "json"
    if values["format"] != "auto":
        return str(values["format"])
    ending = os.path.splitext(values["output"] or "")[1].lower()
    if ending not in _ENDINGS:
        raise usage(
            f"graph writes no {ending} files; the ending says what to write: {', '.join(filter(None, _ENDINGS))}",
            "use .svg, name the --format, or let Graphviz draw: gradcli graph ... --format dot | dot -Tpng -o graph.png",
        )
    return _ENDINGS[ending]


def _picture(values: dict[str, Any]) -> Any:
    """The graph is recorded even where no pass goes through it (--no-grad)."""
    from gradcli.run.picture import picture
    from gradcli.run.request import Request

    settings = {option.name: values[option.name] for option in PER_RECORD if option.name in values}
    settings["no_grad"] = False
    stdin = streams.reader_for([*[text for _, text, _ in values["bindings"]], *values["weights"]])
    request = Request(values["expr"], values["bindings"], stdin=stdin, **settings)
    return picture(request, differentiated=not values["no_grad"])


def _rendered(picture: Any, kind: str, values: dict[str, Any]) -> str:
    if kind == "json" or values["nonfinite"] == "error":
        from gradcli.report.pictures import json

        document = json.render(picture, values["nonfinite"])
        if kind == "json":
            return document
    if kind != "tree":
        from importlib import import_module

        return str(import_module(f"gradcli.report.pictures.{kind}").render(picture))
    if values["output"] is None:
        return tree_on(sys.stdout, picture, values["color"])
    from gradcli.report.pictures import tree

    return tree.render(picture)


def tree_on(stream: Any, picture: Any, color: str) -> str:
    """The tree as a stream can show it; `color` is the value of --color."""
    from gradcli.report.pictures import tree

    colored = streams.color_wanted(stream, color)
    return tree.render(picture, color=colored, width=streams.width(stream), ascii=not _has_lines(stream))


def _has_lines(stream: Any) -> bool:
    """Whether the characters of the tree's lines can be written to a stream."""
    try:
        "├└│".encode(getattr(stream, "encoding", None) or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
