"""The document `gradcli.graph/1`: strict, whole, and refused by its schema when it is damaged."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from gradcli.errors import Problem
from gradcli.report import schema
from gradcli.report.pictures import json as report
from gradcli.run.picture import Picture, of_tensors
from tests.report.pictures.drawn import drawn, fifty, hostile, perceptron

CHECK = Draft202012Validator(json.loads(schema.load("graph")))
PICTURES: dict[str, Callable[[], Picture]] = {
    "leaf": lambda: drawn("x", "x=3"),
    "perceptron": perceptron,
    "fifty": fifty,
    "hostile": hostile,
    "before": lambda: drawn("x*y", "x=[1,2]", "y=3", differentiated=False),
    "several": lambda: drawn("(x*2, x.unbind(0)[1])", "x=[1,2]", differentiated=False),
    "float32": lambda: drawn("max(x, dim=0)[0]*2", "x=[0.1, 0.2]", dtype="float32"),
    "infinite": lambda: drawn("log(x)", "x=0"),
    "large": lambda: drawn("x.sum()", "x=ones(2000)"),
    "empty": lambda: drawn("x.sum()", "x=zeros(0, 3)"),
}


def document(picture: Picture, nonfinite: str = "string") -> Any:
    text = report.render(picture, nonfinite)
    assert "\n" not in text
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


@pytest.mark.parametrize("kind", PICTURES)
def test_documents_are_valid_and_whole(kind: str) -> None:
    picture = PICTURES[kind]()
    found = document(picture)
    CHECK.validate(found)
    Draft202012Validator(json.loads(schema.load())).validate(found)
    assert [node["id"] for node in found["nodes"]] == [vertex.id for vertex in picture.vertices]
    assert [(edge["from"], edge["to"]) for edge in found["edges"]] == [(edge.start, edge.end) for edge in picture.edges]
    assert found["roots"] == list(picture.roots)


def test_a_document() -> None:
    assert document(drawn("y = x*3; y*y", "x=2", formulas=True)) == {
        "schema": "gradcli.graph/1",
        "expr": "y = x*3; y*y",
        "roots": [0],
        "nodes": [
            {
                "id": 0,
                "name": None,
                "source": "y*y",
                "grad_fn": "MulBackward0",
                "is_leaf": False,
                "shape": [],
                "dtype": "float64",
                "value": 36.0,
                "grad": 1.0,
                "formula": None,
                "saved": [
                    {"name": "self", "source": "y", "shape": [], "dtype": "float64", "value": 6.0},
                    {"name": "other", "source": "y", "shape": [], "dtype": "float64", "value": 6.0},
                ],
                "freed": True,
            },
            {
                "id": 1,
                "name": "y",
                "source": "x*3",
                "grad_fn": "MulBackward0",
                "is_leaf": False,
                "shape": [],
                "dtype": "float64",
                "value": 6.0,
                "grad": 12.0,
                "formula": None,
                "saved": [{"name": "other", "source": None, "shape": [], "dtype": "int64", "value": 3}],
                "freed": True,
            },
            {
                "id": 2,
                "name": "x",
                "source": "x",
                "grad_fn": "AccumulateGrad",
                "is_leaf": True,
                "shape": [],
                "dtype": "float64",
                "value": 2.0,
                "grad": 36.0,
                "formula": "18 * x",
                "saved": [],
                "freed": False,
            },
        ],
        "edges": [
            {"from": 0, "to": 1, "operand": "self", "output": 0, "share": 6.0},
            {"from": 0, "to": 1, "operand": "other", "output": 0, "share": 6.0},
            {"from": 1, "to": 2, "operand": "self", "output": 0, "share": None},
        ],
        "warnings": [],
    }


def test_large_values_are_left_out_and_gradients_are_not() -> None:
    leaf = document(PICTURES["large"]())["nodes"][1]
    assert "value" not in leaf
    assert leaf["grad"] == [1.0] * 2000
    assert len(document(drawn("x.sum()", "x=ones(2000)", values=True))["nodes"][1]["value"]) == 2000


def test_numbers_that_are_not_finite() -> None:
    assert document(PICTURES["infinite"]())["nodes"][0]["value"] == "-Infinity"
    assert document(PICTURES["infinite"](), "null")["nodes"][1]["grad"] is None
    with pytest.raises(Problem, match=r"the value of log\(x\): ") as caught:
        document(PICTURES["infinite"](), "error")
    assert caught.value.exit == 3


def test_the_graph_of_a_tensor_has_no_text() -> None:
    from gradcli.graph.tensor import from_array

    x = from_array(np.array(2.0)).require_grad()
    found = document(of_tensors([x * x], {"x": x}))
    CHECK.validate(found)
    assert (found["expr"], found["nodes"][0]["source"], found["nodes"][1]["name"]) == (None, None, "x")


def objects(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, list):
        return [found for place, each in enumerate(value) for found in objects(each, (*path, place))]
    if not isinstance(value, dict):
        return []
    return [path, *[found for key, each in value.items() for found in objects(each, (*path, key))]]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def test_damage_is_refused() -> None:
    whole = document(drawn("y = x*x; y", "x=2"))
    damaged = 0
    for path in objects(whole):
        for key in at(whole, path):
            for change in ("missing", "wrong"):
                broken = copy.deepcopy(whole)
                if change == "wrong":
                    at(broken, path)[key] = {"a": None}
                elif key == "value":
                    continue
                else:
                    del at(broken, path)[key]
                assert not CHECK.is_valid(broken), (path, key, change)
                damaged += 1
    assert damaged > 60


def test_twenty_thousand_nodes() -> None:
    picture = drawn(" + ".join(["x*x"] * 10_000), "x=1")
    begun = time.process_time()
    assert len(document(picture)["nodes"]) == 20_000
    assert time.process_time() - begun < 15
