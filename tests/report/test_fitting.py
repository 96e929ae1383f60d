"""Text fits the terminal: sentences wrap at words, rows are cut, and every command is held against narrow terminals."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.report.characters import columns
from gradcli.report.fitting import aligned, fitted, narrowed, visible_columns
from gradcli.report.text import Table, shown
from tests.command import gradcli

SHAPES = ("x=randn(4,3)", "w=randn(3,5)", "b=randn(5)", "--seed", "0")
COMMANDS = [
    ("softmax(x@w + b, -1).log().sum()", *SHAPES),
    ("graph", "sigmoid(x@w+b).sum()", *SHAPES),
    ("jacobian", "tanh(x)", "x=randn(12)"),
    ("jacobian", "tanh(A @ x)", "A=[[0.5, -1], [2, 0.25]]", "x=[1, 0.5]"),
    ("check", "x**3", "x=2", "--claim", "x=1.5*x**3"),
    ("explain", "mean(3*(x+2)**2)", "x=ones(2,2)"),
    ("ops",),
    ("ops", "softmax"),
    ("--help",),
    ("eval", "--help"),
    ("minimize", "(1 - x[0])**2 + 100*(x[1] - x[0]**2)**2", "x=[-1.2, 1]"),
    ("propagate", "m*g*h", "m=2.0±0.1", "g=9.81", "h=1.5±0.02"),
    ("table", "sin(x)*y", "x=0:2:0.5", "y=2"),
    ("eval", "x**2", "x=3", "--plan"),
    ("x @ y", "x=ones(2,3)", "y=ones(2,3)"),
    ("log(x).sum()", "x=[0,1]"),
]


@pytest.mark.parametrize("width", [40, 60])
@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_no_line_is_longer_than_the_terminal(argv: tuple[str, ...], width: int) -> None:
    run = gradcli(*argv, COLUMNS=str(width))
    lines = [*run.stdout.splitlines(), *run.stderr.splitlines()]
    assert lines
    assert max(map(visible_columns, lines)) <= width
    assert not [line for line in lines if line != line.rstrip()]


TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=200)


@given(TEXTS, st.integers(20, 120))
def test_whatever_the_text_it_fits(text: str, width: int) -> None:
    for line in fitted(text, width).split("\n"):
        assert columns(line) <= width


@given(st.lists(st.sampled_from(["a", "word", "longer", "x**2", "tensor"]), min_size=1, max_size=60), st.integers(20, 80))
def test_wrapping_loses_no_word(words: list[str], width: int) -> None:
    assert fitted(" ".join(words), width).split() == words


def test_colours_take_no_room_and_end() -> None:
    line = "\x1b[1;31merror:\x1b[0m " + "word " * 30
    for piece in fitted(line, 40).split("\n"):
        assert visible_columns(piece) <= 40
    row = "\x1b[1mname\x1b[0m  " + "value  " * 30
    cut = fitted(row, 40)
    assert visible_columns(cut) <= 40
    assert cut.endswith("…")


def test_wide_columns_give_way_first_and_then_the_last_ones() -> None:
    rows = [("name", "formula", "value"), ("x", "a*b + " * 10, "1.5"), ("a remark that has no columns",)]
    found = narrowed(rows, 40)
    assert sum(map(columns, found[1])) + 4 <= 40
    assert found[1][0] == "x"
    assert found[1][2] == "1.5"
    assert found[2] == rows[2]
    assert len(narrowed([("n" * 12,) * 8] * 2, 40)[0]) < 8
    assert narrowed(rows, 200) == rows


def test_numbers_are_aligned_at_their_points_and_never_shortened() -> None:
    rows = [("name", "value", "share"), ("a", "-1.25", "93.4 %"), ("b", "12345678.5", "6.6 %"), ("total", "", "100 %")]
    assert [row[1:] for row in aligned(rows)[1:]] == [("      -1.25", " 93.4 %"), ("12345678.5", "  6.6 %"), ("", "100 %")]
    assert [row[:2] for row in narrowed(rows, 20)] == [row[:2] for row in rows]
    assert aligned([("value",), ("1",), ("1e-05",)]) == [("value",), ("1",), ("1e-05",)]


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("width", [40, 80])
def test_a_terminal_shows_the_words_of_a_pipe_with_a_rule(width: int, color: bool) -> None:
    table = Table([("name", "formula", "value"), ("x", "a*b + " * 12, "1.5"), ("a remark",), ("y", "", "12.25")])
    lines = shown([table], width=width, table=True, color=color).split("\n")
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    assert plain == [line.rstrip() for line in plain]
    assert plain[1] == "─" * max(map(columns, plain))
    assert [plain[0], *plain[2:]] == shown([table], width=width).split("\n")
    assert max(map(columns, plain)) <= width
    assert (plain != lines) is color
