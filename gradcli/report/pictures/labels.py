"""What the pictures say about a vertex and an edge, in plain words that each format then puts in its own way."""

from __future__ import annotations

from collections import Counter
from typing import Final

from gradcli.graph.printing import DEFAULT
from gradcli.report.characters import elided
from gradcli.report.precision import digits
from gradcli.report.text import brief, cell, shape_words
from gradcli.run.picture import Edge, Picture, Saved, Vertex

_FIRST: Final = ("self", "[0]", "A")  # A is what linear algebra calls it
_EQUALS: Final = "     ="  # what the name of a line is where it goes on with the formula of the one above
KEY: Final = 7  # columns that the name of a line takes: "value  "


def label(vertex: Vertex, width: int) -> str:
    """The user's own name and text for what the vertex made: "z = y*y*3"."""
    name, source = vertex.name or "", vertex.source or ""
    return elided(f"{name} = {source}" if name and source and name != source else name or source, width)


def shape(vertex: Vertex, picture: Picture) -> str:
    """The shape, with the dtype where that is another than the default."""
    return shape_words(vertex, picture.default_dtype)


def value(vertex: Vertex, width: int) -> str:
    """The value on one line, "" where it is not known."""
    return "" if vertex.value is None else brief(vertex.value, width, digits(DEFAULT.precision))


def grad(vertex: Vertex, width: int) -> str:
    """The gradient that arrived, on one line; of a leaf that none reached it is None, as PyTorch leaves it."""
    if vertex.grad is None:
        return "None" if vertex.is_leaf else ""
    return brief(vertex.grad, width, digits(DEFAULT.precision))


def operands(picture: Picture) -> list[str]:
    """For each edge, which operand it is for; "" where that goes without saying: the first, and no other has a gradient."""
    leaving = Counter([edge.start for edge in picture.edges])
    return ["" if edge.operand in _FIRST and leaving[edge.start] == 1 else edge.operand for edge in picture.edges]


def tags(picture: Picture, width: int) -> list[str]:
    """For each edge its label: the operand, and what came this way where that is not all that came."""
    return [f"{operand} {share(edge, width)}".strip() for operand, edge in zip(operands(picture), picture.edges, strict=True)]


def share(edge: Edge, width: int) -> str:
    """What came along an edge, where that is but a part of what arrived; else ""."""
    text = "" if edge.share is None else brief(edge.share, width, digits(DEFAULT.precision))
    return "" if text == "..." else text


def saved(vertex: Vertex, width: int) -> str:
    """What the function saved, each by PyTorch's name and the user's own: "self=y, other=3"; or that it has been freed."""
    if vertex.freed and not vertex.saved:
        return "freed"
    return elided(", ".join([_saved(each) for each in vertex.saved]), width)


def _saved(each: Saved) -> str:
    what = " ".join((each.source or cell(each.value, 12, digits(DEFAULT.precision))).split())
    return f"{each.name} {list(each.shape)}" if what == "..." else f"{each.name}={what}"


def lines(vertex: Vertex, picture: Picture, width: int) -> list[tuple[str, str]]:
    """The lines of a box, (what it is, text): the label, the value, the gradient, what was saved; none of them empty."""
    found = [("", label(vertex, width)), ("value", value(vertex, width - KEY))]
    if picture.has_gradients:
        found.append(("grad", grad(vertex, width - KEY)))
        found.append((_EQUALS, elided(vertex.formula or "", width - KEY)))
    found.append(("saved", saved(vertex, width - KEY)))
    return [(what, text) for what, text in found if text]


def title(picture: Picture) -> str:
    """What the picture is called."""
    return elided(f"Backward graph of {picture.expr}", 200) if picture.expr else "Backward graph"


def summary(picture: Picture) -> str:
    """One sentence that says what is drawn."""
    leaves = [vertex for vertex in picture.vertices if vertex.is_leaf]
    functions = len(picture.vertices) - len(leaves)
    names = ", ".join([elided(leaf.name or "a leaf", 20) for leaf in leaves[:8]]) + (", ..." if len(leaves) > 8 else "")
    return f"{_count(functions, 'function')} from the output down to {_count(len(leaves), 'leaf', 'leaves')} ({names})"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
