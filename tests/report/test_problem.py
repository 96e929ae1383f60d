"""Problems as sentences with a caret under the user's own text, and as documents of JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import Problem, Span
from gradcli.report.problem import render, render_warning
from gradcli.run.result import Warning
from tests.report.evaluated import problem

ROOT = Path(__file__).parents[2]


def at(text: str, start: int, end: int, hint: str | None = None) -> Problem:
    """A problem whose span is [start, end) of `text`."""
    span = Span(start, end, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
    return Problem("syntax", "it is wrong", hint=hint, span=span, source="expr", text=text)


def place(text: str, start: int, end: int, **options: Any) -> list[str]:
    """The lines below the sentence."""
    return render(at(text, start, end), **options).split("\n")[1:]


# ---- text ------------------------------------------------------------------------------------------------------------


def test_a_sentence_a_caret_and_a_hint() -> None:
    assert (
        render(problem("y = x+1; log_sofmax(y, 0)", "x=1"))
        == """\
error: name 'log_sofmax' is not defined
  y = x+1; log_sofmax(y, 0)
           ^^^^^^^^^^
hint: did you mean 'log_softmax'?"""
    )


def test_the_text_of_a_binding_is_named() -> None:
    lines = render(problem("x+1", "x=[1] + fo(2)")).split("\n")
    assert lines[1:4] == ["  in x=...:", "    [1] + fo(2)", "          ^^"]


def test_the_text_of_an_option_is_named() -> None:
    lines = render(problem("2*x", "x=[1,2]", weights=["[1,2,"])).split("\n")
    assert lines[1:4] == ["  in --weights:", "    [1,2,", "    ^"]


def test_a_binding_without_a_place_shows_its_text() -> None:
    assert render(problem("x", "x=@no/such.csv")).split("\n")[1:3] == ["  in x=...:", "    @no/such.csv"]


def test_without_a_text_there_is_only_the_sentence() -> None:
    assert render(Problem("limit", "too much")) == "error: too much"
    assert render(Problem("no-grad", "no", source="expr", text="x")) == "error: no"


def test_one_line_of_several_has_its_number() -> None:
    text = "y = x + 1\n" * 9 + "z = foo(y)\nz.sum()"
    assert place(text, 94, 97) == ["  10 | z = foo(y)", "     |     ^^^"]
    assert place("x.sum(\r\n  dim=3)", 0, 16) == ["  1 | x.sum(", "    | ^^^^^^"]


def test_a_final_newline_makes_no_second_line() -> None:
    assert place("x + foo\n", 4, 7) == ["  x + foo", "      ^^^"]


@pytest.mark.parametrize(
    ("text", "start", "end", "lines"),
    [
        ("x + ", 3, 3, ["  x + ", "     ^"]),
        ("", 0, 0, ["  ", "  ^"]),
        ("x\n", 2, 2, ["  ", "  ^"]),
        ("\tx\t+ foo", 5, 8, ["      x    + foo", "             ^^^"]),
        ("日本語 + foo", 6, 9, ["  日本語 + foo", "           ^^^"]),
        ("日本語 + foo", 0, 3, ["  日本語 + foo", "  ^^^^^^"]),
        ("a\u0301e\u0301 + foo", 7, 10, ["  a\u0301e\u0301 + foo", "       ^^^"]),
        ("x + \u0301", 4, 5, ["  x + \u0301", "      ^"]),
        ("x + \x1b[31m", 4, 5, ["  x + \\x1b[31m", "      ^^^^"]),
        ("x\u202e + y", 5, 6, ["  x\\u202e + y", "            ^"]),
        ("x + \udc80", 4, 5, ["  x + \\udc80", "      ^^^^^^"]),
        ("x +\xa0y", 3, 4, ["  x +\\xa0y", "     ^^^^"]),
    ],
)
def test_the_caret_stands_where_the_eye_sees_it(text: str, start: int, end: int, lines: list[str]) -> None:
    assert place(text, start, end) == lines


@pytest.mark.parametrize(
    ("start", "lines"),
    [
        (0, ["  foo+x+x+x+x+x+x+x+x+x+x+...", "  ^^^"]),
        (5000, ["  ...x+x+x+x+foo+x+x+x+x+x+x+...", "             ^^^"]),
        (10_000, ["  ...+x+x+x+x+x+x+x+x+x+x+foo", "                          ^^^"]),
    ],
)
def test_a_long_line_is_cut_to_a_window(start: int, lines: list[str]) -> None:
    rest = "+x" * 5000
    assert place(f"{'x+' * (start // 2)}foo{rest[start:]}", start, start + 3, width=32) == lines


def test_a_span_longer_than_the_line_is_underlined_as_far_as_it_is_shown() -> None:
    assert place("(" + "x" * 200 + ")", 1, 201, width=40) == ["  (" + "x" * 31 + "...", "   " + "^" * 31]


WIDE = st.text(st.sampled_from("aé日ｱ\u0301\t \x00\u200b\u202e👍"), min_size=0, max_size=300)


@given(WIDE, WIDE, st.integers(30, 100))
def test_any_text_keeps_its_caret_below_its_character(before: str, after: str, width: int) -> None:
    lines = place(f"{before}#{after}", len(before), len(before) + 1, width=width)
    columns = []
    for character in lines[0]:
        size = 0 if unicodedata.category(character) == "Mn" else 1 + (unicodedata.east_asian_width(character) in "WF")
        columns += [character] * size
    assert lines[1].count("^") == 1
    assert columns[lines[1].index("^")] == "#"
    assert len(columns) <= width
    assert lines[0].isprintable()


def test_a_message_cannot_command_the_terminal() -> None:
    text = render(Problem("file", "no file '\x1b]0;owned\x07'", hint="try\n'\x1b[2J'"))
    assert text == "error: no file '\\x1b]0;owned\\x07'\nhint: try\n'\\x1b[2J'"


def test_colour() -> None:
    text = render(at("x + foo", 4, 7, hint="no"), color=True)
    assert text == ("\x1b[1;31merror:\x1b[0m it is wrong\n  x + foo\n      \x1b[1;31m^^^\x1b[0m\n\x1b[1;34mhint:\x1b[0m no")


def test_a_warning() -> None:
    warning = Warning("nan-gradient", "x.grad is nan", 3, Span(4, 11, 1, 5), None)
    assert render_warning(warning, "y = sqrt(x)*0") == "warning: x.grad is nan\n  y = sqrt(x)*0\n      ^^^^^^^"
    assert render_warning(Warning("unused", "z is not used", None, None, None), "x") == "warning: z is not used"
    assert "\x1b[1;33mwarning:\x1b[0m" in render_warning(warning, "y = sqrt(x)*0", color=True)


# ---- JSON ------------------------------------------------------------------------------------------------------------


def test_a_document() -> None:
    assert (
        json.loads(render(problem("x @ y", "x=ones(2,3)", "y=ones(2,3)"), json=True))["error"].items()
        >= {
            "code": "shape-mismatch",
            "type": "RuntimeError",
            "source": "expr",
            "text": "x @ y",
            "message": "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
        }.items()
    )
    assert render(at("x\n+é", 3, 4), json=True) == (
        '{"schema": "gradcli.error/1", "error": {"code": "syntax", "type": "RuntimeError", "message": "it is wrong", '
        '"hint": null, "source": "expr", "text": "x\\n+é", "span": {"start": 3, "end": 4, "line": 2, "column": 2}}}'
    )


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        (7, 7),
        (None, None),
        ("a", "a"),
        ([1, {"b": 2.5}], [1, {"b": 2.5}]),
        (float("nan"), "NaN"),
        ([float("-inf")], ["-Infinity"]),
    ],
)
def test_the_id_of_a_record(id: Any, expected: Any) -> None:
    document = json.loads(render(Problem("limit", "no"), json=True, id=id, line=3), parse_constant=pytest.fail)
    assert list(document) == ["schema", "id", "line", "error"]
    assert document["id"] == expected


def test_without_an_id_there_is_no_key() -> None:
    assert list(json.loads(render(Problem("limit", "no"), json=True))) == ["schema", "error"]
    assert list(json.loads(render(Problem("limit", "no"), json=True, id=object()))) == ["schema", "error"]


def test_a_document_is_one_line_of_strict_utf8() -> None:
    text = render(at("a\u2028b\x85c\x7f\udc80\x1b\n", 0, 1), json=True)
    assert len(text.splitlines()) == 1
    assert json.loads(text.encode().decode())["error"]["text"] == "a\u2028b\x85c\x7f\ufffd\x1b\n"
    assert text.isprintable()


def test_a_sentence_needs_no_other_module() -> None:
    script = (
        "import sys; before = {*sys.modules}; from gradcli.errors import Problem, Span; "
        "from gradcli.report.problem import render; "
        "render(Problem('syntax', 'no', span=Span(0, 1, 1, 1), source='expr', text='x')); "
        "print(*{name.partition('.')[0] for name in {*sys.modules} - before} - {'gradcli', '__future__'})"
    )
    run = subprocess.run([sys.executable, "-S", "-c", script], cwd=ROOT, text=True, capture_output=True, check=True)
    assert run.stdout.split() == []
