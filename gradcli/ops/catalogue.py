"""The roof over the operations: which family (a module of rows) has which name.

In: a name, as `FUNCTIONS["softmax"]` or `METHODS["sum"]`.  Out: its rows, in the order in which they are tried.
The families of the operators are imported here; each other one when somebody first asks for one of its names, since a start
takes the longer, the more rows enter the table.  Which of them has a name stands in a saved list.
"""

from __future__ import annotations

import marshal  # a millisecond less than json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TypeVar

from gradcli import artefact_cache
from gradcli.graph.operation import Operation
from gradcli.ops.core import table
from gradcli.ops.elementwise import arithmetic, comparison, conversion, powers, remainders  # noqa: F401
from gradcli.ops.linalg import matrix_products  # noqa: F401
from gradcli.ops.movement import broadcasting, in_place, indexing, shapes  # noqa: F401

ARTEFACT = "families.bin"
_FORMAT = 4  # of marshal: plain values in it read the same in every Python that gradcli supports
_HERE = os.path.dirname(__file__)

Rows = TypeVar("Rows")


class Names(Mapping[str, Rows]):
    """Rows by name.  A family enters the table when one of its names is first asked for, and all when somebody lists them."""

    def __init__(self, entered: dict[str, Rows]) -> None:
        self._entered = entered

    def __getitem__(self, name: str) -> Rows:
        rows = self._entered.get(name)
        if rows is None and name not in self:
            raise KeyError(name)
        return rows or self._entered[name]

    def __contains__(self, name: object) -> bool:
        if name not in self._entered:
            for module in modules().get(str(name), ()):
                import_module(module)
        return name in self._entered

    def __iter__(self) -> Iterator[str]:
        enter_all()
        return iter(self._entered)

    def __len__(self) -> int:
        enter_all()
        return len(self._entered)


FUNCTIONS = Names(table.FUNCTIONS)
METHODS = Names(table.METHODS)
CHANGES = Names(table.CHANGES)
ATTRIBUTES = Names(table.ATTRIBUTES)


def rows() -> list[Operation]:
    """Every row of every family."""
    enter_all()
    return table.TABLE


def modules() -> dict[str, list[str]]:
    """The modules of each name: of functions, methods, attributes and in-place methods alike."""
    return _names()[0]


def method_names() -> list[str]:
    """The names of all methods, of those that change their tensor, too."""
    return _names()[1]


@cache
def _names() -> tuple[dict[str, list[str]], list[str]]:
    found: tuple[dict[str, list[str]], list[str]] = marshal.loads(artefact_cache.load(ARTEFACT, build, sources()))
    return found


def build() -> bytes:
    """All names with their modules, and those of methods, marshalled."""
    enter_all()
    return marshal.dumps((dict(sorted(table.MODULES.items())), sorted({*table.METHODS, *table.CHANGES})), _FORMAT)


def sources() -> list[str]:
    """The files that the rows stand in."""
    return [os.path.join(room, file) for room, _, files in os.walk(_HERE) for file in files if file.endswith(".py")]


@cache
def enter_all() -> None:
    """Import every family."""
    from pkgutil import walk_packages  # half a millisecond of every start

    for module in walk_packages([_HERE], "gradcli.ops."):
        import_module(module.name)
