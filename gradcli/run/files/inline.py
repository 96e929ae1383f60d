"""Values of several lines on the command line, `x="$(cat numbers.txt)"`, read as a file of that text would be."""

from __future__ import annotations

import io
import re
from typing import Final

import numpy as np

from gradcli.errors import Problem
from gradcli.run.files.cells import looks_like_number
from gradcli.run.files.reading import understood
from gradcli.run.files.source import Source

_NAMES: Final = re.compile(r"[^()\[\]*+=<>]*")  # what may stand in a header, and not in most expressions


def read(text: str, *, limit: int | None, label: str) -> np.ndarray | None:
    """The array that a text of several lines spells as JSON or as a table; None where it is to be read as an expression.

    Raises Problem where its first line can only be numbers of a table, and a later one is wrong.
    """
    content = text.encode("utf-8", "surrogateescape")
    source = Source(f"the value of {label}", None, io.BytesIO(content), len(content), None, limit, label)
    first = next((line for line in text.splitlines() if line.strip()), "")
    numeric = all(looks_like_number(cell) for cell in re.split(r"[,;\s|]+", first.strip(" \t,;|")))
    if not numeric and first.lstrip()[:1] not in "[{" and _NAMES.fullmatch(first) is None:
        return None
    try:
        return understood(source)
    except Problem as problem:
        if not numeric or _may_be_expression(text):
            return None
        if problem.hint is not None and "#" in problem.hint:
            problem.hint = f"numbers alone, or an expression; of a file, columns are picked: {label}=@FILE#0"
        raise


def _may_be_expression(text: str) -> bool:
    """Whether later lines have what no table of numbers has."""
    return any(mark in text for mark in "()[]*=")
