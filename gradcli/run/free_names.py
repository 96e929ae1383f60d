"""Which names an expression reads, found in its text alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

from gradcli.errors import Problem
from gradcli.run import names
from gradcli.run.source_places import parsed
from gradcli.text.nodes import Assign, Call, Name, Node, children


@lru_cache(maxsize=8)
def names_read(expr: str) -> dict[str, Name]:
    """The names that an expression takes from outside, each with the place where it first does.  Raises Problem.

    The dictionary is kept for the next record of a batch, and not to be changed.
    """
    read: dict[str, Name] = {}
    own: set[str] = set()
    for statement in parsed(expr).statements:
        for node in _values(statement):
            if node.id not in own:
                read.setdefault(node.id, node)
        if isinstance(statement, Assign):
            own.update(statement.targets)
    return read


def record_of(expr: str, line: dict[str, Any]) -> dict[str, Any]:
    """The record that a line of variables makes with `expr`: with those that it reads, and with the line's id.

    What the expression does not read, such as a label, remarks on the line and need not be a tensor.
    """
    read: set[str] = set()
    texts = [expr]
    while texts:
        with suppress(Problem):  # a text that is wrong is told so when it is evaluated
            new = names_read(texts.pop()).keys() - read
            read |= new
            texts += [line[name] for name in new if isinstance(line.get(name), str)]
    record = {"expr": expr, "vars": {name: value for name, value in line.items() if name in read}}
    return {"id": line["id"], **record} if "id" in line and "id" not in read else record


def _values(statement: Node) -> Iterator[Name]:
    """The names that stand for values; a column called `sum` does not hide the function in sum(x)."""
    stack: list[Node] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            yield node
        below = children(node)
        if (
            isinstance(node, Call)
            and isinstance(node.function, Name)
            and isinstance(names.lookup(node.function.id), (names.RowFunction, names.Derivative))
        ):
            below = tuple([each for each in below if each is not node.function])
        stack.extend(below)
