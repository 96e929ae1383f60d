"""Batches over tables: columns in, the same cells and the results out."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.run import tables
from gradcli.run.files import stream


def computed(text: str, expr: str, nonfinite: str = "string", **defaults: Any) -> tuple[str, dict[int, Problem]]:
    """The text that comes of a table, and what is wrong with its rows, by line."""
    content = io.BytesIO(text.encode("utf-8", "surrogateescape"))
    chunks = stream.texts(io.BufferedReader(content), "the table", pytest.fail)  # type: ignore[arg-type]
    table = tables.opened(chunks)
    columns = tables.Columns(table, expr, defaults, nonfinite)
    pieces = list(map(columns, table.blocks()))
    return columns.header + "".join([piece.text for piece in pieces]), dict(
        [each for piece in pieces for each in piece.problems]
    )


def cells(text: str, expr: str, **defaults: Any) -> list[list[str]]:
    """The cells of a table without problems, whatever stands between them."""
    written, problems = computed(text, expr, **defaults)
    assert problems == {}
    between = next(mark for mark in ",;\t|" if mark in written)
    return list(csv.reader(io.StringIO(written, newline=""), delimiter=between))


def refusal(text: str, expr: str, **defaults: Any) -> Problem:
    """The problem of the table as a whole."""
    with pytest.raises(Problem) as caught:
        computed(text, expr, **defaults)
    return caught.value


# ---- what comes out


def test_results_are_added_as_columns() -> None:
    assert cells("x,y\n1,2\n3,4\n", "x*y") == [
        ["x", "y", "out", "d_x", "d_y"],
        ["1", "2", "2.0", "2.0", "1.0"],
        ["3", "4", "12.0", "4.0", "3.0"],
    ]


def test_complex_numbers_are_read_and_written_as_cells_have_them() -> None:
    text = "z,w\n1+2j,1\n(3-1j),2\n-4i,3\n"
    written = cells(text, "abs(z)**2*w")
    assert [row[3:] for row in written] == [
        ["d_z", "d_w"],
        ["2.0+4.0j", "5.000000000000001"],
        ["12.0-4.0j", "10.000000000000002"],
        ["0.0-24.0j", "16.0"],
    ]
    again = "\n".join([row[3] for row in written]).replace("d_z", "z")
    assert [row[1] for row in cells(again, "z*1j", no_grad=True)] == ["out", "-4.0+2.0j", "4.0+12.0j", "24.0+0.0j"]
    _, problems = computed("z\n1+2j\nj\n1+j2\n", "z", no_grad=True)
    assert [*problems] == [3, 4]


@pytest.mark.parametrize(("dtype", "out", "slope"), [("bfloat16", "3.3125", "3.328125"), ("float16", "3.305", "3.303")])
def test_numbers_of_16_bits_are_those_of_pytorch(dtype: str, out: str, slope: str) -> None:
    assert cells("x\n" + "1.1\n" * 20, "exp(x)*1.1", dtype=dtype)[-1] == ["1.1", out, slope]


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


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("# a comment\nx,y\n# another\n1,2\n", "1,2,1.0,2.0"),
        ("x,y\n1,2 # b\n", "1,2,1.0,2.0"),
        ("x,street\n1,Main St #5\n", "1,Main St #5,1.0,2.0"),
        ("#x,y\n1,2\n", "1,2,1.0,2.0"),
        ("sep=;\nx;y\n1,5;2\n", "1,5;2;2.25;3.0"),
        ("x;y\n1,5;2,25\n", "1,5;2,25;2.25;3.0"),
        ('x,y\n"1,234.5",2\n', '"1,234.5",2,1523990.25,2469.0'),
        ("x,y\r1,2\r", "1,2,1.0,2.0"),
        ("x\n1.5D+03\n", "1.5D+03,2250000.0,3000.0"),
        ("x,y\nNA,2\n", "NA,2,NaN,NaN"),
        ("x y\n1 2\n", "1 2 1.0 2.0"),
    ],
)
def test_tables_as_other_programs_write_them(text: str, out: str) -> None:
    written, problems = computed(text, "x**2")
    assert (written.splitlines()[1], problems) == (out, {})


def test_a_tensor_in_a_cell_is_json() -> None:
    assert cells("x\n1\n", "stack([x, 2*x])", weights=["ones"])[1] == ["1", "[1.0, 2.0]", "3.0"]
    assert cells("x\n1\n", "stack([x, x/0.])", no_grad=True)[1] == ["1", '[1.0, "Infinity"]', ""]


def test_options_hold_for_every_row() -> None:
    assert cells("x\n0.1\n", "x/3", dtype="float32")[1] == ["0.1", "0.033333335", "0.33333334"]
    assert cells("x,y\n1,2\n", "x*y", wrt=["x"])[1] == ["1", "2", "2.0", "2.0", ""]
    assert cells("x\n2\n", "x*x", passes=2, retain_graph=True)[1] == ["2", "4.0", "8.0"]
    assert cells("x\n2\n", "x*k", bindings=[("k", np.array(3.0), True)])[1] == ["2", "6.0", "3.0"]
    assert cells("x,k\n2,5\n", "x*k", bindings=[("k", np.array(3.0), True)])[1] == ["2", "5", "10.0", "5.0", "2.0"]


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
def test_what_stands_between_cells(between: str) -> None:
    text = "x,y\n1,2\n".replace(",", between)
    assert computed(text, "x*y")[0] == text.replace("y", "y,out,d_x,d_y".replace(",", between)).replace(
        "1,2".replace(",", between), "1,2,2.0,2.0,1.0".replace(",", between)
    )
    assert cells(text, "x*y")[1] == ["1", "2", "2.0", "2.0", "1.0"]


def test_blank_lines_are_passed_over_and_counted() -> None:
    written, problems = computed("\n  \nx\n\n1\n   \nno\n", "x")
    assert (written, list(problems)) == ("x,out,d_x\n1,1.0,1.0\nno,,\n", [7])


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
        ('"1,500",2', "column x: '1,500' may be one number or another"),
        ('"1,5,0",2', "column x: '1,5,0' is no number"),
        ('"' + "1" * 200_000 + '",2', "this line is no CSV: field larger than field limit (131072)"),
    ],
)
def test_a_bad_row_does_not_stop_the_next(line: str, words: str) -> None:
    written, problems = computed(f"x,y\n{line}\n3,4\n", "x*y")
    assert [(line, problem.code, problem.message) for line, problem in problems.items()] == [(2, "record", words)]
    _, bad, good = written.splitlines()
    assert bad.endswith(",,,")
    assert good == "3,4,12.0,4.0,3.0"


def test_a_bad_row_keeps_its_cells() -> None:
    written, _ = computed("x,y\n1\n1,2,3\none,2\n", "x*y")
    assert written.splitlines()[1:] == ["1,,,,", "1,2,3,,,", "one,2,,,"]


def test_what_fails_in_the_expression_fails_the_row() -> None:
    written, problems = computed("x\n-1\n1\n", "x*2 if x > 0 else ones(2)*x")
    assert [(line, problem.code, problem.source) for line, problem in problems.items()] == [(2, "not-scalar", "expr")]
    assert written.splitlines()[1:] == ["-1,,", "1,2.0,2.0"]


def test_a_tuple_has_no_cell() -> None:
    assert "gives a tuple of 2" in str(computed("x\n1\n", "x, x", no_grad=True)[1][2])


def test_numbers_that_are_not_finite() -> None:
    assert computed("x\n0\n", "1/x", nonfinite="null")[0].endswith("\n0,,\n")
    bad = computed("x\n0\n", "1/x", nonfinite="error")[1][2]
    assert (bad.code, bad.message) == ("non-finite", "out: the value is inf, which is not a finite number")


def test_a_quote_that_nobody_closes_ends_with_the_table() -> None:
    written, problems = computed('x\n1\n"2\n3\n', "x")
    assert written == "x,out,d_x\n1,1.0,1.0\n,,\n"
    assert "unexpected end of data" in str(problems[3])


# ---- problems of the table


@pytest.mark.parametrize(
    ("text", "expr", "words"),
    [
        ("", "x", "the table is empty"),
        ("\n\n", "x", "the table is empty"),
        ('"x\n', "x", "the table, line 1: unexpected end of data"),
        ("1\n2\n", "x", "the table has no header: its first row holds numbers"),
        ("\udcfc\n1\n", "x", "the table is not UTF-8 text: line 1 has the byte 0xfc"),
        ("1\0,2\0", "x", "the table is not UTF-8 text"),
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
