"""`gradcli plot`: what is drawn, at several widths, and where lines are broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradcli.report.characters import columns
from gradcli.run.request import Request
from gradcli.run.solving.curves import sampled
from tests.command import gradcli


def line(expr: str, text: str = "-4:4", order: int = 0) -> np.ndarray:
    picture = sampled(Request(expr, [("x", text, False)]), [expr], 400, order)
    assert picture.lines[0].label == expr
    return picture.lines[-1].y


@pytest.mark.parametrize(("expr", "gaps"), [("tan(x)", 2), ("1/x", 1), ("floor(x)", 8), ("sin(x)", 0), ("tanh(1000*x)", 0)])
def test_lines_are_broken_at_poles_and_jumps_and_nowhere_else(expr: str, gaps: int) -> None:
    y = line(expr, "-3.9:4.1")
    assert np.sum(~np.isfinite(y)) == gaps


def test_a_derivative_is_left_out_where_there_is_no_value() -> None:
    y = line("log(x)", order=1)
    assert np.isnan(y[:200]).all()
    assert np.isfinite(y[201:]).all()


def test_a_pole_does_not_flatten_the_rest() -> None:
    picture = sampled(Request("1/x", [("x", "-1:1", False)]), ["1/x"], 401, 0)
    assert picture.high < 100


@pytest.mark.parametrize("width", [40, 80, 200])
def test_pictures_fit_the_terminal(width: int) -> None:
    for argv in (("sin(x) ;; cos(x)", "x=0:6"), ("x**2 - y**2", "x=-1:1", "y=-1:1")):
        run = gradcli("plot", *argv, COLUMNS=str(width), LINES="24")
        assert run.returncode == 0, run.stderr
        lines = run.stdout.splitlines()
        assert max(map(columns, lines)) <= width
        assert len(lines) <= 24
        assert not any([each != each.rstrip() for each in lines])


def test_ascii_where_the_terminal_has_no_more() -> None:
    run = gradcli("plot", "abs(x)", "x=-2:2", TERM="dumb", COLUMNS="60")
    assert run.stdout.isascii()
    assert "*" in run.stdout


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_files(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"picture.{ending}"
    for _ in range(2):
        assert gradcli("plot", "sin(x)", "x=-3:3", "-o", str(path)).returncode == 0
    begins = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}[ending]
    assert path.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("sin(x)", "x=1"), "there is no range"),
        (("sin(x)", "x=0:1", "-o", "picture.bmp"), "no ending of a picture"),
        (("x*y*z", "x=0:1", "y=0:1", "z=0:1"), "cannot be drawn"),
        (("log(x)", "x=-2:-1"), "no value in the range is finite"),
        ((), "no expression to draw"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(argv: tuple[str, ...], said: str) -> None:
    run = gradcli("plot", *argv)
    assert run.returncode in (1, 2)
    assert said in run.stderr.splitlines()[0]
    assert run.stdout == ""
