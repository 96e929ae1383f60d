"""Batches over tables: columns in, the same cells and the results out."""

from __future__ import annotations

import io
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.run import tables
from gradcli.run.tables import Row


def rows(text: str, expr: str, nonfinite: str = "string", **defaults: Any) -> list[Row]:
    """All rows that come of a table."""
    between, lines = tables.opened(iter(io.StringIO(text, newline="\n")))
    return list(tables.rows(lines, expr, defaults, nullcontext, nonfinite, between))


def cells(text: str, expr: str, **defaults: Any) -> list[list[str]]:
    """The cells of a table without problems."""
    found = rows(text, expr, **defaults)
    assert [row.problem for row in found] == [None] * len(found)
    return [row.cells for row in found]


def refusal(text: str, expr: str, **defaults: Any) -> Problem:
    """The problem of the table as a whole."""
    with pytest.raises(Problem) as caught:
        rows(text, expr, **defaults)
    return caught.value


# ---- what comes out


def test_results_are_added_as_columns() -> None:
    assert cells("x,y\n1,2\n3,4\n", "x*y") == [
        ["x", "y", "out", "d_x", "d_y"],
        ["1", "2", "2.0", "2.0", "1.0"],
        ["3", "4", "12.0", "4.0", "3.0"],
    ]


def test_cells_come_back_as_they_were() -> None:
    text = ' x ,name\n 1.50 ,"a, ""b"""\n+2e0,\n3,"two\nlines"\n'
    assert [row[:2] for row in cells(text, "x**2")] == [
        [" x ", "name"],
        [" 1.50 ", 'a, "b"'],
        ["+2e0", ""],
        ["3", "two\nlines"],
    ]


@pytest.mark.parametrize(
    ("text", "expr", "added"),
    [
        ("x\n1\n", "3", [["out"], ["3"]]),
        ("x\n1\n", "x > 0.5 and x", [["out", "d_x"], ["1.0", "1.0"]]),
        ("x,y\n1,5\n", "x*2", [["out", "d_x"], ["2.0", "2.0"]]),
        ("y,x\n1,5\n", "x - y", [["out", "d_y", "d_x"], ["4.0", "-1.0", "1.0"]]),
        ("x,y\n1,5\n", "y = x*2; y*y", [["out", "d_x"], ["4.0", "8.0"]]),
        ("x\n1\n", "x = x*2; x*x", [["out", "d_x"], ["4.0", "8.0"]]),
        ("e,pi\n1,5\n", "e*pi", [["out", "d_e", "d_pi"], ["5.0", "5.0", "1.0"]]),
        ("x,d_y\n1,2\n", "x", [["out", "d_x"], ["1.0", "1.0"]]),
        ("sum,x\n9,2\n", "sum(x)", [["out", "d_x"], ["2.0", "1.0"]]),
        ("sum,x\n9,2\n", "sum*x", [["out", "d_sum", "d_x"], ["18.0", "2.0", "9.0"]]),
        ("dim,x\n9,2\n", "sum(x, dim=0)", [["out", "d_x"], ["2.0", "1.0"]]),
        ("x,x,y\n1,2,3\n", "y", [["out", "d_y"], ["3.0", "1.0"]]),
        ("x\nnan\n", "x", [["out", "d_x"], ["NaN", "1.0"]]),
        ("x\n-inf\n", "x*2", [["out", "d_x"], ["-Infinity", "2.0"]]),
        ("été\n3\n", "été*2", [["out", "d_été"], ["6.0", "2.0"]]),
    ],
)
def test_columns_that_are_added(text: str, expr: str, added: list[list[str]]) -> None:
    width = len(text.splitlines()[0].split(","))
    assert [row[width:] for row in cells(text, expr)] == added


def test_a_tensor_in_a_cell_is_json() -> None:
    assert cells("x\n1\n", "stack([x, 2*x])", weights=["ones"])[1] == ["1", "[1.0, 2.0]", "3.0"]
    assert cells("x\n1\n", "stack([x, x/0.])", no_grad=True)[1] == ["1", '[1.0, "Infinity"]', ""]


def test_options_hold_for_every_row() -> None:
    assert cells("x\n0.1\n", "x/3", dtype="float32")[1] == ["0.1", "0.033333335", "0.33333334"]
    assert cells("x,y\n1,2\n", "x*y", wrt=["x"])[1] == ["1", "2", "2.0", "2.0", ""]
    assert cells("x\n2\n", "x*x", passes=2, retain_graph=True)[1] == ["2", "4.0", "8.0"]
    assert cells("x\n2\n", "x*k", bindings=[("k", np.array(3.0), True)])[1] == ["2", "6.0", "3.0"]
    assert cells("x,k\n2,5\n", "x*k", bindings=[("k", np.array(3.0), True)])[1] == ["2", "5", "10.0", "5.0", "2.0"]


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_what_stands_between_cells(between: str) -> None:
    text = "x,y\n1,2\n".replace(",", between)
    assert tables.opened(iter(io.StringIO(text, newline="\n")))[0] == between
    assert cells(text, "x*y")[1] == ["1", "2", "2.0", "2.0", "1.0"]


