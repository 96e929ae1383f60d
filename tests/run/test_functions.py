"""The Python door: functions of arrays, their derivatives, records, errors, threads; and what an import leaves alone."""

from __future__ import annotations

import doctest
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcli


def test_a_gradient_is_one_array_or_a_dict_by_name() -> None:
    assert gradcli.grad("mean(3*(x+2)**2)", x=np.ones((2, 2))).tolist() == [[4.5, 4.5], [4.5, 4.5]]
    found = gradcli.grad("sum(x*y)", x=[1.0, 2.0], y=3)
    assert found["x"].tolist() == [3, 3]
    assert found["y"].item() == 3


def test_value_and_gradient_come_together() -> None:
    value, gradient = gradcli.value_and_grad("x**2", x=3)
    assert (value.item(), gradient.item()) == (9, 6)
    assert isinstance(value, np.ndarray)


def test_wrt_picks_the_leaves_and_const_keeps_dtypes() -> None:
    x, i = np.array([1.0, 2.0, 3.0]), np.array([0, 2, 2])
    assert gradcli.grad("sum(x[i])", wrt=["x"], x=x, i=i).tolist() == [1, 0, 2]
    assert gradcli.grad("sum(x[i])", const=["i"], x=x, i=i).tolist() == [1, 0, 2]


def test_jacobians_and_hessians_have_the_shapes_of_output_and_leaves() -> None:
    assert gradcli.jacobian("x**2", x=[1.0, 2.0]).tolist() == [[2, 0], [0, 4]]
    assert gradcli.hessian("sum(x**3)", x=[1.0, 2.0]).tolist() == [[6, 0], [0, 12]]
    found = gradcli.hessian("sum(x)*y**2", x=[1.0, 2.0], y=3)
    assert found["x"]["y"].tolist() == [6, 6]
    assert found["y"]["y"].item() == 6


def test_evaluate_gives_values_and_of_a_request_the_whole_result() -> None:
    assert gradcli.evaluate("sin(x)", x=0.0).item() == 0
    one, two = gradcli.evaluate("(x, x + 1)", x=1)
    assert (one.item(), two.item()) == (1, 2)
    result = gradcli.evaluate(gradcli.Request("x**2", [("x", "3", False)]))
    assert result.grads["x"].item() == 6


@pytest.mark.parametrize("call", range(3))
def test_a_compiled_function_gives_the_same_each_time(call: int) -> None:
    f = gradcli.compile("sum(sin(x)*y)", wrt=["x"])
    for scale in (1.0, 2.0, 3.0):
        x = np.arange(3.0) * scale
        assert np.allclose(f(x=x, y=2.0), 2 * np.sin(x).sum())
        assert np.allclose(f.grad(x=x, y=2.0), 2 * np.cos(x))
        assert np.allclose(f.jacobian(x=x, y=2.0), 2 * np.cos(x))
        assert np.allclose(f.hessian(x=x, y=2.0), np.diag(-2 * np.sin(x)))
        assert np.allclose(f.hvp([1.0, 0.5, 0.0], x=x, y=2.0), -2 * np.sin(x) * [1.0, 0.5, 0.0])


def test_the_hessian_times_a_vector_by_names() -> None:
    f = gradcli.compile("sum(x**2)*y")
    found = f.hvp({"y": 1.0}, x=[1.0, 2.0], y=3.0)
    assert found["x"].tolist() == [2, 4]
    assert found["y"].item() == 0
    with pytest.raises(gradcli.Problem, match="which is no leaf"):
        f.hvp({"z": 1.0}, x=[1.0, 2.0], y=3.0)


def test_a_branch_goes_the_way_of_its_values() -> None:
    f = gradcli.compile("x*2 if sum(x) > 0 else x*3")
    assert f(x=[1.0, 2.0]).tolist() == [2, 4]
    assert f(x=[-1.0, -2.0]).tolist() == [-3, -6]
    mask = gradcli.compile("sum(x[x > 0])")
    assert [mask(x=each).item() for each in ([1.0, 2.0], [-1.0, 2.0], [-1.0, -2.0])] == [3, 2, 0]


def test_random_numbers_are_others_each_time() -> None:
    f = gradcli.compile("x * rand(())")
    assert f(x=1.0) != f(x=1.0)


# --- records ---------------------------------------------------------------------------------------------------------


