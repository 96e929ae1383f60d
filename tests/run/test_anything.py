"""Whatever expression comes in: an answer or a Problem comes out, soon, and both can be printed.

Expressions are put together from the grammar's pieces, the table's own names and parameters, and a little nonsense.
The long run, `pytest -m fuzz tests/run/test_anything.py`, is for the evening.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.operation import REQUIRED, Operation
from gradcli.ops.catalogue import ATTRIBUTES, FUNCTIONS, METHODS
from gradcli.ops.core import dtypes
from gradcli.report import json as report_json
from gradcli.report import problem as report_problem
from gradcli.report import schema
from gradcli.report import text as report_text
from gradcli.run.evaluate import evaluate
from gradcli.run.limits import deadline
from gradcli.run.request import Request
from gradcli.run.result import Result

SCHEMAS = {name: jsonschema.Draft202012Validator(json.loads(schema.load(name))) for name in ("eval", "error")}
Text = st.SearchStrategy[str]

NAMES = st.sampled_from(["x", "x", "x", "y", "y", "k", "i", "b"])
INTEGERS = st.integers(-3, 6).map(str)
NUMBERS = st.one_of(
    INTEGERS,
    st.sampled_from(
        [
            "0.5",
            "-1.5",
            "1e30",
            "1e-320",
            "nan",
            "inf",
            "-inf",
            "0.0",
            "-0.0",
            "True",
            "10**18",
            "2**62",
            "1e400",
            "pi",
            "3.7",
        ]
    ),
)
VALUES = st.sampled_from(
    [
        "3",
        "0",
        "-2.5",
        "nan",
        "inf",
        "[1., 2.]",
        "[0., -1.]",
        "[3, 1, 2]",
        "[]",
        "[[]]",
        "[[1, 2], [3, 4]]",
        "[[4., 1., 0.]]",
        "ones(2, 3)",
        "zeros(0, 3)",
        "rand(2, 2, 2)",
        "[[2., 1.], [1., 2.]]",
        "tensor(5)",
        "[True, False]",
        "arange(6).view(2, 3)",
        "tensor([1, 2], dtype=uint8)",
        "ones(3, dtype=float16)",
        "[1e300, -1e300]",
        "eye(2)",
        "ones(1)",
        "full((2, 1), -1)",
        "ones(2, 3).T",
        "x*2",
        "tensor(1., dtype=float32)",
        "ones(4, 1, 2)",
    ]
)
OTHERS = st.sampled_from(
    [
        "None",
        "True",
        "False",
        "'sum'",
        "'mean'",
        "'none'",
        "'fro'",
        "'floor'",
        "'nuc'",
        "'ij'",
        "''",
        "float32",
        "int64",
        "bool",
        "...",
        "sum",
        "torch",
        "(0, 1)",
        "[0, 1]",
        "(-1,)",
        "()",
        "[2, -1]",
        "(2, 3)",
        "[[0, 1], [1, 0]]",
        "x.shape",
        "inf",
    ]
)
OPERATORS = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "@", "&", "|"])
COMPARISONS = st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "in", "not in", "is", "is not"])
SUBSCRIPTS = st.one_of(
    INTEGERS,
    st.sampled_from(
        [
            ":",
            "::2",
            "1:",
            ":-1",
            "None",
            "...",
            "i",
            "b",
            "x > 0",
            "[0, 1]",
            "[[0], [1]]",
            "True",
            "0:0",
            "2:1",
            "(0,)",
            "5:9",
        ]
    ),
)
FITTING: dict[str, Text] = {
    "int": INTEGERS,
    "Dim": INTEGERS,
    "Number": NUMBERS,
    "bool": st.sampled_from(["True", "False"]),
    "DType": st.sampled_from(sorted(dtypes.NAMES)),
    "Dims": st.one_of(INTEGERS, st.sampled_from(["(0, 1)", "[0]", "(-1, -2)", "()"])),
    "Sizes": st.one_of(INTEGERS, st.sampled_from(["(2, 3)", "[1, 2]", "(-1,)", "()", "(6,)", "(3, 2)", "(0, 2)", "(2, 2, 2)"])),
    "str": st.sampled_from(["'mean'", "'sum'", "'none'", "'floor'", "'trunc'", "'fro'", "'max'"]),
}
FUNCTION_ROWS = [(name, row) for name, rows in sorted(FUNCTIONS.items()) for row in rows]
METHOD_ROWS = [(name, row) for name, rows in sorted(METHODS.items()) for row in rows if not row.variadic]


def join(*parts: str | Text) -> Text:
    """Texts one after another."""
    return st.tuples(*[st.just(part) if isinstance(part, str) else part for part in parts]).map("".join)


def listed(items: Text, most: int) -> Text:
    return st.lists(items, max_size=most).map(", ".join)


def arguments(row: Operation, operands: list[Text]) -> Text:
    """Arguments that fit the row, more or less: these operands, and a value of its kind for each parameter."""
    statics = [FITTING.get(each.kind.split(" | ")[0], OTHERS) for each in row.statics]
    needed = [value for each, value in zip(row.statics, statics, strict=True) if each.default is REQUIRED]
    words = [
        join(f"{each.name}=", value) for each, value in zip(row.statics, statics, strict=True) if each.default is not REQUIRED
    ]
    fitting = st.tuples(st.tuples(*operands, *needed), st.lists(st.one_of(words), max_size=2) if words else st.just([]))
    return fitting.map(lambda given: ", ".join([*given[0], *given[1]]))


def calls(inner: Text) -> Text:
    """Calls of functions and methods of the table."""

    def function(chosen: tuple[str, Operation]) -> Text:
        name, row = chosen
        operands = [join("[", listed(inner, 3), "]")] if row.variadic else [inner] * len(row.operands)
        return join(f"{name}(", st.one_of(*[arguments(row, operands)] * 4, listed(st.one_of(inner, OTHERS), 3)), ")")

    def method(chosen: tuple[str, Operation]) -> Text:
        name, row = chosen
        return join("(", inner, f").{name}(", arguments(row, [inner] * (len(row.operands) - 1)), ")")

    return st.one_of(st.sampled_from(FUNCTION_ROWS).flatmap(function), st.sampled_from(METHOD_ROWS).flatmap(method))


def larger(inner: Text) -> Text:
    """Every form of an expression, around smaller ones."""
    part = join("(", inner, ")")
    return st.one_of(
        calls(inner),
        calls(inner),
        join(part, " ", OPERATORS, " ", part),
        join(part, " ", OPERATORS, " ", part),
        join(st.sampled_from(["-", "~", "not ", "+"]), part),
        join(part, ".", st.sampled_from(sorted(ATTRIBUTES))),
        join(part, "[", st.lists(SUBSCRIPTS, min_size=1, max_size=3).map(", ".join), "]"),
        join("[", listed(inner, 3), "]"),
        join("(", listed(inner, 3), ",)"),
        join(part, " ", COMPARISONS, " ", part, " ", COMPARISONS, " ", part),
        join(part, " ", st.sampled_from(["and", "or"]), " ", part),
        join(part, " if ", part, " else ", part),
        join("grad(", inner, ", ", NAMES, ")"),
        join("grad(", inner, ", (x, y), allow_unused=True)"),
    )


EXPRESSIONS = st.recursive(st.one_of(NAMES, NAMES, NAMES, NAMES, NUMBERS, VALUES), larger, max_leaves=6)
PROGRAMS = st.one_of(
    EXPRESSIONS,
    EXPRESSIONS,
    join("z = ", EXPRESSIONS, "; z * ", EXPRESSIONS),
    join("z, y = ", EXPRESSIONS, "; z + ", EXPRESSIONS),
    st.tuples(EXPRESSIONS, st.integers(0, 30), st.text(max_size=3)).map(
        lambda given: given[0][: given[1]] + given[2] + given[0][given[1] :]
    ),
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "weights": st.lists(st.one_of(st.just("ones"), VALUES), max_size=2),
        "passes": st.integers(1, 2),
        "retain_graph": st.booleans(),
        "zero_grad": st.booleans(),
        "no_grad": st.booleans(),
        "values": st.booleans(),
        "dtype": st.sampled_from(["float32", "float64"]),
        "wrt": st.lists(NAMES, max_size=2),
        "retain_grad": st.lists(st.just("z"), max_size=1),
        "seed": st.integers(-(2**63), 2**64 - 1),
    },
)


def outcome(expr: str, values: list[str], options: dict[str, Any]) -> Result | Problem:
    """What an expression comes to."""
    constants = [("k", "2", True), ("i", "[0, 1]", True), ("b", "[True, False]", True)]
    try:
        with deadline(20):
            return evaluate(Request(expr, [*constants, ("x", values[0], False), ("y", values[1], False)], **options))
    except Problem as problem:
        return problem


def printed(found: Result | Problem) -> None:
    """Print it in every way; whatever is printed holds against its schema."""
    if isinstance(found, Problem):
        assert found.message
        assert found.code != "bug"
        text = report_problem.render(found, json=True)
        report_problem.render(found)
    else:
        text = report_json.render(found)
        report_text.render(found, width=80)
    document = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    SCHEMAS["error" if isinstance(found, Problem) else "eval"].validate(document)


@pytest.fixture(autouse=True, scope="module")
def limited() -> Iterator[None]:
    """Nothing that a random expression asks for may take long or much."""
    with memory.limited(4_000_000):
        yield


def always(examples: int) -> Callable[[Any], Any]:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


@always(250)
@given(PROGRAMS, st.lists(VALUES, min_size=2, max_size=2), REQUESTS)
def test_an_answer_or_a_problem(expr: str, values: list[str], options: dict[str, Any]) -> None:
    printed(outcome(expr, values, options))


@always(150)
@given(calls(st.one_of(NAMES, VALUES)), st.lists(VALUES, min_size=2, max_size=2), st.booleans())
def test_calls_that_nearly_fit(expr: str, values: list[str], no_grad: bool) -> None:
    printed(outcome(expr, values, {"weights": ["ones"], "no_grad": no_grad}))


@always(100)
@given(st.text(alphabet="xyk01.()[]+-*/@%<>=!&|~,:;'\" \n\\^#eπ²\N{MINUS SIGN}", max_size=30))
def test_any_text(expr: str) -> None:
    printed(outcome(expr, ["1", "2"], {}))


@pytest.mark.fuzz
@always(30_000)
@given(PROGRAMS, st.lists(VALUES, min_size=2, max_size=2), REQUESTS)
def test_an_answer_or_a_problem_for_long(expr: str, values: list[str], options: dict[str, Any]) -> None:
    printed(outcome(expr, values, options))


@pytest.mark.fuzz
@always(30_000)
@given(calls(st.one_of(NAMES, VALUES)), st.lists(VALUES, min_size=2, max_size=2), st.booleans())
def test_calls_that_nearly_fit_for_long(expr: str, values: list[str], no_grad: bool) -> None:
    printed(outcome(expr, values, {"weights": ["ones"], "no_grad": no_grad}))
