"""`gradcli plot`: a function and its derivatives as a picture."""

from __future__ import annotations

import os
import sys
from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.errors import EXIT_OK, Problem
from gradcli.report import precision

_POINTS = 1500  # of a range, in a file
_PER_COLUMN = 8  # of a range, in a terminal


def act(values: dict[str, Any]) -> int:
    """Draw; gives the exit code."""
    if values["expr"] is None:
        raise usage("there is no expression to draw", "for example: gradcli plot 'sin(x)' x=-3:3")
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=False, color=values["color"])

    with Limits(values["max_memory"], values["max_time"]).enforce(say), precision.asked(values["precision"]):
        if values["output"] is None:
            picture = _picture(values, max(200, _PER_COLUMN * streams.width(sys.stdout)))
            streams.write(in_terminal(picture, values["color"]) + "\n")
        else:
            _into_file(values)
    return EXIT_OK


def _into_file(values: dict[str, Any]) -> None:
    from gradcli.report.plotting import file
    from gradcli.run.files import save_bytes

    ending = os.path.splitext(values["output"])[1].lower()
    if ending not in file.ENDINGS:
        raise usage(f"'{values['output']}' has no ending of a picture", f"name it with one of {', '.join(file.ENDINGS)}")
    save_bytes(values["output"], file.rendered(_picture(values, _POINTS), ending))


def in_terminal(picture: Any, color: str) -> str:
    """A picture in the characters of this process's terminal."""
    from gradcli.report.plotting import terminal

    width, height = streams.width(sys.stdout), streams.height(sys.stdout)
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    return terminal.drawn(
        picture,
        width=width,
        height=max(8, min(height - 1, width // 3 + 4)),
        color=streams.color_wanted(sys.stdout, color),
        unicode=encoding.startswith("utf") and os.environ.get("TERM") != "dumb",
    )


def _picture(values: dict[str, Any], count: int) -> Any:
    from gradcli.run.request import Request
    from gradcli.run.solving import curves

    expressions = [each.strip() for each in values["expr"].split(";;") if each.strip()]
    stdin = streams.reader_for([text for _, text, _ in values["bindings"]])
    request = Request(expressions[0], values["bindings"], seed=values["seed"], wrt=values["wrt"], stdin=stdin)
    return curves.sampled(request, expressions, count, 0 if values["no_grad"] else values["order"])
