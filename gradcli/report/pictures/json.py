"""A Picture becomes one line of JSON, the document `gradcli.graph/1`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from gradcli.errors import Record
from gradcli.report.document import encoded, opening
from gradcli.report.json_stream import Arrays, list_text, object_text
from gradcli.run.picture import Edge, Picture, Saved, Vertex

SCHEMA: Final = "gradcli.graph/1"

Pairs = list[tuple[str, Iterable[str]]]


def render(picture: Picture, nonfinite: str = "string") -> str:
    """The document without its newline.

    nonfinite  how NaN and infinities are written: "string", "null", or "error" (a Problem of code "non-finite")
    """
    arrays = Arrays(nonfinite)
    return "".join(
        object_text(
            [
                *_plain(opening(SCHEMA)),
                *_plain({"expr": picture.expr, "roots": picture.roots}),
                ("nodes", list_text(_node(vertex, arrays) for vertex in picture.vertices)),
                ("edges", list_text(_edge(edge, arrays) for edge in picture.edges)),
                *_plain({"warnings": []}),
            ]
        )
    )


def _node(vertex: Vertex, arrays: Arrays) -> Iterator[str]:
    what = vertex.name or vertex.source or f"node {vertex.id}"
    saved = list_text(_saved(each, arrays, f"what {vertex.grad_fn} of {what} saved") for each in vertex.saved)
    return object_text(
        [
            *_facts(vertex, "id", "name", "source", "grad_fn", "is_leaf", "shape", "dtype"),
            *_value(vertex, arrays, f"the value of {what}"),
            ("grad", arrays.text(vertex.grad, f"{what}.grad")),
            *_facts(vertex, "formula"),
            ("saved", saved),
            *_facts(vertex, "freed"),
        ]
    )


def _saved(each: Saved, arrays: Arrays, what: str) -> Iterator[str]:
    return object_text([*_facts(each, "name", "source", "shape", "dtype"), *_value(each, arrays, what)])


def _edge(edge: Edge, arrays: Arrays) -> Iterator[str]:
    share = arrays.text(edge.share, f"the gradient from node {edge.start} to node {edge.end}")
    return object_text([*_plain({"from": edge.start, "to": edge.end}), *_facts(edge, "operand", "output"), ("share", share)])


def _value(each: Vertex | Saved, arrays: Arrays, what: str) -> Pairs:
    """The value, where it is known and not left out for its size."""
    return [] if each.value is None else [("value", arrays.text(each.value, what))]


def _facts(record: Record, *fields: str) -> Pairs:
    return _plain({field: getattr(record, field) for field in fields})


def _plain(values: dict[str, Any]) -> Pairs:
    return [(key, [encoded(value)]) for key, value in values.items()]
