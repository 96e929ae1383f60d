"""Error propagation against the examples of the GUM (JCGM 100:2008, annex H) and against sampling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.report.propagate import with_uncertainty
from gradcli.run.request import Request
from gradcli.run.solving.function import VectorFunction
from gradcli.run.solving.propagate import Propagation, Question, covariance_of, propagate
from gradcli.run.solving.uncertainties import separated


def found(expr: str, inputs: dict[str, str], corr: dict[tuple[str, str], float] | None = None, **options: Any) -> Propagation:
    request, uncertainties = separated(Request(expr, [(name, text, False) for name, text in inputs.items()]))
    function = VectorFunction(request)
    settings = {"order": 1, "samples": 0, "seed": 0, "coverage": None} | options
    return propagate(Question(function, covariance_of(function, uncertainties, corr or {}), *settings.values()))


def test_h1_end_gauge() -> None:
    """H.1: l = ls + d - ls*(da*th + as*dt), in nm; the combined standard uncertainty is 32 nm."""
    inputs = {
        "ls": "50000623±25",
        "d": "215±9.7",
        "alpha": "11.5e-6±1.2e-6",
        "theta": "-0.1±0.41",
        "dalpha": "0±0.58e-6",
        "dtheta": "0±0.029",
    }
    answer = found("ls + d - ls*(dalpha*theta + alpha*dtheta)", inputs)
    assert float(answer.uncertainty) == pytest.approx(31.7, abs=0.5)
    assert with_uncertainty(float(answer.value), float(answer.uncertainty)) == "50000838 ± 32"
    assert float(answer.inputs["dtheta"]["contribution"]) == pytest.approx(16.6, abs=0.1)
    assert float(answer.inputs["dalpha"]["contribution"]) == pytest.approx(2.9, abs=0.05)


def test_h2_resistance_and_reactance() -> None:
    """H.2, table H.4: R = 127.732(71), X = 219.847(295), Z = 254.260(236), with the correlations of table H.2."""
    inputs = {"V": "4.9990±0.0032", "I": "19.6610e-3±0.0095e-3", "phi": "1.04446±0.00075"}
    corr = {("V", "I"): -0.36, ("V", "phi"): 0.86, ("I", "phi"): -0.65}
    answer = found("(V/I*cos(phi), V/I*sin(phi), V/I)", inputs, corr)
    np.testing.assert_allclose(answer.value, [127.732, 219.847, 254.260], atol=6e-4)
    np.testing.assert_allclose(answer.uncertainty, [0.071, 0.295, 0.236], rtol=0.02)
    correlation = answer.covariance / np.outer(answer.uncertainty, answer.uncertainty)
    np.testing.assert_allclose(correlation[[0, 0, 1], [1, 2, 2]], [-0.588, -0.485, 0.993], atol=0.01)


def test_shares_and_correlations_are_the_whole_variance() -> None:
    answer = found("x*y + z", {"x": "2±0.1", "y": "3±0.2", "z": "1"}, {("x", "y"): 0.5})
    shares = sum(float(each["share"]) for each in answer.inputs.values())
    assert shares + float(answer.correlated) == pytest.approx(1)
    assert float(answer.uncertainty) == pytest.approx(np.sqrt(0.3**2 + 0.4**2 + 2 * 0.5 * 0.3 * 0.4))
    assert float(answer.inputs["z"]["uncertainty"]) == 0


@pytest.mark.parametrize(
    ("text", "value", "error"),
    [
        ("2.0±0.1", 2, 0.1),
        ("1.5+-0.02", 1.5, 0.02),
        ("1.5 +/- 0.02", 1.5, 0.02),
        ("9.81±0.5%", 9.81, 0.04905),
        ("1.234(15)", 1.234, 0.015),
        ("-1.50(2)e3", -1500, 20),
        ("12(3)", 12, 3),
        ("[1, 2]±0.1", [1, 2], [0.1, 0.1]),
        ("[1, 2] ± [0.1, 0.2]", [1, 2], [0.1, 0.2]),
        ("pi", np.pi, None),
    ],
)
def test_uncertainties_are_read_as_people_write_them(text: str, value: Any, error: Any) -> None:
    request, uncertainties = separated(Request("x", [("x", text, False)]))
    np.testing.assert_allclose(request.bindings[0][1], value)
    if error is None:
        assert uncertainties == {}
    else:
        np.testing.assert_allclose(uncertainties["x"], error, rtol=1e-12)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (29.43, 1.52292, "29.43 ± 1.52"),
        (1.0, 0.057735, "1.000 ± 0.058"),
        (254.26, 0.2366, "254.26 ± 0.24"),
        (12345.678, 321.0, "12350 ± 320"),
        (6.62607e-34, 1.23e-36, "(6.6261 ± 0.0123)e-34"),
        (0.0, 0.2, "0.00 ± 0.20"),
    ],
)
def test_results_are_rounded_by_their_uncertainty(value: float, error: float, text: str) -> None:
    assert with_uncertainty(value, error) == text


def test_second_order_of_a_square_is_exact() -> None:
    """x**2 of a normal x: mean mu**2 + s**2, variance 4 mu**2 s**2 + 2 s**4."""
    answer = found("x**2", {"x": "0.5±0.3"}, order=2)
    assert answer.bias is not None
    assert answer.second_order is not None
    assert float(answer.bias) == pytest.approx(0.09)
    assert float(answer.second_order) == pytest.approx(np.sqrt(4 * 0.25 * 0.09 + 2 * 0.09**2))
    assert answer.warnings


def test_samples_agree_with_second_order() -> None:
    answer = found("x*y", {"x": "2±0.2", "y": "3±0.5"}, {("x", "y"): 0.4}, order=2, samples=4000)
    assert answer.sampled is not None
    assert answer.second_order is not None
    assert float(answer.sampled.deviation) == pytest.approx(float(answer.second_order), rel=0.05)
    again = found("x*y", {"x": "2±0.2", "y": "3±0.5"}, {("x", "y"): 0.4}, samples=4000)
    assert again.sampled is not None
    assert again.sampled.mean == answer.sampled.mean


@pytest.mark.parametrize(
    ("expr", "inputs", "corr", "said"),
    [
        ("log(x)", {"x": "0±1"}, {}, "the value is -inf"),
        ("sqrt(x)", {"x": "0±1"}, {}, "the derivative by x is not finite"),
        ("x", {"x": "1±-1"}, {}, "not a positive number"),
        ("x", {"x": "[1, 2]±[1, 2, 3]"}, {}, "x has shape [2], and its uncertainty [3]"),
        ("x", {"x": "±1"}, {}, "lacks what stands before"),
        ("x + y", {"x": "1±1", "y": "1±1"}, {("x", "z"): 0.5}, "--corr names 'z'"),
        ("x + y + z", dict.fromkeys("xyz", "1±1"), {("x", "y"): 1.0, ("y", "z"): 1.0, ("x", "z"): -1.0}, "negative eigenvalue"),
    ],
)
def test_what_cannot_be_propagated_is_told(expr: str, inputs: Any, corr: Any, said: str) -> None:
    with pytest.raises(Problem) as caught:
        found(expr, inputs, corr)
    assert said in caught.value.message