def test_rows_are_records_along_the_first_dimension() -> None:
    random = np.random.default_rng(0)
    x, y = random.standard_normal((1000, 3)), random.standard_normal(1000)
    f = gradcli.compile("sum(sin(x)*y)")
    one_by_one = [f.value_and_grad(x=a, y=b) for a, b in zip(x, y)]
    value, gradients = f.rows.value_and_grad(x=x, y=y)
    assert np.allclose(value, [each for each, _ in one_by_one], 1e-14)
    for name in ("x", "y"):
        assert np.allclose(gradients[name], [each[name] for _, each in one_by_one], 1e-14)
    assert np.allclose(f.rows(x=x, y=y), value, 1e-14)
    assert np.allclose(f.rows(x=x, y=2.0), f.rows(x=x, y=np.full(1000, 2.0)))


def test_rows_name_the_record_that_cannot_be_computed() -> None:
    x = np.stack([np.eye(2)] * 10)
    x[7] = 0
    with pytest.raises(gradcli.Problem, match="record 7: "):
        gradcli.compile("linalg.inv(x).sum()").rows(x=x)


def test_rows_of_a_branch_go_their_own_ways() -> None:
    f = gradcli.compile("x*2 if x > 0 else x*3")
    assert f.rows(x=np.array([1.0, -1.0, 2.0])).tolist() == [2, -3, 4]


def test_no_records_have_no_rows() -> None:
    value, gradient = gradcli.compile("sum(sin(x))").rows.value_and_grad(x=np.zeros((0, 3)))
    assert (value.shape, gradient.shape) == ((0,), (0, 3))


@pytest.mark.parametrize("dtype", ["float32", "float16", ">f8", "int64", "int8"])
def test_arrays_of_any_dtype_come_in(dtype: str) -> None:
    assert gradcli.grad("sum(x**2)", x=np.arange(3).astype(dtype)).tolist() == [0, 2, 4]


def test_rows_need_one_number_of_records() -> None:
    with pytest.raises(gradcli.Problem, match="x has 2, y has 3"):
        gradcli.compile("x*y").rows(x=[1.0, 2.0], y=[1.0, 2.0, 3.0])


# --- errors, threads, and the importing program -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "values", "words"),
    [
        ("sum(x", {"x": 1.0}, "never closed"),
        ("x*y", {"x": [1.0, 2.0], "y": [1.0, 2.0, 3.0]}, "must match the size of tensor b"),
        ("x*2", {"x": [1.0, 2.0]}, "grad can be implicitly created only for scalar outputs"),
        ("x*y", {"x": 1.0}, "name 'y' is not defined"),
        ("x", {"x": "abc"}, "an array of numbers"),
        ("linalg.inv(x).sum()", {"x": np.zeros((2, 2))}, "singular"),
    ],
)
def test_errors_are_problems(expr: str, values: dict[str, Any], words: str) -> None:
    for _ in range(2):
        with pytest.raises(gradcli.Problem, match=words):
            gradcli.value_and_grad(expr, **values)


def test_a_function_may_be_called_from_several_threads() -> None:
    f = gradcli.compile("sum(tanh(x @ w))")
    random = np.random.default_rng(1)
    inputs = [{"x": random.standard_normal((size % 5 + 1, 4)), "w": random.standard_normal((4, 3))} for size in range(100)]
    expected = [np.tanh(each["x"] @ each["w"]).sum() for each in inputs]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda each: f.value_and_grad(**each)[0], inputs))
    assert np.allclose(found, expected)


def test_the_page_shows_what_comes_back() -> None:
    text = (Path(__file__).parents[2] / "gradcli" / "cli" / "topics" / "python.md").read_text()
    block = text[text.index("```python\n") + 10 :]
    example = doctest.DocTestParser().get_doctest(block[: block.index("```")], {}, "python", "python.md", 0)
    found: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL).run(example, out=found.append)
    assert "".join(found) == ""


def test_an_import_changes_nothing_in_the_program() -> None:
    script = (
        "import sys, numpy as np\n"
        "before = np.geterr(), np.get_printoptions(), sys.getrecursionlimit()\n"
        "import gradcli\n"
        "assert 'gradcli.run' not in sys.modules\n"
        "gradcli.grad('sum(log(x))', x=[0.0, 1.0])\n"
        "f = gradcli.compile('sum(log(x))')\n"
        "f.grad(x=np.array([0.0, 1.0])); f.rows(x=np.zeros(3)); f.hessian(x=np.zeros(3))\n"
        "assert (np.geterr(), np.get_printoptions(), sys.getrecursionlimit()) == before, np.geterr()\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
