"""The layout of any graph: boxes apart, edges downward and clear of boxes, labels side by side; small ones as expected."""

from __future__ import annotations

import random
import time
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcli.errors import Problem
from gradcli.report.layered import MOST_POINTS, LayeredLayout, layout
from gradcli.report.layered.coordinates import GAP
from gradcli.report.layered.crossings import crossings, ordered
from gradcli.report.layered.graph import Bends
from gradcli.report.layered.ranks import ranks
from gradcli.report.layered.routes import Box

Edge = tuple[int, int, float]
ROOM = 30.0
SLACK = 1e-6


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[tuple[float, float]], list[Edge]]:
    """Boxes wide enough for the labels below them, and edges from lower to higher numbers, double ones among them."""
    count = draw(st.integers(1, 24))
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] < pair[1])
    pairs = draw(st.lists(ends, max_size=40)) if count > 1 else []
    leaving = [sum([start == box for start, _ in pairs]) for box in range(count)]
    widths = [draw(st.floats(40, 250)) for _ in range(count)]
    sizes = [(max(width, ROOM * edges), draw(st.floats(20, 110))) for width, edges in zip(widths, leaving, strict=True)]
    return sizes, [(start, end, ROOM) for start, end in pairs]


def overlap(one: Box, two: Box, apart: float = 0.0) -> bool:
    return (
        one.x < two.x + two.width + apart - SLACK
        and two.x < one.x + one.width + apart - SLACK
        and one.y < two.y + two.height - SLACK
        and two.y < one.y + one.height - SLACK
    )


def check(sizes: list[tuple[float, float]], edges: list[Edge]) -> LayeredLayout:
    """Assert all that a reader relies on."""
    drawing = layout(sizes, edges)
    boxes = drawing.boxes
    assert [(box.width, box.height) for box in boxes] == sizes
    assert not any(overlap(one, two, GAP) for one, two in combinations(boxes, 2))
    for box in boxes:
        assert -SLACK <= box.x <= drawing.width - box.width + SLACK
        assert -SLACK <= box.y <= drawing.height - box.height + SLACK
    for (start, end, _), route in zip(edges, drawing.routes, strict=True):
        check_route(boxes, start, end, route, drawing)
    check_labels(edges, drawing)
    return drawing


def check_route(boxes: list[Box], start: int, end: int, route: list[tuple[float, float]], drawing: LayeredLayout) -> None:
    (x, y), (last_x, last_y) = route[0], route[-1]
    assert boxes[start].x <= x <= boxes[start].x + boxes[start].width
    assert y == boxes[start].y + boxes[start].height
    assert boxes[end].x <= last_x <= boxes[end].x + boxes[end].width
    assert last_y == boxes[end].y
    for place, ((from_x, from_y), (to_x, to_y)) in enumerate(pairwise(route)):
        assert to_y > from_y, "every edge goes down"
        assert 0 <= to_x <= drawing.width
        straight = place % 2 == 0
        assert not straight or from_x == to_x
        # A curve stays in the rectangle of its ends: its control points are straight below the one and above the other.
        piece = Box(min(from_x, to_x), from_y, abs(from_x - to_x), to_y - from_y)
        assert not any(overlap(piece, box) for number, box in enumerate(boxes) if number not in (start, end) or not straight)


def check_labels(edges: list[Edge], drawing: LayeredLayout) -> None:
    """Labels of one box stand beside each other, below it and nowhere else, in the order of where their edges lead."""
    for number, box in enumerate(drawing.boxes):
        below = [(route, room) for (start, _, room), route in zip(edges, drawing.routes, strict=True) if start == number]
        below.sort(key=lambda pair: pair[0][0])
        borders = [(route[0][0] - room / 2, route[0][0] + room / 2) for route, room in below]
        assert all(right <= left + SLACK for (_, right), (left, _) in pairwise(borders))
        assert len({route[0][0] for route, _ in below}) == len(below)
        assert all(left[2][0] <= right[2][0] + SLACK for (left, _), (right, _) in pairwise(below))
        if borders:
            assert box.x - SLACK <= borders[0][0]
            assert borders[-1][1] <= box.x + box.width + SLACK


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_any_graph(graph: tuple[list[tuple[float, float]], list[Edge]]) -> None:
    check(*graph)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_larger_graphs_of_the_kind_that_expressions_make(seed: int) -> None:
    source = random.Random(seed)
    count = 80
    pairs = [(source.randrange(max(0, box - 9), box), box) for box in range(1, count) for _ in range(source.choice([1, 1, 2]))]
    check([(source.uniform(60, 240), source.uniform(30, 100)) for _ in range(count)], [(*pair, 0.0) for pair in pairs])


