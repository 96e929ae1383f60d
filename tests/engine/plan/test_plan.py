"""Plans: random expressions, guards, blocks and threads, many records, and what cannot be planned."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradcli.engine.plan import Mismatch, PlanRefused, threads, trace
from gradcli.engine.plan.blocked import LARGE
from gradcli.engine.plan.program import FUSED
from gradcli.run import plans
from gradcli.run.evaluate import evaluate
from gradcli.run.request import Request

F64 = np.dtype(np.float64)
UNARY = ("sin", "exp", "tanh", "sigmoid", "relu", "abs", "neg", "square", "softmax_0", "cumsum_0", "erf", "log1p_abs")
WRITTEN = {"softmax_0": "softmax({}, dim=-1)", "cumsum_0": "cumsum({}, 0)", "log1p_abs": "log1p(abs({}))", "neg": "-({})"}
JOINED = (
    "({} + {})",
    "({} - {})",
    "({} * {})",
    "({} / (2 + {}))",
    "maximum({}, {})",
    "where({0} > {1}, {0}, {1})",
    "({}) ** 2 * {}",
)
REDUCED = ("sum({})", "mean({})", "({}).sum(0).prod()", "logsumexp(({}).flatten(), 0)", "max({})", "norm({})", "var({})")


@st.composite
def expressions(draw: Any, depth: int = 3) -> str:
    """An expression over x (2, 3), y (3,) and z (), of the shape of x where nothing is reduced."""
    if depth == 0:
        return str(draw(st.sampled_from(["x", "y * x", "x * z", "x + 0.5", "x[:, [2, 0, 1]]", "x.flip(0)", "(x.T * 1.5).T"])))
    if draw(st.booleans()):
        name = draw(st.sampled_from(UNARY))
        return str(WRITTEN.get(name, name + "({})").format(draw(expressions(depth - 1))))
    return str(draw(st.sampled_from(JOINED)).format(draw(expressions(depth - 1)), draw(expressions(depth - 1))))


def request(expr: str, **arrays: Any) -> Request:
    return Request(expr, [(name, np.asarray(array), False) for name, array in arrays.items()])


def answers(result: Any) -> list[Any]:
    return [result.outputs[0].value, *[each for each in result.grads.values() if each is not None]]


def close(one: list[Any], two: list[Any], tolerance: float = 1e-9) -> bool:
    return all([np.allclose(a, b, tolerance, tolerance, equal_nan=True) for a, b in zip(one, two, strict=True)])


@settings(max_examples=60, deadline=None)
@example(
    "(sin(sin(x)) + ((x + x[:, [2, 0, 1]]) + -(x)))", "sum({})", Random(0)
)  # cotangents that add up to a constant on the way
@given(expressions(), st.sampled_from(REDUCED), st.randoms(use_true_random=False))
def test_random_expressions(inner: str, reduction: str, random: Any) -> None:
    expr = reduction.format(inner)
    records = [
        {"x": [[random.uniform(-1, 1) for _ in range(3)] for _ in range(2)], "y": [random.uniform(-1, 1) for _ in range(3)],
         "z": random.uniform(0.1, 1)} for _ in range(4)
    ]  # fmt: skip
    planned = plans.of(request(expr, **records[0]))
    expected = [evaluate(request(expr, **record)) for record in records]
    for record, result in zip(records, expected):
        assert close(answers(result), answers(planned([np.asarray(each) for each in record.values()])))
    stacked = planned.stacked([np.stack([np.asarray(record[name]) for record in records]) for name in ("x", "y", "z")])
    for row, result in enumerate(expected):
        assert close(answers(result), answers(planned.filled([each[row] for each in stacked])))


# --- what depends on values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "reason"),
    [
        ("x * 2 if x.sum() > 0 else x * 3", "a number or a choice depends on the values of a tensor"),
        ("x[x > 0]", "depends on the values"),
        ("x * x.max().item()", "a number or a choice depends on the values of a tensor"),
        ("x[x.argmax()]", "a number or a choice depends on the values of a tensor"),
        ("x * rand(3)", "draws random numbers"),
        ("randn_like(x) * x", "draws random numbers"),
        ("x * 2 if x.max() > 0 and x.min() < 0 else x", "a number or a choice depends on the values of a tensor"),
    ],
)
def test_what_depends_on_values_is_refused(expr: str, reason: str) -> None:
    with pytest.raises(PlanRefused) as refused:
        plans.of(Request(expr, [("x", np.array([1.0, -2.0, 3.0]), False)], no_grad=True))
    assert reason in refused.value.reason
    assert refused.value.span is not None


def test_a_shape_that_depends_on_values_stops_the_run() -> None:
    planned = plans.of(Request("masked_select(x, x > 0.5).sum()", [("x", np.zeros(3), False)], no_grad=True))
    with pytest.raises(Mismatch):
        planned([np.array([1.0, 0.0, 0.0])])


# --- the program -----------------------------------------------------------------------------------------------------


def test_what_is_computed_twice_is_computed_once_and_what_nobody_asks_for_is_not() -> None:
    planned = plans.of(request("sum(sin(x) * sin(x)) + 0 * 1", x=[1.0, 2.0]))
    labels = [each.label for each in planned.plan.program.equations]
    assert labels.count("sin") == 1
    (value,) = [each.value for each in planned.template.outputs]
    assert "cos" not in str(planned.plan.only([value.number]))


def test_outputs_belong_to_the_caller() -> None:
    plan = trace(lambda x, y: [x, y, x * y, x * y, x.reshape(3, 1)], [((3,), F64), ((3,), F64)])
    x, y = np.arange(3.0), np.ones(3)
    found = plan(x, y)
    for each in found:
        each[...] = -1
    assert x.tolist() == [0, 1, 2]
    assert y.tolist() == [1, 1, 1]
    assert len({each.__array_interface__["data"][0] for each in found}) == 5
    assert plan(x, y)[2].tolist() == [0, 1, 2]


def test_prints_one_equation_a_line() -> None:
    planned = plans.of(request("mean(3*(x+2)**2)", x=np.ones((2, 2))))
    asked = [planned.template.outputs[0].value.number, planned.template.grads["x"].number]
    assert str(planned.plan.only(asked)).splitlines() == [
        "in   x:f64[2,2]",
        "     a:f64[2,2] = add x 2",
        "     b:f64[2,2] = square a",
        "     c:f64[2,2] = multiply b 3",
        "     d:f64[] = sum c",
        "     e:f64[] = divide d 4",
        "     f:f64[2,2] = multiply 2 a",
        "     g:f64[2,2] = multiply 0.75 f",
        "out  e g",
    ]


# --- blocks ----------------------------------------------------------------------------------------------------------

BLOCKED = (
    "mean(3*(x+2)**2)",
    "sum(log(1+exp(-x)))",
    "sum(sin(x)*exp(-x*x))",
    "sum(exp(x - max(x)))",
    "sum(tanh(x) * mean(x))",
    "norm(sigmoid(x))",
    "sum(where(x > 0, x, erf(x)))",
    "(x * x.sum()).prod() * 0 + mean(x)",
)


@pytest.mark.parametrize("size", [LARGE, LARGE + 3, 3 * LARGE + 1])
@pytest.mark.parametrize("expr", BLOCKED)
def test_blocks_give_what_the_tape_gives(expr: str, size: int) -> None:
    x = np.random.default_rng(size).standard_normal(size)
    planned = plans.of(request(expr, x=x))
    assert any(each.kind == FUSED for each in planned.plan._running.equations)
    expected = evaluate(request(expr, x=x))
    for number in (1, 3):
        with threads(number):
            assert close(answers(expected), answers(planned([x])), 1e-12)


ROWS = (
    "sum(tanh(x*w + b))",
    "sum((x - x.mean(dim=1, keepdim=True))**2 * w)",
    "sum(x.sum(0)*w)",
    "sum(x / x.norm(dim=1, keepdim=True) * w)",
    "(exp(x - x.amax(1, keepdim=True)) / exp(x - x.amax(1, keepdim=True)).sum(1, keepdim=True)).amax(0).sum()",
    "sum((x @ w.view(-1, 1) - c)**2)",
    "mean((x.T * c).T ** 2)",
    "sum(x.max(0).values + w * x.min(0).values)",
    "logsumexp(x * w, 1).sum()",
    "sum(where(x > w, x, b) * x.sum(1, keepdim=True))",
)


@pytest.mark.parametrize("shape", [(LARGE // 4 + 1, 7), (100, 2000), (3, LARGE // 2), (400, 400)])
@pytest.mark.parametrize("expr", ROWS)
def test_blocks_of_rows_give_what_the_tape_gives(expr: str, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    arrays = {"x": random.standard_normal(shape), "w": random.standard_normal(shape[1]), "b": np.asarray(0.5)}
    arrays["c"] = random.standard_normal(shape[0] if "x.T" in expr else (shape[0], 1))
    used = {
        name: each for name, each in arrays.items() if name in expr.replace("exp", "").replace("amax", "").replace("max", "")
    }
    used["x"] = arrays["x"]
    planned = plans.of(request(expr, **used))
    with threads(2):
        found = planned(list(used.values()))
    assert close(answers(evaluate(request(expr, **used))), answers(found), 1e-9)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_elementwise_blocks_agree_to_the_last_digit(dtype: str) -> None:
    x = np.random.default_rng(0).standard_normal((LARGE // 8 + 1, 9)).T.astype(dtype)
    computed = Request("sigmoid(x)*sin(x)*exp(-x*x)", [("x", x, False)], weights=["ones"], dtype=dtype)
    for one, two in zip(answers(evaluate(computed)), answers(plans.of(computed)([x]))):
        assert np.array_equal(one, two)


def test_blocks_do_not_depend_on_the_number_of_threads() -> None:
    x = np.random.default_rng(0).standard_normal(2 * LARGE)
    planned = plans.of(request("sum(exp(x))", x=x))
    found = set()
    for number in (1, 2, 5):
        with threads(number):
            found.add(planned([x]).outputs[0].value.item())
    assert len(found) == 1


def test_one_plan_runs_in_several_threads_at_once() -> None:
    planned = plans.of(request("sum(sin(x)*y)", x=np.ones(5), y=2.0))
    records = [[np.full(5, float(number)), np.asarray(number / 3)] for number in range(200)]
    expected = [evaluate(request("sum(sin(x)*y)", x=x, y=y)) for x, y in records]
    with ThreadPoolExecutor(8) as pool:
        for one, two in zip(expected, pool.map(planned, records)):
            assert close(answers(one), answers(two))
