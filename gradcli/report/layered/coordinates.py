"""Horizontal places, after Brandes and Köpf, "Fast and simple horizontal coordinate assignment" (2001).

Points that a median edge joins are aligned into blocks, which are packed as close as their widths allow; once from each
corner of the drawing, and each point then takes the middle of its four places.  The packing is a longest path over the
blocks' own order, which keeps distances where the paper's version can lose them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from gradcli.report.layered.crossings import Layers
from gradcli.report.layered.graph import Bends
from gradcli.report.layered.ranks import sorted_by_edges
from gradcli.report.layered.relaxed import relaxed

GAP: Final = 28.0  # between boxes
BEND_GAP: Final = 10.0  # where one of the two is an edge passing by
_FAR_WIDER: Final = 1.3
_TOO_WIDE: Final = 1.9  # how much wider a drawing may be for the sake of straight edges

Neighbours = Sequence[Sequence[int]]


def centres(layers: Layers, bends: Bends, widths: Sequence[float]) -> list[float]:
    """The x of every point's middle; the leftmost border of all is at 0."""
    if not layers:
        return []
    conflicts = _conflicts(layers, bends)
    candidates = []
    for downward in (True, False):
        for leftward in (True, False):
            turned = layers if downward else layers[::-1]
            turned = turned if leftward else [layer[::-1] for layer in turned]
            found = _candidate(turned, bends.above if downward else bends.below, conflicts, bends, widths)
            candidates.append((found if leftward else [-x for x in found], leftward))
    aligned = _balanced(candidates, widths)
    narrow = relaxed(layers, bends, [[_distance(*pair, bends, widths) for pair in pairwise(layer)] for layer in layers])
    best = aligned if _width(aligned, widths) <= _TOO_WIDE * _width(narrow, widths) else narrow
    border = _span(best, widths)[0]
    return [x - border for x in best]


def _conflicts(layers: Layers, bends: Bends) -> set[tuple[int, int]]:
    """The pieces of edges that cross a piece between two bends: those stay straight, and so these cannot."""
    found: set[tuple[int, int]] = set()
    for upper, lower in pairwise(layers):
        place = {point: number for number, point in enumerate(upper)}
        left, begin = -1, 0
        for number, point in enumerate(lower):
            inner = next((each for each in bends.above[point] if bends.is_bend(each)), None) if bends.is_bend(point) else None
            if inner is None and number < len(lower) - 1:
                continue
            right = len(upper) if inner is None else place[inner]
            for other in lower[begin : number + 1]:
                both = bends.is_bend(other)
                for each in bends.above[other]:
                    if not left <= place[each] <= right and not (both and bends.is_bend(each)):
                        found |= {(each, other), (other, each)}
            left, begin = right, number + 1
    return found


def _candidate(
    layers: Layers, before: Neighbours, conflicts: set[tuple[int, int]], bends: Bends, widths: Sequence[float]
) -> list[float]:
    """The places of all points, each aligned with the layer before its own and packed to the left."""
    roots = _aligned(layers, before, conflicts, len(widths))
    after: list[list[int]] = [[] for _ in widths]
    distances: dict[tuple[int, int], float] = {}
    for layer in layers:
        for left, right in pairwise(layer):
            pair = roots[left], roots[right]
            if pair not in distances:
                after[pair[0]].append(pair[1])
            distances[pair] = max(distances.get(pair, 0.0), _distance(left, right, bends, widths))
    packed = _packed(after, distances)
    return [packed[root] for root in roots]


def _distance(left: int, right: int, bends: Bends, widths: Sequence[float]) -> float:
    """How far the middles of two neighbours are apart at least."""
    gap = BEND_GAP if bends.is_bend(left) or bends.is_bend(right) else GAP
    return (widths[left] + widths[right]) / 2 + gap


def _aligned(layers: Layers, before: Neighbours, conflicts: set[tuple[int, int]], count: int) -> list[int]:
    """For every point the first of its block: points in a line, each the median neighbour of the next."""
    roots = list(range(count))
    for upper, lower in pairwise(layers):
        place = {point: number for number, point in enumerate(upper)}
        taken = -1
        for point in lower:
            neighbours = sorted(before[point], key=place.__getitem__)
            medians = neighbours[(len(neighbours) - 1) // 2 : len(neighbours) // 2 + 1]
            free = [each for each in medians if place[each] > taken and (each, point) not in conflicts]
            if free:
                roots[point] = roots[free[0]]
                taken = place[free[0]]
    return roots


def _packed(after: list[list[int]], distances: dict[tuple[int, int], float]) -> list[float]:
    """The least places that keep the distances, then for each block as near to the right as the blocks there leave room."""
    order = sorted_by_edges(after)
    x = [0.0] * len(after)
    for block in order:
        for other in after[block]:
            x[other] = max(x[other], x[block] + distances[block, other])
    for block in reversed(order):
        if after[block]:
            x[block] = min([x[other] - distances[block, other] for other in after[block]])
    return x


def _balanced(candidates: list[tuple[list[float], bool]], widths: Sequence[float]) -> list[float]:
    """The mean of the middle candidates, once all are moved to a border of the narrowest.

    A chain with a branch at every step comes out straight from one side, and from the other as a stair across the page:
    candidates that are far wider than the narrowest do not count.
    """
    spans = [_span(x, widths) for x, _ in candidates]
    low, high = min(spans, key=lambda span: span[1] - span[0])
    moved = []
    for (x, leftward), (begin, end) in zip(candidates, spans, strict=True):
        if end - begin <= _FAR_WIDER * (high - low):
            shift = low - begin if leftward else high - end
            moved.append([each + shift for each in x])
    middle = slice((len(moved) - 1) // 2, len(moved) // 2 + 1)
    return [_mean(sorted(places)[middle]) for places in zip(*moved, strict=True)]


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _span(x: Sequence[float], widths: Sequence[float]) -> tuple[float, float]:
    borders = [(each - width / 2, each + width / 2) for each, width in zip(x, widths, strict=True)]
    return min([left for left, _ in borders]), max([right for _, right in borders])


def _width(x: Sequence[float], widths: Sequence[float]) -> float:
    left, right = _span(x, widths)
    return right - left