def test_blank_lines_are_passed_over_and_counted() -> None:
    found = rows("\n  \nx\n\n1\n   \nno\n", "x")
    assert [(row.line, row.problem is None) for row in found] == [(3, True), (5, True), (7, False)]


# ---- a row's own problems


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1", "this row has 1 cell, and the header has 2"),
        ("1,2,3", "this row has 3 cells, and the header has 2"),
        (",2", "column x: the cell is empty"),
        ("  ,2", "column x: the cell is empty"),
        ("one,2", "column x: 'one' is no number"),
        ("0x10,2", "column x: '0x10' is no number"),
        ("1\0,2", "column x: '1\0' is no number"),
        ("\udcff,2", "column x: '\udcff' is no number"),
        ('"1"2,2', "this line is no CSV: ',' expected after '\"'"),
        ('"1,5",2', "column x: '1,5' is no number"),
        ('"' + "1" * 200_000 + '",2', "this line is no CSV: field larger than field limit (131072)"),
    ],
)
def test_a_bad_row_does_not_stop_the_next(line: str, words: str) -> None:
    _, bad, good = rows(f"x,y\n{line}\n3,4\n", "x*y")
    assert bad.problem is not None
    assert (bad.line, bad.problem.code, bad.problem.message) == (2, "record", words)
    assert bad.cells[-3:] == ["", "", ""]
    assert (good.line, good.cells) == (3, ["3", "4", "12.0", "4.0", "3.0"])


def test_a_bad_row_keeps_its_cells() -> None:
    found = rows("x,y\n1\n1,2,3\none,2\n", "x*y")
    assert [row.cells for row in found[1:]] == [
        ["1", "", "", "", ""],
        ["1", "2", "3", "", "", ""],
        ["one", "2", "", "", ""],
    ]


def test_what_fails_in_the_expression_fails_the_row() -> None:
    _, bad, good = rows("x\n-1\n1\n", "x*2 if x > 0 else ones(2)*x")
    assert bad.problem is not None
    assert (bad.problem.code, bad.problem.source) == ("not-scalar", "expr")
    assert good.cells == ["1", "2.0", "2.0"]


def test_a_tuple_has_no_cell() -> None:
    assert "gives a tuple of 2" in str(rows("x\n1\n", "x, x", no_grad=True)[1].problem)


def test_numbers_that_are_not_finite() -> None:
    assert rows("x\n0\n", "1/x", nonfinite="null")[1].cells == ["0", "", ""]
    (_, bad) = rows("x\n0\n", "1/x", nonfinite="error")
    assert bad.problem is not None
    assert (bad.problem.code, bad.problem.message) == (
        "non-finite",
        "out: the value is inf, which is not a finite number",
    )


def test_a_quote_that_nobody_closes_ends_with_the_table() -> None:
    found = rows('x\n1\n"2\n3\n', "x")
    assert [row.problem is None for row in found] == [True, True, False]
    assert "unexpected end of data" in str(found[2].problem)


# ---- problems of the table


@pytest.mark.parametrize(
    ("text", "expr", "words"),
    [
        ("", "x", "the table is empty"),
        ("\n\n", "x", "the table is empty"),
        ('"x\n', "x", "the table's header is no CSV"),
        ("x\r1\r", "x", "the table's header is no CSV"),
        ("x,x\n1,2\n", "x", "the table has 2 columns 'x'"),
        ("x,out\n1,2\n", "x", "the table already has a column 'out'"),
        ("x,d_x\n1,2\n", "x", "the table already has a column 'd_x'"),
        ("x\n1\n", "x*z", "name 'z' is not defined, and the table has no column of that name"),
        ("x\n1\n", "z = z + 1; x", "name 'z' is not defined"),
        ("x\n1\n", "x +", "an operand is missing"),
    ],
)
def test_a_table_that_is_none(text: str, expr: str, words: str) -> None:
    assert refusal(text, expr).message.startswith(words)


def test_an_unknown_column_gets_a_suggestion_and_a_place() -> None:
    found = refusal("height,weight\n1,2\n", "height*wieght")
    assert found.span is not None
    assert (found.hint, found.source, found.span.start) == ("did you mean 'weight'?", "expr", 7)


def test_wrt_names_columns_that_are_used() -> None:
    found = refusal("x,y\n1,2\n", "x", wrt=["y"])
    assert (found.source, found.hint) == ("--wrt", "it uses x")
