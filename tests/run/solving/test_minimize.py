"""Minima of Moré, Garbow and Hillstrom's test functions (ACM TOMS 7, 1981), and of what is harder or has no minimum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.run.request import Request
from gradcli.run.solving.minimize import Minimum, minimize
from gradcli.run.solving.wording import search

Y = "tensor([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39])"
# number in the paper, expression, start, the least values known
FUNCTIONS = {
    "1 Rosenbrock": ("(10*(x[1] - x[0]**2))**2 + (1 - x[0])**2", [-1.2, 1], [0]),
    "2 Freudenstein and Roth": (
        "(-13 + x[0] + ((5 - x[1])*x[1] - 2)*x[1])**2 + (-29 + x[0] + ((x[1] + 1)*x[1] - 14)*x[1])**2",
        [0.5, -2],
        [0, 48.98425367924],
    ),
    "3 Powell badly scaled": ("(1e4*x[0]*x[1] - 1)**2 + (exp(-x[0]) + exp(-x[1]) - 1.0001)**2", [0, 1], [0]),
    "4 Brown badly scaled": ("(x[0] - 1e6)**2 + (x[1] - 2e-6)**2 + (x[0]*x[1] - 2)**2", [1, 1], [0]),
    "5 Beale": (
        "(1.5 - x[0]*(1 - x[1]))**2 + (2.25 - x[0]*(1 - x[1]**2))**2 + (2.625 - x[0]*(1 - x[1]**3))**2",
        [1, 1],
        [0],
    ),
    "6 Jennrich and Sampson": (
        "i = arange(1, 11); ((2 + 2*i - (exp(i*x[0]) + exp(i*x[1])))**2).sum()",
        [0.3, 0.4],
        [124.36218235561],
    ),
    "7 helical valley": (
        "r = sqrt(x[0]**2 + x[1]**2); t = atan2(x[1], x[0])/(2*pi); 100*(x[2] - 10*t)**2 + 100*(r - 1)**2 + x[2]**2",
        [-1, 1e-300, 0],
        [0],
    ),
    "8 Bard": (
        f"u = arange(1., 16.); v = 16 - u; w = minimum(u, v); (({Y} - (x[0] + u/(v*x[1] + w*x[2])))**2).sum()",
        [1, 1, 1],
        [8.214877306579e-3, 17.42869333333],
    ),
    "12 box three-dimensional": (
        "t = 0.1*arange(1., 11.); ((exp(-t*x[0]) - exp(-t*x[1]) - x[2]*(exp(-t) - exp(-10*t)))**2).sum()",
        [0, 10, 20],
        [0],
    ),
    "13 Powell singular": (
        "(x[0] + 10*x[1])**2 + 5*(x[2] - x[3])**2 + (x[1] - 2*x[2])**4 + 10*(x[0] - x[3])**4",
        [3, -1, 0, 1],
        [0],
    ),
    "14 Wood": (
        "100*(x[1] - x[0]**2)**2 + (1 - x[0])**2 + 90*(x[3] - x[2]**2)**2 + (1 - x[2])**2 + 10*(x[1] + x[3] - 2)**2 + "
        "0.1*(x[1] - x[3])**2",
        [-3, -1, -3, -1],
        [0],
    ),
    "16 Brown and Dennis": (
        "t = arange(1., 21.)/5; ((x[0] + t*x[1] - exp(t))**2 + (x[2] + x[3]*sin(t) - cos(t))**2).square().sum()",
        [25, 5, -5, -1],
        [85822.20162635],
    ),
    "21 extended Rosenbrock": ("(100*(x[1::2] - x[::2]**2)**2 + (1 - x[::2])**2).sum()", [-1.2, 1] * 10, [0]),
    "23 penalty I": ("1e-5*((x - 1)**2).sum() + ((x**2).sum() - 0.25)**2", [1, 2, 3, 4], [2.24997750071e-5]),
    "25 variably dimensioned": (
        "s = (arange(1., 11.)*(x - 1)).sum(); ((x - 1)**2).sum() + s**2 + s**4",
        list(1 - np.arange(1, 11) / 10),
        [0],
    ),
    "26 trigonometric": (
        "n = 10; i = arange(1., 11.); ((n - cos(x).sum() + i*(1 - cos(x)) - sin(x))**2).sum()",
        [0.1] * 10,
        [0, 2.795056121876e-5],
    ),
    "35 Chebyquad": (
        "a = 2*x - 1; b = 2*a*a - 1; c = 2*a*b - a; d = 2*a*c - b; "
        "a.mean()**2 + (b.mean() + 1/3)**2 + c.mean()**2 + (d.mean() + 1/15)**2",
        [0.2, 0.4, 0.6, 0.8],
        [0],
    ),
}


def found(expr: str, bindings: dict[str, Any], constants: dict[str, Any] | None = None, **options: Any) -> Minimum:
    given = [(name, np.asarray(value, float), True) for name, value in (constants or {}).items()]
    return minimize(
        search(Request(expr, [*given, *[(n, np.asarray(v, float), False) for n, v in bindings.items()]]), **options)
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_least_value_is_one_that_is_known(name: str) -> None:
    expr, start, values = FUNCTIONS[name]
    answer = found(expr, {"x": start})
    assert answer.converged, answer.reason
    nearest = min(values, key=lambda value: abs(value - answer.value))
    assert answer.value == pytest.approx(nearest, rel=1e-9, abs=1e-12)
    assert answer.kind in ("minimum", "flat")


@pytest.mark.parametrize("method", ["bfgs", "newton", "trust"])
def test_every_method_goes_down_a_valley(method: str) -> None:
    answer = found("(1 - x[0])**2 + 100*(x[1] - x[0]**2)**2", {"x": [-1.2, 1]}, method=method)
    np.testing.assert_allclose(answer.vector, [1, 1], rtol=1e-12)
    assert answer.gradient_norm < 1e-12


def test_the_greatest_value_has_negative_curvature() -> None:
    answer = found("x*exp(-x)", {"x": 0.3}, greatest=True)
    assert answer.value == pytest.approx(np.exp(-1), rel=1e-14)
    assert answer.kind == "maximum"
    assert answer.eigenvalues is not None
    assert answer.eigenvalues[0] == pytest.approx(-np.exp(-1), rel=1e-8)


def test_a_saddle_point_is_called_one() -> None:
    assert found("x**2 - y**2", {"x": 0, "y": 0}).kind == "saddle point"


def test_bounds_hold() -> None:
    answer = found("(1 - x[0])**2 + 100*(x[1] - x[0]**2)**2", {"x": [-1.2, 0.4]}, bounds=["x=-2:0.5"])
    np.testing.assert_allclose(answer.vector, [0.5, 0.25], rtol=1e-10)
    assert answer.at_bound == ["x[0]"]
    assert answer.converged


def test_constraints_hold_and_tell_which() -> None:
    answer = found("sum(x**2)", {"x": [2, 1, 0]}, subject=["x[0] + x[1] >= 1", "x[2] <= 5", "x[0] == 2*x[1]"])
    np.testing.assert_allclose(answer.vector, [2 / 3, 1 / 3, 0], atol=1e-7)
    assert answer.active == [0, 2]
    assert answer.converged


def test_several_starts_find_the_least_of_several_minima() -> None:
    answer = found("sin(3*x) + x**2/9", {"x": 4}, bounds=["x=-5:5"], starts=20)
    assert answer.vector[0] == pytest.approx(-0.5109, abs=1e-3)


@pytest.mark.parametrize("expr", ["-x**2", "x", "x**3", "x - log(2*x + 1e9)", "x*abs(x)"])
def test_what_has_no_minimum_does_not_converge(expr: str) -> None:
    answer = found(expr, {"x": 1})
    assert not answer.converged
    assert "no bound" in answer.reason


def test_a_deep_minimum_is_one() -> None:
    answer = found("-1e12*exp(-(x - 3)**2)", {"x": -3})
    assert answer.converged
    assert answer.vector[0] == pytest.approx(3)


@pytest.mark.parametrize(
    ("expr", "bindings", "options", "said"),
    [
        ("log(x)", {"x": -1}, {}, "at the start the value is nan"),
        ("x*[1, 2]", {"x": -1}, {}, "the expression gives 2 values"),
        ("x**2", {"x": 3}, {"bounds": ["x=0:1"]}, "x starts at 3, outside of its bounds"),
        ("x**2", {"x": 3}, {"bounds": ["y=0:1"]}, "--bounds names 'y'"),
        ("x**2", {"x": 3}, {"bounds": ["x=1:0"]}, "the bounds of x are empty"),
        ("x**2", {"x": 3}, {"subject": ["x + 1"]}, "'x + 1' is no comparison"),
    ],
)
def test_what_cannot_be_minimized_is_told(expr: str, bindings: Any, options: Any, said: str) -> None:
    with pytest.raises(Problem) as caught:
        found(expr, bindings, **options)
    assert said in caught.value.message


def test_a_minimum_over_complex_numbers_has_the_curvature_of_their_parts() -> None:
    objective = Request("abs(z**2 - 1 - 2j)**2 + abs(z)**2", [("z", np.asarray(1j), False)])
    found = minimize(search(objective))
    z = found.at["z"]
    assert (found.kind, found.labels) == ("minimum", ["z.real", "z.imag"])
    gradient = 4 * np.conj(z) * (z**2 - 1 - 2j) + 2 * z  # dL/dx + i dL/dy
    np.testing.assert_allclose(gradient, 0, atol=1e-10)
    # With L = |f|**2 + |z|**2 the trace of the Hessian is 4 d2L/dz dz* = 4 (|f'|**2 + 1), f' = 2 z.
    np.testing.assert_allclose(found.eigenvalues.sum(), 4 * (abs(2 * z) ** 2 + 1), rtol=1e-10)
    around = minimize(search(Request("abs(z - 1j)**2", [("z", np.asarray(1 + 2j), False)])))  # 0 at its minimum, by convention
    assert around.kind == "minimum"
    np.testing.assert_allclose(around.eigenvalues, [2, 2], rtol=1e-8)
    with pytest.raises(Problem, match="complex numbers have no order"):
        search(objective, bounds=["z=0:1"])
    with pytest.raises(Problem, match="works on real numbers"):
        minimize(search(Request("z**2", [("z", np.asarray(1j), False)])))
