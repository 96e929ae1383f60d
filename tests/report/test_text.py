"""The report for people: what a student sees, in a pipe and on a terminal."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.graph.printing import format_tensor
from gradcli.report.text import brief, render
from tests.report.evaluated import result

ROOT = Path(__file__).parents[2]
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def report(expr: str, *bindings: str, width: int = 80, **options: Any) -> str:
    return render(result(expr, *bindings, **options), width=width)


# ---- what it looks like ----------------------------------------------------------------------------------------------


def test_one_number() -> None:
    assert (
        report("x**2", "x=3")
        == """\
out = tensor(9., grad_fn=<PowBackward0>)

node  grad_fn       shape  value
x     leaf          []     3.
x**2  PowBackward0  []     9.

x.grad = tensor(6.)"""
    )


def test_a_matrix() -> None:
    assert (
        report("mean(3*(x+2)**2)", "x=ones(2,2)")
        == """\
out = tensor(27., grad_fn=<MeanBackward0>)

node              grad_fn        shape   value
x                 leaf           [2, 2]  [[1., 1.], [1., 1.]]
x+2               AddBackward0   [2, 2]  [[3., 3.], [3., 3.]]
(x+2)**2          PowBackward0   [2, 2]  [[9., 9.], [9., 9.]]
3*(x+2)**2        MulBackward0   [2, 2]  [[27., 27.], [27., 27.]]
mean(3*(x+2)**2)  MeanBackward0  []      27.

x.grad = tensor([[4.5000, 4.5000],
                 [4.5000, 4.5000]])"""
    )


def test_named_steps_and_a_retained_gradient() -> None:
    assert (
        report("y = x + 2; (y*y*3).mean()", "x=ones(2)", retain_grad=["y"])
        == """\
out = tensor(27., grad_fn=<MeanBackward0>)

node            grad_fn        shape  value
x               leaf           [2]    [1., 1.]
y = x + 2       AddBackward0   [2]    [3., 3.]
y*y             MulBackward0   [2]    [9., 9.]
y*y*3           MulBackward0   [2]    [27., 27.]
(y*y*3).mean()  MeanBackward0  []     27.

x.grad = tensor([9., 9.])
y.grad = tensor([9., 9.])"""
    )


def test_two_passes_with_weights() -> None:
    text = report("mm(x,y)", "x=[[1,2]]", "y=[[3,4],[5,6]]", weights=["[[1,0]]", "[[0,1]]"], retain_graph=True)
    assert (
        text.partition("\n\npass 1")[2]
        == """\
 of 2
  weights = tensor([[1., 0.]])
  x.grad = tensor([[3., 5.]])
  y.grad = tensor([[1., 0.],
                   [2., 0.]])

pass 2 of 2
  weights = tensor([[0., 1.]])
  x.grad = tensor([[ 7., 11.]])
  y.grad = tensor([[1., 1.],
                   [2., 2.]])"""
    )


def test_weights_of_a_single_pass() -> None:
    assert report("view(2*x,2,2)", "x=[1,2,3,4]", weights=["[[1,0.1],[0.01,0.001]]"]).endswith("""\

weights = tensor([[1.0000, 0.1000],
                  [0.0100, 0.0010]])
