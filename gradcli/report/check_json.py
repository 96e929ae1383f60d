"""A CheckResult becomes one line of JSON, the document `gradcli.check/1`."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradcli.report.document import MISSING, encoded, opening, place
from gradcli.run.checking.result import CheckResult, Comparison, Difference, KinkMet, Place
from gradcli.run.numbers import jsonable

SCHEMA: Final = "gradcli.check/1"


def render(result: CheckResult, *, id: Any = MISSING) -> str:
    """The document as one line, without its newline; `id` is that of the batch record that it answers."""
    return encoded(
        {
            **opening(SCHEMA, id),
            "expr": result.expr,
            "passed": result.passed,
            "verdict": result.word,
            "seed": result.seed,
            "points": result.points,
            "others": result.others,
            "skipped": result.skipped,
            "weights": result.weighted,
            "symmetric": {leaf: operation for leaf, operation, _ in result.symmetric},
            "checks": [_comparison(each) for each in result.comparisons],
            "kinks": [_kink(each) for each in result.kinks],
            "at": [
                {"point": number, "values": {name: jsonable(array) for name, array in values.items()}}
                for number, values in result.at
            ],
            "notes": [
                {field: place(note.span) if field == "span" else getattr(note, field) for field in note.__slots__}
                for note in result.notes
            ],
        }
    )


def _comparison(each: Comparison) -> dict[str, Any]:
    facts = {field: getattr(each, field) for field in each.__slots__}
    return {
        **facts,
        "worst": _number(each.worst),
        "ratio": _number(each.ratio),
        "differences": [_difference(one) for one in each.differences],
    }


def _difference(each: Difference) -> dict[str, Any]:
    return {
        **_place(each.place),
        "found": _number(each.found),
        "expected": _number(each.expected),
        "error": _number(each.error),
        "sides": None if each.sides is None else [_number(side) for side in each.sides],
        "ratio": _number(each.ratio),
    }


def _kink(each: KinkMet) -> dict[str, Any]:
    return {
        **_place(each.place),
        "message": each.message,
        "used": _number(each.used),
        "interval": None if each.interval is None else [_number(end) for end in each.interval],
    }


def _place(each: Place) -> dict[str, Any]:
    return {field: getattr(each, field) for field in each.__slots__}


def _number(value: float | None) -> Any:
    """A number as JSON has it, NaN and infinities as words."""
    return None if value is None else jsonable(np.asarray(value))
