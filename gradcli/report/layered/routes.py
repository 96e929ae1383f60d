"""Vertical places, and the ways of the edges: straight down past the boxes of a layer, curved between two layers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from gradcli.errors import Record
from gradcli.report.layered.crossings import Layers
from gradcli.report.layered.graph import Bends

LABELS: Final = 24.0  # the height of the strip below a layer in which the labels of edges stand
NO_LABELS: Final = 6.0
BETWEEN: Final = 34.0  # the least height in which edges go sideways
_STEEPNESS: Final = 0.09  # how much higher that is for each unit that an edge goes sideways
_MOST_BETWEEN: Final = 110.0
_APART: Final = 15.0  # between edges without labels, on top of a box and below it

Route = list[tuple[float, float]]  # straight down from the first point to the second, curved to the third, and so on


class Box(Record):
    """A box: its top left corner, and its size."""

    __slots__ = ("x", "y", "width", "height")
    x: float
    y: float
    width: float
    height: float


def boxes_and_routes(
    layers: Layers, bends: Bends, centres: Sequence[float], sizes: Sequence[tuple[float, float]], rooms: Sequence[float]
) -> tuple[list[Box], list[Route]]:
    """The boxes, and the route of every edge; `rooms` are the widths of their labels."""
    lanes = _lanes(bends, centres, sizes, rooms)
    tops, bottoms = _bands(layers, bends, sizes, lanes, rooms)
    level = bends.levels
    boxes = [
        Box(centres[number] - width / 2, tops[level[number]], width, height) for number, (width, height) in enumerate(sizes)
    ]
    routes = []
    for chain, lane in zip(bends.chains, lanes, strict=True):
        start = boxes[chain[0]]
        route: Route = [(lane[0], start.y + start.height), (lane[0], bottoms[level[chain[0]]])]
        for point, x in zip(chain[1:-1], lane[1:-1], strict=True):
            route += [(x, tops[level[point]]), (x, bottoms[level[point]])]
        routes.append([*route, (lane[-1], tops[level[chain[-1]]])])
    return boxes, routes


def _lanes(
    bends: Bends, centres: Sequence[float], sizes: Sequence[tuple[float, float]], rooms: Sequence[float]
) -> list[list[float]]:
    """For every edge the x of each of its points; at a box, edges lie side by side in the order of where they lead."""
    lanes = [[centres[point] for point in chain] for chain in bends.chains]
    leaving: list[list[int]] = [[] for _ in sizes]
    arriving: list[list[int]] = [[] for _ in sizes]
    for edge, chain in enumerate(bends.chains):
        leaving[chain[0]].append(edge)
        arriving[chain[-1]].append(edge)
    aims = [(lane[1], lane[-2]) for lane in lanes]
    for (width, _), edges in zip(sizes, leaving, strict=True):
        edges.sort(key=lambda edge: aims[edge][0])
        step = min(_APART, width / (len(edges) + 1))
        for edge, offset in zip(edges, _side_by_side([rooms[edge] or step for edge in edges]), strict=True):
            lanes[edge][0] += offset
    for (width, _), edges in zip(sizes, arriving, strict=True):
        ways = _ways_in(bends, edges, aims)
        offsets = _side_by_side([min(_APART, width / (len(ways) + 1))] * len(ways))
        for way, offset in zip(ways, offsets, strict=True):
            for edge in way:
                lanes[edge][-1] += offset
    return lanes


def _ways_in(bends: Bends, edges: Sequence[int], aims: Sequence[tuple[float, float]]) -> list[list[int]]:
    """The edges that arrive at a box from left to right, those that share their last bend as one."""
    ways: dict[tuple[int, int], list[int]] = {}
    for edge in sorted(edges, key=lambda edge: aims[edge][1]):
        last = bends.chains[edge][-2]
        ways.setdefault((last, -1 if bends.is_bend(last) else edge), []).append(edge)
    return list(ways.values())


def _side_by_side(widths: Sequence[float]) -> Iterable[float]:
    """The middles of things that stand side by side, as seen from the middle of them all."""
    x = -sum(widths) / 2
    for width in widths:
        yield x + width / 2
        x += width


def _bands(
    layers: Layers, bends: Bends, sizes: Sequence[tuple[float, float]], lanes: Sequence[Sequence[float]], rooms: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Top and bottom of each layer, the labels below its boxes included; the further edges go sideways, the more between."""
    sideways, strips = [0.0] * len(layers), [NO_LABELS] * len(layers)
    for chain, lane, room in zip(bends.chains, lanes, rooms, strict=True):
        if room:
            strips[bends.levels[chain[0]]] = LABELS
        for point, x, next_x in zip(chain, lane, lane[1:], strict=False):
            sideways[bends.levels[point]] = max(sideways[bends.levels[point]], abs(next_x - x))
    tops, bottoms, y = [], [], 0.0
    for layer, far, strip in zip(layers, sideways, strips, strict=True):
        tops.append(y)
        y += max([sizes[point][1] for point in layer if not bends.is_bend(point)], default=0.0) + strip
        bottoms.append(y)
        y += min(BETWEEN + _STEEPNESS * far, _MOST_BETWEEN)
    return tops, bottoms
