"""A Picture becomes DOT, the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gradcli.report.characters import visible
from gradcli.report.pictures import labels
from gradcli.run.picture import Picture, Vertex

_WIDEST: Final = 44
_WIDEST_SHARE: Final = 12

_LEAF: Final = 'fillcolor="#d8f2e1", color="#5fae83", style="rounded,filled"'
_OUTPUT: Final = 'fillcolor="#eadffb", color="#8d6bc9"'
_OPENING: Final = """\
  bgcolor="transparent";
  node [shape=box, style=filled, fillcolor="#f3f7fe", color="#b3bdc9", fontcolor="#1c232c", fontname="monospace", fontsize=11];
  edge [color="#7f8b99", fontcolor="#7f8b99", fontname="monospace", fontsize=9];"""


def render(picture: Picture) -> str:
    """The digraph, with its final newline; `n0`, `n1`, ... are the nodes by their ids."""
    return "\n".join([f"digraph {_quoted(labels.title(picture))} {{", _OPENING, *_statements(picture), "}"]) + "\n"


def _statements(picture: Picture) -> Iterator[str]:
    roots = set(picture.roots)
    for vertex in picture.vertices:
        looks = _LEAF if vertex.is_leaf else _OUTPUT if vertex.id in roots else ""
        yield f"  n{vertex.id} [label={_label(vertex, picture)}{looks and ', '}{looks}];"
    for edge, tag in zip(picture.edges, labels.tags(picture, _WIDEST_SHARE), strict=True):
        yield f"  n{edge.start} -> n{edge.end}{f' [label={_quoted(tag)}]' if tag else ''};"


def _label(vertex: Vertex, picture: Picture) -> str:
    """The head, centred, and the lines below it, which begin at the left."""
    head = _escaped(f"{vertex.grad_fn}  {labels.shape(vertex, picture)}")
    lines = [
        _escaped(text if not what else f"{what:{labels.KEY}}{text}") for what, text in labels.lines(vertex, picture, _WIDEST)
    ]
    return f'"{head}\\n{"".join([line + chr(92) + "l" for line in lines])}"'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Text within quotes, where Graphviz would take backslashes for its own escapes, and & for the start of an entity."""
    return visible(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
