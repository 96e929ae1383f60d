"""The structure of an SVG, not its bytes: one group for each vertex, one line for each edge, all text inside its box."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from typing import Any

import pytest

from gradcli.errors import Problem
from gradcli.report.characters import columns
from gradcli.report.pictures import labels, svg
from gradcli.run.picture import Picture
from tests.report.pictures.drawn import drawn, fifty, hostile, perceptron

SVG = "{http://www.w3.org/2000/svg}"
MONOSPACE = 0.6025  # of the font's size: the advance of DejaVu Sans Mono, Menlo and Liberation Mono; Consolas has 0.55
SIZES = {"word": 10.0}

PICTURES = {
    "leaf": lambda: drawn("x", "x=3"),
    "square": lambda: drawn("x**2", "x=3"),
    "steps": lambda: drawn("y = x + 2; z = y*y*3; z.mean()", "x=ones(2,2)"),
    "perceptron": perceptron,
    "fifty": fifty,
    "before": lambda: drawn("x*y", "x=[1,2]", "y=3", differentiated=False),
    "several": lambda: drawn("(x*2, x + 1)", "x=1", differentiated=False),
    "wide": lambda: drawn(f"stack([{', '.join(f'x{n}' for n in range(30))}]).prod()", *[f"x{n}=1" for n in range(30)]),
    "long names": lambda: drawn(f"{'n' * 300}*{'日' * 90}", f"{'n' * 300}=1e-12", f"{'日' * 90}=-1e300"),
    "hostile": hostile,
}


@pytest.fixture(params=PICTURES)
def picture(request: Any) -> Picture:
    return PICTURES[request.param]()


def parsed(picture: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(svg.render(picture))


def of_class(element: ElementTree.Element, tag: str, name: str) -> list[ElementTree.Element]:
    return [each for each in element.iter(SVG + tag) if each.get("class") == name]


def rectangle(element: ElementTree.Element) -> tuple[float, float, float, float]:
    x, y, width, height = (float(element.get(key, "")) for key in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def test_a_group_for_each_vertex_and_a_line_for_each_edge(picture: Picture) -> None:
    root = parsed(picture)
    groups = root.findall(SVG + "g")
    kinds = ["leaf" if each.is_leaf else "output" if each.id in picture.roots else "function" for each in picture.vertices]
    assert [group.get("class") for group in groups] == kinds
    for group, vertex in zip(groups, picture.vertices, strict=True):
        (name,) = of_class(group, "text", "name")
        assert name.text == vertex.grad_fn
        assert len(of_class(group, "rect", "box")) == 1
    assert len(of_class(root, "path", "edge")) == len(of_class(root, "path", "tip")) == len(picture.edges)
    tags = [tag for tag in labels.tags(picture, 12) if tag]
    assert len(of_class(root, "text", "word")) == len(of_class(root, "rect", "tag")) == len(tags)


def test_all_text_is_inside_its_box(picture: Picture) -> None:
    root = parsed(picture)
    for group in root.findall(SVG + "g"):
        box = rectangle(of_class(group, "rect", "box")[0])
        for text in group.iter(SVG + "text"):
            check_inside(text, box)
    words_of_edges = zip(of_class(root, "text", "word"), of_class(root, "rect", "tag"), strict=True)
    for text, tag in words_of_edges:
        check_inside(text, rectangle(tag))


def check_inside(text: ElementTree.Element, box: tuple[float, float, float, float]) -> None:
    size = SIZES.get(str(text.get("class")), 12.0)
    width = float(text.get("textLength", ""))  # which holds in any font
    assert width >= columns(text.text or "") * size * MONOSPACE  # and squeezes none
    x, y = float(text.get("x", "")), float(text.get("y", ""))
    left = {"end": x - width, "middle": x - width / 2}.get(text.get("text-anchor", ""), x)
    assert box[0] < left
    assert left + width < box[2]
    assert box[1] + size * 0.8 < y < box[3]


def test_texts_do_not_run_into_each_other(picture: Picture) -> None:
    for group in parsed(picture).findall(SVG + "g"):
        rows: dict[str, list[tuple[float, float]]] = {}
        for text in group.iter(SVG + "text"):
            width = float(text.get("textLength", ""))
            x = float(text.get("x", "")) - (width if text.get("text-anchor") == "end" else 0)
            rows.setdefault(text.get("y", ""), []).append((x, x + width))
        for row in rows.values():
            assert all(right < left for (_, right), (left, _) in pairwise(sorted(row)))


def test_everything_is_inside_the_view(picture: Picture) -> None:
    root = parsed(picture)
    left, top, width, height = map(float, root.get("viewBox", "").split())
    assert (float(root.get("width", "")), float(root.get("height", ""))) == (width, height)
    for rect in root.iter(SVG + "rect"):
        x, y, right, bottom = rectangle(rect)
        assert left <= x <= right <= left + width
        assert top <= y <= bottom <= top + height
    for path in of_class(root, "path", "edge"):
        numbers = [float(each) for each in re.findall(r"-?[\d.]+", path.get("d", ""))]
        assert min(numbers) >= min(left, top)


def test_boxes_and_labels_do_not_cover_each_other(picture: Picture) -> None:
    rects = [rectangle(rect) for rect in parsed(picture).iter(SVG + "rect")]
    for place, (x, y, right, bottom) in enumerate(rects):
        for other in rects[:place]:
            assert right <= other[0] or other[2] <= x or bottom <= other[1] or other[3] <= y


def test_it_stands_alone_and_runs_nothing(picture: Picture) -> None:
    text = svg.render(picture)
    root = ElementTree.fromstring(text)
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "rect", "path", "text"}
    assert not [key for each in root.iter() for key in dict(each.items()) if key.startswith("on") or "href" in key]
    assert "url(" not in text
    assert "@import" not in text


def test_it_says_what_it_is() -> None:
    root = parsed(perceptron())
    assert root.get("role") == "img"
    named = {each.get("id"): each.text for each in root if each.get("id")}
    assert set(str(root.get("aria-labelledby")).split()) == set(named)
    assert str(named["title"]).startswith("Backward graph of h = tanh(W1 @ x + b1);")
    assert named["desc"] == "15 functions from the output down to 4 leaves (W1, b1, W2, b2)"


def sheets(root: ElementTree.Element) -> tuple[dict[str, str], dict[str, str]]:
    """The fill of every selector, on a light page and on a dark one."""
    (style,) = root.iter(SVG + "style")
    light, dark = str(style.text).split("@media (prefers-color-scheme:dark){")
    found = []
    for sheet in (light, dark):
        rules = re.findall(r"([^{}]+)\{fill:(#\w{6})", sheet)
        found.append({name: color for names, color in rules for name in names.strip().split(",")})
    return found[0], found[1]


def test_light_and_dark() -> None:
    """Every surface and every text has a counterpart for a dark page; lines show on either."""
    light, dark = sheets(parsed(perceptron()))
    assert set(light) - {".tip"} == set(dark)
    assert {".box", ".tag", ".function .head", ".output .head", ".leaf .head"} <= set(light)


def contrast(one: str, two: str) -> float:
    def luminance(color: str) -> float:
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dim = sorted([luminance(one), luminance(two)], reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_colours_can_be_read() -> None:
    root = parsed(perceptron())
    for fill in sheets(root):
        for kind in ("function", "output", "leaf"):
            assert contrast(fill[f".{kind} .name"], fill[f".{kind} .head"]) > 5
            assert contrast(fill[".shape"], fill[f".{kind} .head"]) > 4.5
        for text in (".text", ".label", ".key", ".grad"):
            assert contrast(fill[text], fill[".box"]) > 5
        assert contrast(fill[".word"], fill[".tag"]) > 5
    line = re.search(r"\.edge\{fill:none;stroke:(#\w{6})", svg.render(perceptron()))[1]  # type: ignore[index]
    assert contrast(line, "#ffffff") > 3
    assert contrast(line, "#0d1117") > 3


def test_lines_say_value_gradient_and_what_was_saved() -> None:
    group = parsed(drawn("y = x*3; y**2", "x=2")).findall(SVG + "g")[0]
    assert [text.text for text in group.iter(SVG + "text")] == [
        "PowBackward0",
        "[]",
        "y**2",
        "value",
        "36.",
        "grad",
        "1.",
        "saved",
        "self=y",
    ]


def test_edges_say_what_they_brought_where_they_meet() -> None:
    root = parsed(drawn("x**2 + x**3", "x=1"))
    assert sorted(str(text.text) for text in of_class(root, "text", "word")) == ["2.", "3.", "other", "self"]


def test_values_that_do_not_fit() -> None:
    root = parsed(drawn("(x*1).sum()", "x=[[0.1234, 0.5], [1.125, 2.5], [3.3333, 4.4444]]"))
    texts = [text.text for text in root.iter(SVG + "text")]
    assert "0.1234 to 4.4444" in texts
    assert "[[1., 1.], [1., 1.], [1., 1.]]" in texts


def test_a_graph_too_large_is_refused_with_a_way_out() -> None:
    large = drawn(" + ".join(["x*x"] * 10_000), "x=1")
    begun = time.process_time()
    with pytest.raises(Problem, match="boxes and bends") as caught:
        svg.render(large)
    assert "--format dot -o graph.dot" in str(caught.value.hint)
    assert time.process_time() - begun < 10
