"""A Picture becomes a Mermaid flowchart, which many sites draw where it stands in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from gradcli.report.characters import visible
from gradcli.report.pictures import labels
from gradcli.run.picture import Picture, Vertex

_WIDEST: Final = 44
_WIDEST_SHARE: Final = 12
_PLAIN: Final = frozenset(" ,.:=()[]/")  # what Mermaid, and the Markdown in its texts, leave alone; letters and digits aside

_CLASSES: Final = (
    "classDef function fill:#f3f7fe,stroke:#b3bdc9,color:#1c232c",
    "classDef output fill:#eadffb,stroke:#8d6bc9,color:#1c232c",
    "classDef leaf fill:#d8f2e1,stroke:#5fae83,color:#1c232c",
)


def render(picture: Picture) -> str:
    """The flowchart, with its final newline; `n0`, `n1`, ... are the nodes by their ids."""
    return "\n".join(["flowchart TD", *[f"  {line}" for line in (*_statements(picture), *_CLASSES)]]) + "\n"


def _statements(picture: Picture) -> Iterator[str]:
    roots = set(picture.roots)
    for vertex in picture.vertices:
        text = _text(vertex, picture)
        if vertex.is_leaf:
            yield f'n{vertex.id}(["{text}"]):::leaf'
        else:
            yield f'n{vertex.id}["{text}"]:::{"output" if vertex.id in roots else "function"}'
    for edge, tag in zip(picture.edges, labels.tags(picture, _WIDEST_SHARE), strict=True):
        label = f'|"{_escaped(tag)}"|' if tag else ""
        yield f"n{edge.start} -->{label} n{edge.end}"


def _text(vertex: Vertex, picture: Picture) -> str:
    head = f"{vertex.grad_fn} {labels.shape(vertex, picture)}"
    lines = [f"{what} {text}".strip() for what, text in labels.lines(vertex, picture, _WIDEST)]
    return "<br/>".join(map(_escaped, [head, *lines]))


def _escaped(text: str) -> str:
    """A line between quotes: whatever could mean something to Mermaid or to Markdown by the number of its character.

    A digit in front is one of these, since "1. x" would be an item of a list, and "](" would make a link.
    """
    text = visible(text)
    rest = [_numbered(each, _is_plain(each) and before + each != "](") for before, each in pairwise(text)]
    return _numbered(text[:1], text[:1].isalpha()) + "".join(rest)


def _is_plain(character: str) -> bool:
    return character in _PLAIN or character.isalnum()


def _numbered(character: str, plain: bool) -> str:
    return character if plain or not character else f"#{ord(character)};"
