"""The JSON of a result: the contract's document, its numbers, and big arrays."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.report.json import document, pieces, render
from gradcli.run.result import Output, Result
from tests.report.evaluated import result


def parsed(expr: str, *bindings: str, nonfinite: str = "string", **options: Any) -> dict[str, Any]:
    return document(result(expr, *bindings, **options), nonfinite)


def tensor(array: Any) -> Result:
    """A result that is only a value."""
    output = Output(array, array.shape, array.dtype.name, False, None)
    return Result("x", (output,), False, {}, (), (), (), (), "float64", False, ())


# ---- the document ----------------------------------------------------------------------------------------------------


def test_the_document_of_the_contract() -> None:
    node = {"is_leaf": False, "requires_grad": True, "shape": [2, 2], "dtype": "float64", "name": None}
    found = parsed("mean(x+2)", "x=ones(2,2)")
    assert found == {
        "schema": "gradcli.eval/1",
        "expr": "mean(x+2)",
        "out": {"value": 3.0, "shape": [], "dtype": "float64", "requires_grad": True, "grad_fn": "MeanBackward0"},
        "grads": {"x": [[0.25, 0.25], [0.25, 0.25]]},
        "leaves": {"x": {"shape": [2, 2], "dtype": "float64", "requires_grad": True, "grad": [[0.25, 0.25], [0.25, 0.25]]}},
        "nodes": [
            {**node, "id": 0, "name": "x", "source": "x", "grad_fn": None, "is_leaf": True, "inputs": []},
            {**node, "id": 1, "source": "x+2", "grad_fn": "AddBackward0", "inputs": [0]},
            {**node, "id": 2, "source": "mean(x+2)", "grad_fn": "MeanBackward0", "shape": [], "inputs": [1]},
        ],
        "passes": [{"weights": None, "retain_graph": False, "grads": {"x": [[0.25, 0.25], [0.25, 0.25]]}}],
        "warnings": [],
        "notes": [],
    }
    assert list(found) == ["schema", "expr", "out", "grads", "leaves", "nodes", "passes", "warnings", "notes"]
    assert list(found["nodes"][1]) == [
        "id",
        "name",
        "source",
        "grad_fn",
        "is_leaf",
        "requires_grad",
        "shape",
        "dtype",
        "inputs",
    ]


def test_a_tuple_is_a_list_of_outputs() -> None:
    out = parsed("max(x, dim=0)", "x=[1,3,2]", no_grad=True)["out"]
    assert [(each["value"], each["dtype"]) for each in out] == [(3.0, "float64"), (1, "int64")]


def test_passes_keep_the_gradients_of_their_time() -> None:
    found = parsed("mm(x,y)", "x=[[1,2]]", "y=[[3,4],[5,6]]", weights=["[[1,0]]", "[[0,1.5]]"], retain_graph=True)
    assert [each["weights"] for each in found["passes"]] == [[[1, 0]], [[0.0, 1.5]]]
    assert [each["grads"]["x"] for each in found["passes"]] == [[[3.0, 5.0]], [[9.0, 14.0]]]
    assert found["grads"]["x"] == found["leaves"]["x"]["grad"] == [[9.0, 14.0]]


def test_a_missing_gradient_is_null() -> None:
    found = parsed("x*1", "x=1", "y=2")
    assert found["grads"] == {"x": 1.0, "y": None}
    assert found["leaves"]["y"]["grad"] is None
    assert found["passes"][0]["grads"]["y"] is None


def test_values_are_added_where_they_are_asked_for() -> None:
    found = parsed("x**2", "x=3", values=True)
    assert [node["value"] for node in found["nodes"]] == [3.0, 9.0]
    assert found["leaves"]["x"]["value"] == 3.0
    plain = parsed("x**2", "x=3")
    assert not any("value" in each for each in [*plain["nodes"], plain["leaves"]["x"]])


def test_a_retained_gradient_stands_at_its_node() -> None:
    found = parsed("y = x**2; y*3", "x=2", retain_grad=["y"])
    assert [node.get("grad") for node in found["nodes"]] == [None, 3.0, None]
    assert found["grads"] == {"x": 12.0}


def test_no_pass_no_gradient() -> None:
    found = parsed("x**2", "x=2", no_grad=True)
    assert (found["passes"], found["grads"], found["out"]["requires_grad"]) == ([], {"x": None}, False)
    assert parsed("2**10")["leaves"] == {}


def test_the_id_comes_second() -> None:
    text = render(result("x", "x=1"), id={"a": [1]})
    assert text.startswith('{"schema": "gradcli.eval/1", "id": {"a": [1]}, "expr": "x", ')
    assert '"id"' not in render(result("x", "x=1"), id=object()).partition('"nodes"')[0]


def test_one_line_for_any_expression() -> None:
    text = render(result("y = (β +\n\t2)\ny*2", "β=2"))
    assert len(text.splitlines()) == 1
    assert json.loads(text)["expr"] == "y = (β +\n\t2)\ny*2"
    assert "β" in text
    odd = Result("'\u2028\x85\x1b\udc80'", *[getattr(tensor(np.ones(1)), field) for field in Result.__slots__[1:]])
    assert len(render(odd).splitlines()) == 1
    assert json.loads(render(odd).encode())["expr"] == "'\u2028\x85\x1b\ufffd'"


# ---- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.float64([0.1, 1 / 3, 1e22, -0.0]), "[0.1, 0.3333333333333333, 1e+22, -0.0]"),
        (np.float32([0.1, 1 / 3, 3.4028235e38]), "[0.1, 0.33333334, 3.4028235e+38]"),
        (np.int64(2**62), str(2**62)),
        (np.array([[True], [False]]), "[[true], [false]]"),
        (np.zeros((2, 0)), "[[], []]"),
        (np.zeros((0, 2)), "[]"),
        (np.float64([[np.nan, np.inf], [-np.inf, 1]]), '[["NaN", "Infinity"], ["-Infinity", 1.0]]'),
    ],
)
def test_the_shortest_digits_of_the_dtype(array: Any, text: str) -> None:
    assert f'"out": {{"value": {text}, "shape"' in render(tensor(np.asarray(array)))


def test_what_is_not_finite_can_be_null() -> None:
    assert parsed("log(x).sum()", "x=[0, 1]", nonfinite="null")["grads"] == {"x": [None, 1.0]}


@pytest.mark.parametrize(
    ("expr", "options", "where"),
    [
        ("log(x).sum()", {}, "out: the value is -inf,"),
        ("log(x)[1]", {"values": True, "no_grad": True}, "the value of log(x): the value at [0] is -inf,"),
        ("where(x > 0, sqrt(x), 0)[0]", {}, "x.grad: the value at [0] is nan,"),
        ("x*1", {"weights": ["[1, inf]"]}, "x.grad: the value at [1] is inf,"),
    ],
)
def test_what_is_not_finite_can_be_an_error_that_says_where(expr: str, options: dict[str, Any], where: str) -> None:
    with pytest.raises(Problem) as caught:
        render(result(expr, "x=[0, 1]", **options), nonfinite="error")
    assert caught.value.message.startswith(where)
    assert (caught.value.code, caught.value.exit) == ("non-finite", 3)


# ---- big arrays ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape",
    [(140_000,), (70_000, 1), (1, 70_000), (40_000, 3), (3, 70_000), (2, 20_000, 2), (2, 3, 4, 5, 6, 7, 4, 9), (70_000, 0)],
)
@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_any_shape_comes_back_whole(shape: tuple[int, ...], dtype: str) -> None:
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype) / (3 if dtype == "float64" else np.int64(1))
    array = array.astype(dtype)
    found = json.loads(render(tensor(array)))["out"]["value"]
    assert np.array_equal(np.asarray(found, dtype).reshape(shape), array)
    assert json.dumps(array.tolist()) == json.dumps(found)


def test_a_big_gradient_is_spelt_once_and_quickly() -> None:
    found = result("(x**2).sum()", "x=rand(300000)", seed=0)
    start = time.process_time()
    once = render(tensor(found.grads["x"]))
    single = time.process_time() - start
    start = time.process_time()
    text = render(found)
    assert len(text) > 2.9 * len(once)
    assert time.process_time() - start < 2 * single + 0.2


def test_the_pieces_of_a_big_document_share_their_memory() -> None:
    found = result("(x**2).sum()", "x=rand(300000)", seed=0)
    size = len(render(found))
    tracemalloc.start()
    written = sum(map(len, pieces(found)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert written == size
    assert peak < 0.7 * size  # the text of one gradient, which the document shows three times


def test_a_long_expression_stays_linear() -> None:
    text = render(result("+".join(["x"] * 20_000), "x=2"))
    assert len(json.loads(text)["nodes"]) == 20_000
    assert len(text) < 20_000 * 1000
