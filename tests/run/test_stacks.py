"""Records computed together answer as they do one by one: values, documents, order, errors, warnings and notes."""

from __future__ import annotations

import json
import random
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcli.cli.bindings import Paths
from gradcli.errors import Problem
from gradcli.report.batches import Lines
from gradcli.run.sorting import Sorter

EXPRESSIONS = [
    "sum(sin(x)*y)", "x*y", "mean((x - y)**2)", "sum(relu(x))", "sum(abs(x)*y)", "sum(log(x))", "x.max()", "sum(x)/y",
    "sum(softmax(x, dim=-1)*y)", "sum(where(x > 0, x, y))", "sum(x*k)", "norm(x)", "sum(sort(x)[0][0:1]*y)", "y",
    "logsumexp(x, dim=0).sum()", "sum(cumsum(x, dim=0)*y)", "sum(sqrt(x))", "x.sum() if y > 0 else y", "sum(clamp(x, 0, 1))",
    "y = x*2; sum(y*y)", "sum(x @ x)", "inverse(x*eye(3)).sum()",
]  # fmt: skip
NUMBERS = st.sampled_from([0, 1, -1, 2, 0.5, -0.25, 1e-300, 1e300, 3.0, "NaN", "Infinity", None, "2*y", True])
VALUES = NUMBERS | st.lists(NUMBERS, min_size=1, max_size=3) | st.lists(st.lists(NUMBERS, min_size=2, max_size=2), max_size=2)
LINES = st.lists(
    st.fixed_dictionaries(
        {"expr": st.sampled_from(EXPRESSIONS), "vars": st.fixed_dictionaries({"x": VALUES, "y": NUMBERS})},
        optional={
            "id": st.integers() | st.text(max_size=3),
            "const": st.fixed_dictionaries({"k": NUMBERS}),
            "passes": st.just(1),
        },
    ),
    max_size=12,
)


def answered(lines: list[bytes | Problem], *, together: bool, expr: str | None = None, **settings: Any) -> list[str]:
    """The lines that a batch writes."""
    defaults = {"notes": True, **settings.pop("defaults", {})}
    sorter = Sorter(expr, defaults, lambda own: nullcontext(), stacks=together)
    write = Lines(**settings)
    texts: list[Any] = [None] * len(lines)
    for stack in sorter.stacked(lines):
        for row, text in write.stacked(stack):
            texts[row] = text
    alone = [row for row, text in enumerate(texts) if text is None]
    for row in alone:
        outcome = sorter.alone(lines[row], row + 1)
        texts[row] = None if outcome is None else write.alone(outcome)[0]
    answered.alone = alone  # type: ignore[attr-defined]
    return [text for text in texts if text is not None]


