"""Explanations as text, Markdown, LaTeX and JSON: what is said, how lines are broken, and that documents are valid."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gradcli.report import schema
from gradcli.report.explaining import json as explain_json
from gradcli.report.explaining import latex as explain_latex
from gradcli.report.explaining import text as explain
from gradcli.report.explaining.numbers import numbers
from gradcli.run.explaining.explain import explain as explained
from gradcli.run.explaining.explanation import Explanation
from gradcli.run.request import Request

CALLS: dict[str, tuple[str, ...]] = {
    "scalar": ("x**2", "x=3"),
    "squares": ("y = x + 2; z = y*y*3; z.mean()", "x=ones(2,2)"),
    "broadcast": ("sum(x*w + b)", "x=[[1,2],[3,4]]", "w=[1,2]", "b=1"),
    "matmul": ("sum((x @ w)**2)", "x=[[1,2],[3,4]]", "w=[[1],[2]]"),
    "index": ("x[0] * x[1:].sum()", "x=[1,2,3]"),
    "ties": ("max(x)", "x=[1,3,3]"),
    "unused": ("x*1", "x=1", "y=2"),
    "leaf": ("x", "x=3"),
    "infinite": ("sqrt(x)", "x=0"),
    "several": ("unbind(x)[0] * unbind(x)[1]", "x=[1,2]"),
    "norm": ("norm(x)", "x=[3,4]"),
    "unicode": ("日本 * β_1", "日本=1", "β_1=2"),
    "empty": ("sum(x)", "x=zeros(0, 3)"),
    "large": ("sum(sin(x) * A)", "x=linspace(0, 1, 50)", "A=ones(40, 50)"),
}


def made(call: tuple[str, ...], **options: Any) -> Explanation:
    return explained(Request(call[0], [(*each.split("=", 1), False) for each in call[1:]], **options))


@pytest.mark.parametrize("name", CALLS)
def test_documents_are_valid(name: str) -> None:
    document = json.loads(explain_json.render(made(CALLS[name])))
    Draft202012Validator(json.loads(schema.load("explain"))).validate(document)
    assert [each["text"] for each in document["forward"] if each["id"] == document["output"]]


def test_the_schema_refuses_a_step_without_numbers() -> None:
    document = json.loads(explain_json.render(made(CALLS["squares"])))
    del document["backward"][0]["operands"][0]["product"]
    assert not Draft202012Validator(json.loads(schema.load("explain"))).is_valid(document)


@pytest.mark.parametrize("name", CALLS)
def test_every_format_says_every_step_and_gradient(name: str) -> None:
    found = made(CALLS[name])
    text, markdown, latex = explain.render(found), explain.markdown(found), explain_latex.render(found)
    for each in found.forward:
        assert f"    {each.symbol} = " in text
        assert f"`{each.symbol}` = " in markdown
    for leaf, end in found.leaves.items():
        assert f"{leaf}.grad = " in text
        assert end.formula is None or f" = {end.formula}" in text
        assert end.formula is None or f"`{end.formula}` (as one formula)" in markdown
    assert len(re.findall("^  through ", text, re.M)) == len(found.backward) == latex.count(r"\paragraph*")


@pytest.mark.parametrize("name", CALLS)
def test_latex_is_balanced(name: str) -> None:
    latex = explain_latex.render(made(CALLS[name]))
    bare = re.sub(r"\\[{}]", "", latex)
    depth = 0
    for character in bare:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert latex.count(r"\left") == latex.count(r"\right")
    begun, ended = (re.findall(rf"\\{word}{{(\w+\*?)}}", latex) for word in ("begin", "end"))
    assert sorted(begun) == sorted(ended) != []


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("6 * (x + 2) / 4", r"\frac{6 \cdot \left(x + 2\right)}{4}"),
        ("x / sqrt(x**2 + y**2)", r"\frac{x}{\sqrt{x^{2} + y^{2}}}"),
        ("2 * exp(y) * cos(x**2)", r"2 \cdot e^{y} \cdot \cos\left(x^{2}\right)"),
        ("-(x + 1)**2", r"-\left(x + 1\right)^{2}"),
        ("x.mT @ (2 * w)", r"x^{\top}\, \left(2 \cdot w\right)"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("where(x <= 0, 0, 1)", r"\operatorname{where}\left(x \le 0, 0, 1\right)"),
        ("w_1 * ∂L/∂a", r"\mathrm{w\_1} \cdot \frac{\partial L}{\partial a}"),
        ("x[0]", r"x_{\text{0}}"),
        ("x +", r"\text{x +}"),
    ],
)
def test_formulas_in_latex(text: str, latex: str) -> None:
    assert explain_latex.formula(text) == latex


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("[1, 2]", r"\begin{pmatrix} 1 & 2 \end{pmatrix}"),
        ("[[1], [-2.5e-07]]", r"\begin{pmatrix} 1 \\ -2.5 \cdot 10^{-7} \end{pmatrix}"),
        ("[nan, -inf]", r"\begin{pmatrix} \text{nan} & -\infty \end{pmatrix}"),
        ("3", "3"),
        ("1 everywhere, shape [40]", r"\text{1 everywhere, shape [40]}"),
    ],
)
def test_numbers_in_latex(text: str, latex: str) -> None:
    assert explain_latex.matrix(text) == latex


def test_numbers_of_few_and_of_many() -> None:
    import numpy as np

    assert numbers(np.array([[0.25, -0.0], [1e-9, 3]])) == "[[0.25, 0], [1e-09, 3]]"
    assert numbers(np.array(2 / 3)) == "0.66667"
    assert numbers(np.ones((4, 5))) == "1 everywhere, shape [4, 5]"
    assert numbers(np.arange(100.0)) == "[0, 1, 2, ..., 98, 99], shape [100]"
    assert numbers(np.arange(100.0).reshape(10, 10)) == "shape [10, 10], from 0 to 99, mean 49.5"
    assert numbers(np.array([[np.nan] + [1.0] * 19])) == "shape [1, 20], 1 of 20 not finite"
    assert numbers(np.zeros((0, 3))) == "empty, shape [0, 3]"


def test_long_lines_break_at_the_equals_sign() -> None:
    text = explain.render(made(CALLS["squares"]), width=60)
    assert "    ∂out/∂a = ∂out/∂z * ∂z/∂a\n            = [[0.25, 0.25], [0.25, 0.25]] * 3\n" in text


def test_colour_changes_no_word() -> None:
    plain, colored = (explain.render(made(CALLS["ties"]), color=color) for color in (False, True))
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == plain != colored


def test_a_long_derivation_is_shortened() -> None:
    text = explain.render(made(("x" + " + x" * 300, "x=1")))
    assert len(text) < 20_000
    assert "more steps (--json lists all)" in text
    assert " = 301\n" in text


def test_a_weight_that_is_not_one_is_named() -> None:
    text = explain.render(made(("x*w", "x=[1, 2]", "w=3"), weights=["[5, 6]"]))
    assert "L = sum(weights * out), with weights =" in " ".join(text.split())
    assert "∂L/∂x = weights * w   (as one formula)" in text
