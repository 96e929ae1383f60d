"""Explanations: the numbers of every document multiply out to the gradient, for every operation of the table."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.graph.half_precision import precision_of
from gradcli.report.explaining import json as explain_json
from gradcli.run.evaluate import evaluate
from gradcli.run.explaining.explain import explain
from gradcli.run.explaining.explanation import Explanation
from gradcli.run.request import Request
from tests.batches import every
from tests.ops.samples import Case, spelled_once

WORDS = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}


def explained(expr: str, *bindings: str, const: tuple[str, ...] = (), **options: Any) -> Explanation:
    pairs = [(*each.split("=", 1), False) for each in bindings] + [(*each.split("=", 1), True) for each in const]
    return explain(Request(expr, pairs, **options))


def array(value: Any) -> Any:
    """The numbers of a document as an array."""
    if isinstance(value, list):
        return np.array([array(each) for each in value]) if value else np.zeros(0)
    if isinstance(value, dict):
        return array(value["re"]) + 1j * array(value["im"])
    return np.array(WORDS.get(value, value), float) if isinstance(value, str) else np.array(value, float)


def same(one: Any, two: Any, what: str, dtype: str) -> None:
    """Equal but for the rounding of a hundred operations in `dtype`."""
    one, two = np.asarray(one), np.asarray(two)
    one = one if np.iscomplexobj(two) else one.real  # what a real operand gets
    assert one.shape == two.shape, what
    eps = 100 * precision_of(dtype)
    np.testing.assert_allclose(one, two, rtol=eps, atol=eps * np.max(np.abs(two), initial=1.0), err_msg=what)


def coarsest(document: Any) -> str:
    """The dtype with the fewest digits among the values of a document."""
    dtypes = {each["dtype"] for each in document["forward"] if each["dtype"].startswith(("float", "bfloat", "complex"))}
    return str(min(dtypes, key=lambda dtype: -precision_of(dtype)))


def multiplied_out(document: Any) -> dict[str, Any]:
    """The gradients that follow from the steps of a document alone, each step being checked on the way."""
    values = {each["id"]: each for each in document["forward"]}
    shape = values[document["output"]]["shape"]
    start = np.ones(shape) if document["weights"] is None else array(document["weights"]["value"])
    arrived, dtype = {document["output"]: start}, coarsest(document)
    for step in document["backward"]:
        gradient = arrived[step["id"]]
        same(array(step["gradient"]), gradient, f"the gradient at {step['id']}", dtype)
        for operand in step["operands"]:
            arrived[operand["input"]] = arrived.get(operand["input"], 0) + received(
                gradient, operand, values, step["id"], dtype
            )
    return {name: arrived.get(leaf["id"]) for name, leaf in document["leaves"].items()}


def received(gradient: Any, operand: Any, values: Any, id: int, dtype: str) -> Any:
    """What an operand gets: the gradient times the local derivative, summed where it was broadcast."""
    own = tuple(values[operand["input"]]["shape"])
    what = f"{values[id]['text']} to {operand['operand']}"
    if operand["local_value"] is None and operand["jacobian"] is None:  # a matrix of numbers says nothing of conjugates
        assert "complex" in values[id]["dtype"] + values[operand["input"]]["dtype"], what
        return array(operand["gradient"]).reshape(own)
    if operand["jacobian"] is not None:
        jacobian = array(operand["jacobian"]).reshape((*gradient.shape, *own))
        total = np.tensordot(gradient, jacobian, gradient.ndim)
        same(total, array(operand["gradient"]).reshape(own), what, dtype)
    if operand["local_value"] is not None:
        product = gradient * array(operand["local_value"])
        same(product, array(operand["product"]).reshape(product.shape), what, dtype)
        total = summed(product, own)
    same(total, array(operand["gradient"]).reshape(own), what, dtype)
    return total if "complex" in values[operand["input"]]["dtype"] else np.real(total)


def summed(product: Any, shape: tuple[int, ...]) -> Any:
    """A product in the shape that was broadcast to its own."""
    lead = product.ndim - len(shape)
    dims = (*range(lead), *[lead + dim for dim, size in enumerate(shape) if size == 1 != product.shape[lead + dim]])
    return product.sum(dims, keepdims=True).reshape(shape)


def request(case: Case, **options: Any) -> Request:
    bindings = [(name, value, value.dtype.kind != "f") for name, value in case.operands.items()]
    return Request(case.text, bindings, seed=0, **options)


def weights(shape: tuple[int, ...]) -> list[Any]:
    return [np.asarray(np.random.default_rng(1).uniform(0.5, 1.5, shape))]


CASES = [case for case in spelled_once() if all(each.size for each in case.operands.values())]


def attempt(compute: Any, case: Case) -> Any:
    """What a computation gives, or the message of its Problem."""
    try:
        return compute(request(case, weights=weights))
    except Problem as problem:
        return problem.message


@every(CASES, lambda case: case.id)
def test_the_numbers_multiply_out_to_the_gradient(case: Case) -> None:
    found, expected = attempt(explain, case), attempt(evaluate, case)
    if isinstance(expected, str):
        assert found == expected
        return
    document = json.loads(explain_json.render(found))
    gradients = multiplied_out(document)
    for name, leaf in document["leaves"].items():
        gradient = expected.grads[name]
        if gradient is None:
            assert leaf["gradient"] is None
            continue
        assert np.isfinite(gradient).all()
        same(gradients[name], gradient, name, coarsest(document))
        same(array(leaf["gradient"]).reshape(gradient.shape), gradient, name, coarsest(document))
    check_formulas(found, case)


def check_formulas(found: Explanation, case: Case) -> None:
    """Closed formulas, evaluated as expressions of their own, at a point that the explanation has not seen."""
    moved = Case(case.text, {name: shifted(value) for name, value in case.operands.items()})
    formulas = {name: leaf.formula for name, leaf in found.leaves.items() if leaf.formula is not None}
    gradients = evaluate(request(moved, weights=weights)).grads if formulas else {}
    for name, formula in formulas.items():
        bindings = [(each, value, True) for each, value in moved.operands.items()]
        bindings += [(*found.weights, True)] if found.weights is not None else []
        (value,) = evaluate(Request(formula, bindings, no_grad=True)).outputs
        full = np.broadcast_to(value.value, gradients[name].shape)
        np.testing.assert_allclose(full, gradients[name], rtol=1e-8, atol=1e-10, err_msg=formula)


def shifted(value: Any) -> Any:
    if value.dtype.kind != "f":
        return value
    return value * (1 + np.random.default_rng(2).uniform(0.001, 0.004, value.shape))


def test_most_operations_are_covered_and_most_have_a_closed_formula() -> None:
    assert len(CASES) > 500
    found = [attempt(explain, case) for case in CASES if all(not each.ndim for each in case.operands.values())]
    scalars = [each for each in found if not isinstance(each, str)]
    assert len(scalars) > 50
    leaves = [leaf for each in scalars for leaf in each.leaves.values() if leaf.gradient is not None]
    assert len([leaf for leaf in leaves if leaf.formula is not None]) > 0.9 * len(leaves)


FORMULAS = [
    (("mean(3*(x+2)**2)", "x=ones(2,2)"), {"x": "6 * (x + 2) / 4"}),
    (("y = x + 2; z = y*y*3; z.mean()", "x=ones(2,2)"), {"x": "6 * (x + 2) / 4"}),
    (("x*x", "x=3"), {"x": "2 * x"}),
    (("a/b", "a=3", "b=2"), {"a": "1 / b", "b": "-a / b**2"}),
    (("2/x", "x=4"), {"x": "-2 / x**2"}),
    (("sin(x**2)*exp(y)", "x=2", "y=1"), {"x": "2 * exp(y) * cos(x**2) * x", "y": "sin(x**2) * exp(y)"}),
    (("sqrt(x**2 + y**2)", "x=3", "y=4"), {"x": "x / sqrt(x**2 + y**2)", "y": "y / sqrt(x**2 + y**2)"}),
    (("sum(x*w + b)", "x=[[1,2],[3,4]]", "w=[1,2]", "b=1"), {"x": "w", "w": "sum(x, dim=0)", "b": "4"}),
    (("sum(where(x > 0, x**2, -x))", "x=[1,-3,3]"), {"x": "where(x > 0, 2 * x, -1)"}),
    (("sum((x@w)**2)", "x=[[1,2],[3,4]]", "w=[[1],[2]]"), {"x": "2 * (x @ w) @ w.mT", "w": "x.mT @ (2 * (x @ w))"}),
    (("max(x)", "x=[1,3,3]"), {"x": "where(x == max(x), 1 / sum(x == max(x)), 0)"}),
    (("sum(x.sum(1)**2)", "x=ones(2,2)"), {"x": "unsqueeze(2 * x.sum(1), 1)"}),  # and no other shape, though all are ones
    (("norm(x)", "x=[3,4]"), {"x": "x / norm(x)"}),
]


@pytest.mark.parametrize(("call", "expected"), FORMULAS, ids=[" ".join(call) for call, _ in FORMULAS])
def test_closed_formulas_read_like_those_on_paper(call: tuple[str, ...], expected: dict[str, str | None]) -> None:
    assert {name: leaf.formula for name, leaf in explained(*call).leaves.items()} == expected


def test_local_derivatives_are_the_table_s_formulas_in_the_user_s_words() -> None:
    (step,) = explained("(x + 2)**3", "x=1").backward[:1]
    (link,) = step.links
    assert link.rule == "0 if exponent == 0 else g * (exponent * pow(x, exponent - 1))"
    assert link.local == "3 * (x + 2)**2"
    assert (float(link.local_value), float(link.product)) == (27.0, 27.0)


def test_weights_join_an_output_of_many_elements_into_one_number() -> None:
    found = explained("x*w", "x=[1, 2]", "w=[3, 4]", weights=["[5, 6]"])
    assert (found.objective, found.weights and found.weights[0]) == ("L", "weights")
    assert {name: leaf.formula for name, leaf in found.leaves.items()} == {"x": "weights * w", "w": "weights * x"}
    ones = explained("x*2", "x=[1, 2]", weights=["ones"])
    assert [leaf.formula for leaf in ones.leaves.values()] == ["2"]


def test_paths_that_meet_are_listed() -> None:
    found = explained("y = x*x; y + y*x", "x=3")
    (x,) = found.leaves.values()
    assert [float(path.value) for path in found.paths[x.id]] == [9.0, 12.0, 12.0]
    assert float(x.gradient) == 33.0


def test_wrt_leaves_the_other_leaves_out() -> None:
    found = explained("x*y", "x=2", "y=3", wrt=["y"])
    assert list(found.leaves) == ["y"]
    assert [link.input for step in found.backward for link in step.links] == [1]


def test_names_stay_apart() -> None:
    found = explained("y = x*a; y = y + 1; out = y*b; out*2", "x=2", "a=3", "b=4")
    symbols = [each.symbol for each in found.forward]
    assert len(set(symbols)) == len(symbols)
    assert [symbol for symbol in symbols if symbol.startswith("y")] == ["y", "y'"]


@pytest.mark.parametrize(
    ("call", "options", "words"),
    [
        (("x*2", "x=[1, 2]"), {}, "grad can be implicitly created only for scalar outputs"),
        (("x > 1", "x=2"), {}, "element 0 of tensors does not require grad"),
        (("max(x, 0)", "x=[1, 2]"), {}, "the expression gives a tuple"),
        (("x*2", "x=[1, 2]"), {"weights": ["[1, 2]", "[3, 4]"]}, "an explanation is of one backward pass"),
        (("x*2", "x=1"), {"wrt": ["y"]}, "--wrt names 'y'"),
        (("x +", "x=1"), {}, "missing"),
    ],
)
def test_what_cannot_be_explained_is_a_problem(call: tuple[str, ...], options: Any, words: str) -> None:
    with pytest.raises(Problem, match=words.replace("(", r"\(")):
        explained(*call, **options)


def test_a_leaf_that_does_not_matter_and_an_output_that_is_a_leaf() -> None:
    found = explained("x*1", "x=1", "y=2")
    assert found.leaves["y"].gradient is None
    assert float(explained("x", "x=3").leaves["x"].gradient) == 1.0


def test_a_long_expression_is_explained_without_recursion() -> None:
    found = explained("x" + " + x" * 3_000, "x=1")
    assert len(found.backward) == 3_000
    assert float(found.leaves["x"].gradient) == 3_001.0
    deep = explained("x*(1" + "+1" * 3_000 + ")", "x=1")
    assert float(deep.leaves["x"].gradient) == 3_001.0