def close(one: Any, two: Any) -> bool:
    """Whether two documents are one, but for the last digits of sums."""
    if isinstance(one, dict) and isinstance(two, dict):
        return list(one) == list(two) and all(close(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(close, one, two))
    if isinstance(one, float) and isinstance(two, float):
        return bool(np.isclose(one, two, rtol=1e-13, atol=0)) or one == two
    return bool(one == two)


@given(LINES)
@settings(max_examples=150, deadline=None)
def test_stacked_against_one_by_one(records: list[dict[str, Any]]) -> None:
    lines: list[bytes | Problem] = [json.dumps(each).encode() for each in records for _ in range(4)]
    together, alone = answered(lines, together=True), answered(lines, together=False)
    assert all(close(json.loads(one), json.loads(two)) for one, two in zip(together, alone, strict=True))


@pytest.mark.parametrize("expr", EXPRESSIONS)
@pytest.mark.parametrize("options", [{}, {"paths": ["grads.x", "out.value"]}, {"paths": ["grads"], "as_object": True}])
def test_many_records_of_one_expression(expr: str, options: dict[str, Any]) -> None:
    chance = random.Random(expr)
    records = [{"x": [chance.gauss(0, 1) for _ in range(3)], "y": chance.gauss(0, 1), "id": row} for row in range(40)]
    if "@ x" in expr or "inverse" in expr:
        for each in records:
            each["x"] = np.random.default_rng(each["id"]).normal(size=(3, 3)).tolist()
    records[7]["x"] = [0, 1, 2]
    lines: list[bytes | Problem] = [json.dumps(each).encode() for each in records]
    defaults = {"bindings": [("k", np.array(2), True)], "dtype": "float32" if "log" in expr else "float64"}
    together = answered(lines, together=True, expr=expr, defaults=defaults, **options)
    alone = answered(lines, together=False, expr=expr, defaults=defaults, **options)
    assert len(together) == 40
    for one, two in zip(together, alone, strict=True):
        found = [[json.loads(part) if part != "NaN" else part for part in text.split("\t")] for text in (one, two)]
        assert close(*found), (one, two)


def test_what_is_plain_is_computed_together() -> None:
    lines: list[bytes | Problem] = [b'{"x": [%d, 1.5], "y": %d}' % (row, row) for row in range(1, 1001)]
    answered(lines, together=True, expr="sum(sin(x)*y)")
    assert answered.alone == []  # type: ignore[attr-defined]


def test_one_bad_record_among_a_thousand() -> None:
    lines: list[bytes | Problem] = [b'{"x": [[%d, 1], [1, 1]]}' % row for row in range(2, 1002)]
    lines[500] = b'{"x": [[1, 1], [1, 1]]}'  # singular
    lines[600] = b'{"x": [[1, 1], [1, "a"]]}'
    lines[700] = b'{"x": [[1, 1], [1]]}'
    lines[800] = b'{"x": '
    found = [json.loads(text) for text in answered(lines, together=True, expr="linalg.inv(x).sum()")]
    assert [row for row, each in enumerate(found) if "error" in each] == [500, 600, 700, 800]
    assert len(answered.alone) <= 20  # type: ignore[attr-defined]
    assert found[501]["out"]["value"] == pytest.approx(np.linalg.inv([[503, 1], [1, 1]]).sum())


def test_a_number_that_is_not_finite_and_a_kink_are_told_of_their_records_alone() -> None:
    lines: list[bytes | Problem] = [b'{"x": [%d, 1]}' % row for row in range(1, 101)]
    lines[50] = b'{"x": [0, 1]}'
    found = [json.loads(text) for text in answered(lines, together=True, expr="sum(log(x))")]
    assert [row for row, each in enumerate(found) if each["warnings"]] == [50]
    found = [json.loads(text) for text in answered(lines, together=True, expr="sum(relu(x)*2)")]
    assert [row for row, each in enumerate(found) if each["notes"]] == [50]
    assert answered.alone == [50]  # type: ignore[attr-defined]


def test_a_line_cannot_end_what_another_began() -> None:
    lines: list[bytes | Problem] = [b'{"x": [{}', b'{}]},{"x": 1}', b'{"x": 1}', b'{"x": 2, "x": 3}', b'{"x": 4}']
    found = [json.loads(text) for text in answered(lines, together=True, expr="x")]
    assert ["error" in each for each in found] == [True, True, False, True, False]


def test_ids_of_every_kind_come_back() -> None:
    ids: list[Any] = [1, "a", None, [1, {"b": "\u2028"}], True, float("nan"), 1.5, "\ud800", {"c": 1}, 10**30, "", -0.0] * 3
    lines: list[bytes | Problem] = [json.dumps({"id": each, "x": 2}).encode() for each in ids]
    together, alone = [answered(lines, together=each, expr="x**2") for each in (True, False)]
    assert together == alone
    lines = [json.dumps({"id": 5, "expr": "id*2", "vars": {"id": row}}).encode() for row in range(8)]
    assert answered(lines, together=True) == answered(lines, together=False)


def test_what_get_asks_for_is_all_that_comes() -> None:
    lines: list[bytes | Problem] = [b'{"x": %d, "id": "a%d"}' % (row, row) for row in range(5)]
    for paths, line in (
        (["out.value", "grads.x"], "16.0\t8.0"),
        (["id", "out.grad_fn", "out.shape"], "a4\tPowBackward0\t[]"),
        ([".grads.x", "/out/value"], "8.0\t16.0"),
        (["nodes.0.name"], "x"),
    ):
        assert answered(lines, together=True, expr="x**2", paths=Paths(paths))[4] == line
        assert answered.alone == []  # type: ignore[attr-defined]
    assert answered(lines, together=True, expr="x**2", paths=["grads.x"], as_object=True)[4] == '{"grads.x": 8.0}'
    assert answered(lines, together=True, expr="x*ones(2)", paths=["out.value[1]"], defaults={"no_grad": True})[4] == "4.0"
    assert json.loads(answered(lines, together=True, expr="x", nodes=False)[4])["nodes"] == []
