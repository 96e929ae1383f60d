"""Horizontal places by relaxation: each point is drawn to the mean of its neighbours, as far as those beside it let it go.

Edges come out less straight than where points are aligned in blocks, but a drawing stays narrow that blocks would push
apart into a diagonal: a long sum whose every term is a function of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from gradcli.report.layered.crossings import Layers
from gradcli.report.layered.graph import Bends

_SWEEPS: Final = 6  # from packed to the left; with more, it spreads again
_STRAIGHT: Final = 8.0  # how much more a piece between two bends wants to be straight than any other


def relaxed(layers: Layers, bends: Bends, distances: Sequence[Sequence[float]]) -> list[float]:
    """The x of every point's middle.

    distances  for each layer, how far the middles of neighbours are apart at least
    """
    x = [0.0] * len(bends.levels)
    offsets = [list(accumulate(gaps, initial=0.0)) for gaps in distances]
    for layer, offset in zip(layers, offsets, strict=True):
        for point, place in zip(layer, offset, strict=True):
            x[point] = place
    order = [*range(len(layers))]
    for sweep in range(_SWEEPS):
        for level in order if sweep % 2 == 0 else reversed(order):
            wishes = [_wish(point, x, bends) for point in layers[level]]
            free = [(wish - offset, weight) for (wish, weight), offset in zip(wishes, offsets[level], strict=True)]
            for point, place, offset in zip(layers[level], _rising(free), offsets[level], strict=True):
                x[point] = place + offset
    return x


def _wish(point: int, x: Sequence[float], bends: Bends) -> tuple[float, float]:
    """Where a point wants to be, and how much."""
    total = weight = 0.0
    for other in (*bends.above[point], *bends.below[point]):
        pull = _STRAIGHT if bends.is_bend(point) and bends.is_bend(other) else 1.0
        total += pull * x[other]
        weight += pull
    return (total / weight, weight) if weight else (x[point], 1.0)


def _rising(wishes: Sequence[tuple[float, float]]) -> list[float]:
    """The numbers nearest to the wishes (by weighted squares) that never fall: neighbours that would are pooled."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for wish, weight in wishes:
        count = 1
        while pools and pools[-1][0] >= wish:
            mean, before, more = pools.pop()
            wish = (mean * before + wish * weight) / (before + weight)
            weight, count = weight + before, count + more
        pools.append((wish, weight, count))
    return [mean for mean, _, count in pools for _ in range(count)]
