"""Where rows of the table meet Python's operators: a row says `operator="+"`, a Tensor's `__add__` looks here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

OPERATORS: dict[str, Callable[..., Any]] = {}
"""By symbol: "+", "neg", "abs", "[]", ...; and what the sweep itself needs: "sum to" and "cast to"."""
