"""`gradcli formula`: the derivative of an expression as formulas, onto stdout or into a file."""

from __future__ import annotations

import sys
from typing import Any, Final

from gradcli.cli import streams, targets
from gradcli.cli.argv import usage
from gradcli.report import precision

_ENDINGS: Final = {"": "text", ".txt": "text", ".tex": "latex", ".json": "json", ".py": "numpy"}
_CODE: Final = ("numpy", "torch", "jax")


def act(values: dict[str, Any]) -> int:
    """Derive, and print or save; gives the exit code.  Nothing is printed or written unless all of it worked."""
    if values["expr"] is None:
        raise usage("there is no expression to differentiate", "for example: gradcli formula 'sin(x**2)'")
    kind = targets.kind_of("formula", values, _ENDINGS, "use .py, or name the --format")
    with precision.asked(values["precision"]):
        return targets.deliver(values, kind, "text", lambda: _rendered(values, kind))


def _rendered(values: dict[str, Any], kind: str) -> str:
    from gradcli.run.symbolic.derivative import derivative

    formulas = derivative(question(values, kind in _CODE))
    if kind == "json":
        from gradcli.report.formula import json as formula_json

        return formula_json.render(formulas)
    if kind == "latex":
        from gradcli.report.formula import latex

        return latex.render(formulas)
    if kind in _CODE:
        from gradcli.report.formula import code

        return code.render(formulas, kind)
    from gradcli.report.formula import text

    return written(text.render(formulas))


def question(values: dict[str, Any], products: bool = False) -> Any:
    """What the command line asks for."""
    from gradcli.run.bindings import bind
    from gradcli.run.request import Request
    from gradcli.run.symbolic.derivative import Question
    from gradcli.run.symbolic.terms.shapes import declared

    stdin = streams.reader_for([text for _, text, _ in values["bindings"]])
    bound, _ = bind(Request(values["expr"], values["bindings"], stdin=stdin))
    known = {name: tensor.ndarray for name, tensor in bound.items()}
    shapes = tuple([declared(word) for word in values["shapes"]])
    order = int(values.get("order", 1))
    if products and order == 2:
        raise usage("a function has first derivatives only", "leave out --order 2")
    return Question(values["expr"], shapes, known, values["wrt"], order, products)


def written(text: str) -> str:
    """The text in characters that stdout has: a plain d where it has no ∂."""
    try:
        "∂·²".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (LookupError, UnicodeEncodeError):
        return text.replace("∂", "d").replace("·", "*").replace("²", "2")
    return text
