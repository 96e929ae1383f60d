"""Which names of an expression are columns of a table, and the columns themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradcli.graph import memory
from gradcli.run import files
from gradcli.run.names import CONSTANTS
from gradcli.run.solving.function import Array
from gradcli.text import nodes as syntax
from gradcli.text import parse


def read_columns(path: str, names: Iterable[str], stdin: Callable[[], bytes]) -> dict[str, Array]:
    """The columns of a table by name, each of one dimension.  Raises Problem where one is missing."""
    return {name: files.read(f"{path}#{name}", stdin=stdin, limit=memory.limit(), label="--data") for name in names}


def free_names(expr: str, bound: Iterable[str], source: str = "expr") -> list[str]:
    """The names that an expression reads and nobody gives it: neither bound, nor assigned before, nor a function or constant.

    Raises Problem where the expression is not understood.
    """
    known, found = {*bound}, {}
    for statement in parse(expr, source).statements:
        for name in _read(statement):
            if name not in known and name not in CONSTANTS:
                found[name] = True
        if isinstance(statement, syntax.Assign):
            known.update(statement.targets)
    return [*found]


def assigned_name(expr: str) -> str | None:
    """The name that the last statement gives its value: "y" of `y = a*x`."""
    last = parse(expr).statements[-1]
    return last.targets[0] if isinstance(last, syntax.Assign) and len(last.targets) == 1 else None


def _read(statement: syntax.Node) -> list[str]:
    """The names that a statement reads as values, in the order of the text."""
    found, work = [], [statement]
    while work:
        node = work.pop()
        if isinstance(node, syntax.Name):
            found.append(node.id)
        elif isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name):
            work += reversed([*node.arguments, *node.keywords])
        elif isinstance(node, syntax.Attribute) and isinstance(node.object, syntax.Name) and _is_module(node.object.id):
            continue
        else:
            work += reversed(syntax.children(node))
    return found


def _is_module(name: str) -> bool:
    from gradcli.run.names import NAMESPACES

    return name in NAMESPACES