@given(graphs())
@settings(max_examples=100, deadline=None)
def test_sweeps_never_add_crossings_and_ranks_rise_along_edges(graph: tuple[list[tuple[float, float]], list[Edge]]) -> None:
    sizes, edges = graph
    pairs = [(start, end) for start, end, _ in edges]
    levels = ranks(len(sizes), pairs)
    assert all(levels[start] < levels[end] for start, end in pairs)
    assert min(levels) == 0
    bends = Bends(levels, pairs)
    layers = ordered(bends)
    assert sorted(point for layer in layers for point in layer) == list(range(len(bends.levels)))
    assert all(bends.levels[point] == level for level, layer in enumerate(layers) for point in layer)


def test_a_chain_is_a_straight_column() -> None:
    drawing = check([(100.0, 40.0), (60.0, 40.0), (140.0, 40.0)], [(0, 1, 0.0), (1, 2, 0.0)])
    assert len({box.x + box.width / 2 for box in drawing.boxes}) == 1
    assert all(len({x for x, _ in route}) == 1 for route in drawing.routes)
    assert drawing.width == 140.0


def test_a_tree_is_symmetric() -> None:
    drawing = check([(80.0, 40.0)] * 7, [(start, end, 0.0) for start in range(3) for end in (2 * start + 1, 2 * start + 2)])
    middles = [box.x + box.width / 2 for box in drawing.boxes]
    assert middles[0] == pytest.approx(drawing.width / 2)
    assert middles[1] + middles[2] == pytest.approx(drawing.width)
    assert [box.y for box in drawing.boxes[3:]] == [drawing.boxes[3].y] * 4


def test_crossings_that_can_be_avoided_are() -> None:
    pairs = [(0, 5), (1, 4), (2, 3)]
    bends = Bends(ranks(6, pairs), pairs)
    assert crossings([[0, 1, 2], [3, 4, 5]], bends) == 3
    assert crossings(ordered(bends), bends) == 0


def test_edges_of_one_box_keep_the_order_of_their_ends() -> None:
    drawing = check([(200.0, 40.0)] + [(80.0, 40.0)] * 3, [(0, 3, ROOM), (0, 1, ROOM), (0, 2, ROOM)])
    by_start = sorted(drawing.routes, key=lambda route: route[0][0])
    assert by_start == sorted(drawing.routes, key=lambda route: route[-1][0])


def test_a_long_edge_stays_straight_where_short_ones_cross_it() -> None:
    pairs = [(0, 1), (0, 3), (1, 2), (1, 5), (2, 3), (2, 4), (3, 4), (4, 5)]
    drawing = check([(100.0, 40.0)] * 6, [(*pair, 0.0) for pair in pairs])
    assert len({x for x, _ in drawing.routes[pairs.index((1, 5))][2:-1]}) == 1


def test_two_edges_between_the_same_boxes_are_two_lines() -> None:
    drawing = check([(120.0, 40.0), (120.0, 40.0)], [(0, 1, ROOM), (0, 1, ROOM)])
    assert drawing.routes[0][0] != drawing.routes[1][0]
    assert drawing.routes[0][-1] != drawing.routes[1][-1]


def test_long_edges_to_one_box_share_a_trunk() -> None:
    steps = 30
    edges = [(step, step + 1, 0.0) for step in range(steps)] + [(step, steps + 1, 0.0) for step in range(steps + 1)]
    drawing = check([(100.0, 40.0)] * (steps + 2), edges)
    assert drawing.width < 3 * 100, "and so the drawing stays narrow"


def test_a_long_sum_of_functions_stays_narrow() -> None:
    """Term after term beside a straight spine, and not a diagonal across the page."""
    terms = 20
    edges = [(term, term + 1, 0.0) for term in range(terms)]
    edges += [(term, terms + 1 + 2 * term, 0.0) for term in range(terms)]
    edges += [(terms + 1 + 2 * term, terms + 2 + 2 * term, 0.0) for term in range(terms)]
    drawing = check([(100.0, 40.0)] * (3 * terms + 1), edges)
    assert drawing.width < 10 * 100


def test_nothing_to_draw() -> None:
    assert layout([], []) == LayeredLayout(0.0, 0.0, [], [])


def test_what_is_large_but_allowed_takes_a_moment_and_more_is_refused() -> None:
    begun = time.process_time()
    check_time = [(start, start + 1, ROOM) for start in range(MOST_POINTS - 1)]
    assert len(layout([(100.0, 40.0)] * MOST_POINTS, check_time).boxes) == MOST_POINTS
    with pytest.raises(Problem, match="too large to be laid out here") as caught:
        layout([(100.0, 40.0)] * 20_000, [(start, start + 1, ROOM) for start in range(19_999)])
    assert caught.value.code == "limit"
    assert "--format dot" in str(caught.value.hint)
    with pytest.raises(Problem, match="boxes and bends"):
        layout([(100.0, 40.0)] * 3000, [edge for box in range(2998) for edge in ((box, box + 1, 0.0), (box, 2999, 0.0))])
    assert time.process_time() - begun < 20
