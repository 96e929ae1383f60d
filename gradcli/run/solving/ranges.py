"""Ranges of values, `0:10:0.5` or any one-dimensional value, and the points that several of them make."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.run.bindings import value_of
from gradcli.run.real_numbers import need_real
from gradcli.run.request import Request
from gradcli.run.solving.function import Array

_SLACK = 1e-9  # of a step: an end that is missed by rounding alone is reached


def ends_of(text: Any) -> list[str] | None:
    """The parts of FROM:TO or FROM:TO:STEP, split at colons outside of brackets; None for what is no range."""
    if not isinstance(text, str) or text.lstrip().startswith("@"):
        return None
    parts, depth, begin = [], 0, 0
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == ":" and not depth:
            parts.append(text[begin:place])
            begin = place + 1
    return [*parts, text[begin:]] if parts else None


def values_of(name: str, text: Any, known: dict[str, Any], request: Request, count: int | None = None) -> Array | None:
    """The numbers of a range or of a one-dimensional value, float64; None where the binding is neither.

    count  how many points FROM:TO has, evenly spaced; None: steps of 1, as those of seq
    Raises Problem for a range that is empty, endless or not understood.
    """
    parts = ends_of(text)
    if parts is None:
        array = value_of(name, text, known, request).ndarray
        if array.ndim == 1:
            need_real("a range", [(name, array)])
        return array.astype(np.float64) if array.ndim == 1 else None
    if len(parts) > 3 or not all([part.strip() for part in parts]):
        raise _bad(name, text, f"'{text}' is not FROM:TO or FROM:TO:STEP")
    values = [value_of(name, part, known, request).ndarray for part in parts]
    need_real("a range", [(name, each) for each in values])
    numbers = [float(each) for each in values]
    first, last = numbers[:2]
    if not np.isfinite(numbers).all():
        raise _bad(name, text, f"the range '{text}' has no end")
    if len(numbers) == 2 and count is not None:
        return np.linspace(first, last, count)
    step = numbers[2] if len(numbers) == 3 else (1.0 if last >= first else -1.0)
    if step == 0 or (last - first) / step < 0:
        raise _bad(name, text, f"the range '{text}' is empty: from {first:g} steps of {step:g} do not lead to {last:g}")
    total = int((last - first) / step + _SLACK) + 1
    if total > 1 << 30:
        raise Problem("limit", f"the range '{text}' has {total:,} values", hint="make the step larger", source=name, text=text)
    return first + step * np.arange(total)


def _bad(name: str, text: str, message: str) -> Problem:
    return Problem("argument", message, type="ValueError", hint=f"for example {name}=0:10:0.5", source=name, text=text)


class Points:
    """The points of ranges by name: all combinations, the first name slowest, or with `paired` the ranges side by side."""

    def __init__(self, ranges: dict[str, Array], paired: bool = False) -> None:
        self.ranges = ranges
        self.paired = paired
        lengths = {name: len(each) for name, each in ranges.items()}
        if paired and len({*lengths.values()}) > 1:
            told = ", ".join([f"{name} has {length}" for name, length in lengths.items()])
            raise Problem(
                "shape-mismatch", f"ranges that are paired need equal lengths: {told}", hint="leave out --zip for a grid"
            )
        self.count = next(iter(lengths.values()), 1) if paired else prod(lengths.values())

    def chunks(self, rows: int) -> Iterator[dict[str, Array]]:
        """The points in order, at most `rows` at a time, each name with its numbers."""
        shape = tuple([len(each) for each in self.ranges.values()])
        for start in range(0, self.count, rows):
            places = np.arange(start, min(self.count, start + rows))
            if self.paired:
                yield {name: each[places] for name, each in self.ranges.items()}
            else:
                indices = np.unravel_index(places, shape) if shape else ()
                yield {name: each[index] for (name, each), index in zip(self.ranges.items(), indices)}
