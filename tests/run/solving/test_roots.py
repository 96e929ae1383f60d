"""Roots near a start, in a bracket and all in an interval, and how they move."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.run.request import Request
from gradcli.run.solving import roots, sensitivity
from gradcli.run.solving.function import VectorFunction
from gradcli.run.solving.minimize import minimize
from gradcli.run.solving.wording import equation, search


def request(expr: str, bindings: dict[str, Any], constants: dict[str, Any] | None = None) -> Request:
    given = [(name, np.asarray(value, float), True) for name, value in (constants or {}).items()]
    return Request(equation(expr), [*given, *[(name, np.asarray(value, float), False) for name, value in bindings.items()]])


@pytest.mark.parametrize(
    ("expr", "start", "root"),
    [
        ("x**3 - 2", {"x": 1}, [2 ** (1 / 3)]),
        ("x**3 = 2", {"x": 100}, [2 ** (1 / 3)]),
        ("cos(x) == x", {"x": 0}, [0.7390851332151607]),
        ("atan(x)", {"x": 20}, [0]),
        ("exp(x) - 1e10", {"x": 0}, [np.log(1e10)]),
        ("(x + y - 3, x*y - 2)", {"x": 0, "y": 5}, [1, 2]),
        ("A = tensor([[2., 1.], [1., 3.]]); A @ x - tensor([3., 5.])", {"x": [0, 0]}, [0.8, 1.4]),
        ("(10*(x[1] - x[0]**2), 1 - x[0])", {"x": [-1.2, 1]}, [1, 1]),
        ("(x**2 + y**2 - 1, x - y, x*y - 0.5)", {"x": 1, "y": 0.3}, [0.5**0.5, 0.5**0.5]),
    ],
)
def test_a_root_is_found_to_the_last_digits(expr: str, start: dict[str, Any], root: list[float]) -> None:
    found = roots.solve(VectorFunction(request(expr, start)))
    assert found.converged
    np.testing.assert_allclose(found.vector, root, rtol=1e-14, atol=1e-15)


def test_where_only_the_derivative_vanishes_is_no_root() -> None:
    found = roots.solve(VectorFunction(request("x**2 + 1", {"x": 1})))
    assert not found.converged
    assert "only the derivative vanishes" in found.reason


def test_a_bracket_keeps_the_root_inside() -> None:
    found = roots.bracketed(VectorFunction(request("x**3 - 6*x**2 + 11*x - 6", {"x": 0})), 1.5, 2.6)
    assert found.vector[0] == pytest.approx(2, rel=1e-15)
    with pytest.raises(Problem, match="the same sign"):
        roots.bracketed(VectorFunction(request("x**2 + 1", {"x": 0})), -1, 1)


def test_all_roots_are_listed_those_of_even_order_too_and_no_poles() -> None:
    found = roots.every(VectorFunction(request("sin(x)*(x - 2)**2", {"x": 0})), -4, 4)
    np.testing.assert_allclose([each.vector[0] for each in found], [-np.pi, 0, 2, np.pi], atol=1e-12)
    found = roots.every(VectorFunction(request("tan(x)", {"x": 0})), -2, 2)
    assert [each.vector[0] for each in found] == [0]
    assert roots.every(VectorFunction(request("x**2 + 1", {"x": 0})), -2, 2) == []


def test_a_root_moves_as_the_implicit_function_theorem_says() -> None:
    asked = request("(x + y - a, x*y - b)", {"x": 0, "y": 5}, {"a": 3, "b": 2})
    function = VectorFunction(asked)
    root = roots.solve(function)
    moved = sensitivity.of_root(asked, function, root, ["a", "b"])
    for name in ("a", "b"):
        ends = []
        for step in (1e-6, -1e-6):
            changed = {"a": 3.0, "b": 2.0} | {name: {"a": 3.0, "b": 2.0}[name] + step}
            ends.append(roots.solve(VectorFunction(request("(x + y - a, x*y - b)", {"x": 1, "y": 2}, changed))).vector)
        slope = (ends[0] - ends[1]) / 2e-6
        np.testing.assert_allclose([moved["x"][name], moved["y"][name]], slope, rtol=1e-6)


def test_an_optimum_moves_and_so_does_its_value() -> None:
    asked = request("x**4 - a*x**2", {"x": 1}, {"a": 3})
    what = search(asked, given=["a"])
    moved = sensitivity.of_minimum(asked, what.objective, minimize(what), ["a"])
    assert moved["x"]["a"] == pytest.approx(1 / (4 * np.sqrt(1.5)), rel=1e-12)  # x = sqrt(a/2)
    assert moved["value"]["a"] == pytest.approx(-1.5, rel=1e-12)  # v = -a**2/4


@pytest.mark.parametrize(
    ("expr", "start", "said"),
    [
        ("x**2 - y", {"x": 1, "y": 1}, "1 equation cannot determine 2 unknowns"),
        ("log(x)", {"x": -1}, "at the start the value is nan"),
        ("x =", {"x": 1}, "nothing on one side"),
    ],
)
def test_what_cannot_be_solved_is_told(expr: str, start: dict[str, Any], said: str) -> None:
    with pytest.raises(Problem) as caught:
        roots.solve(VectorFunction(request(expr, start)))
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("expr", "start", "root"),
    [
        ("z**2 + 1", {"z": 0.5 + 0.5j}, {"z": 1j}),
        ("exp(z) - 1j", {"z": 1 + 1j}, {"z": 0.5j * np.pi}),
        ("exp(1j*x) + 1", {"x": 3.0}, {"x": np.pi}),  # two equations, for the parts
        ("(z*w - 2j, z.conj() + w - 3)", {"z": 1 + 0j, "w": 1 + 0j}, None),
        ("tensor([[1, 2j], [1j, 3]]) @ z - tensor([1, 1j])", {"z": [0j, 0j]}, {"z": [1, 0]}),
    ],
)
def test_complex_roots_are_found_by_their_parts(expr: str, start: dict[str, Any], root: dict[str, Any] | None) -> None:
    found = roots.solve(
        VectorFunction(Request(expr, [(name, np.asarray(value), False) for name, value in start.items()]), parts=True)
    )
    assert found.converged
    if root is None:
        z, w = found.at["z"], found.at["w"]
        root = {"z": z, "w": 3 - z.conj()}
        np.testing.assert_allclose(z * w, 2j, atol=1e-12)
    for name, value in root.items():
        np.testing.assert_allclose(found.at[name], value, rtol=1e-14, atol=1e-15)


def test_a_complex_root_moves_with_what_is_given() -> None:
    given = Request("z**3 - c", [("c", np.asarray(8j), True), ("z", np.asarray(1 + 1j), False)])
    function = VectorFunction(given, parts=True)
    found = roots.solve(function)
    moved = sensitivity.of_root(given, function, found, ["c"])["z"]
    slope = 1 / (3 * found.at["z"] ** 2)
    np.testing.assert_allclose([moved["c.real"], moved["c.imag"]], [slope, 1j * slope], rtol=1e-12)
