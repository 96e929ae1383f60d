"""Where rows of the table meet Python's operators: a row says `operator="+"`, a Tensor's `__add__` looks here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcli.graph.operation import Operation

OPERATORS: dict[str, Callable[..., Any]] = {}
"""By symbol: "+", "neg", "abs", "[]", ...; and what the tape itself needs: "sum to", "cast to", "clone", "copy"."""

ROWS: dict[str, Operation] = {}
"""The rows themselves, by the same symbols; "as strided" and "copy slices" are recorded by the tape without being applied."""
