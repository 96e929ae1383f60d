"""`gradcli formula` at the command line: its documents, its files, and what it says of input that has no formula."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gradcli.report import schema
from tests.command import gradcli


def document(*argv: str) -> Any:
    found = json.loads(gradcli("formula", *argv, "--json").stdout)
    Draft202012Validator(json.loads(schema.load("formula"))).validate(found)
    return found


def test_the_document() -> None:
    found = document("sin(x**2)")
    assert found["schema"] == "gradcli.formula/1"
    assert (found["expr"], found["order"], found["grads"], found["conditions"]) == (
        "sin(x**2)",
        1,
        {"x": "2*x*cos(x**2)"},
        [],
    )
    assert found["verified_at"] >= 5


def test_formulas_of_a_document_are_expressions() -> None:
    found = document("h = tanh(W @ x + b); norm(h - y)**2", "W:2,3", "x:3", "b:2", "y:2")
    values = ["W=[[1, 2, 3], [0, 1, 0]]", "x=[0.1, 0.2, 0.3]", "b=[0.1, 0]", "y=[1, 1]"]
    for leaf, formula in found["grads"].items():
        value = json.loads(gradcli(formula, *values, "--no-grad", "--get", "out.value").stdout)
        wanted = json.loads(gradcli("h = tanh(W @ x + b); norm(h - y)**2", *values, "--get", f"grads.{leaf}").stdout)
        assert str(value)[:8] == str(wanted)[:8]


def test_second_derivatives_and_mixed_ones() -> None:
    found = document("x**2*y", "--order", "2")
    assert (found["grads"], found["mixed"]) == ({"x": "2*y", "y": "0"}, {"x": {"y": "2*x"}})


def test_names_with_values_and_files(tmp_path: Path) -> None:
    assert document("a*x**2", "a=3")["grads"] == {"x": "6*x"}
    assert document("a*x**2", "-c", "a=3")["grads"] == {"x": "6*x"}
    assert document("A @ x", "A=[[1, 2], [3, 4]]", "x:2")["grads"] == {"x": "A"}
    done = gradcli("formula", "x**2", "-o", "f.py", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "def f(x, g=1.0):" in (tmp_path / "f.py").read_text()
    assert gradcli("formula", "x**2", "-o", "f.png", folder=tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("A @ B", "A:m,n", "B:m,n"), 1, "the shapes are [m, n] and [m, n]: n and m have to be the same"),
        (("x @ A @ x", "A:m,n", "x:n"), 1, "[n] and [m, n]: n and m have to be the same"),
        (("x + y", "x:m", "y:n"), 1, "m and n have to be the same"),
        (("inv(A)", "A:m,n"), 1, "both dimensions have to be the same"),
        (("randn(3)*x",), 1, "randn draws random numbers"),
        (("x.add_(1)",), 1, "changes its tensor in place"),
        (("argmax(x)", "x:n"), 1, "argmax has no derivative"),
        (("x > 0",), 1, "a comparison has no derivative"),
        (("sum(x, 3)", "x:n"), 1, "Dimension out of range"),
        (("x[::2].sum()", "x:n"), 1, "there is no closed formula for a slice with a step"),
        (("x**2", "x=3"), 1, "every name has a value"),
        (("x**2", "z:n"), 1, "'z' has a shape, and does not occur in the expression"),
        (("x**2", "x:n,sym"), 1, "did you mean 'symmetric'?"),
        (("x**2", "x:m,n,symmetric"), 1, "x cannot be symmetric, since it is not square"),
        (("x**2", "--wrt", "y"), 1, "--wrt names 'y'"),
        (("x +",), 2, "an operand is missing"),
        ((), 2, "there is no expression to differentiate"),
        (("x**2", "--order", "2", "--format", "numpy"), 2, "a function has first derivatives only"),
    ],
)
def test_what_has_no_formula(argv: tuple[str, ...], code: int, words: str) -> None:
    done = gradcli("formula", *argv)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_kinks_name_their_convention() -> None:
    assert "x != 0 (PyTorch takes 0 there)" in gradcli("formula", "relu(x)").stdout
    assert "x no whole number" in gradcli("formula", "floor(x)*x").stdout


def test_explanations_without_values() -> None:
    done = gradcli("explain", "x**2 + 3*x")
    assert done.returncode == 0
    assert "∂out/∂x = 2 * x + 3" in done.stdout
    assert "through" in gradcli("explain", "norm(A @ x - b)**2", "A:m,n", "x:n", "b:m").stdout
    assert "bind it: y=VALUE" in gradcli("explain", "x*y", "x=2").stderr
