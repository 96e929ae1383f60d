"""Partial derivatives of functions of each entry that only the table of operations knows, read from the rules of their rows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from gradcli.errors import Problem
from gradcli.run.symbolic.formulas import factor, stated
from gradcli.text import nodes as syntax


def _row(name: str) -> Any:
    from gradcli.run.names import RowFunction, lookup

    found = lookup(name) or lookup(f"special.{name}")
    rows = [each for each in found.rows if not each.variadic] if isinstance(found, RowFunction) else []
    return rows[0] if rows else None


@lru_cache(maxsize=64)
def partial(name: str, place: int) -> syntax.Node | None:
    """The partial derivative by one operand as a tree of the operands' own names; None where there is none."""
    row = _row(name)
    if row is None or row.composite or place >= len(row.vjps) or any([each.default is not None for each in row.statics]):
        return None
    tree = stated(row.vjps[place])
    return None if tree is None else factor(tree)


def operands(name: str) -> tuple[str, ...]:
    """What the row calls its operands, and its result."""
    row = _row(name)
    return (*row.operands, row.outputs[0])


def has_partials(name: str, count: int) -> bool:
    """Whether a row has a readable partial derivative by each of so many operands."""
    try:
        row = _row(name)
        return (
            row is not None and len(row.operands) == count and all([partial(name, each) is not None for each in range(count)])
        )
    except Problem:
        return False
