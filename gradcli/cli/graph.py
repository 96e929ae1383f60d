"""`gradcli graph`: the backward graph of an expression, onto stdout or into a file."""

from __future__ import annotations

import os
import sys
from typing import Any, Final

from gradcli.cli import streams, targets
from gradcli.cli.argv import usage
from gradcli.cli.options import PER_RECORD
from gradcli.errors import Problem
from gradcli.report import precision

_ENDINGS: Final = {
    "": "tree",
    ".txt": "tree",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
    ".json": "json",
}
_OTHER_ENDINGS: Final = (
    "use .svg, name the --format, or let Graphviz draw: gradcli graph ... --format dot | dot -Tjpg -o graph.jpg"
)


def act(values: dict[str, Any]) -> int:
    """Compute, draw, and print or save; gives the exit code.  Nothing is printed or written unless all of it worked."""
    if values["expr"] is None:
        raise usage("there is no expression to draw", "for example: gradcli graph 'x**2' x=3")
    kind = targets.kind_of("graph", values, _ENDINGS, _OTHER_ENDINGS)
    if values["open"] and values["output"] is None:
        values, kind = {**values, "output": _temporary()}, "svg"
    with precision.asked(values["precision"]):
        code = targets.deliver(values, kind, "tree", lambda: _rendered(_picture(values, kind), kind, values))
    if values["open"]:
        _show(values["output"])
    return code


def _temporary() -> str:
    """A new file for a picture that is only to be looked at."""
    import tempfile

    descriptor, path = tempfile.mkstemp(".svg", "gradcli-graph-")
    os.close(descriptor)
    return path


def _show(path: str) -> None:
    """Open a file in the browser.  Raises Problem where there is none."""
    import webbrowser
    from pathlib import Path

    if not webbrowser.open(Path(path).resolve().as_uri()):
        raise Problem("file", "there is no browser to show the picture", type="OSError", hint=f"it is in {path}")


def _picture(values: dict[str, Any], kind: str) -> Any:
    """The graph is recorded even where no pass goes through it (--no-grad)."""
    from gradcli.run.picture import picture
    from gradcli.run.request import Request

    settings = {option.name: values[option.name] for option in PER_RECORD if option.name in values}
    settings["no_grad"] = False
    stdin = streams.reader_for([*[text for _, text, _ in values["bindings"]], *values["weights"]])
    request = Request(values["expr"], values["bindings"], stdin=stdin, tell=streams.tell, **settings)
    found = picture(request, differentiated=not values["no_grad"], formulas=kind != "tree")
    if values["all"] or kind == "json":
        return found
    from gradcli.run.collapsing import collapsed

    return collapsed(found)


def _rendered(picture: Any, kind: str, values: dict[str, Any]) -> str | bytes:
    if kind == "json" or values["nonfinite"] == "error":
        from gradcli.report.pictures import json

        document = json.render(picture, values["nonfinite"])
        if kind == "json":
            return document
    if kind in ("png", "pdf"):
        from gradcli.report.pictures import raster

        return raster.render(picture, f".{kind}")
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
