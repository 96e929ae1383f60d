"""The table of operations: rows enter it when their family's module is imported; every product is derived from it.

Who looks for a row by its name asks `catalogue`, which imports the family that has it.
"""

from __future__ import annotations

import sys

from gradcli.graph.operation import Operation
from gradcli.graph.operators import OPERATORS, ROWS

TABLE: list[Operation] = []
FUNCTIONS: dict[str, list[Operation]] = {}  # by every name and alias: the overloads, in the order in which they are tried
METHODS: dict[str, list[Operation]] = {}
CHANGES: dict[str, list[Operation]] = {}  # methods that change their tensor, by name with its underscore: x.add_(y)
ATTRIBUTES: dict[str, Operation] = {}  # read without a call: x.T, x.shape
MODULES: dict[str, list[str]] = {}  # by any of these names: the modules that its rows stand in

# What PyTorch calls the operands that rules call x and y: of most rows, and of some.
_PUBLIC_NAMES = {"x": "input", "y": "other"}
_OF_ROWS: dict[str, dict[str, str]] = {
    "addcdiv": {"y": "tensor1", "w": "tensor2"},
    "addcmul": {"y": "tensor1", "w": "tensor2"},
    "complex": {"x": "real", "y": "imag"},
    "heaviside": {"y": "values"},
    "isin": {"x": "elements"},
    "lerp": {"y": "end"},
    "linalg.svd": {"x": "A"},
    "linalg.svdvals": {"x": "A"},
    "polar": {"x": "abs", "y": "angle"},
    "searchsorted": {"values": "input"},
    "segment_reduce": {"x": "data"},
    "split": {"x": "tensor"},
    "tensordot": {"x": "a", "y": "b"},
    "vdot": {"tensor": "other"},
}

GUESTS: dict[str, list[str]] = {}  # by heading: names of rows of other families that people look for under it

_heading = ""
_module = ""
_shortened: set[str] = set()  # names that are the last part of a longer one


def public_name(row: Operation, name: str) -> str:
    """What PyTorch calls an operand (or a parameter) of a row."""
    own = _OF_ROWS.get(row.name)
    return own[name] if own is not None and name in own else _PUBLIC_NAMES.get(name, name)


def family(heading: str) -> None:
    """Start a family: the rows that follow in the calling module stand under this heading."""
    global _heading, _module
    _heading = heading
    _module = sys._getframe(1).f_globals["__name__"]


def guests(*names: str) -> None:
    """Let the list show these rows, which stand in other families, under this heading as well."""
    GUESTS.setdefault(_heading, []).extend(names)


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
            _stands(name)
        if row.in_place:
            changing = name.rstrip("_") + "_"
            CHANGES.setdefault(changing, []).append(row)
            _stands(changing)
        if row.attribute:
            ATTRIBUTES[name] = row
            _stands(name)
    if row.operator is not None:
        OPERATORS[row.operator] = row.call
        ROWS[row.operator] = row
    return row


def _stands(name: str) -> None:
    """Note that the module has rows of a name."""
    modules = MODULES.setdefault(name, [])
    if _module not in modules:
        modules.append(_module)


def _name_function(name: str, row: Operation) -> None:
    """Enter a function; `linalg.inv` is found as `inv`, too, unless another row has that very name, as norm has."""
    if name in _shortened:
        _shortened.remove(name)
        del FUNCTIONS[name]
    FUNCTIONS.setdefault(name, []).append(row)
    _stands(name)
    short = name.rpartition(".")[2]
    if row.namespace == "gradcli" and short != name:  # math.max, which stands behind PyTorch's max wherever that is
        return
    if short not in FUNCTIONS or short in _shortened:
        _shortened.add(short)
        FUNCTIONS.setdefault(short, []).append(row)
        _stands(short)
