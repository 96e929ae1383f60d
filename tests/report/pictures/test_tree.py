"""The tree: conventional for what is small, in pieces for what is deep, what is shared once; the same words everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from gradcli.report.characters import columns
from gradcli.report.pictures import tree
from gradcli.run.picture import Picture
from tests.report.pictures.drawn import drawn, fifty, hostile, perceptron

LADDER = "a = x; " + "a = sin(a)*cos(a); " * 20 + "-a"  # what is deep is shared, too

PICTURES: dict[str, Callable[[], Picture]] = {
    "perceptron": perceptron,
    "fifty": fifty,
    "hostile": hostile,
    "ladder": lambda: drawn(LADDER, "x=1"),
}


def words(text: str) -> list[list[str]]:
    """The cells of each row, without colour and lines."""
    bare = re.sub(r"\x1b\[[0-9;]*m", "", text)
    rows = [line.lstrip("│├└ ").rstrip() for line in bare.splitlines() if not line.startswith("─")]
    return [re.split(r"\s{2,}", row) for row in rows if row]


def test_a_small_tree() -> None:
    assert tree.render(drawn("y = x*2; y*y + x", "x=3")).splitlines() == [
        "grad_fn                    node     shape  value  grad        saved",
        "AddBackward0               y*y + x  []     39.    1.",
        "├ self: MulBackward0       y*y      []     36.    1.          self=y, other=y",
        "│ ├ self: MulBackward0 #2  y = x*2  []     6.     6. of 12.   other=2",
        "│ │ └ AccumulateGrad #3    x        []     3.     24. of 25.",
        "│ └ other: #2 above        y = x*2                6. of 12.",
        "└ other: #3 above          x                      1. of 25.",
    ]


def test_before_any_pass_there_are_no_gradients() -> None:
    assert words(tree.render(drawn("x*y", "x=[1,2]", "y=3", differentiated=False)))[1:] == [
        ["MulBackward0", "x*y", "[2]", "[3., 6.]", "self=x, other=y"],
        ["self: AccumulateGrad", "x", "[2]", "[1., 2.]"],
        ["other: AccumulateGrad", "y", "[]", "3."],
    ]


def test_a_leaf_that_no_gradient_reached() -> None:
    rows = words(tree.render(drawn("x*y", "x=2", "y=3", wrt=["x"])))
    assert ["other: AccumulateGrad", "y", "[]", "3.", "None"] in rows


def test_several_outputs_are_several_trees() -> None:
    assert tree.render(drawn("(x*2, x+1)", "x=1", differentiated=False)).splitlines()[1:] == [
        "MulBackward0         x*2   []     2.           other=2",
        "└ AccumulateGrad #2  x     []     1.",
        "",
        "AddBackward0         x+1   []     2.",
        "└ #2 above           x",
    ]


def test_what_is_deep_goes_on_below() -> None:
    expr = "x"
    for _ in range(30):
        expr = f"sin({expr})"
    picture = drawn(expr, "x=1")
    text = tree.render(picture, width=80)
    blocks = text.split("\n\n")
    assert len(blocks) == 4
    for before, after in pairwise(blocks):
        (number,) = re.findall(r"└ (#\d+) below", before)
        assert after.startswith(f"SinBackward0 {number} ")
    assert len(re.findall("SinBackward0", text)) == 30
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("width", [40, 100, 300])
def test_each_vertex_is_shown_once(name: str, width: int) -> None:
    picture = PICTURES[name]()
    text = tree.render(picture, width=width)
    rows = words(text)[1:]
    assert not [block for block in text.split("\n\n") if block.startswith("#")], "a reference alone is no tree"
    shown = [row for row in rows if not re.search(r"#\d+ (above|below)", row[0])]
    assert len(shown) == len(picture.vertices)
    assert len(rows) - len(shown) >= len(picture.edges) - len(picture.vertices) + 1
    marked = {number for row in shown for number in re.findall(r"#(\d+)", row[0])}
    assert {number for row in rows if row not in shown for number in re.findall(r"#(\d+)", row[0])} == marked


@pytest.mark.parametrize("name", PICTURES)
def test_colour_changes_no_word(name: str) -> None:
    picture = PICTURES[name]()
    assert words(tree.render(picture, width=120, color=True)) == words(tree.render(picture, width=120))
    assert "\x1b[" not in tree.render(picture, width=120)


def test_lines_in_ascii() -> None:
    text = tree.render(perceptron(), ascii=True)
    assert text.isascii()
    assert "|-self: MeanBackward0" in text
    assert "`-PowBackward0" in text


def test_columns_are_aligned_under_wide_characters() -> None:
    lines = tree.render(drawn("日本*x", "日本=2", "x=3")).splitlines()
    at = lines[0].index("shape")
    for line in lines[1:]:
        cut = next(place for place in range(len(line)) if columns(line[:place]) == at)
        assert line[cut:].startswith("[]")


def test_a_wide_terminal_shows_more() -> None:
    picture = drawn("sum(x*1)", "x=linspace(0.5, 1.25, 6)")
    assert "[0.5000, 0.6500, 0.8000, 0.9500, 1.1000, 1.2500]" in tree.render(picture, width=200)
    assert "0.5000 to 1.2500" in tree.render(picture, width=80)
