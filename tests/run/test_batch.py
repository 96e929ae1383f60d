"""Batches of records: what each line becomes, and that no line stops the next."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.run import batch
from gradcli.run.batch import MISSING, Outcome
from gradcli.run.limits import within
from gradcli.run.result import Result


def outcomes(*lines: Any, expr: str | None = None, **defaults: Any) -> list[Outcome]:
    """What becomes of records: objects of JSON, or raw lines."""
    raw = [line if isinstance(line, (bytes, Problem)) else json.dumps(line).encode() + b"\n" for line in lines]
    return list(batch.records(raw, expr, defaults, lambda own: within(own.get("max_time"), own.get("max_memory"))))


def result(*lines: Any, **options: Any) -> Result:
    """The one result."""
    (found,) = outcomes(*lines, **options)
    assert isinstance(found.answer, Result), found.answer
    return found.answer


def refusal(line: Any, **options: Any) -> Problem:
    """The one problem."""
    (found,) = outcomes(line, **options)
    assert isinstance(found.answer, Problem)
    return found.answer


def record(**keys: Any) -> dict[str, Any]:
    return {"expr": "sum(x*2)", "vars": {"x": [1, 2]}, **keys}


# ---- lines


def test_every_line_has_its_outcome_in_order() -> None:
    found = outcomes(
        record(id=7),
        b"\n",
        b"  \t\r\n",
        b"nonsense\n",
        record(id="a"),
        Problem("limit", "too long"),
        record(),
        b'{"expr":"1"}',
    )
    assert [each.line for each in found] == [1, 4, 5, 6, 7, 8]
    assert [each.id for each in found] == [7, MISSING, "a", MISSING, MISSING, MISSING]
    assert [isinstance(each.answer, Result) for each in found] == [True, False, True, False, True, True]


def test_answers_come_before_the_next_line_is_read() -> None:
    read: list[int] = []

    def lines() -> Iterable[bytes]:
        for number in range(3):
            read.append(number)
            yield b'{"x": 1}\n'

    for count, _ in enumerate(batch.records(lines(), "x", {}, lambda own: nullcontext()), 1):
        assert len(read) == count


@pytest.mark.parametrize("id", [0, -1.5, "", "é\n", None, True, [], {}, [1, {"a": [None]}], "x" * 1000])
def test_an_id_is_any_value_of_json(id: Any) -> None:
    assert outcomes(record(id=id))[0].id == id
    assert outcomes({"id": id})[0].id == id


def test_an_id_that_could_not_be_written_back() -> None:
    line = b'{"expr": "1", "id": ' + b"[" * 900 + b"]" * 900 + b"}"
    assert outcomes(line)[0].id is MISSING
    assert refusal(line).message == "the id is nested more than 100 deep"


def test_line_ends_and_byte_order_marks() -> None:
    assert result(b'\xef\xbb\xbf{"expr": "1"}\r\n').outputs[0].value == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"\xff\xfe", "this line is not UTF-8: byte 1 is 0xff"),
        (b'{"x": 3\n', "this line is not JSON: Expecting ',' delimiter at column 8"),
        (b'{"x":1}{"x":2}', "this line is not JSON: Extra data at column 8"),
        (b"{'x': 1}", "this line is not JSON: Expecting property name enclosed in double quotes at column 2"),
        (b"[" * 100_000, "this line is not JSON that can be read: its lists are nested too deeply"),
        (b'{"x":' * 100_000, "this line is not JSON that can be read: its lists are nested too deeply"),
        (b'{"x": ' + b"9" * 5000 + b"}", "this line has a number of more than 4,300 digits"),
        (b'{"expr": "1", "expr": "2"}', "the key 'expr' is there twice"),
        (b'{"expr": "x", "vars": {"x": 1, "y": 2, "x": 3}}', "the key 'x' is there twice"),
        (b"[]", "a record is a JSON object, and this line is a list"),
        (b"3", "a record is a JSON object, and this line is 3"),
        (b'"a"', "a record is a JSON object, and this line is the string 'a'"),
        (b"null", "a record is a JSON object, and this line is null"),
        (b"true", "a record is a JSON object, and this line is a truth value"),
    ],
)
def test_a_line_that_is_no_record(line: bytes, words: str) -> None:
    found = refusal(line)
    assert (found.code, found.message) == ("record", words)


# ---- the expression


def test_a_record_brings_its_expression() -> None:
    found = result(record())
    assert (found.expr, found.outputs[0].value, found.grads["x"].tolist()) == ("sum(x*2)", 6, [2, 2])


def test_one_expression_for_all() -> None:
    found = outcomes({"x": 3}, {"x": [1, 2]}, {"id": 1, "x": 1}, expr="sum(x**2)")
    assert [each.answer.outputs[0].value for each in found] == [9, 5, 1]  # type: ignore[union-attr]
    assert [each.id for each in found] == [MISSING, MISSING, 1]
    assert outcomes({"id": 4, "x": 1}, expr="id*x")[0].id is MISSING, "a variable of that name"


def test_a_line_may_remark_on_itself_where_one_expression_is_for_all() -> None:
    found = outcomes({"x": 3, "label": "a b", "max-temp": None, "k": {"unit": "m"}}, expr="y = x**2; y*2")[0].answer
    assert isinstance(found, Result)
    assert (found.outputs[0].value, list(found.grads)) == (18, ["x"])
    chained = outcomes({"k": 2, "y": "k*x0", "x0": 3, "x": "y + k"}, {"x0": 3, "k": 2, "y": "k*x0", "x": "y + k"}, expr="x")
    assert isinstance(chained[0].answer, Problem), "a value may use those before it"
    assert chained[1].answer.outputs[0].value == 8  # type: ignore[union-attr]


@pytest.mark.parametrize("line", [{}, {"vars": {"x": 1}}, {"expr": None}, {"expr": 3}, {"expr": ["x"]}])
def test_a_record_needs_an_expression(line: dict[str, Any]) -> None:
    found = refusal(line)
    assert found.message == "a record needs its expression, a string, under the key 'expr'"
    assert (found.type, "gradcli batch" in str(found.hint)) == ("KeyError", True)


@pytest.mark.parametrize(
    ("expr", "code"),
    [
        ("", "syntax"),
        ("x +", "syntax"),
        ("\ud800", "syntax"),
        ("\0", "syntax"),
        ("y", "unknown-name"),
        ("x*2", "not-scalar"),
        ("ones(10**9)", "limit"),
    ],
)
def test_a_problem_of_an_expression(expr: str, code: str) -> None:
    found = refusal(record(expr=expr, max_memory=10**6))
    assert (found.code, found.source, found.text) == (code, "expr", expr)


# ---- values


@pytest.mark.parametrize(
    ("value", "expected", "dtype"),
    [
        (3, 3, "float64"),
        ([1, 2], [1, 2], "float64"),
        (True, 1, "float64"),
        ([[]], [[]], "float64"),
        ("ones(2)*3", [3, 3], "float64"),
        ("NaN", np.nan, "float64"),
        (["-Infinity", 1], [-np.inf, 1], "float64"),
        (float("inf"), np.inf, "float64"),
        (10**30, 1e30, "float64"),
        ({"data": [1, 2], "shape": [2, 1]}, [[1], [2]], "float64"),
        ({"data": [1, 2], "dtype": "float32"}, [1, 2], "float32"),
        ({"data": 5, "dtype": "int64"}, 5, "float64"),
    ],
)
def test_variables(value: Any, expected: Any, dtype: str) -> None:
    leaf = result({"expr": "x.sum()", "vars": {"x": value}}).leaves["x"]
    np.testing.assert_array_equal(leaf.value, expected)
    assert (leaf.dtype, leaf.requires_grad) == (dtype, True)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1, "int64"),
        (1.5, "float32"),
        (True, "bool"),
        ({"data": 1.5, "dtype": "float64"}, "float64"),
        ({"data": 1, "dtype": "uint8"}, "uint8"),
        ("tensor(1)", "int64"),
    ],
)
def test_constants_keep_their_dtype_and_floats_have_the_default_one(value: Any, dtype: str) -> None:
    found = result({"expr": "k*2", "const": {"k": value}, "dtype": "float32"})
    assert (found.nodes[0].dtype, found.leaves) == (dtype, {})


def test_a_value_may_use_those_before_it() -> None:
    assert result({"expr": "x*y", "const": {"k": 3}, "vars": {"x": "k*2", "y": "x + 1"}}).outputs[0].value == 42


@pytest.mark.parametrize(
    ("value", "words", "code"),
    [
        (None, "x is null where a number is wanted", "value"),
        ({}, 'x is an object without "data"', "value"),
        ([[1, 2], [3]], "expected sequence of length 2 at dim 1 (got 1)", "value"),
        ([1, "a"], "x has the text 'a' at [1]", "value"),
        ({"data": [1, 2], "shape": [3]}, "shape '[3]' is invalid for input of size 2", "value"),
        ({"data": 1, "dtype": "int65"}, "x has the dtype 'int65', which is not known", "value"),
        ({"data": 300, "dtype": "uint8"}, "value cannot be converted to type uint8 without overflow", "value"),
        ("@/etc/passwd", "x: a record cannot read files", "record"),
        ("  @-", "x: a record cannot read files", "record"),
        ("1 +", "an operand is missing", "syntax"),
        (10**400, "the whole number in x is too large for float64", "value"),
    ],
)
def test_a_value_that_is_no_tensor(value: Any, words: str, code: str) -> None:
    found = refusal({"expr": "x", "vars": {"x": value}})
    assert (found.message.startswith(words), found.code) == (True, code)
    assert code == "record" or found.source == "x"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"vars": [1]}, "'vars' is an object of names and values, and here it is a list"),
        ({"vars": 0}, "'vars' is an object of names and values"),
        ({"const": False}, "'const' is an object of names and values, and here it is a truth value"),
        ({"vars": {"x y": 1}}, "'x y' in 'vars' is not a name"),
        ({"vars": {"if": 1}}, "'if' in 'vars' is not a name"),
        ({"const": {"": 1}}, "'' in 'const' is not a name"),
        ({"const": {"x": 1}}, "'x' is bound twice, in 'vars' and in 'const'"),
    ],
)
def test_names_that_cannot_be_bound(keys: dict[str, Any], words: str) -> None:
    assert refusal(record(**keys)).message.startswith(words)


def test_the_command_line_s_constants_hold_unless_the_record_has_its_own() -> None:
    shared = [("k", np.array(3), True), ("x", np.array(5), True)]
    found = result({"x": 2}, expr="x*k", bindings=shared)
    assert (found.outputs[0].value, list(found.leaves)) == (6, ["x"])


# ---- options


def test_options_of_a_record() -> None:
    found = result(
        record(
            expr="y = x*x; y.sum()",
            weights=2.0,
            passes=2,
            retain_graph=True,
            zero_grad=True,
            values=True,
            dtype="float32",
            wrt=["x"],
            retain_grad="y",
            seed=3,
            no_grad=False,
            nonfinite="null",
            max_time=60,
            max_memory=10**9,
        )
    )
    assert [each.grads["x"].tolist() for each in found.passes] == [[4, 8], [4, 8]]
    assert (found.keep_values, found.outputs[0].dtype, found.nodes[1].grad.tolist()) == (True, "float32", [2, 2])
    assert outcomes(record(nonfinite="null"))[0].nonfinite == "null"
    assert result(record(no_grad=True)).passes == ()
    assert outcomes(record(retain_graph=None, wrt=None, weights=None, const=None))[0].nonfinite is None


def test_defaults_hold_for_records_that_say_nothing() -> None:
    first, second = outcomes(record(expr="x*2"), record(expr="x*2", no_grad=False), no_grad=True, weights=["ones"])
    assert isinstance(first.answer, Result)
    assert isinstance(second.answer, Result)
    assert (len(first.answer.passes), len(second.answer.passes)) == (0, 1)


def test_a_seed_of_the_record_s_own() -> None:
    drawn = [result({"expr": "rand(2)", "seed": seed}).outputs[0].value.tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(
    ("keys", "words", "hint"),
    [
        ({"retain-graph": True}, "a record has no key 'retain-graph'", "did you mean 'retain_graph'?"),
        ({"consts": {}}, "a record has no key 'consts'", "did you mean 'const'?"),
        ({"zzz": 1}, "a record has no key 'zzz'", None),
        ({"save_grads": "x.npz"}, "a record has no key 'save_grads'", None),
        ({"retain_graph": 1}, "'retain_graph' must be true or false, not 1", None),
        ({"no_grad": "yes"}, "'no_grad' must be true or false, not the string 'yes'", None),
        ({"values": []}, "'values' must be true or false, not a list", None),
        ({"wrt": {}}, "'wrt' must be a list of names, not an object", None),
        ({"retain_grad": [1]}, "'retain_grad' must be a list of names, not a list", None),
        (
            {"dtype": "float8"},
            "'dtype' must be one of 'float32', 'float64', 'float16', 'bfloat16', 'complex64', 'complex128', "
            "not the string 'float8'",
            None,
        ),
        ({"seed": 1.5}, "'seed' must be a whole number from -2**63 to 2**64 - 1, not 1.5", None),
        ({"seed": True}, "'seed' must be a whole number", None),
        ({"seed": 2**64}, "'seed' must be a whole number", None),
        ({"passes": 0}, "'passes' must be a whole number from 1 up, not 0", None),
        ({"passes": 2.0}, "'passes' must be", None),
        ({"nonfinite": "none"}, "'nonfinite' must be 'string', 'null' or 'error'", None),
        ({"max_time": 0}, "'max_time' must be a number above 0, not 0", None),
        ({"max_memory": "1GB"}, "'max_memory' must be a number above 0", None),
    ],
)
def test_options_that_are_none(keys: dict[str, Any], words: str, hint: str | None) -> None:
    found = refusal(record(**keys))
    assert (found.code, found.message.startswith(words)) == ("record", True)
    assert hint is None or found.hint == hint


def test_limits_of_a_record() -> None:
    first, second = outcomes(
        record(expr="ones(10**6).sum()*x.sum()", max_memory=1000), record(expr="ones(10**6).sum()*x.sum()")
    )
    assert isinstance(first.answer, Problem)
    assert first.answer.message.endswith("more than the limit of 1 kB")
    assert isinstance(second.answer, Result)
    late = refusal({"expr": "+".join(["sin(x)"] * 20_000), "vars": {"x": 1}, "max_time": 0.05})
    assert late.message == "stopped after 0.05 s, the limit on time"


# ---- weights


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1, 2], [[1, 2]]),
        ("ones", [[1, 1]]),
        ("[1, 2]", [[1, 2]]),
        ({"data": [1, 2]}, [[1, 2]]),
        (["NaN", 1], [[np.nan, 1]]),
        ("x", [[1, 2]]),
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        (["ones", "[3, 4]"], [[1, 1], [3, 4]]),
        ([{"data": [1, 2]}, [3, 4], "ones"], [[1, 2], [3, 4], [1, 1]]),
    ],
)
def test_weights_of_one_pass_or_of_several(weights: Any, expected: list[Any]) -> None:
    found = result({"expr": "x*2", "vars": {"x": [1, 2]}, "weights": weights, "retain_graph": True})
    np.testing.assert_array_equal([each.weights for each in found.passes], expected)


@pytest.mark.parametrize(
    ("x", "weights", "count"),
    [
        (1, [1, 2, 3], 3),
        (1, 5, 1),
        (1, "Infinity", 1),
        ([[1]], [[2]], 1),
        ([[1]], [[[2]]], 1),
        ([[1]], [[[2]], [[3]]], 2),
        ([], [], 1),
    ],
)
def test_the_output_s_shape_tells_them_apart(x: Any, weights: Any, count: int) -> None:
    assert len(result({"expr": "x*2", "vars": {"x": x}, "weights": weights, "retain_graph": True}).passes) == count


@pytest.mark.parametrize(
    ("weights", "code", "words"),
    [
        ([1, 2, 3], "shape-mismatch", "Mismatch in shape"),
        ([], "shape-mismatch", "Mismatch in shape"),
        (True, "shape-mismatch", "Mismatch in shape"),
        ("@/etc/passwd", "record", "weights: a record cannot read files"),
        (["ones", "@x"], "record", "weights: a record cannot read files"),
        ([[1], [2, 3]], "value", "expected sequence"),
        ([1, None], "value", "weights has null at [1]"),
        ("a b", "syntax", "an operator is missing"),
    ],
)
def test_weights_that_do_not_fit(weights: Any, code: str, words: str) -> None:
    found = refusal({"expr": "x*2", "vars": {"x": [1, 2]}, "weights": weights})
    assert (found.code, found.message.startswith(words)) == (code, True)
    assert found.source == ("expr" if code == "shape-mismatch" else "--weights")


def test_memory_that_runs_out_in_one_record_is_there_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    real = batch.evaluate

    def sometimes(request: Any) -> Any:
        if request.expr == "full":
            raise MemoryError
        return real(request)

    monkeypatch.setattr(batch, "evaluate", sometimes)
    first, second = outcomes(record(id=1, expr="full"), record(id=2))
    assert (first.id, first.answer.code, second.id) == (1, "limit", 2)  # type: ignore[union-attr]
    assert isinstance(second.answer, Result)
