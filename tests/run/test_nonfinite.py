"""Where NaN and infinities are born: the node, the numbers, the reason, and a rewrite that has been tried."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tape import observed
from gradcli.graph.tensor import from_array
from gradcli.ops.elementwise import exponential
from gradcli.run.evaluate import evaluate
from gradcli.run.machine import Machine
from gradcli.run.nonfinite import warnings as nonfinite
from gradcli.run.nonfinite.warnings import GRADIENT, INPUT, VALUE
from gradcli.run.request import Request
from gradcli.run.result import Result
from gradcli.run.trace import Trace
from tests.cli.test_eval import document
from tests.command import gradcli
from tests.ops.samples import Case, cases
from tests.report.evaluated import result

# expression and bindings; then for each warning its code, the text of its node, and words of its reason
CASES: list[tuple[tuple[str, ...], list[tuple[str, str | None, str]]]] = [
    (("log(x)", "x=-1"), [(VALUE, "log(x)", "log(-1) is nan (log is defined for x > 0)")]),
    (("x * 2", "x=1e308*10"), [(INPUT, "x", "x is inf, an overflow: the largest float64 is 1.8e+308")]),
    (("sum(x * 2)", "x=[1, -1e400]"), [(INPUT, "x", "x[1] is -inf, an overflow: the largest float64 is")]),
    (("x * 2", "x=inf"), [(INPUT, "x", "x is inf as it was given")]),
    (
        ("log(x)*y", "x=0", "y=0"),
        [
            (VALUE, "log(x)", "log(0) is -inf"),
            (VALUE, "log(x)*y", "-inf * 0 is nan"),
            (GRADIENT, "log(x)*y", "the gradient of y becomes -inf"),
            (GRADIENT, "log(x)", "the gradient of x becomes nan on the way back through log(x): its derivative, 1 / x, is inf"),
        ],
    ),
    (
        ("log(x)*y*z", "x=0", "y=1", "z=1"),
        [
            (VALUE, "log(x)", "log(0) is -inf"),
            (GRADIENT, "log(x)*y*z", "; the gradient of y becomes -inf for the same reason"),
            (GRADIENT, "log(x)", "the gradient of x becomes inf"),
        ],
    ),
    (("log(x)", "x=0"), [(VALUE, "log(x)", "log(0) is -inf"), (GRADIENT, "log(x)", "1 / x, is inf at x = 0")]),
    (("sum(log(x))", "x=[1, 2, -3]"), [(VALUE, "log(x)", "at [2]: log(-3) is nan")]),
    (("(x/x)*1", "x=0"), [(VALUE, "x/x", "0 / 0 is nan (0/0 has no value)"), (GRADIENT, "x/x", "1 / x, is inf at x = 0")]),
    (("exp(x)", "x=1000"), [(VALUE, "exp(x)", "overflow: the largest float64 is 1.8e+308"), (GRADIENT, "exp(x)", "exp(x)")]),
    (
        ("y = exp(x); y - y", "x=1000"),
        [
            (VALUE, "exp(x)", "exp(1000) is inf"),
            (VALUE, "y - y", "inf - inf has no value"),
            (GRADIENT, "exp(x)", "its derivative, y, is inf, since exp(1000) is inf"),
        ],
    ),
    (("x * inf", "x=0"), [(VALUE, "x * inf", "0 * inf is nan (0*inf has no value)"), (GRADIENT, "x * inf", "inf")]),
    (
        ("1/exp(x)", "x=1000"),
        [(GRADIENT, "exp(x)", "since exp(1000) is inf (overflow: the largest float64 is 1.8e+308), and 0 * inf is nan")],
    ),
    (("sqrt(x)*1", "x=0"), [(GRADIENT, "sqrt(x)", "1 / (2 * sqrt(x)), is inf at x = 0")]),
    (("mean(x)", "x=[]"), [(VALUE, "mean(x)", "there are no elements")]),
    (
        ("x**0.5", "x=-8"),
        [
            (VALUE, "x**0.5", "(-8)**0.5 is nan (pow is defined for x >= 0 or exponent % 1 == 0)"),
            (GRADIENT, "x**0.5", "nan"),
        ],
    ),
    (("asin(x)", "x=2"), [(VALUE, "asin(x)", "asin is defined for -1 <= x <= 1"), (GRADIENT, "asin(x)", "at x = 2")]),
    (("2/x", "x=0"), [(VALUE, "2/x", "1 / 0 is inf (a division by zero)"), (GRADIENT, "2/x", "is -inf")]),
    (("x**-1", "x=0"), [(VALUE, "x**-1", "0**-1 is inf (a division by zero)"), (GRADIENT, "x**-1", "is -inf")]),
    (("x @ y", "x=[1e200, 1]", "y=[1e200, 1]"), [(VALUE, "x @ y", "overflow")]),
    (("sum(x*y*z)", "x=1e308", "y=[1, 1]", "z=1e-300"), [(GRADIENT, "x*y*z", "a sum of gradients overflows")]),
    (("x*2", "x=nan"), [(INPUT, "x", "x is nan as it was given: no operation is to blame")]),
    (("sum(x**2)", "x=[1, inf]"), [(INPUT, "x", "x[1] is inf as it was given")]),
    (("sum(exp(x))", "x=[1, nan]"), [(INPUT, "x", "x[1] is nan as it was given")]),
]


@pytest.mark.parametrize(("call", "expected"), CASES, ids=[" ".join(call) for call, _ in CASES])
def test_births(call: tuple[str, ...], expected: list[tuple[str, str | None, str]]) -> None:
    answer = result(*call)
    seen = [(each.code, None if each.node is None else answer.nodes[each.node].source) for each in answer.warnings]
    assert seen == [(code, source) for code, source, _ in expected]
    for warning, (_, _, words) in zip(answer.warnings, expected, strict=True):
        assert words in warning.message
        if warning.span is not None:
            assert warning.node is not None
            assert call[0][warning.span.start : warning.span.end] == answer.nodes[warning.node].source


TRAPS = [
    (("where(x > 0, sqrt(x), 0)", "x=0"), "where(x > 0, sqrt(where(x > 0, x, 1)), 0)"),
    (("where(x <= 0, 0, sqrt(x))", "x=0"), "where(x <= 0, 0, sqrt(where(x <= 0, 1, x)))"),
    (("sum(where(x > 0, x*log(x), 0))", "x=[1, 0, 2]"), "sum(where(x > 0, x*log(where(x > 0, x, 1)), 0))"),
    (("y = sqrt(x); where(x > 0, y, 0)", "x=0"), "y = sqrt(where(x > 0, x, 1)); where(x > 0, y, 0)"),
    (("where(y == 0, 0, x/y)", "x=1", "y=0"), "where(y == 0, 0, x/where(y == 0, 1, y))"),
    (("x.sqrt().masked_fill(x <= 0, 0)", "x=0"), "where(x <= 0, 1, x).sqrt().masked_fill(x <= 0, 0)"),
    (
        ("sum(where(x > 0, sqrt(x), 0) + where(x < 1, sqrt(1 - x), 0))", "x=[0.5, 0, 2]"),
        "sum(where(x > 0, sqrt(where(x > 0, x, 1)), 0) + where(x < 1, sqrt(where(x < 1, 1 - x, 1)), 0))",
    ),
    (("where(x > 1, acosh(x), 0)", "x=0.5"), "where(x > 1, acosh(where(x > 1, x, 2)), 0)"),
]


@pytest.mark.parametrize(("call", "rewrite"), TRAPS, ids=[" ".join(call) for call, _ in TRAPS])
def test_the_trap_of_where_comes_with_a_way_out(call: tuple[str, ...], rewrite: str) -> None:
    answer = result(*call)
    assert {each.code for each in answer.warnings} == {GRADIENT}
    assert {each.rewrite for each in answer.warnings} == {rewrite}
    assert "does not take this branch there" in answer.warnings[0].message
    fixed = result(rewrite, *call[1:])
    assert fixed.warnings == ()
    np.testing.assert_array_equal(fixed.outputs[0].value, answer.outputs[0].value)
    for name, gradient in answer.grads.items():
        good = np.isfinite(gradient)
        assert np.isfinite(fixed.grads[name]).all()
        np.testing.assert_allclose(fixed.grads[name][good], gradient[good], rtol=1e-12)


@pytest.mark.parametrize("call", [("sqrt(x)*0", "x=0"), ("where(x >= 0, sqrt(x), 0)", "x=0"), ("sqrt(x)*relu(-x)", "x=0")])
def test_no_rewrite_is_offered_where_none_helps(call: tuple[str, ...]) -> None:
    assert [(each.code, each.rewrite) for each in result(*call).warnings] == [(GRADIENT, None)]


@pytest.mark.parametrize("call", [("x**2", "x=3"), ("where(x > 0, log(x), 0)", "x=-1"), ("x > 1", "x=inf"), ("x", "x=1e308")])
def test_finite_results_have_nothing_to_say(call: tuple[str, ...]) -> None:
    assert result(*call, no_grad=call[0] == "x > 1").warnings == ()


def test_a_plain_evaluation_does_not_load_the_search() -> None:
    lines = ["from gradcli.run import evaluate, request", "import sys"]
    lines += ["evaluate.evaluate(request.Request('exp(x)', [('x', '1', False)]))", "print('gradcli.run.trace' in sys.modules)"]
    code = "; ".join(lines)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr) == ("False\n", "")


def test_weights_that_are_not_finite_are_to_blame_themselves() -> None:
    (warning,) = result("x*2", "x=[1, 2]", weights=["[1, nan]"]).warnings
    assert (warning.code, warning.node) == (INPUT, None)
    assert warning.message == "the weights hold nan at [1], as they were given"


def test_the_pass_that_failed_is_the_one_explained() -> None:
    (warning,) = result("sqrt(x)", "x=[0, 4]", weights=["[0, 1]"], passes=1).warnings
    assert "0 * inf is nan" in warning.message
    assert result("sqrt(x)", "x=[0, 4]", wrt=["x"], weights=["[1, 1]"]).warnings[0].code == GRADIENT


def test_numbers_are_spelt_in_their_own_dtype() -> None:
    assert "log(-0.1) is nan" in result("log(x)", "x=-0.1", dtype="float32").warnings[0].message
    assert "overflow: the largest float32 is 3.4e+38" in result("x*x", "x=1e30", dtype="float32").warnings[0].message


def test_random_numbers_are_drawn_again_and_go_on_as_before() -> None:
    def drawn(expr: str) -> Result:
        return evaluate(Request(expr, [("x", "0", False)], seed=3))

    assert drawn("log(rand(2)*0*x).sum()").warnings[0].code == VALUE
    from gradcli.ops.creation.factories import generator

    generator().manual_seed(5)
    expected = [evaluate(Request("rand(1)", [])).outputs[0].value for _ in range(2)]
    generator().manual_seed(5)
    first = evaluate(Request("log(x) + 0*rand(1)", [("x", "-1", False)]))
    assert np.isnan(first.outputs[0].value).all()
    np.testing.assert_array_equal(evaluate(Request("rand(1)", [])).outputs[0].value, expected[1])


def test_a_long_expression_is_searched_without_recursion() -> None:
    answer = result("log(x)" + " + x" * 20_000, "x=0")
    assert [each.code for each in answer.warnings] == [VALUE, GRADIENT]
    deep = result("x/(1" + "-1" * 20_001 + " + 20000)", "x=1")
    assert [each.code for each in deep.warnings] == [VALUE, GRADIENT]


BAD = (0.0, -1.0, 2.0, 1000.0, 1e308, -1e308, np.inf, np.nan)
SCALARS = [case for case in cases() if case.operands and all(not each.ndim for each in case.operands.values())]


@pytest.mark.parametrize("case", SCALARS, ids=lambda case: case.id)
def test_every_number_that_is_not_finite_is_accounted_for(case: Case) -> None:
    """For every operation of the table on numbers: a warning where there is one to give, and none where there is not."""
    for values in product(BAD, repeat=len(case.operands)):
        bindings = [(name, np.asarray(value), False) for name, value in zip(case.operands, values, strict=True)]
        try:
            answer = evaluate(Request(case.text, bindings, seed=0, weights=lambda shape: [np.ones(shape)]))
        except Problem:
            continue
        numbers = [each.value for each in answer.outputs] + [each for each in answer.grads.values() if each is not None]
        assert bool(answer.warnings) == any(not np.isfinite(each).all() for each in numbers), values


def test_whoever_has_a_trace_can_ask() -> None:
    """As an interpreter of scripts would: operations on tensors, watched by a trace, and no expression at all."""
    trace = Trace("")
    trace.machine = Machine({}, trace.made, trace.named)
    x = from_array(np.array([4.0, 0.0])).require_grad()
    trace.enter(x, "x")
    with observed(trace.observe):
        out = OPERATORS["*"](exponential.sqrt(x), 0.0)
    sweep = nonfinite.Sweep(out, np.ones(2), {"x": x}, True)
    ((warning, origin),) = nonfinite.along(trace, [out], [sweep])
    assert (warning.code, origin.index) == (GRADIENT, (1,))
    assert "through sqrt(x) at [1]: its derivative, 1 / (2 * sqrt(x)), is inf at x = 0, and 0 * inf is nan" in warning.message


@pytest.mark.parametrize(
    ("matrix", "value", "last"),
    [
        ("[[nan, 1], [1, 1]]", "NaN", "NaN"),
        ("[[inf, 1], [1, 1]]", "Infinity", "Infinity"),
        ("[[1, inf], [0, 1]]", "NaN", "NaN"),
    ],
)
def test_a_matrix_that_is_not_finite_has_the_determinant_that_pytorch_gives_it(matrix: str, value: str, last: str) -> None:
    found = document(gradcli("det(x)", f"x={matrix}", "--json"))
    assert (found["out"]["value"], found["grads"]["x"][1][1]) == (value, last)
    both = document(gradcli("det(x).sum()", f"x=[{matrix}, [[1, 2], [2, 4]]]", "--json"))["grads"]["x"]
    assert np.allclose(both[1], [[4, -2], [-2, 1]])


def test_batch_says_it_in_every_line() -> None:
    lines = ['{"id": 1, "expr": "log(x)", "vars": {"x": 1}}', '{"id": 2, "expr": "where(x > 0, sqrt(x), 0)", "vars": {"x": 0}}']
    run = subprocess.run(
        [sys.executable, "-m", "gradcli", "batch"], input="\n".join(lines), capture_output=True, text=True, timeout=60
    )
    one, two = map(json.loads, run.stdout.splitlines())
    assert one["warnings"] == []
    assert [(each["code"], each["node"], each["span"]["start"]) for each in two["warnings"]] == [("nonfinite-grad", 2, 13)]
    assert two["warnings"][0]["rewrite"] == "where(x > 0, sqrt(where(x > 0, x, 1)), 0)"
