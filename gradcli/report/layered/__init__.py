"""Drawing a directed graph without cycles in layers, after Sugiyama: boxes and edges in, places and curves out.

Ranks say which layer a box stands in; an edge over several layers gets a bend in each of those between.  The order in each
layer is chosen so that few edges cross, then coordinates so that edges are straight, and last come the curves.  Nothing
here knows what the boxes hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gradcli.errors import Problem, Record
from gradcli.report.layered.coordinates import centres
from gradcli.report.layered.crossings import ordered
from gradcli.report.layered.graph import Bends
from gradcli.report.layered.ranks import ranks
from gradcli.report.layered.routes import Box, Route, boxes_and_routes

MOST_POINTS: Final = 5000  # boxes and bends; beyond, a picture takes long to draw and longer to understand


class LayeredLayout(Record):
    """Where everything is, in the units of the sizes; y grows downward, and the top left corner is (0, 0).

    boxes   one for each size
    routes  one for each edge, from the bottom of its start to the top of its end
    """

    __slots__ = ("width", "height", "boxes", "routes")
    width: float
    height: float
    boxes: list[Box]
    routes: list[Route]


def layout(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int, float]]) -> LayeredLayout:
    """Place boxes of the given (width, height), so that every edge goes down.

    edges  (start, end, room): boxes by number, and the width that the edge's own label takes below its start, where the
           labels of a box stand side by side; several edges may join the same two boxes
    Raises Problem (code "limit") where there is too much to draw.  The graph must have no cycle.
    """
    joined = [(start, end) for start, end, _ in edges]
    levels = ranks(len(sizes), joined)
    _check_amount(levels, joined)
    bends = Bends(levels, joined)
    layers = ordered(bends)
    widths = [*[width for width, _ in sizes], *[bends.WIDTH] * bends.count]
    places = centres(layers, bends, widths)
    boxes, routes = boxes_and_routes(layers, bends, places, sizes, [room for _, _, room in edges])
    width = max([box.x + box.width for box in boxes] + [x for route in routes for x, _ in route], default=0.0)
    return LayeredLayout(width, max([box.y + box.height for box in boxes], default=0.0), boxes, routes)


def _check_amount(levels: Sequence[int], joined: Sequence[tuple[int, int]]) -> None:
    """Refuse what has too many boxes, or bends (the longest edge to each box says how many), before there are any."""
    highest = list(levels)
    for start, end in joined:
        highest[end] = min(highest[end], levels[start] + 1)
    points = len(levels) + sum([level - high for level, high in zip(levels, highest, strict=True)])
    if points > MOST_POINTS:
        raise Problem(
            "limit",
            f"a drawing of {points:,} boxes and bends is too large to be laid out here (the limit is {MOST_POINTS:,})",
            type="ValueError",
            hint="--format tree and --format json show graphs of any size, and --format dot -o graph.dot is for Graphviz",
        )
