"""Curves and fields become pictures: in the terminal by plotext, in files by matplotlib, both of the extra `plot`."""

from __future__ import annotations

import math

from gradcli.errors import Problem
from gradcli.report import precision

_DIGITS = 6  # of a number at an axis, unless --precision says otherwise
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def ticks(low: float, high: float, most: int) -> tuple[list[float], list[str]]:
    """At most so many round numbers between two others, and how they are written at an axis."""
    rough = (high - low) / max(most - 1, 1)
    if not 0 < rough < math.inf:
        return [low], [label(low)]
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * each for each in _STEPS if unit * each >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    places = [count * step for count in range(first, last + 1)]
    return places, [label(each) for each in places]


def label(value: float) -> str:
    """A number at an axis."""
    return f"{value:.{max(1, precision.digits(_DIGITS))}g}"


def missing(library: str) -> Problem:
    """What to say where a library of the extra is not installed."""
    return Problem(
        "missing-extra",
        f"gradcli plot needs {library}, which is not installed",
        type="ImportError",
        hint="install it with: pip install 'gradcli[plot]'",
    )
