"""The order within the layers: each point near the mean of its neighbours', which leaves few edges crossing."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import Final

from gradcli.report.layered.graph import Bends

Layers = list[list[int]]

_MOST_SWEEPS: Final = 24
_PATIENCE: Final = 4  # sweeps without a better order before it is given up
_MOST_SWAPS: Final = 1500  # points; with more, swapping neighbours takes longer than it is worth


def ordered(bends: Bends) -> Layers:
    """The points of each layer from left to right."""
    best = layers = _as_found(bends)
    fewest = crossings(layers, bends)
    waited = 0
    for sweep in range(_MOST_SWEEPS):
        if not fewest or waited == _PATIENCE:
            break
        layers = _swept(layers, bends, downward=sweep % 2 == 0)
        if len(bends.levels) <= _MOST_SWAPS:
            layers = _swapped(layers, bends)
        now = crossings(layers, bends)
        waited += 1
        if now < fewest:
            best, fewest, waited = layers, now, 0
    return best


def crossings(layers: Layers, bends: Bends) -> int:
    """How often edges cross."""
    place = _places(layers)
    return sum(
        [
            _inversions([place[end] for point in layer for end in sorted(bends.below[point], key=place.__getitem__)])
            for layer in layers
        ]
    )


def _inversions(numbers: list[int]) -> int:
    """How many pairs stand in the wrong order."""
    seen: list[int] = []
    count = 0
    for number in numbers:
        count += len(seen) - bisect_right(seen, number)
        insort(seen, number)
    return count


def _as_found(bends: Bends) -> Layers:
    """The order in which a walk from the first points finds them, the first of their edges first."""
    layers: Layers = [[] for _ in range(max(bends.levels, default=-1) + 1)]
    stack = [point for point in reversed(range(len(bends.levels))) if not bends.above[point]]
    seen = set(stack)
    while stack:
        point = stack.pop()
        layers[bends.levels[point]].append(point)
        for end in reversed(bends.below[point]):
            if end not in seen:
                seen.add(end)
                stack.append(end)
    return layers


def _swept(layers: Layers, bends: Bends, downward: bool) -> Layers:
    """Every layer sorted by the means of the neighbours in the layer before it, in the direction of the sweep."""
    neighbours = bends.above if downward else bends.below
    place = _places(layers)
    result = [list(layer) for layer in layers]
    for layer in result if downward else reversed(result):
        means = {point: _mean([place[each] for each in neighbours[point]], place[point]) for point in layer}
        layer.sort(key=means.__getitem__)
        place.update([(point, number) for number, point in enumerate(layer)])
    return result


def _mean(places: list[int], otherwise: int) -> float:
    return sum(places) / len(places) if places else otherwise


def _swapped(layers: Layers, bends: Bends) -> Layers:
    """The layers after neighbours changed places wherever that leaves fewer crossings."""
    place = _places(layers)
    for layer in layers:
        improved = True
        while improved:
            improved = False
            for number in range(len(layer) - 1):
                left, right = layer[number], layer[number + 1]
                sides = (bends.above, bends.below)
                if sum([_gain(side[left], side[right], place) for side in sides]) > 0:
                    layer[number], layer[number + 1] = right, left
                    place[left], place[right] = number + 1, number
                    improved = True
    return layers


def _gain(left: list[int], right: list[int], place: dict[int, int]) -> int:
    """How many crossings fewer there are, among the edges to one side, once two neighbours have changed places."""
    ends = [place[each] for each in right]
    return sum([(place[each] > end) - (place[each] < end) for each in left for end in ends])


def _places(layers: Layers) -> dict[int, int]:
    return {point: number for layer in layers for number, point in enumerate(layer)}
