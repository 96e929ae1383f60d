"""`gradcli table`, `propagate`, `fit`, `minimize` and `solve`, as people and scripts run them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from gradcli.report import schema
from tests.cli.test_eval import document
from tests.command import gradcli

POINTS = [(x, 2 * np.exp(-0.5 * x) + 0.01 * np.sin(37 * x)) for x in np.linspace(0, 5, 25)]


@pytest.fixture
def points(tmp_path: Path) -> str:
    path = tmp_path / "points.csv"
    path.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in POINTS))
    return str(path)


def answer(*argv: str, code: int = 0) -> dict[str, Any]:
    """The JSON document of a command, which its schema accepts."""
    run = gradcli(*argv, "--json")
    assert run.returncode == code, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    Draft202012Validator(json.loads(schema.load(found["schema"]))).validate(found)
    return found


# --- fit ------------------------------------------------------------------------------------------------------------


def test_a_model_is_fitted_to_a_table(points: str) -> None:
    found = answer("fit", "a*exp(-b*x)", "--data", points, "a=1", "b=0.1")
    assert found["converged"]
    assert found["parameters"]["a"]["value"] == pytest.approx(2, abs=0.01)
    assert found["parameters"]["b"]["stderr"] == pytest.approx(found["covariance"][1][1] ** 0.5)
    assert found["dof"] == 23
    text = gradcli("fit", "a*exp(-b*x)", "--data", points, "a=1", "b=0.1").stdout
    assert "parameter  value" in text
    assert "converged: " in text


def test_a_fit_is_the_input_of_a_propagation(points: str, tmp_path: Path) -> None:
    (tmp_path / "fit.json").write_text(gradcli("fit", "a*exp(-b*x)", "--data", points, "a=1", "b=0.1", "--json").stdout)
    found = answer("propagate", "a*exp(-2*b)", "a=2", "b=0.5", "--cov", str(tmp_path / "fit.json"))
    assert 0 < found["out"]["uncertainty"] < 0.01
    assert found["correlated_share"] != 0


def test_residuals_go_into_a_file(points: str, tmp_path: Path) -> None:
    residuals = tmp_path / "residuals.csv"
    run = gradcli("fit", "a*exp(-b*x)", "--data", points, "a=1", "b=0.1", "--residuals", str(residuals))
    assert run.returncode == 0
    table = np.loadtxt(residuals, delimiter=",", skiprows=1)
    np.testing.assert_allclose(table[:, 0] - table[:, 1], table[:, 2], atol=1e-15)
    assert len(table) == 25


def test_a_held_parameter_and_a_bound(points: str) -> None:
    found = answer("fit", "a*exp(-b*x)", "--data", points, "a=2.5", "b=0.1", "--fix", "a", "--bounds", "b=0:0.3")
    assert list(found["parameters"]) == ["b"]
    assert found["parameters"]["b"]["value"] == 0.3
    assert found["at_bound"] == ["b"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("fit", "a*x"), "there are no data, and a and x and y are not bound"),
        (("fit", "3*x", "--data", "POINTS"), "there is no parameter"),
        (("fit", "a*z", "--data", "POINTS", "a=1"), "no column 'z'"),
        (("fit", "a*x", "--data", "POINTS"), "no column 'a'"),
        (("fit", "a*x", "--data", "no/such.csv", "a=1"), "no/such.csv"),
        (("fit", "a*x", "--data", "POINTS", "a=1", "--bounds", "a"), "is not NAME=FROM:TO"),
        (("fit", "a*b*x", "--data", "POINTS", "a=1", "b=1"), "cannot tell apart a and b"),
        (("minimize",), "nothing to minimize"),
        (("minimize", "x**2"), "x"),
        (("solve", "x**2 = 2", "--all", "x=1"), "--all searches an interval"),
        (("table", "x**2", "x=0:1:-1"), "is empty"),
        (("propagate", "x**2", "x=1"), "no input has an uncertainty"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(argv: tuple[str, ...], said: str, points: str) -> None:
    run = gradcli(*[points if word == "POINTS" else word for word in argv])
    assert run.returncode in (1, 2)
    assert run.stdout == ""
    assert said in run.stderr.splitlines()[0] + run.stderr
    assert "Traceback" not in run.stderr


# --- minimize and solve ---------------------------------------------------------------------------------------------


def test_a_minimum_and_what_it_took(tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    found = answer("minimize", "(x - a)**2 + y**4", "x=5", "y=1", "-c", "a=3", "--trace", str(trace))
    assert found["at"]["x"] == pytest.approx(3)
    assert trace.read_text().splitlines()[0] == "step,value,gradient,x,y"


def test_a_search_that_does_not_converge_exits_with_one() -> None:
    assert answer("minimize", "-e", "-x**2", "x=1", code=1)["converged"] is False
    assert answer("solve", "x**2 + 1", "x=1", code=1)["converged"] is False
    assert "NOT converged" in gradcli("solve", "x**2 + 1", "x=1").stdout


def test_equations_and_their_derivatives() -> None:
    found = answer("solve", "--eq", "x + y = a", "--eq", "x*y = 2", "x=0", "y=5", "-c", "a=3", "--wrt", "a")
    assert (found["at"]["x"], found["at"]["y"]) == pytest.approx((1, 2))
    assert found["derivatives"]["x"]["a"] == pytest.approx(-1)
    assert found["derivatives"]["y"]["a"] == pytest.approx(2)


def test_all_roots_of_an_interval() -> None:
    found = answer("solve", "sin(x)", "x=1:10", "--all")
    assert [each["at"]["x"] for each in found["roots"]] == pytest.approx([np.pi, 2 * np.pi, 3 * np.pi])
    assert gradcli("solve", "cos(x) = x", "x=0:1", "--get", "at.x").stdout == "0.7390851332151607\n"


# --- table ----------------------------------------------------------------------------------------------------------


def test_a_table_in_every_format() -> None:
    csv = gradcli("table", "x**2*y", "x=0:1:0.5", "y=[1, 3]", "--csv").stdout.splitlines()
    assert csv[0] == "x,y,out,d_x,d_y"
    assert csv[-1] == "1.0,3.0,3.0,6.0,1.0"
    assert len(csv) == 7
    tsv = gradcli("table", "x**2*y", "x=0:1:0.5", "y=[1, 3]", "--tsv").stdout
    assert tsv.replace("\t", ",").splitlines() == csv
    lines = gradcli("table", "log(x)", "x=0:1:0.5", "--json").stdout.splitlines()
    assert json.loads(lines[0]) == {"x": 0.0, "out": "-Infinity", "d_x": "Infinity"}
    assert json.loads(lines[2]) == {"x": 1.0, "out": 0.0, "d_x": 1.0}
    text = gradcli("table", "x**3", "x=-1:1:0.5", "--order", "2").stdout.splitlines()
    assert text[0].split() == ["x", "out", "d_x", "d_x_x"]
    assert [line.index(".") for line in text[2:5:2]] == [text[2].index(".")] * 2


def test_ranges_can_be_paired_and_derivatives_chosen() -> None:
    lines = gradcli("table", "x*y", "x=0:2", "y=1:3", "--zip", "--wrt", "y", "--csv").stdout.splitlines()
    assert lines == ["x,y,out,d_y", "0.0,1.0,0.0,0.0", "1.0,2.0,2.0,1.0", "2.0,3.0,6.0,2.0"]
    assert gradcli("table", "x", "x=0:1", "--no-grad", "--csv").stdout == "x,out\n0.0,0.0\n1.0,1.0\n"
    assert document(gradcli("table", "x", "x=0:1", "y=0:2", "--zip", "--json"))["error"]["code"] == "shape-mismatch"


# --- propagate ------------------------------------------------------------------------------------------------------


def test_a_result_with_its_uncertainty_and_the_budget() -> None:
    argv = ("propagate", "m*g*h", "m=2.0±0.1", "g=9.81", "h=1.5+-0.02")
    text = gradcli(*argv).stdout
    assert text.startswith("out = 29.43 ± 1.52\n")
    assert "93.4 %" in text
    assert "exact: g" in text
    found = answer(*argv, "-k", "2")
    assert found["out"]["expanded_uncertainty"] == pytest.approx(3.0458, abs=1e-4)
    assert found["inputs"]["m"]["sensitivity"] == pytest.approx(14.715)


def test_first_order_that_is_not_enough_is_told() -> None:
    run = gradcli("propagate", "x**2", "x=0±1")
    assert run.stderr.startswith("warning: first order is not enough")
    found = answer("propagate", "x**2", "x=0±1", "--order", "2", "--samples", "2000", "--seed", "1")
    assert found["out"]["bias"] == pytest.approx(1)
    assert found["samples"]["mean"] == pytest.approx(1, abs=0.1)


def test_a_fit_is_drawn_with_its_data(points: str) -> None:
    run = gradcli("fit", "y = a*exp(-b*x)", "--data", points, "a=1", "b=0.1", "--plot")
    assert run.returncode == 0, run.stderr
    assert "a  " in run.stdout
    assert "x" in run.stdout
    assert len(run.stdout.splitlines()) > 15
