"""Least squares against certified answers (NIST's Statistical Reference Datasets), and what is said of fits that have none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.run.request import Request
from gradcli.run.solving.fit import Fit, fit
from gradcli.run.solving.wording import fitting

PROBLEMS = json.loads((Path(__file__).parent / "nist.json").read_text())
STARTS = [(problem, place) for problem in PROBLEMS for place in range(len(problem["starts"]))]


def digits(found: Any, certified: Any) -> float:
    """How many digits of every number are right."""
    found, certified = np.asarray(found), np.asarray(certified)
    assert np.isfinite(found).all()
    return float(-np.log10(np.max(np.abs(found - certified) / np.abs(certified)) + 1e-17))


def fitted(model: str, columns: dict[str, Any], start: dict[str, Any], **options: Any) -> Fit:
    constants = [(name, np.asarray(column, float), True) for name, column in columns.items()]
    leaves = [(name, np.asarray(value, float), False) for name, value in start.items()]
    return fit(fitting(Request(model, [*constants, *leaves]), None, **options))


@pytest.mark.parametrize(("problem", "place"), STARTS, ids=[f"{each['name']}-{place + 1}" for each, place in STARTS])
def test_certified_answers_are_met(problem: dict[str, Any], place: int) -> None:
    columns = dict(zip(problem["columns"], np.array(problem["rows"]).T))
    start = {f"b{number}": value for number, value in enumerate(problem["starts"][place], 1)}
    found = fitted(problem["model"], columns, start, observed="log(y)" if problem["log_y"] else "y")
    assert found.converged
    assert digits(found.vector, problem["certified"]) >= 8
    assert digits(found.stderr, problem["sd"]) >= 6
    assert digits(found.rss, problem["rss"]) >= 6


X = np.linspace(0, 4, 30)
NOISE = 0.05 * np.sin(37 * X**2)


def test_a_vector_of_parameters_is_fitted_as_one() -> None:
    design = np.stack([np.ones_like(X), X, X**2], axis=1)
    found = fitted("A @ w", {"A": design, "y": design @ [1, -2, 0.5] + NOISE}, {"w": [0, 0, 0]})
    exact, *_ = np.linalg.lstsq(design, design @ [1, -2, 0.5] + NOISE, rcond=None)
    np.testing.assert_allclose(found.parameters["w"], exact, rtol=1e-10)
    assert found.labels == ["w[0]", "w[1]", "w[2]"]


def test_sigma_weighs_and_absolute_takes_it_at_its_word() -> None:
    sigma = 0.1 + X
    design = np.stack([np.ones_like(X), X], axis=1) / sigma[:, None]
    y = 1 + 2 * X + NOISE
    columns = {"x": X, "y": y, "s": sigma}
    found = fitted("a + b*x", columns, {"a": 0, "b": 0}, sigma="s", absolute=True)
    exact, *_ = np.linalg.lstsq(design, y / sigma, rcond=None)
    np.testing.assert_allclose(found.vector, exact, rtol=1e-10)
    np.testing.assert_allclose(found.covariance, np.linalg.inv(design.T @ design), rtol=1e-8)
    scaled = fitted("a + b*x", columns, {"a": 0, "b": 0}, sigma="s")
    np.testing.assert_allclose(scaled.covariance, found.covariance * found.rss / found.dof, rtol=1e-8)


def test_an_outlier_counts_less_with_a_robust_loss() -> None:
    y = 1 + 2 * X
    y[3] += 100
    plain = fitted("a + b*x", {"x": X, "y": y}, {"a": 0, "b": 0})
    for loss in ("huber", "soft_l1", "cauchy"):
        robust = fitted("a + b*x", {"x": X, "y": y}, {"a": 0, "b": 0}, loss=loss)
        assert np.abs(robust.vector - [1, 2]).max() < np.abs(plain.vector - [1, 2]).max() / 5


def test_a_parameter_that_ends_at_its_bound_has_no_error() -> None:
    found = fitted("a + b*x", {"x": X, "y": 1 + 2 * X + NOISE}, {"a": 0, "b": 0}, bounds=["b=:1.5"])
    assert found.at_bound == ["b"]
    assert found.parameters["b"] == 1.5
    assert np.isnan(found.stderr[1])
    assert np.isfinite(found.stderr[0])


def test_logarithms_are_compared_where_that_is_asked() -> None:
    y = 3 * np.exp(-0.7 * X + NOISE)
    found = fitted("a*exp(-b*x)", {"x": X, "y": y}, {"a": 1, "b": 0.1}, logarithm=True)
    slope, offset = np.polyfit(X, np.log(y), 1)
    np.testing.assert_allclose(found.vector, [np.exp(offset), -slope], rtol=1e-9)


@pytest.mark.parametrize(
    ("model", "columns", "start", "said"),
    [
        ("a*b*x", {"x": X, "y": X}, {"a": 1, "b": 1}, "cannot tell apart a and b"),
        ("a + 0*b*x", {"x": X, "y": X}, {"a": 1, "b": 1}, "does not change with b"),
        ("a + b*x", {"x": X[:1], "y": X[:1]}, {"a": 1, "b": 1}, "1 row cannot determine 2 parameters"),
        ("log(a*x)", {"x": X - 1, "y": X}, {"a": 1}, "the model is not finite in rows 1, 2"),
        ("a*x", {"x": X, "y": np.where(X > 3.9, np.nan, X)}, {"a": 1}, "the observed value is not finite in row 30"),
        ("a*x.sum()", {"x": X, "y": X}, {"a": 1}, "the model gives 1 value, and the data have 30 rows"),
    ],
)
def test_what_cannot_be_fitted_is_told(model: str, columns: Any, start: Any, said: str) -> None:
    with pytest.raises(Problem) as caught:
        fitted(model, columns, start)
    assert said in caught.value.message
    assert caught.value.exit == 1
