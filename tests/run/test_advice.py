"""Advice on numbers: the forms of the table against 50 digits, and when they are offered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.run.evaluate import evaluate
from gradcli.run.request import Request
from gradcli.run.result import Result
from gradcli.run.stable_forms import FORMS


def result(expr: str, **values: Any) -> Result:
    return evaluate(Request(expr, [(name, np.asarray(value, float), False) for name, value in values.items()]))


# An expression, values at which it goes wrong, and the form that is offered.
OFFERED = [
    ("log(softmax(x, 0))[0]", {"x": [0, 1000.0]}, "log_softmax(x, 0)[0]"),
    ("log(sigmoid(x))", {"x": -800}, "logsigmoid(x)"),
    ("log(1 - sigmoid(x))", {"x": 800}, "logsigmoid(-x)"),
    ("log(1 + exp(x))", {"x": 800}, "logaddexp(x, 0*x)"),
    ("log(1 + exp(x))", {"x": -40}, "logaddexp(x, 0*x)"),
    ("log(sum(exp(x)))", {"x": [800, 801]}, "logsumexp(x, 0)"),
    ("log(sum(exp(x)))", {"x": [[800, 801], [1, 2]]}, "logsumexp(x, (0, 1))"),
    ("log(sum(exp(x), 1)).sum()", {"x": [[800, 801], [1, 2]]}, "logsumexp(x, 1).sum()"),
    ("(exp(x)/sum(exp(x)))[0]", {"x": [800, 801]}, "(softmax(x, 0))[0]"),
    ("x*log(x)", {"x": 0}, "xlogy(x, x)"),
    ("sqrt(x**2)", {"x": 0}, "abs(x)"),
    ("sqrt(x**2 + y**2)", {"x": 1e200, "y": 1}, "hypot(x, y)"),
    ("exp(x) - 1", {"x": 1e-12}, "expm1(x)"),
    ("log(1 + x)", {"x": 1e-12}, "log1p(x)"),
    ("1 - cos(x)", {"x": 1e-6}, "2*sin(x/2)**2"),
    ("(1 + x)**n - 1", {"x": 1e-12, "n": 3}, "expm1(n*log1p(x))"),
    ("a**2 - b**2", {"a": 1.00000001, "b": 1}, "(a - b)*(a + b)"),
    ("mean(x**2) - mean(x)**2", {"x": [1e8, 1e8 + 1]}, "var(x, correction=0)"),
    ("1/(1 + exp(-x))", {"x": -800}, "sigmoid(x)"),
    ("2*(1 - cos(x + y))", {"x": 1e-6, "y": 0}, "2*(2*sin((x + y)/2)**2)"),
    ("cos(x) - 1", {"x": 1e-6}, "-2*sin(x/2)**2"),
    ("1 - erf(x)", {"x": 8}, "erfc(x)"),
    ("sqrt(x + 1) - sqrt(x)", {"x": 1e12}, "((x + 1) - x)/(sqrt(x + 1) + sqrt(x))"),
    ("log(x) - log(y)", {"x": 20.00000000002, "y": 20}, "log1p((x - y)/y)"),
    ("torch.log(1 + torch.exp(x))", {"x": 800}, "logaddexp(x, 0*x)"),
]


@pytest.mark.parametrize(("expr", "values", "form"), OFFERED, ids=lambda value: str(value))
def test_a_form_is_offered_where_numbers_go_wrong(expr: str, values: dict[str, Any], form: str) -> None:
    rewrites = {each.rewrite for each in result(expr, **values).warnings}
    assert form in rewrites
    assert not [each for each in result(form, **values).warnings if each.code in ("nonfinite-value", "lost-digits")]


@pytest.mark.parametrize(("expr", "values", "form"), OFFERED, ids=lambda value: str(value))
def test_nothing_is_said_where_numbers_are_good(expr: str, values: dict[str, Any], form: str) -> None:
    harmless = {
        name: np.full(np.shape(value), 0.7) + 0.1 * np.arange(np.size(value)).reshape(np.shape(value))
        for name, value in values.items()
    }
    if {"a", "b"} <= harmless.keys():
        harmless["a"] = harmless["a"] * 2
    assert result(expr, **harmless).warnings == ()


def test_a_determinant_that_overflows_has_a_logarithm() -> None:
    (first, *_) = result("log(det(A))", A=np.eye(2) * 1e200).warnings
    assert first.rewrite == "logdet(A)"
    assert result("log(det(A))", A=np.eye(2) * 3).warnings == ()


# The same function with 50 digits, and points at which rounding hurts.
EXACT: dict[str, tuple[str, list[float]]] = {
    "log(sigmoid(X))": ("log(1/(1 + exp(-x)))", [-700.0, -40.0, 1e-3, 30.0]),
    "log(1 - sigmoid(X))": ("log(1 - 1/(1 + exp(-x)))", [-30.0, 0.1, 40.0, 600.0]),
    "log(1 + exp(X))": ("log(1 + exp(x))", [-700.0, -40.0, 0.5, 30.0, 700.0]),
    "X*log(X)": ("x*log(x)", [1e-300, 1e-10, 0.5, 1e10]),
    "sqrt(X**2)": ("sqrt(x**2)", [1e-200, -1e-170, 3.0, 1e200]),
    "exp(X) - 1": ("exp(x) - 1", [1e-20, -1e-12, 1e-5, 3.0]),
    "1 - exp(X)": ("1 - exp(x)", [1e-20, -1e-12, 1e-5, 3.0]),
    "log(1 + X)": ("log(1 + x)", [1e-20, -1e-12, 1e-5, 3.0]),
    "log(X + 1)": ("log(1 + x)", [1e-20, -1e-12, 1e-5, 3.0]),
    "1 - cos(X)": ("1 - cos(x)", [1e-12, 1e-6, 0.1, 2.0]),
    "cos(X) - 1": ("cos(x) - 1", [1e-12, 1e-6, 0.1, 2.0]),
    "1 - erf(X)": ("1 - erf(x)", [0.1, 3.0, 8.0]),
    "1/(1 + exp(-X))": ("1/(1 + exp(-x))", [-700.0, -40.0, 0.5, 40.0]),
    "exp(X)/(1 + exp(X))": ("1/(1 + exp(-x))", [-700.0, -40.0, 0.5, 40.0]),
    "1 - tanh(X)**2": ("1 - tanh(x)**2", [20.0, 5.0, 0.3]),
    "1 - sigmoid(X)": ("1 - 1/(1 + exp(-x))", [40.0, 5.0, -0.3]),
    "log1p(exp(X))": ("log(1 + exp(x))", [-700.0, 0.5, 700.0]),
    "log(exp(X) + 1)": ("log(1 + exp(x))", [-700.0, 0.5, 700.0]),
}


@pytest.mark.parametrize("pattern", EXACT)
def test_forms_hold_to_the_last_digits(pattern: str) -> None:
    mpmath = pytest.importorskip("mpmath")
    mpmath.mp.dps = 50
    exact, points = EXACT[pattern]
    (form,) = [each for each in FORMS if each.pattern == pattern]
    for point in points:
        with mpmath.workdps(400 if abs(point) > 100 else 60):
            wanted = mpmath.mpf(eval(exact, vars(mpmath) | {"x": mpmath.mpf(point)}))
        found = float(result(form.rewrite.format(X="x", X_="x", D="0", N="n"), x=point).outputs[0].value)
        assert abs(found - wanted) <= 4e-15 * abs(wanted), (point, found, wanted)
