"""Requests for derivatives: against PyTorch's, between modes, beside backward passes, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.run import derivatives, evaluate
from gradcli.run.partials import Directional, Partial, Partials
from gradcli.run.request import Request
from tests.run.derivative_cases import CASES, Case

GOLDEN = json.loads(Path(__file__).with_name("golden_derivatives.json").read_text())
MATRICES = [case for case in CASES if not case.tangents]
PRODUCTS = [case for case in CASES if case.tangents]


def request(expr: str, leaves: dict[str, Any], **options: Any) -> Request:
    return Request(expr, [(name, json.dumps(value), False) for name, value in leaves.items()], **options)


def partials(
    kind: str, expr: str, leaves: dict[str, Any], mode: str = "auto", sparse: bool = False, **options: Any
) -> Partials:
    found = derivatives.partials(kind, request(expr, leaves, **options), mode, sparse).derivative
    assert isinstance(found, Partials)
    return found


def directional(kind: str, expr: str, leaves: dict[str, Any], tangents: dict[str, str]) -> Directional:
    found = derivatives.directional(kind, request(expr, leaves), list(tangents.items())).derivative
    assert isinstance(found, Directional)
    return found


def expected(case: Case, block: Partial) -> Any:
    found = GOLDEN[case.id]
    for name in block.by:
        found = found[name]
    return found


@pytest.mark.parametrize("mode", ["auto", "reverse", "forward"])
@pytest.mark.parametrize("case", MATRICES, ids=lambda case: case.id)
def test_matrices_are_those_of_pytorch(case: Case, mode: str) -> None:
    blocks = partials(case.kind, case.expr, case.leaves, mode).blocks
    assert len(blocks) == len(case.leaves) ** (2 if case.kind == "hessian" else 1)
    for block in blocks:
        assert np.shape(block.value) == block.shape
        np.testing.assert_allclose(block.value, expected(case, block), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("case", MATRICES, ids=lambda case: case.id)
def test_what_is_not_zero_tells_all(case: Case) -> None:
    dense = partials(case.kind, case.expr, case.leaves).blocks
    for block, whole in zip(partials(case.kind, case.expr, case.leaves, sparse=True).blocks, dense, strict=True):
        assert block.value is None
        assert (block.values != 0).all()
        filled = np.zeros(block.shape)
        for index, number in zip(block.indices.T.tolist(), block.values, strict=True):
            filled[tuple(index)] = number
        np.testing.assert_array_equal(filled, whole.value)
        assert block.indices.T.tolist() == np.argwhere(whole.value).tolist(), "row by row, each entry once"


@pytest.mark.parametrize("case", PRODUCTS, ids=lambda case: case.id)
def test_products_are_those_of_pytorch(case: Case) -> None:
    found = directional(
        case.kind, case.expr, case.leaves, {name: json.dumps(each) for name, each in (case.tangents or {}).items()}
    )
    if case.kind == "jvp":
        np.testing.assert_allclose(found.values["out"], GOLDEN[case.id], rtol=1e-12)
    else:
        for name, each in found.values.items():
            np.testing.assert_allclose(each, GOLDEN[case.id][name], rtol=1e-12, atol=1e-14)


# --- what is asked for ----------------------------------------------------------------------------------------------


def test_a_tuple_gives_blocks_of_each_output() -> None:
    found = partials("jacobian", "(x*y, sum(x))", {"x": [1, 2], "y": 3})
    assert [(block.out, block.by, block.value.tolist()) for block in found.blocks] == [
        ("out[0]", ("x",), [[3, 0], [0, 3]]),
        ("out[0]", ("y",), [1, 2]),
        ("out[1]", ("x",), [1, 1]),
        ("out[1]", ("y",), 0),
    ]


def test_wrt_picks_leaves() -> None:
    found = partials("hessian", "sum(x**2)*y*z", {"x": [1, 2], "y": 3, "z": 4}, wrt=["z", "x"])
    assert [block.by for block in found.blocks] == [("x", "x"), ("x", "z"), ("z", "x"), ("z", "z")]


def test_leaves_made_in_the_expression_count() -> None:
    found = partials("jacobian", "y = tensor([1., 2.], requires_grad=True); y*y*x", {"x": 3})
    assert {block.by[0]: block.value.tolist() for block in found.blocks} == {"x": [1, 4], "y": [[6, 0], [0, 12]]}


def test_dtypes() -> None:
    for mode in ("reverse", "forward"):
        found = derivatives.partials(
            "jacobian", Request("x*y", [("x", "ones(2, dtype=float32)", False), ("y", "2", False)]), mode
        )
        assert [(block.dtype, block.value.dtype.name) for block in found.derivative.blocks] == [
            ("float32", "float32"),
            ("float64", "float64"),
        ]


def test_random_numbers_are_drawn_once() -> None:
    bound = {"x": [1.0, 2.0]}
    found = derivatives.partials("jacobian", request("r = rand(2); x*r", bound, seed=0))
    np.testing.assert_array_equal(np.diag(found.derivative.blocks[0].value) * [1, 2], found.outputs[0].value)


def test_one_number_moves_by_one_unless_told() -> None:
    assert directional("jvp", "x**3", {"x": 2}, {}).values["out"] == 12
    assert directional("hvp", "x**3", {"x": 2}, {}).values["x"] == 12
    assert directional("jvp", "x.sum()*y", {"x": [1, 2], "y": 3}, {"x": "ones"}).values["out"] == 6
    assert directional("jvp", "x.sum()*y", {"x": [1, 2], "y": 3}, {"x": "x*y"}).values["out"] == 27


@pytest.mark.parametrize(
    ("kind", "expr", "tangents", "words"),
    [
        ("hessian", "x*2", None, "should contain a single element"),
        ("hvp", "x*2", {"x": "ones"}, "should contain a single element"),
        ("hessian", "(x.sum(), x.sum())", None, "should return a single Tensor"),
        ("jacobian", "x > 1", None, "out is bool"),
        ("jacobian", "max(x, dim=0)", None, r"out\[1\] is int64"),
        ("jacobian", "2*3", None, "does not require grad"),
        ("jacobian", "x // 2", None, "floor_divide is not implemented"),
        ("jvp", "x*2", {}, "The vector v can only be None if"),
        ("jvp", "x*2", {"x": "3"}, r"v has invalid size: should be torch.Size\(\[2\]\) but got torch.Size\(\[\]\)"),
        ("jvp", "x*2", {"z": "3"}, "'z', which is not bound"),
    ],
)
def test_what_is_refused(kind: str, expr: str, tangents: dict[str, str] | None, words: str) -> None:
    leaves = {} if expr == "2*3" else {"x": [1.0, 2.0]}
    for mode in ("reverse", "forward"):
        with pytest.raises(Problem, match=words) as caught:
            directional(kind, expr, leaves, tangents) if tangents is not None else partials(kind, expr, leaves, mode)
        assert caught.value.source is not None
        assert caught.value.hint


# --- beside a backward pass -----------------------------------------------------------------------------------------


def test_also_evaluates_once(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    forward = evaluate.forward
    monkeypatch.setattr(evaluate, "forward", lambda request: runs.append(1) or forward(request))
    result = evaluate.evaluate(request("sum(x**3)*rand(())", {"x": [1.0, 2.0]}, also=["jacobian", "hessian"], seed=1))
    assert len(runs) == 1
    jacobian, hessian = result.derivatives
    np.testing.assert_array_equal(jacobian.blocks[0].value, result.grads["x"])
    np.testing.assert_allclose(np.diag(hessian.blocks[0].value) * [0.5, 1.0], result.grads["x"])


def test_also_leaves_the_passes_unpromoted() -> None:
    options: dict[str, Any] = {"weights": ["ones", "[1, 2]"], "retain_graph": True}
    with_it = evaluate.evaluate(request("exp(x)", {"x": [1.0, 2.0]}, also=["jacobian"], **options))
    without = evaluate.evaluate(request("exp(x)", {"x": [1.0, 2.0]}, **options))
    assert [each.grads["x"].tolist() for each in with_it.passes] == [each.grads["x"].tolist() for each in without.passes]
    assert [node.grad_fn for node in with_it.nodes] == [node.grad_fn for node in without.nodes]


@pytest.mark.parametrize("options", [{}, {"no_grad": True}])
def test_also_gives_the_jacobian_where_a_pass_would_need_weights(options: dict[str, Any]) -> None:
    result = evaluate.evaluate(request("x**2", {"x": [1.0, 2.0]}, also=["jacobian"], **options))
    assert result.passes == ()
    assert result.derivatives[0].blocks[0].value.tolist() == [[2, 0], [0, 4]]


def test_also_knows_two_words() -> None:
    with pytest.raises(Problem, match="--also knows no 'hesian'") as caught:
        evaluate.evaluate(request("x**2", {"x": 1.0}, also=["jacobian", "hesian"]))
    assert caught.value.hint == "did you mean 'hessian'?"
