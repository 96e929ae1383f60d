"""DOT that Graphviz can read, whatever the names and texts are; read back here by the language's own rules."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape

import pytest

from gradcli.report.characters import visible
from gradcli.report.pictures import dot
from gradcli.run.picture import Picture
from tests.report.pictures.drawn import HOSTILE, drawn, fifty, hostile, perceptron

QUOTED = r'"(?:[^"\\]|\\.)*"'  # a backslash takes the next character with it, and a quote ends
TOKEN = re.compile(rf"\s*(?:({QUOTED})|(->|[{{}}\[\];=,])|([A-Za-z_]\w*|\d+))")

PICTURES = {"fifty": fifty, "perceptron": perceptron, "hostile": hostile}


def tokens(text: str) -> list[str]:
    found, place = [], 0
    while text[place:].strip():
        match = TOKEN.match(text, place)
        assert match, text[place : place + 60]
        found.append(match[0].strip())
        place = match.end()
    return found


def statements(text: str) -> tuple[dict[str, dict[str, str]], list[tuple[str, str, dict[str, str]]]]:
    """The nodes by name, and the edges, each with its attributes."""
    words = tokens(text)
    assert words[0] == "digraph"
    assert (words[2], words[-1]) == ("{", "}")
    nodes: dict[str, dict[str, str]] = {}
    edges: list[tuple[str, str, dict[str, str]]] = []
    for statement in split(words[3:-1], ";"):
        head, attributes = (
            (statement[: statement.index("[")], statement[statement.index("[") + 1 : -1])
            if "[" in statement
            else (statement, [])
        )
        pairs = {pair[0]: pair[2] for pair in split(attributes, ",")}
        if len(head) == 1 and head[0].startswith("n") and head[0] != "node":
            nodes[head[0]] = pairs
        elif "->" in head:
            edges.append((head[0], head[2], pairs))
    return nodes, edges


def split(words: list[str], separator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == separator:
            parts.append([])
        else:
            parts[-1].append(word)
    return [part for part in parts if part]


def lines(label: str) -> list[str]:
    """The lines that Graphviz draws for a quoted label: its own escapes, then entities."""
    found = re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nl" else match[1], label[1:-1])
    return unescape(found).splitlines()


@pytest.mark.parametrize("name", PICTURES)
def test_nodes_and_edges(name: str) -> None:
    picture = PICTURES[name]()
    nodes, edges = statements(dot.render(picture))
    assert list(nodes) == [f"n{vertex.id}" for vertex in picture.vertices]
    assert [(start, end) for start, end, _ in edges] == [(f"n{edge.start}", f"n{edge.end}") for edge in picture.edges]
    for vertex, attributes in zip(picture.vertices, nodes.values(), strict=True):
        assert lines(attributes["label"])[0].startswith(f"{vertex.grad_fn}  [")


def test_hostile_texts_come_out_unpromoted() -> None:
    nodes, _ = statements(dot.render(hostile()))
    for text, attributes in zip(HOSTILE, nodes.values(), strict=True):
        if len(text) < 40:
            assert lines(attributes["label"])[1] == " ".join(visible(" ".join(text.split())).split())


def test_labels_and_looks() -> None:
    nodes, edges = statements(dot.render(drawn("y = x*3; y**2 + y", "x=2")))
    assert lines(nodes["n1"]["label"]) == ["PowBackward0  []", "y**2", "value  36.", "grad   1.", "saved  self=y"]
    assert [attributes.get("label") for _, _, attributes in edges] == ['"self"', '"other 1."', '"12."', None]
    assert "rounded" in nodes["n3"]["style"]
    assert nodes["n0"]["fillcolor"] != nodes["n3"]["fillcolor"]


@pytest.mark.parametrize("name", PICTURES)
def test_graphviz_reads_it(name: str) -> None:
    """Where there is a Graphviz; the grammar above holds everywhere."""
    program = shutil.which("dot")
    picture: Picture = PICTURES[name]()
    text = dot.render(picture)
    assert tokens(text)
    if program:
        done = subprocess.run([program, "-Tplain"], input=text, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("\nnode ") == len(picture.vertices)
