"""A Picture becomes SVG: boxes in layers, the output on top, gradients flowing down to the leaves.

The picture stands on whatever the page has behind it, so every text stands on a surface of the picture's own, and lines have
a colour that shows on white as on black.  All text is monospaced and says how long it is, so that it stays in its box in
whatever font.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gradcli.errors import Record
from gradcli.report.characters import columns, elided, visible
from gradcli.report.layered import layout
from gradcli.report.layered.routes import Box, Route
from gradcli.report.pictures import labels
from gradcli.run.picture import Picture, Vertex

_FONT: Final = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', 'Courier New', monospace"
SIZE: Final = 12.0  # of the font
COLUMN: Final = 0.61 * SIZE  # the widest that a column is in any of them
LINE: Final = 17.0
HEAD: Final = 25.0  # the height of the line with the name
PADDING: Final = 11.0
MARGIN: Final = 16.0
_WIDEST: Final = 44  # columns of a box
_TAG: Final = 10.0  # the font of the labels of edges
_TAG_COLUMN: Final = 0.61 * _TAG
_TAG_HEIGHT: Final = 16.0
_WIDEST_SHARE: Final = 12

# Light and dark surfaces; kinds of boxes are told apart by their heads.
_STYLE: Final = """
.edge{fill:none;stroke:#7f8b99;stroke-width:1.4}
.tip{fill:#7f8b99}
.box{fill:#ffffff;stroke:#b3bdc9}
.function .head{fill:#e3ecfb}.function .name{fill:#1d4284}
.output .head{fill:#eadffb}.output .name{fill:#552b97}.output .box{stroke:#8d6bc9;stroke-width:1.6}
.leaf .head{fill:#d8f2e1}.leaf .name{fill:#12603a}.leaf .box{stroke:#5fae83;stroke-width:1.6}
.name{font-weight:bold}
.shape,.key{fill:#5b6675}
.text,.label{fill:#1c232c}
.leaf .label,.output .label{font-weight:bold}
.grad{fill:#a1390a}
.tag{fill:#f1f4f8;stroke:#b3bdc9;stroke-width:.8}
.word{fill:#414b58;font-size:10px}
@media (prefers-color-scheme:dark){
.box{fill:#171c24;stroke:#465262}
.function .head{fill:#1e2f4f}.function .name{fill:#a9c8ff}
.output .head{fill:#35255a}.output .name{fill:#d3bcff}.output .box{stroke:#8a6ad0}
.leaf .head{fill:#173d29}.leaf .name{fill:#95e2b4}.leaf .box{stroke:#3f9467}
.shape,.key{fill:#9aa7b6}
.text,.label{fill:#e4eaf1}
.grad{fill:#ffac7d}
.tag{fill:#232b36;stroke:#465262}
.word{fill:#c3cdd9}
}
"""


class Card(Record):
    """What a box shows: the name of its function, its shape, lines of (what, text); and its width and height."""

    __slots__ = ("kind", "name", "shape", "lines", "width", "height")
    kind: str
    name: str
    shape: str
    lines: list[tuple[str, str]]
    width: float
    height: float


class Drawing(Record):
    """Everything in its place: cards in their boxes, and of each edge its way, its label ("" for none) and the room of that."""

    __slots__ = ("width", "height", "cards", "boxes", "routes", "tags", "rooms")
    width: float
    height: float
    cards: list[Card]
    boxes: list[Box]
    routes: list[Route]
    tags: list[str]
    rooms: list[float]


def arranged(picture: Picture) -> Drawing:
    """Where everything of a picture stands.  Raises Problem (code "limit") for a graph that is too large to draw."""
    tags = labels.tags(picture, _WIDEST_SHARE)
    rooms = [columns(tag) * _TAG_COLUMN + 14 if tag else 0.0 for tag in tags]
    below = [0.0] * len(picture.vertices)
    for edge, room in zip(picture.edges, rooms, strict=True):
        below[edge.start] += room
    roots = set(picture.roots)
    cards = [_card(vertex, picture, vertex.id in roots, room) for vertex, room in zip(picture.vertices, below, strict=True)]
    edges = [(edge.start, edge.end, room) for edge, room in zip(picture.edges, rooms, strict=True)]
    found = layout([(card.width, card.height) for card in cards], edges)
    return Drawing(found.width, found.height, cards, found.boxes, found.routes, tags, rooms)


def render(picture: Picture) -> str:
    """The SVG document, with its final newline.  Raises Problem (code "limit") for a graph that is too large to draw."""
    drawing = arranged(picture)
    tags = zip(drawing.tags, drawing.rooms, drawing.routes, strict=True)
    parts = [
        *_opening(picture, drawing.width, drawing.height),
        *[_line(route) for route in drawing.routes],
        *[piece for card, box in zip(drawing.cards, drawing.boxes, strict=True) for piece in _box(card, box)],
        *[_tag(tag, room, route) for tag, room, route in tags if tag],
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


# ---- what is said, and how much room it takes ------------------------------------------------------------------------


def _card(vertex: Vertex, picture: Picture, is_output: bool, below: float) -> Card:
    """The card of a vertex that is at least so wide as the labels `below` it."""
    name, shape = elided(vertex.grad_fn, _WIDEST), elided(labels.shape(vertex, picture), _WIDEST // 2)
    lines = labels.lines(vertex, picture, _WIDEST)
    widest = max([columns(name) + 2 + columns(shape), *[_width(what, text) for what, text in lines]])
    kind = "leaf" if vertex.is_leaf else "output" if is_output else "function"
    height = HEAD + len(lines) * LINE + (9 if lines else 0)
    return Card(kind, name, shape, lines, max(widest * COLUMN + 2 * PADDING, below), height)


def _width(what: str, text: str) -> int:
    return columns(text) + (labels.KEY if what else 0)


# ---- the pieces ------------------------------------------------------------------------------------------------------


def _opening(picture: Picture, width: float, height: float) -> Iterator[str]:
    size = f"{_number(width + 2 * MARGIN)} {_number(height + 2 * MARGIN)}"
    across, down = size.split()
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{_number(-MARGIN)} {_number(-MARGIN)} {size}" width="{across}" '
        f'height="{down}" role="img" aria-labelledby="title desc" font-family="{_FONT}" font-size="{_number(SIZE)}">'
    )
    yield f'<title id="title">{_escaped(labels.title(picture))}</title>'
    yield f'<desc id="desc">{_escaped(labels.summary(picture))}</desc>'
    yield f"<style>{_STYLE}</style>"


def _line(route: Route) -> str:
    """The way of an edge, and its tip."""
    (x, y), *rest = route
    path = f"M{_number(x)} {_number(y)}"
    for place, (to_x, to_y) in enumerate(rest):
        if place % 2 == 0 or to_x == x:
            path += f"V{_number(to_y)}"
        else:
            middle = _number((y + to_y) / 2)
            path += f"C{_number(x)} {middle} {_number(to_x)} {middle} {_number(to_x)} {_number(to_y)}"
        x, y = to_x, to_y
    tip = f"M{_number(x)} {_number(y)}l-4.2 -8.5q4.2 2.6 8.4 0z"
    return f'<path class="edge" d="{path}"/><path class="tip" d="{tip}"/>'


def _box(card: Card, box: Box) -> Iterator[str]:
    x, y, right = box.x, box.y, box.x + box.width
    corner = 9 if card.kind == "leaf" else 5
    yield f'<g class="{card.kind}">'
    yield _rect("box", x, y, box.width, box.height, corner)
    yield f'<path class="head" d="{_head(x, y, box.width, corner)}"/>'
    yield _text("name", x + PADDING, y + 17, card.name)
    yield _text("shape", right - PADDING, y + 17, card.shape, ' text-anchor="end"')
    for place, (what, text) in enumerate(card.lines):
        below = y + HEAD + 16 + place * LINE
        if what:
            yield _text("key", x + PADDING, below, what)
        style = "grad" if what == "grad" else "text" if what else "label"
        yield _text(style, x + PADDING + (labels.KEY * COLUMN if what else 0), below, text)
    yield "</g>"


def _head(x: float, y: float, width: float, corner: float) -> str:
    """The upper part of a box, just inside its border, with round corners above."""
    left, top, across, round = x + 1, y + 1, width - 2, corner - 1
    return (
        f"M{_number(left)} {_number(top + HEAD - 1)}v{_number(round + 1 - HEAD)}q0 {-round} {round} {-round}"
        f"h{_number(across - 2 * round)}q{round} 0 {round} {round}v{_number(HEAD - 1 - round)}z"
    )


def _tag(tag: str, room: float, route: Route) -> str:
    """The label of an edge, on its line below the box where it starts."""
    (x, y), width = route[0], room - 6
    rect = _rect("tag", x - width / 2, y + 5, width, _TAG_HEIGHT, 8)
    return rect + _text("word", x, y + 16.5, tag, ' text-anchor="middle"', _TAG_COLUMN)


def _rect(style: str, x: float, y: float, width: float, height: float, corner: float) -> str:
    place = f'x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"'
    return f'<rect class="{style}" {place} rx="{_number(corner)}"/>'


def _text(style: str, x: float, y: float, text: str, more: str = "", column: float = COLUMN) -> str:
    """A text as wide as has been reckoned, whatever the font is."""
    place = f'x="{_number(x)}" y="{_number(y)}" textLength="{_number(columns(visible(text)) * column)}"{more}'
    return f'<text class="{style}" {place}>{_escaped(text)}</text>'


def _number(value: float) -> str:
    """A coordinate, to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def _escaped(text: str) -> str:
    """Text for XML, in which control characters may not stand at all."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
