"""The table of operations: rows enter it when their family's module is imported; every product is derived from it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from gradcli.graph.operation import Operation
from gradcli.graph.operators import OPERATORS, ROWS


class Names(dict[str, list[Operation]]):
    """Rows by name.  Asked for a name that the usual families lack, or for all, it has the other families enter first."""

    def __missing__(self, name: str) -> list[Operation]:
        if not self.enters(name):
            raise KeyError(name)
        return self[name]

    def __contains__(self, name: object) -> bool:
        return self.has(name) or self.enters(name)

    def __iter__(self) -> Iterator[str]:
        _enter_all()
        return super().__iter__()

    def get(self, name: str, default: Any = None) -> Any:
        """The rows of a name, or `default`."""
        if not self.has(name):
            _enter_all()
        return super().get(name, default)

    def has(self, name: object) -> bool:
        """Whether a row of that name has entered by now."""
        return super().__contains__(name)

    def enters(self, name: object) -> bool:
        """Whether a row of that name is among those that now enter."""
        _enter_all()
        return super().__contains__(name)


def _enter_all() -> None:
    """Import the families that few expressions need; the second time costs nothing."""
    import_module("gradcli.ops.families")


TABLE: list[Operation] = []
FUNCTIONS = Names()  # by every name and alias: the overloads, in the order in which they are tried
METHODS = Names()
CHANGES: dict[str, list[Operation]] = {}  # methods that change their tensor, by name with its underscore: x.add_(y)
ATTRIBUTES: dict[str, Operation] = {}  # read without a call: x.T, x.shape

# What PyTorch calls the operands that rules call x and y.
PUBLIC_NAMES = {"x": "input", "y": "other"}

_heading = ""
_shortened: set[str] = set()  # names that are the last part of a longer one


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
    for name in (row.name, *row.aliases):
        if row.function:
            _name_function(name, row)
        if row.method and "." not in name:
            METHODS.setdefault(name, []).append(row)
        if row.in_place:
            CHANGES.setdefault(name.rstrip("_") + "_", []).append(row)
        if row.attribute:
            ATTRIBUTES[name] = row
    if row.operator is not None:
        OPERATORS[row.operator] = row.call
        ROWS[row.operator] = row
    return row


def _name_function(name: str, row: Operation) -> None:
    """Enter a function; `linalg.inv` is found as `inv`, too, unless another row has that very name, as norm has."""
    if name in _shortened:
        _shortened.remove(name)
        del FUNCTIONS[name]
    FUNCTIONS.setdefault(name, []).append(row)
    short = name.rpartition(".")[2]
    if not FUNCTIONS.has(short) or short in _shortened:
        _shortened.add(short)
        FUNCTIONS.setdefault(short, []).append(row)
