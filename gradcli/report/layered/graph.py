"""The graph that is laid out: boxes, and a bend wherever an edge passes through a layer; neighbours are one layer apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final


class Bends:
    """Points by number, boxes first, with their ranks; bends make every edge a chain of points in neighbouring layers.

    Edges that lead to one box share their bends: in each layer that they pass through there is one way to that box, which
    they join one by one.  So a box that is wanted everywhere has a trunk above it, and not a sheaf of lines.

    chains  for each edge all its points, from start to end
    above, below  for each point its neighbours, as often as boxes are joined without a bend, and once otherwise
    """

    WIDTH: Final = 14.0  # the room that an edge takes in a layer that it passes through

    def __init__(self, levels: Sequence[int], edges: Sequence[tuple[int, int]]) -> None:
        self.boxes = len(levels)
        self.levels = list(levels)
        self.chains: list[list[int]] = []
        ways: dict[tuple[int, int], int] = {}  # (the box that it leads to, the layer) -> the bend
        for start, end in edges:
            bends = [self._bend(ways, end, level) for level in range(levels[start] + 1, levels[end])]
            self.chains.append([start, *bends, end])
        self.above: list[list[int]] = [[] for _ in self.levels]
        self.below: list[list[int]] = [[] for _ in self.levels]
        for upper, lower in self._pieces():
            self.below[upper].append(lower)
            self.above[lower].append(upper)

    def _bend(self, ways: dict[tuple[int, int], int], end: int, level: int) -> int:
        if (end, level) not in ways:
            ways[end, level] = len(self.levels)
            self.levels.append(level)
        return ways[end, level]

    def _pieces(self) -> Iterator[tuple[int, int]]:
        """The pieces of all edges, each that several share but once."""
        seen: set[tuple[int, int]] = set()
        for chain in self.chains:
            for piece in pairwise(chain):
                if len(chain) == 2 or piece not in seen:
                    seen.add(piece)
                    yield piece

    @property
    def count(self) -> int:
        """How many bends there are."""
        return len(self.levels) - self.boxes

    def is_bend(self, point: int) -> bool:
        """Whether a point is a bend and no box."""
        return point >= self.boxes
