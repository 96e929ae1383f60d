"""Chains that repeat become one vertex: of `sin(x)*0.5 + 1`, taken three hundred times, a picture shows the first and the last.

A link of a chain is a function whose gradient comes from one function alone and goes on to one function; what else it leads to
are leaves and small trees of its own, as the term that each step of a sum adds.  Links of one grad_fn, name, shape and operands
count as equal, whatever their numbers.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from gradcli.run.picture import Edge, Picture, Vertex

MOST_SHOWN: Final = 40  # vertices, up to which a graph is shown as it is
_LONGEST_BLOCK: Final = 8  # links that repeat together
_LARGEST_TREE: Final = 8  # functions of what hangs on a link
_FEWEST: Final = 3  # repetitions that are left out; fewer take less room than what would be said of them


def collapsed(picture: Picture) -> Picture:
    """The picture with the middles of its repeating chains as one vertex each; a small one as it is."""
    if len(picture.vertices) <= MOST_SHOWN:
        return picture
    links = _links(picture)
    stands_for: dict[int, int] = {}  # vertex -> the first of those that it is put together with
    words: dict[int, str] = {}
    for chain in _chains(links):
        for start, end, block in _repetitions([links[vertex][1] for vertex in chain]):
            ids = chain[start:end]
            stands_for |= dict.fromkeys(ids, ids[0])
            names = ", ".join([picture.vertices[vertex].grad_fn for vertex in ids[:block]])
            words[ids[0]] = f"... {len(ids) // block:,} times {names}"
    if not words:
        return picture
    return _drawn_together(picture, stands_for, words, {vertex: after for vertex, (after, _) in links.items()})


def _links(picture: Picture) -> dict[int, tuple[int, Any]]:
    """By link: the function that it goes on to, and what makes it equal to others."""
    leaving: list[list[Edge]] = [[] for _ in picture.vertices]
    for edge in picture.edges:
        leaving[edge.start].append(edge)
    arriving = Counter([edge.end for edge in picture.edges])
    trees: dict[int, tuple[int, Any]] = {}  # what may hang on a link: its size, and what makes it equal to others
    links: dict[int, tuple[int, Any]] = {}
    for vertex in sorted(picture.vertices, key=lambda each: (not each.is_leaf, -each.id)):  # operands before what they are of
        if vertex.is_leaf:
            trees[vertex.id] = (0, vertex.shape)
            continue
        ways = leaving[vertex.id]
        key: tuple[Any, ...] = (vertex.grad_fn, vertex.name, vertex.shape, vertex.dtype)
        key += tuple([(way.operand, trees[way.end][1] if way.end in trees else None) for way in ways])
        on = [way.end for way in ways if way.end not in trees]
        size = 1 + sum([trees[way.end][0] for way in ways if way.end in trees])
        if arriving[vertex.id] == 1 and not on and size <= _LARGEST_TREE:
            trees[vertex.id] = (size, key)
        elif arriving[vertex.id] == 1 and len(on) == 1:
            links[vertex.id] = (on[0], key)
    return links


def _chains(links: dict[int, tuple[int, Any]]) -> list[list[int]]:
    """The links in the order in which a gradient passes them, chain by chain."""
    inner = {after for after, _ in links.values()}
    chains = []
    for vertex in sorted(links):
        if vertex not in inner:
            chain = []
            while vertex in links:
                chain.append(vertex)
                vertex = links[vertex][0]
            chains.append(chain)
    return chains


def _repetitions(keys: list[Any]) -> list[tuple[int, int, int]]:
    """The (start, end, length of a block) of what repeats, without its first and its last block."""
    found, place = [], 0
    while place < len(keys):
        taken = {block: _times(keys, place, block) * block for block in range(1, _LONGEST_BLOCK + 1)}
        block = max(taken, key=lambda each: (taken[each], -each))
        if taken[block] >= (_FEWEST + 2) * block:
            found.append((place + block, place + taken[block] - block, block))
            place += taken[block]
        else:
            place += 1
    return found


def _times(keys: list[Any], start: int, length: int) -> int:
    """How many times the block at `start` stands there in a row."""
    end = start + length
    while end < len(keys) and keys[end] == keys[end - length]:
        end += 1
    return (end - start) // length


def _drawn_together(picture: Picture, stands_for: dict[int, int], words: dict[int, str], after: dict[int, int]) -> Picture:
    """The picture without what others stand for, and without what only such led to."""
    edges = []
    for edge in picture.edges:
        start, end = stands_for.get(edge.start, edge.start), stands_for.get(edge.end, edge.end)
        if edge.start not in stands_for:
            edges.append(Edge(start, end, edge.operand, edge.output, edge.share))
        elif after[edge.start] == edge.end and start != end:
            edges.append(Edge(start, end, "self", edge.output, None))
    reached = _reached(picture.roots, edges)
    kept = [vertex for vertex in picture.vertices if vertex.id in reached]
    numbers = {vertex.id: number for number, vertex in enumerate(kept)}
    vertices = [_numbered(vertex, numbers[vertex.id], words.get(vertex.id)) for vertex in kept]
    ways = [Edge(numbers[edge.start], numbers[edge.end], *_rest(edge)) for edge in edges if edge.start in reached]
    roots = tuple([numbers[root] for root in picture.roots])
    return Picture(picture.expr, roots, tuple(vertices), tuple(ways), picture.has_gradients, picture.default_dtype)


def _reached(roots: tuple[int, ...], edges: list[Edge]) -> set[int]:
    leaving: dict[int, list[int]] = {}
    for edge in edges:
        leaving.setdefault(edge.start, []).append(edge.end)
    reached, waiting = set(roots), [*roots]
    while waiting:
        new = {*leaving.get(waiting.pop(), ())} - reached
        reached |= new
        waiting += new
    return reached


def _rest(edge: Edge) -> tuple[Any, ...]:
    return edge.operand, edge.output, edge.share


def _numbered(vertex: Vertex, number: int, words: str | None) -> Vertex:
    """The vertex under its new number; what stands for many has their words, and no numbers of its own."""
    if words is None:
        return Vertex(number, *[getattr(vertex, field) for field in Vertex.__slots__[1:]])
    return Vertex(number, words, None, None, False, vertex.shape, vertex.dtype, None, None, None, (), False)
