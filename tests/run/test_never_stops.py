"""A batch never stops: whatever goes wrong in one record, one valid line comes out for it, and the next is computed."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcli.errors import Problem
from gradcli.report import check_json
from gradcli.report import json as eval_json
from gradcli.report import problem as problem_report
from gradcli.run import batch, tables
from gradcli.run.batch import Outcome
from gradcli.run.failures import kept_going


class Foreign(BaseException):
    """Neither an Exception nor one of Python's own."""


class Speechless(Exception):
    """Cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


RAISED = [
    *(kind("why") for kind in (ValueError, TypeError, KeyError, IndexError, AttributeError, ZeroDivisionError, OSError)),
    *(kind("why") for kind in (RecursionError, AssertionError, StopIteration, StopAsyncIteration, NotImplementedError)),
    *(kind("why") for kind in (BrokenPipeError, EOFError, FloatingPointError, ImportError, SyntaxError, Warning, BufferError)),
    *(kind("why") for kind in (SystemExit, GeneratorExit, Foreign)),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "why"),
    ExceptionGroup("several", [ValueError(1), TypeError(2)]),
    Speechless(),
    ValueError("two\nlines, \ud800 and \0"),
]


def outcomes(lines: list[bytes], expr: str | None = None) -> list[Outcome]:
    return list(batch.records(lines, expr, {"notes": True}, lambda own: nullcontext()))


def line_of(outcome: Outcome) -> dict[str, Any]:
    """The document that is printed for an outcome, from one line of strict JSON."""
    text = kept_going(lambda: _document(outcome))
    if isinstance(text, Problem):
        text = problem_report.render(text, json=True, id=outcome.id, line=outcome.line)
    assert "\n" not in text.rstrip("\n")
    text.encode()
    found: dict[str, Any] = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    return found


def _document(outcome: Outcome) -> str:
    if isinstance(outcome.answer, Problem):
        raise outcome.answer
    render = check_json.render if hasattr(outcome.answer, "passed") else eval_json.render
    return str(render(outcome.answer, id=outcome.id))


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Have the operation `tanh` raise something."""

    def arrange(error: BaseException) -> None:
        def evaluate(request: Any) -> Any:
            if "tanh" in request.expr:
                raise error
            return real(request)

        monkeypatch.setattr(batch, "evaluate", evaluate)
        monkeypatch.setattr(tables, "evaluate", evaluate)

    real = batch.evaluate
    return arrange


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_whatever_is_raised_concerns_its_record_alone(failing: Any, error: BaseException) -> None:
    failing(error)
    first, second = outcomes([b'{"id": 7, "expr": "tanh(x)", "vars": {"x": 1}}', b'{"expr": "x", "vars": {"x": 2}}'])
    document = line_of(first)
    assert (document["id"], document["error"]["code"], document["error"]["type"]) == (7, "internal", type(error).__name__)
    assert "this is a bug in gradcli" in document["error"]["message"]
    assert "please report" in document["error"]["hint"]
    assert line_of(second)["out"]["value"] == 2.0


def test_memory_that_runs_out_is_no_bug(failing: Any) -> None:
    failing(MemoryError())
    assert [line_of(each)["error"]["code"] for each in outcomes([b'{"x": 1}'], "tanh(x)")] == ["limit"]


def test_the_user_may_still_interrupt(failing: Any) -> None:
    failing(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        outcomes([b'{"x": 1}'], "tanh(x)")


def test_a_row_of_a_table_fails_alone(failing: Any) -> None:
    failing(SystemExit(3))
    table = tables.opened(iter(["x\n1\n2\n"]))
    (piece,) = map(tables.Columns(table, "tanh(x)", {}), table.blocks())
    assert piece.text == "1,,\n2,,\n"
    assert [(line, problem.code) for line, problem in piece.problems] == [(2, "internal"), (3, "internal")]


# ---- whatever a record holds

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["NaN", "Infinity", "x", "2*x", "ones(2)", "@x", "float32", "", "1.5"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "shape", "dtype", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
EXPRESSIONS = st.sampled_from(["x", "sum(x)", "x*y", "x[0]", "x @ y", "max(x, dim=0)", "x +", "log(x)", "x.view(2, -1)", "1/x"])
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "id": VALUES,
        "expr": EXPRESSIONS | VALUES,
        "vars": st.dictionaries(st.sampled_from(["x", "y"]) | st.text(max_size=3), VALUES, max_size=3) | VALUES,
        "const": st.dictionaries(st.sampled_from(["k", "y"]), VALUES, max_size=2) | VALUES,
        "weights": VALUES,
        "check": VALUES,
        **dict.fromkeys(
            ("passes", "retain_graph", "no_grad", "values", "wrt", "retain_grad", "also", "dtype", "nonfinite", "seed"), VALUES
        ),
        "unknown": VALUES,
    },
)


@given(RECORDS | VALUES)
@settings(max_examples=300, deadline=None)
def test_one_valid_line_comes_out_of_any_record(record: Any) -> None:
    if isinstance(record, dict) and isinstance(record.get("passes"), int):
        record["passes"] = min(record["passes"], 5)
    line = json.dumps(record).encode()
    (outcome,) = outcomes([line])
    document = line_of(outcome)
    assert document.get("error", {}).get("code") != "internal"


@given(st.binary(min_size=1, max_size=40).filter(lambda line: line.strip()))
@settings(max_examples=200, deadline=None)
def test_one_valid_line_comes_out_of_any_bytes(line: bytes) -> None:
    (outcome,) = outcomes([line])
    assert "schema" in line_of(outcome)
