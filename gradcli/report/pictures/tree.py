"""A Picture becomes a tree for the terminal: a row for each function, below the one that its gradient comes from.

What several functions share is shown once, and referred to by its number after that.  A tree that would grow too deep for
the page goes on below, at the left margin, in the same way: so a chain of any length stays readable.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from gradcli.errors import Record
from gradcli.report.characters import columns
from gradcli.report.pictures import labels
from gradcli.report.text import GAP, FittedTable, shown
from gradcli.run.picture import Edge, Picture, Vertex

_LINES: Final = ("├ ", "└ ", "│ ", "  ")
_ASCII: Final = ("|-", "`-", "| ", "  ")
# Columns of the page that a column of the table wants, and what it takes at least where it is shown at all.
_WANTED: Final = {"node": 34, "value": 18, "grad": 18, "saved": 40}
_LEAST: Final = {"node": 12, "value": 17, "grad": 17, "saved": 14}
_NARROWEST: Final = 6  # of "node", where nothing else is shown beside the names
_DISPENSABLE: Final = ("saved", "shape", "value", "grad")  # the order in which columns are left out
_FILLED: Final = ("grad", "value", "node", "saved")  # the order in which columns get what is left
_MOST_DRAWN: Final = 2000  # rows; rich takes a millisecond for each, and nobody looks at the colours of so many


class Row(Record):
    """A place in the tree: the lines that lead to it, the vertex, the edge to it (None at a root), and how it is shown.

    `where` is "" for the vertex itself, or "above" or "below" for where it is shown instead.
    """

    __slots__ = ("lead", "vertex", "edge", "operand", "where")
    lead: str
    vertex: Vertex
    edge: Edge | None
    operand: str
    where: str


def render(picture: Picture, *, color: bool = False, width: int = 80, ascii: bool = False) -> str:
    """The tree without its final newline, `color` as on a terminal; `ascii` draws its lines with - | and `."""
    rows = _rows(picture, deepest=max(4, width // 10), glyphs=_ASCII if ascii else _LINES)
    referred = {row.vertex.id for row in rows if row is not None and row.where}
    table = _table(rows, referred, picture, width)
    return shown([table], color=color and len(rows) <= _MOST_DRAWN, width=width)


def _rows(picture: Picture, deepest: int, glyphs: tuple[str, str, str, str]) -> list[Row | None]:
    """All rows in order; None is an empty one, between trees."""
    branch, last, down, empty = glyphs
    leaving: list[list[tuple[Edge, str]]] = [[] for _ in picture.vertices]
    for edge, operand in zip(picture.edges, labels.operands(picture), strict=True):
        leaving[edge.start].append((edge, operand))
    rows: list[Row | None] = []
    done: set[int] = set()
    waiting = deque(picture.roots)  # of the trees still to be shown
    expected = set(waiting)
    while waiting:
        rows += [None] if rows else []
        stack: list[Any] = [(waiting.popleft(), None, "", "", "", 0)]
        while stack:
            vertex, edge, operand, lead, indent, depth = stack.pop()
            where = "above" if vertex in done else "below" if edge is not None and vertex in expected else ""
            if not where and depth > deepest and leaving[vertex]:
                where = "below"
                waiting.append(vertex)
                expected.add(vertex)
            rows.append(Row(lead, picture.vertices[vertex], edge, operand, where))
            if where:
                continue
            done.add(vertex)
            for place, (way, name) in reversed([*enumerate(leaving[vertex], 1)]):
                ends = place == len(leaving[vertex])
                lines = (indent + (last if ends else branch), indent + (empty if ends else down))
                stack.append((way.end, way, name, *lines, depth + 1))
    return rows


def _table(rows: list[Row | None], referred: set[int], picture: Picture, width: int) -> FittedTable:
    """The rows as a table that fits into `width`: columns that say less are left out, the others share what is left."""
    makers = _makers(referred, picture)
    sizes = {head: _widest(head, _cells(rows, make, max(_WANTED.get(head, 0), width // 3))) for head, make in makers.items()}
    least = {head: min(size, _LEAST.get(head, size)) for head, size in sizes.items()}
    for head in _DISPENSABLE:
        if sum(least.values()) + len(GAP) * (len(least) - 1) > width:
            del least[head], sizes[head]
    room = width - len(GAP) * (len(least) - 1) - sum(least.values())
    least["node"] = max(_NARROWEST, least["node"] + min(0, room))
    for head in _FILLED:
        if head in least:
            given = max(0, min(room, sizes[head] - least[head]))
            least[head], room = least[head] + given, room - given
    numbers = [head for head in ("value", "grad") if head in least]
    for head in numbers:  # which can be told in more detail
        least[head] += max(0, room) // len(numbers)
    cells = [_cells(rows, makers[head], size) for head, size in least.items()]
    return FittedTable([tuple(least), *[each if row else ("",) for row, each in zip(rows, zip(*cells), strict=True)]])


def _makers(referred: set[int], picture: Picture) -> dict[str, Callable[[Row, int], str]]:
    """What makes the cells of each column, at most so wide; the names are never shortened."""
    own: dict[str, Callable[[Row, int], str]] = {
        "shape": lambda row, _: labels.shape(row.vertex, picture),
        "value": lambda row, width: labels.value(row.vertex, width),
        "saved": lambda row, width: labels.saved(row.vertex, width),
    }
    its = {head: lambda row, width, make=make: "" if row.where else make(row, width) for head, make in own.items()}
    return {
        "grad_fn": lambda row, _: _name(row, referred),
        "node": lambda row, width: labels.label(row.vertex, width),
        "shape": its["shape"],
        "value": its["value"],
        "grad": lambda row, width: _grad(row, width) if picture.has_gradients else "",
        "saved": its["saved"],
    }


def _cells(rows: list[Row | None], make: Callable[[Row, int], str], width: int) -> list[str]:
    return [make(row, width) if row else "" for row in rows]


def _widest(heading: str, cells: list[str]) -> int:
    return max(map(columns, [heading, *cells]))


def _name(row: Row, referred: set[int]) -> str:
    head = f"{row.lead}{row.operand}: " if row.operand else row.lead
    if row.where:
        return f"{head}#{row.vertex.id} {row.where}"
    return f"{head}{row.vertex.grad_fn}{f' #{row.vertex.id}' if row.vertex.id in referred else ''}"


def _grad(row: Row, width: int) -> str:
    """What arrived at the vertex; "2. of 5." where this edge brought a part of it."""
    whole = labels.grad(row.vertex, width)
    part = "" if row.edge is None else labels.share(row.edge, width)
    both = f"{part} of {whole}" if part and whole not in ("", "...") else ""
    if both and len(both) <= width:
        return both
    return part if row.where else whole or part
