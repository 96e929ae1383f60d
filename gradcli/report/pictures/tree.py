"""A Picture becomes a tree for the terminal: a row for each function, below the one that its gradient comes from.

What several functions share is shown once, and referred to by its number after that.  A tree that would grow too deep for
the page goes on below, at the left margin, in the same way: so a chain of any length stays readable.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from gradcli.errors import Record
from gradcli.report.characters import columns, elided
from gradcli.report.pictures import words
from gradcli.report.text import FittedTable, shown
from gradcli.run.picture import Edge, Picture, Vertex

_LINES: Final = ("├ ", "└ ", "│ ", "  ")
_ASCII: Final = ("|-", "`-", "| ", "  ")
_HEADINGS: Final = ("grad_fn", "node", "shape", "value", "grad", "saved")
_GAPS: Final = 2 * (len(_HEADINGS) - 1)
_MOST_SAVED: Final = 40  # columns that are kept from the numbers
_LEAST_LABEL, _LEAST_NUMBERS, _LEAST_SAVED = 15, 16, 22  # columns that are never narrower, however narrow the terminal
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
    for edge, operand in zip(picture.edges, words.operands(picture), strict=True):
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
    """The rows as a table whose cells are shortened so that most rows fit into `width`."""
    names = [_name(row, referred) if row else "" for row in rows]
    shapes = [words.shape(row.vertex, picture) if row and not row.where else "" for row in rows]
    labels = [words.label(row.vertex, max(_LEAST_LABEL, width // 4)) if row else "" for row in rows]
    room = width - _GAPS - sum([_widest(cells) for cells in ([*names, "grad_fn"], [*labels, "node"], [*shapes, "shape"])])
    saved = [words.saved(row.vertex, max(_MOST_SAVED, room)) if row and not row.where else "" for row in rows]
    each = max(_LEAST_NUMBERS, (room - min(_MOST_SAVED, _widest([*saved, "saved"]))) // 2)
    values = [words.value(row.vertex, each) if row and not row.where else "" for row in rows]
    grads = [_grad(row, each) if row and picture.has_gradients else "" for row in rows]
    left = max(_LEAST_SAVED, room - _widest([*values, "value"]) - _widest([*grads, "grad"]))
    saved = [elided(text, left) for text in saved]
    cells = zip(names, labels, shapes, values, grads, saved, strict=True)
    return FittedTable([_HEADINGS, *[each if row else ("",) for row, each in zip(rows, cells, strict=True)]])


def _widest(cells: list[str]) -> int:
    return max(map(columns, cells))


def _name(row: Row, referred: set[int]) -> str:
    head = f"{row.lead}{row.operand}: " if row.operand else row.lead
    if row.where:
        return f"{head}#{row.vertex.id} {row.where}"
    return f"{head}{row.vertex.grad_fn}{f' #{row.vertex.id}' if row.vertex.id in referred else ''}"


def _grad(row: Row, width: int) -> str:
    """What arrived at the vertex; "2. of 5." where this edge brought a part of it."""
    whole = words.grad(row.vertex, width)
    part = "" if row.edge is None else words.share(row.edge, width)
    both = f"{part} of {whole}" if part and whole not in ("", "...") else ""
    if both and len(both) <= width:
        return both
    return part if row.where else whole or part