x.grad = tensor([2.0000, 0.2000, 0.0200, 0.0020])""")


@pytest.mark.parametrize(
    ("expr", "bindings", "options", "expected"),
    [
        ("2**10 + 1", [], {}, "out = tensor(1025)"),
        ("mean(x)", ["x=ones(2,2)"], {"no_grad": True}, "out = tensor(1.)"),
        ("max(x, dim=0)", ["x=[1,3,2]"], {"no_grad": True}, "out[0] = tensor(3.)\nout[1] = tensor(1)"),
        ("x", ["x=3"], {}, "out = tensor(3., requires_grad=True)\n\nx.grad = tensor(1.)"),
    ],
)
def test_no_graph_no_table(expr: str, bindings: list[str], options: dict[str, Any], expected: str) -> None:
    assert report(expr, *bindings, **options) == expected


def test_a_gradient_that_is_none() -> None:
    text = report("x*2 + y", "x=1", "y=2", "z=3", wrt=["x"])
    assert text.endswith("\n\nx.grad = tensor(2.)\ny.grad = None\nz.grad = None")


def test_what_is_outside_the_graph_and_of_another_dtype() -> None:
    lines = report("(a*x + (x**2).detach()).sum()", "x=[1,2]", const=("a=[3,4]",)).splitlines()
    assert "a                              -             [2] int64  [3, 4]" in lines
    assert "(x**2).detach()                -             [2]        [1., 4.]" in lines


def test_values_in_full() -> None:
    text = report("sqrt(x).sum()", "x=[1,4]", values=True)
    assert "\n\nx = tensor([1., 4.], requires_grad=True)\nsqrt(x) = tensor([1., 2.], grad_fn=<SqrtBackward0>)\n" in text
    assert "value" not in text.split("\n\n")[1]


# ---- tensors as PyTorch prints them ----------------------------------------------------------------------------------


def test_a_wide_tensor_stands_below_its_label_unchanged() -> None:
    found = result("x*1", "x=rand(3, 30)", weights=["ones"], seed=0)
    value = format_tensor(found.outputs[0].value, grad_fn="MulBackward0", default_dtype="float64")
    assert max(map(len, value.splitlines())) > 74
    assert render(found, width=80).startswith(f"out =\n{value}\n\nnode")


def test_a_narrow_tensor_of_three_dimensions_is_indented() -> None:
    assert report("x*1", "x=ones(2, 1, 2)", no_grad=True) == "out = tensor([[[1., 1.]],\n\n              [[1., 1.]]])"


def test_the_default_dtype_is_not_named_and_others_are() -> None:
    assert report("x*1", "x=1", dtype="float32").startswith("out = tensor(1., grad_fn=<MulBackward0>)")
    assert report("x.float()*1", "x=1").startswith("out = tensor(1., dtype=torch.float32, grad_fn=<MulBackward0>)")


# ---- sizes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_table_fits_the_width(width: int) -> None:
    terms = " + ".join(f"a_rather_long_name_{number}*x" for number in range(12))
    names = [f"a_rather_long_name_{number}=[1, 2, 3, 4, 5, 6, 7, 8.5]" for number in range(12)]
    text = report(f"({terms}).sum()", "x=2", *names, width=width, no_grad=False)
    table = text.split("\n\n")[1].splitlines()
    assert max(map(len, table)) <= width
    assert re.fullmatch(r"\(a_rather_long.* \.\.\. .*\.sum\(\) +Sum(Backward0)? +\[\] +876\.", table[-1])


@pytest.mark.parametrize(
    ("width", "cell"),
    [
        (58, "[0.0000, ..., 1.5714]"),
        (75, "[0.0000, 0.1429, ..., 1.4286, 1.5714]"),
        (140, "[0.0000, 0.1429, 0.2857, 0.4286, 0.5714, 0.7143, 0.8571, 1.0000, 1.1429, 1.2857, 1.4286, 1.5714]"),
    ],
)
def test_a_value_shows_as_many_elements_as_fit(width: int, cell: str) -> None:
    assert f"\nx     leaf          [12]   {cell}\n" in report("x*1", "x=arange(12.)/7", weights=["ones"], width=width)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("ones(40, 40)", "..."),  # not even kept
        ("ones(10, 10)", "all 1."),
        ("arange(9.).view(3, 3)/7", "0. to 1.1429"),
        ("full((3, 3, 3), nan)", "all nan"),
        ("zeros(3, 0)", "[]"),
    ],
)
def test_a_value_too_large_for_a_cell_tells_its_bounds(value: str, cell: str) -> None:
    assert re.search(rf"\nx +leaf +\[.*\]  {re.escape(cell)}\n", report("x.sum()", f"x={value}"))


def test_twenty_thousand_nodes_leave_a_short_report() -> None:
    text = report("+".join(["x"] * 20_000), "x=2")
    assert "\n... 19,960 more nodes (--json lists all)\n" in text
    assert len(text.splitlines()) == 46
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("out = tensor(40000., grad_fn=<AddBackward0>)\n")
    assert text.endswith("\nx.grad = tensor(20000.)")


def test_many_passes_leave_a_short_report() -> None:
    text = report("x*2", "x=3", passes=500, retain_graph=True)
    assert "\n\n... 480 more passes (--json lists all)\n\npass 491 of 500\n  x.grad = tensor(982.)\n" in text
    assert len(text.splitlines()) < 70


def test_columns_stay_in_line_with_wide_and_combining_characters() -> None:
    lines = report("日本語 = β*2; 日本語**2", "β=3").splitlines()
    assert lines[3:6] == [
        "β             leaf          []      3.",
        "日本語 = β*2  MulBackward0  []      6.",
        "日本語**2     PowBackward0  []     36.",
    ]


def test_a_source_on_many_lines_takes_one() -> None:
    assert "\ny = x + 2  AddBackward0  []     4.\n" in report("y = (x +\n\t 2)\ny*2", "x=2")


# ---- the terminal ----------------------------------------------------------------------------------------------------

CASES: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    ("mean(3*(x+2)**2)", ("x=ones(2,2)",), {}),
    ("mm(x,y)", ("x=[[1,2]]", "y=[[3,4],[5,6]]"), {"weights": ["[[1,0]]", "[[0,1]]"], "retain_graph": True}),
    ("max(x, dim=0)", ("x=[1,3,2]",), {"no_grad": True}),
    ("日本語 = β*2; 日本語**2", ("β=3",), {"retain_grad": ["日本語"]}),
    ("+".join(["x"] * 100), ("x=2",), {}),
    ("[x][0]*1", ("x=rand(3,40)",), {"weights": ["ones"], "seed": 0, "values": True}),
]


@pytest.mark.parametrize(("expr", "bindings", "options"), CASES)
def test_a_terminal_says_the_same_words(expr: str, bindings: tuple[str, ...], options: dict[str, Any]) -> None:
    found = result(expr, *bindings, **options)
    plain = render(found, width=80)
    table = render(found, width=80, table=True)
    colored = render(found, width=80, table=True, color=True)
    assert "\x1b" not in plain + table
    assert ESCAPES.sub("", colored) == table
    ruled = [line for line in table.splitlines() if set(line) == {"─"}]
    assert len(ruled) == ("\nnode" in plain)
    assert [line.split() for line in table.splitlines() if line not in ruled] == [*map(str.split, plain.splitlines())]


def test_colour_marks_labels_and_functions() -> None:
    colored = render(result("x**2", "x=3"), color=True)
    assert "\x1b[1;32mout\x1b[0m = tensor(9., grad_fn=\x1b[36m<PowBackward0>\x1b[0m)" in colored
    assert "\x1b[1;32mx.grad\x1b[0m" in colored


def test_no_row_on_a_terminal_is_wider_than_it() -> None:
    for expr, bindings, options in CASES[:5]:
        assert max(map(len, render(result(expr, *bindings, **options), width=80, table=True).splitlines())) <= 80


@pytest.mark.parametrize(("table", "loaded"), [(False, False), (True, True)])
def test_a_pipe_never_loads_rich(table: bool, loaded: bool) -> None:
    script = (
        "import sys; from tests.report.evaluated import result; from gradcli.report.text import render; "
        f"render(result('x**2', 'x=3'), table={table}); print(*{{'rich', 'typer', 'json'}} & {{*sys.modules}})"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, text=True, capture_output=True, check=True)
    assert ("rich" in run.stdout.split()) == loaded
    assert "typer" not in run.stdout
    assert loaded or "json" not in run.stdout


def test_a_cell_tells_what_matters_of_a_large_value() -> None:
    value = np.linspace(0.1, 0.9, 100)
    assert brief(value, 20) == "0.1000 to 0.9000"
    value[57] = np.nan
    assert brief(value, 40) == "nan at [57], 0.1000 to 0.9000"
    assert brief(value, 20) == "nan at [57]"
    value[3] = -np.inf
    assert brief(value.reshape(10, 10), 60) == "-inf at [0, 3] and 1 more, 0.1000 to 0.9000"
    assert brief(np.full(100, np.inf), 20) == "all inf"
    assert brief(np.where(np.arange(9) > 4, np.nan, np.inf), 30) == "inf at [0] and 8 more"
    assert brief(value, 5) == "..."
