"""Ranks: the number of each box's layer, such that every edge leads to a greater one."""

from __future__ import annotations

from collections.abc import Sequence


def ranks(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """The longest way to each box from where the graph begins, with boxes then let down to where their edges are short."""
    after: list[list[int]] = [[] for _ in range(count)]
    arriving = [0] * count
    for start, end in edges:
        after[start].append(end)
        arriving[end] += 1
    order = sorted_by_edges(after)
    rank = [0] * count
    for box in order:
        for end in after[box]:
            rank[end] = max(rank[end], rank[box] + 1)
    for box in reversed(order):  # what stands below has been let down already
        if len(after[box]) > arriving[box]:
            rank[box] = min([rank[end] for end in after[box]]) - 1
    return rank


def sorted_by_edges(after: Sequence[Sequence[int]]) -> list[int]:
    """All numbers, each before those that `after` lists for it."""
    waiting = [0] * len(after)
    for ends in after:
        for end in ends:
            waiting[end] += 1
    order = [number for number, count in enumerate(waiting) if not count]
    for number in order:  # which grows meanwhile
        for end in after[number]:
            waiting[end] -= 1
            if not waiting[end]:
                order.append(end)
    return order
