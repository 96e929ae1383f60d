"""Formulas as one line of JSON, the document `gradcli.formula/1`; each formula is a program that gradcli itself evaluates."""

from __future__ import annotations

from typing import Any, Final

from gradcli.report.document import MISSING, encoded, opening
from gradcli.run.symbolic.derivative import Formulas

SCHEMA: Final = "gradcli.formula/1"


def render(formulas: Formulas, *, id: Any = MISSING) -> str:
    """The document as one line, without its newline."""
    own = [each for each in formulas.derivatives if each.first in (None, each.leaf)]
    mixed: dict[str, dict[str, str]] = {}
    for each in formulas.derivatives:
        if each.first not in (None, each.leaf):
            mixed.setdefault(str(each.first), {})[each.leaf] = formulas.whole(each)
    return encoded(
        {
            **opening(SCHEMA, id),
            "expr": formulas.expr,
            "order": formulas.order,
            "grads": {each.leaf: formulas.whole(each) for each in own},
            "kinds": {each.leaf: each.kind for each in own},
            "mixed": mixed,
            "steps": [{"name": name, "formula": text} for name, text in formulas.steps],
            "by_steps": formulas.by_steps,
            "shapes": {name: [*shape] for name, (shape, _) in formulas.shapes.items()},
            "out_shape": [*formulas.out],
            "conditions": list(formulas.conditions),
            "verified_at": formulas.verified,
        }
    )
