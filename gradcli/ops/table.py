"""The table of operations: rows enter it when their family's module is imported, and every product is derived from it."""

from __future__ import annotations

from gradcli.graph.operation import Operation
from gradcli.graph.operators import OPERATORS

TABLE: list[Operation] = []
FUNCTIONS: dict[str, list[Operation]] = {}  # by every name and alias: the overloads, in the order in which they are tried
METHODS: dict[str, list[Operation]] = {}
ATTRIBUTES: dict[str, Operation] = {}  # read without a call: x.T, x.shape

# What PyTorch calls the operands that rules call x and y.
PUBLIC_NAMES = {"x": "input", "y": "other"}

_heading = ""


def family(heading: str) -> None:
    """Start a family: the rows that follow stand under this heading."""
    global _heading
    _heading = heading


def heading() -> str:
    """The heading of the family that is being entered."""
    return _heading


def enter(row: Operation) -> Operation:
    """Put a row into the table, under all its names."""
    TABLE.append(row)
    names = (row.name, *row.aliases)
    for name in names:
        if row.function:
            FUNCTIONS.setdefault(name, []).append(row)
        if row.method:
            METHODS.setdefault(name.rpartition(".")[2], []).append(row)
        if row.attribute:
            ATTRIBUTES[name] = row
    if row.operator is not None:
        OPERATORS[row.operator] = row.call
    return row
