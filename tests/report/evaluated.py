"""Results and problems to report, from the evaluator itself."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.run.evaluate import evaluate
from gradcli.run.request import Request
from gradcli.run.result import Result


def result(expr: str, *bindings: str, const: tuple[str, ...] = (), **options: Any) -> Result:
    """What `gradcli eval expr bindings` computes; bindings as they are typed, "x=ones(2, 2)"."""
    pairs = [(*each.split("=", 1), False) for each in bindings] + [(*each.split("=", 1), True) for each in const]
    return evaluate(Request(expr, pairs, **options))


def problem(expr: str, *bindings: str, **options: Any) -> Problem:
    """The problem that it ends with."""
    try:
        result(expr, *bindings, **options)
    except Problem as found:
        return found
    raise AssertionError(f"{expr} has no problem")
