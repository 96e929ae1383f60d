"""Derivatives beyond one pass tell the kinks that they owe a convention to, and say where their NaN and infinities are born.

The judge of the former is the convention itself: an expression is computed again with functions that equal relu, and have
another slope at 0.  Where a number changes, it was a matter of convention, and where none does, it was not.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from gradcli.run import derivatives
from gradcli.run.partials import HESSIAN, HVP, JACOBIAN, JVP, DerivativeResult
from gradcli.run.request import Request
from tests.cli.test_eval import document
from tests.command import gradcli

RELUS = ("relu({})", "where({0} >= 0, {0}, 0*{0})", "where({0} == 0, 0.3*{0}, relu({0}))")
EXPRESSIONS = (
    "R(x)",
    "R(x)**2",
    "R(x)**3",
    "R(x)*y",
    "R(x)*R(y)",
    "x*R(y) + y**2",
    "R(R(x) + y)",
    "R(x)*R(x)*y",
    "exp(R(x - y))",
    "(R(x) - 1)**2*sin(y)",
    "R(x).detach()*y",
    "(R(z)**2).sum()*x",
    "(z[0]*R(z[1])).sum() + x*y",
    "R(z).prod()*y",
)

# A gradient that flows through a kink, and is then multiplied by 0, says so all the same.
STATIONARY = ("R(R(x*y) + y**2)", "R(x**2)", "R(z*z).sum()*y")


def rewritten(expr: str, relu: str) -> str:
    """An expression with each R(...), from the innermost, spelt as `relu`."""
    while "R(" in expr:
        start = expr.rindex("R(")
        end = next(end for end in range(start, len(expr) + 1) if expr[start:end].count("(") == expr[start:end].count(")") > 0)
        expr = f"{expr[:start]}({relu.format(expr[start + 1 : end])}){expr[end:]}"
    return expr


def computed(kind: str, expr: str, values: dict[str, Any], tangent: dict[str, Any]) -> DerivativeResult:
    request = Request(expr, [(name, value, False) for name, value in values.items()], notes=True)
    if kind in (JACOBIAN, HESSIAN):
        return derivatives.partials(kind, request)
    return derivatives.directional(kind, request, list(tangent.items()))


@pytest.mark.parametrize("kind", [JACOBIAN, HESSIAN, JVP, HVP])
@pytest.mark.parametrize("expr", [*EXPRESSIONS, *STATIONARY])
def test_what_changes_with_the_convention_is_told(kind: str, expr: str) -> None:
    directions = [{"x": np.array(1.0)}, {"y": np.array(1.0)}, {"z": np.array([0.0, 1.0])}] if kind in (JVP, HVP) else [{}]
    for x, y, z, tangent in product((0.0, 1.0), (0.0, 2.0), ([0.0, 0.0], [3.0, 0.0]), directions):
        values = {"x": np.array(x), "y": np.array(y), "z": np.array(z)}
        below = {HESSIAN: JACOBIAN, HVP: JACOBIAN}.get(kind, kind)  # a derivative of what is a convention is one, too
        numbers = [
            [each for order in (kind, below) for each in computed(order, text, values, tangent).derivative.arrays()]
            for text in [rewritten(expr, relu) for relu in RELUS]
        ]
        changed = any(not np.array_equal(a, b) for other in numbers[1:] for a, b in zip(numbers[0], other, strict=True))
        notes = computed(kind, rewritten(expr, RELUS[0]), values, tangent).notes
        assert bool(notes) == changed or (notes and expr in STATIONARY), (values, tangent)


# A command and its words; then what it says of the numbers that are not finite.
ORIGINS: list[tuple[tuple[str, ...], list[str]]] = [
    (("jacobian", "sqrt(x)", "x=[0, 4]"), ["through sqrt(x) at [0]: its derivative, 1 / (2 * sqrt(x)), is inf at x = 0"]),
    (("jacobian", "sqrt(x)", "x=[0, 0]", "--format", "coo"), ["through sqrt(x) at [0]: its derivative"]),
    (("jacobian", "(x, y/x)", "x=0", "y=1"), ["inf first comes up in y / x", "its derivative, 1 / x, is inf at x = 0"]),
    (("jvp", "sqrt(x)", "x=0", "-t", "x=0"), ["its derivative, 1 / (2 * sqrt(x)), is inf at x = 0"]),
    (("hessian", "x**1.5", "x=0"), ["the second derivative by x becomes inf on the way back through x**0.5: its derivative"]),
    (("hvp", "sum(x**1.5)", "x=[1, 0]", "-t", "x=ones"), ["the second derivative by x becomes inf", "at [1]"]),
    (("hessian", "sqrt(x)", "x=0"), ["the gradient of x becomes inf on the way back through sqrt(x)"]),
    (("hessian", "where(x > 0, sqrt(x), 0)", "x=0"), ["0 * inf is nan; where(x > 0, sqrt(x), 0) does not take this branch"]),
    (("eval", "x**1.5", "x=0", "--also", "hessian"), ["the second derivative by x becomes inf"]),
    (("eval", "sqrt(x)", "x=[0, 1]", "--also", "jacobian"), ["its derivative, 1 / (2 * sqrt(x)), is inf at x = 0"]),
]


@pytest.mark.parametrize(("argv", "words"), ORIGINS, ids=lambda each: " ".join(each)[:40])
def test_births_are_told_by_the_commands(argv: tuple[str, ...], words: list[str]) -> None:
    text, found = gradcli(*argv), gradcli(*argv, "--json") if "coo" not in argv else None
    assert all(each in text.stderr for each in words)
    if found is not None:
        messages = " ".join(each["message"] for each in document(found)["warnings"])
        assert all(each in messages for each in words)


def test_the_way_out_of_the_trap_of_where_is_given_to_a_jacobian_too() -> None:
    (warning,) = document(gradcli("jacobian", "where(x > 0, sqrt(x), 0)", "x=[0, 1]", "--json"))["warnings"]
    assert warning["rewrite"] == "where(x > 0, sqrt(where(x > 0, x, 1)), 0)"


def test_a_nan_that_a_jacobian_does_not_have_is_not_told() -> None:
    """A row that is sent back as a whole has 0 * inf where the Jacobian of an elementwise function has nothing to add."""
    found = document(gradcli("jacobian", "sqrt(x).T", "x=zeros(2, 2)", "--json"))
    assert "NaN" not in str(found["jacobian"])
    assert not any("nan" in each["message"] for each in found["warnings"])


@pytest.mark.parametrize("kind", [JACOBIAN, HESSIAN, JVP, HVP])
def test_documents_have_both_and_the_text_as_asked(kind: str) -> None:
    argv = (kind, "y = relu(x); y**2 + y", "x=0")
    (note,) = document(gradcli(*argv, "--json"))["notes"]
    assert (note["code"], note["interval"], note["index"], note["count"]) == ("kink", [0, 1], [], 1)
    assert f"note: {note['message']}" in gradcli(*argv, "--notes").stdout
    assert "note" not in gradcli(*argv).stdout
    assert document(gradcli(kind, "relu(x)**2", "x=1", "--json"))["notes"] == []


def test_what_is_computed_beside_the_passes_counts() -> None:
    argv = ("relu(x)**2", "x=0", "--json")
    assert document(gradcli(*argv))["notes"] == []
    assert len(document(gradcli(*argv, "--also", "hessian"))["notes"]) == 1


def test_no_number_may_be_what_it_is_says_why() -> None:
    run = gradcli("jacobian", "log(x)", "x=0", "--nonfinite", "error")
    assert run.returncode == 3
    assert "hint: -inf first comes up in log(x): log(0) is -inf (log is defined for x > 0)" in run.stderr


def test_both_kinds_born_in_one_place_are_named() -> None:
    warnings = document(gradcli("sum(x/y)", "x=[1, 0]", "y=[0, 0]", "--json"))["warnings"]
    assert [each["message"].split(":")[0] for each in warnings[:2]] == [
        "inf first comes up in x / y at [0]",
        "nan first comes up in x / y at [1]",
    ]


def test_values_are_named_by_what_the_formula_says_of_them() -> None:
    """A label that is only part of another word is no value of the formula: exp does not tell of x."""
    found = document(gradcli("x/exp(y)", "x=1", "y=-1000", "--json"))["warnings"]
    (warning,) = [each for each in found if "gradient of x" in each["message"]]
    assert warning["message"].endswith("its derivative, 1 / exp(y), is inf at exp(y) = 0")


def test_a_long_list_of_notes_shows_its_ends() -> None:
    expr = " + ".join(["relu(x)"] * 100)
    lines = [line for line in gradcli(expr, "x=0", "--notes").stdout.splitlines() if "note" in line]
    assert len(lines) == 41
    assert "... 60 more notes (--json lists all)" in lines
    assert len(document(gradcli(expr, "x=0", "--json"))["notes"]) == 100


def test_a_name_for_a_step_is_no_leaf_and_no_constant_either() -> None:
    for argv in (("jacobian", "y = x**2; 3*y", "x=2", "--wrt", "y"), ("jvp", "y = x**2; 3*y", "x=2", "-t", "y=1")):
        assert "'y', which is computed by the expression, and no leaf" in gradcli(*argv).stderr
    assert "'c', which is a constant" in gradcli("c*x", "x=2", "-c", "c=1", "--wrt", "c").stderr


def test_explanations_leave_out_exceptions_that_do_not_occur_and_write_an_index_as_one() -> None:
    power = gradcli("explain", "x**y", "x=2", "y=3").stdout
    assert "∂out/∂x = y * x**(y - 1) = 12" in power
    assert "where(" not in power
    assert "∂out/∂y = 2**y * log(2) = 2.7726" in gradcli("explain", "2**y", "y=2").stdout
    assert "where(y == 0, 0, y * x**(y - 1))" in gradcli("explain", "x**y", "x=2", "y=[0, 1]", "-w", "ones").stdout
    assert "where(relu(x) <= 0, 0, 1)" in gradcli("explain", "relu(x)", "x=2").stdout
    assert "through b = x[0, 1:] = a[1:]" in gradcli("explain", "x[0, 1:].sum()", "x=[[1, 2], [3, 4]]").stdout
    assert "through b = x[1:, 0] = a[:, 0]" in gradcli("explain", "x[1:, 0].sum()", "x=[[1, 2], [3, 4]]").stdout


def test_a_result_among_several_is_watched_like_any_other() -> None:
    (note,) = document(gradcli("aminmax(x)[0]", "x=[1, 1]", "--json"))["notes"]
    assert note["message"].startswith("kink in aminmax(x)")
    assert "note: kink in aminmax(x)" in gradcli("hessian", "aminmax(x)[0]**2", "x=[1, 1]", "--notes").stdout
