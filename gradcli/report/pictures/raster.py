"""A Picture becomes PNG or PDF: the same boxes and ways as in SVG, drawn by matplotlib on white."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any, Final

from gradcli.errors import Problem
from gradcli.report.characters import columns, visible
from gradcli.report.layered.routes import Box, Route
from gradcli.report.pictures import labels, svg
from gradcli.report.pictures.svg import COLUMN, HEAD, LINE, MARGIN, PADDING, SIZE, Card
from gradcli.run.picture import Picture

_POINTS: Final = 72.0  # to an inch, and so many units of a drawing
_MOST_PIXELS: Final = 20_000  # of a side, beyond which few programs show a picture
_SHARP: Final = 150  # dots to an inch, where there is room

_HEADS: Final = {"function": "#e3ecfb", "output": "#eadffb", "leaf": "#d8f2e1"}
_NAMES: Final = {"function": "#1d4284", "output": "#552b97", "leaf": "#12603a"}
_BORDERS: Final = {"function": "#b3bdc9", "output": "#8d6bc9", "leaf": "#5fae83"}
_LINES: Final = {"grad": "#a1390a", "": "#1c232c"}


def render(picture: Picture, ending: str) -> bytes:
    """The content of a file with that ending, ".png" or ".pdf".

    Raises Problem where matplotlib is missing, or the graph is too large to draw.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise Problem(
            "missing-extra",
            f"{ending} files of graphs need matplotlib, which is not installed",
            type="ImportError",
            hint="install it with: pip install 'gradcli[plot]'; or write an .svg, which rsvg-convert turns into .png",
        ) from None
    drawing = svg.arranged(picture)
    width, height = drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN
    figure = Figure(figsize=(width / _POINTS, height / _POINTS), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-MARGIN, width - MARGIN), ylim=(height - MARGIN, -MARGIN))
    axes.set_axis_off()
    for route in drawing.routes:
        _draw_way(axes, route)
    for card, box in zip(drawing.cards, drawing.boxes, strict=True):
        _draw_card(axes, card, box)
    for tag, room, route in zip(drawing.tags, drawing.rooms, drawing.routes, strict=True):
        if tag:
            _draw_box(axes, route[0][0] - (room - 6) / 2, route[0][1] + 5, room - 6, 16, 7, "#f1f4f8", "#b3bdc9")
            _write(axes, route[0][0], route[0][1] + 16.5, tag, "#414b58", size=10, ha="center")
    content = BytesIO()
    dots = min(_SHARP, _MOST_PIXELS * _POINTS / max(width, height))
    with warnings.catch_warnings(action="ignore"):  # of characters that the font lacks
        figure.savefig(content, format=ending[1:], dpi=dots, metadata={"CreationDate": None} if ending == ".pdf" else None)
    return content.getvalue()


def _draw_way(axes: Any, route: Route) -> None:
    """The way of an edge, and its tip."""
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    (x, y), *rest = route
    corners, codes = [(x, y)], [Path.MOVETO]
    for place, (to_x, to_y) in enumerate(rest):
        if place % 2 == 0 or to_x == x:
            corners, codes = [*corners, (x, to_y)], [*codes, Path.LINETO]
        else:
            middle = (y + to_y) / 2
            corners, codes = [*corners, (x, middle), (to_x, middle), (to_x, to_y)], [*codes, *[Path.CURVE4] * 3]
        x, y = to_x, to_y
    axes.add_patch(PathPatch(Path(corners, codes), fill=False, edgecolor="#7f8b99", linewidth=1.4))
    axes.add_patch(Polygon([(x, y), (x - 4.2, y - 8.5), (x + 4.2, y - 8.5)], facecolor="#7f8b99", edgecolor="none"))


def _draw_card(axes: Any, card: Card, box: Box) -> None:
    """A box with the name of its function at its head, and its lines below."""
    corner = 9 if card.kind == "leaf" else 5
    _draw_box(axes, box.x, box.y, box.width, box.height, corner, "white", _BORDERS[card.kind])
    _draw_box(axes, box.x + 1, box.y + 1, box.width - 2, HEAD - 1, corner - 1, _HEADS[card.kind], "none")
    _write(axes, box.x + PADDING, box.y + 17, card.name, _NAMES[card.kind], weight="bold")
    _write(axes, box.x + box.width - PADDING, box.y + 17, card.shape, "#5b6675", ha="right")
    for place, (what, text) in enumerate(card.lines):
        below = box.y + HEAD + 16 + place * LINE
        _write(axes, box.x + PADDING, below, what, "#5b6675")
        start = box.x + PADDING + (labels.KEY * COLUMN if what else 0)
        _write(
            axes,
            start,
            below,
            text,
            _LINES.get(what, _LINES[""]),
            weight="bold" if not what and card.kind != "function" else None,
        )


def _draw_box(axes: Any, x: float, y: float, width: float, height: float, corner: float, fill: str, border: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    style = f"round,pad=0,rounding_size={corner}"
    axes.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=style, facecolor=fill, edgecolor=border, linewidth=1.2))


def _write(axes: Any, x: float, y: float, text: str, color: str, size: float = SIZE, **more: Any) -> None:
    if columns(text):
        shown = visible(text).replace("$", r"\$")  # which would begin a formula
        axes.text(x, y, shown, color=color, fontsize=size, family="DejaVu Sans Mono", va="baseline", **more)
