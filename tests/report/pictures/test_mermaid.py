"""Mermaid that means what it says, whatever the names and texts are; read back here by its escaping rules."""

from __future__ import annotations

import re

import pytest

from gradcli.report.characters import visible
from gradcli.report.pictures import mermaid
from tests.report.pictures.drawn import HOSTILE, drawn, fifty, hostile, perceptron

NODE = re.compile(r'  n(\d+)(?:\["([^"]*)"\]:::(function|output)|\(\["([^"]*)"\]\):::(leaf))')
EDGE = re.compile(r'  n(\d+) -->(?:\|"([^"]+)"\|)? n(\d+)')
CLASS = re.compile(r"  classDef (function|output|leaf) [\w#:,]+")

PICTURES = {"fifty": fifty, "perceptron": perceptron, "hostile": hostile}


def texts(quoted: str) -> list[str]:
    """The lines of a text between quotes, with the characters that stand there by their numbers."""
    return [re.sub(r"#(\d+);", lambda match: chr(int(match[1])), line) for line in quoted.split("<br/>")]


@pytest.mark.parametrize("name", PICTURES)
def test_every_line_is_a_statement(name: str) -> None:
    picture = PICTURES[name]()
    first, *rest = mermaid.render(picture).splitlines()
    assert first == "flowchart TD"
    nodes = [match for match in map(NODE.fullmatch, rest) if match]
    edges = [match for match in map(EDGE.fullmatch, rest) if match]
    classes = [match for match in map(CLASS.fullmatch, rest) if match]
    assert len(nodes) + len(edges) + len(classes) == len(rest)
    assert [int(node[1]) for node in nodes] == [vertex.id for vertex in picture.vertices]
    assert [(int(edge[1]), int(edge[3])) for edge in edges] == [(edge.start, edge.end) for edge in picture.edges]


def test_nothing_in_a_text_means_anything() -> None:
    """Only letters, digits and harmless signs stand in a text; nothing looks like the item of a list, or like a link."""
    for line in mermaid.render(hostile()).splitlines()[1:]:
        for text in re.findall(r'"([^"]*)"', line):
            for part in text.split("<br/>"):
                bare = re.sub(r"#\d+;", "", part)
                assert all(each.isalnum() or each in " ,.:=()[]/" for each in bare), part
                assert not re.match(r"\d", part)
                assert "](" not in bare


def test_hostile_texts_come_out_unpromoted() -> None:
    nodes = [match for match in map(NODE.fullmatch, mermaid.render(hostile()).splitlines()) if match]
    for text, node in zip(HOSTILE, nodes, strict=True):
        if len(text) < 40:
            assert texts(node[2])[1] == " ".join(visible(" ".join(text.split())).split())


def test_words() -> None:
    text = mermaid.render(drawn("y = x*3; y**2 + y", "x=2"))
    nodes = [match for match in map(NODE.fullmatch, text.splitlines()) if match]
    assert texts(nodes[1][2]) == ["PowBackward0 []", "y**2", "value 36.", "grad 1.", "saved self=y"]
    assert [node[3] or node[5] for node in nodes] == ["output", "function", "function", "leaf"]
    assert '  n0 -->|"other 1."| n2' in text.splitlines()
    assert "  n2 --> n3" in text.splitlines()
