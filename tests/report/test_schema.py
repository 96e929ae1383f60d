"""The schemas accept what gradcli prints, of every kind, and refuse what is damaged."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gradcli.errors import Problem
from gradcli.ops import index
from gradcli.ops.core import dtypes
from gradcli.report import json as report
from gradcli.report import ops, problem, schema
from tests.report.evaluated import problem as problem_of
from tests.report.evaluated import result

ROOT = Path(__file__).parents[2]


def validator(name: str | None) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema.load(name)))


def document(expr: str, *bindings: str, nonfinite: str = "string", id: Any = report.MISSING, **options: Any) -> Any:
    return json.loads(report.render(result(expr, *bindings, **options), nonfinite, id=id))


RESULTS: dict[str, Callable[[], Any]] = {
    "scalar": lambda: document("x**2", "x=3"),
    "matrix": lambda: document("mean(3*(x+2)**2)", "x=ones(2,2)"),
    "passes": lambda: document("mm(x,y)", "x=[[1,2]]", "y=[[3,4],[5,6]]", weights=["[[1,0]]", "ones"], retain_graph=True),
    "tuple": lambda: document("max(x, dim=0)", "x=[1,3,2]", no_grad=True),
    "calculator": lambda: document("2**10"),
    "mask": lambda: document("x > 1", "x=[1,3,2]", no_grad=True, values=True),
    "unused": lambda: document("x*1", "x=1", "y=2"),
    "words": lambda: document("where(x > 0, sqrt(x), 0).sum()", "x=[0, 1]", values=True),
    "infinite": lambda: document("log(x)", "x=0"),
    "null": lambda: document("log(x).sum()", "x=[0, nan]", nonfinite="null"),
    "retained": lambda: document("y = x**2; y*3", "x=2", retain_grad=["y"]),
    "bfloat16": lambda: document("(x*0.1).sum()", "x=[1, 2]", dtype="bfloat16", values=True),
    "float32": lambda: document("x[c].sum()", "x=[1, 2]", const=("c=[0, 0]",), dtype="float32"),
    "empty": lambda: document("x.sum()", "x=zeros(0, 3)", values=True),
    "names": lambda: document("日本語 = β*2; 日本語**2", "β=3"),
    "id": lambda: document("x", "x=1", id={"any": [None]}),
    "notes": lambda: document("abs(x).sum() + std(x*0)", "x=[1, 0]", notes=True),
}
ERRORS: dict[str, Callable[[], Problem]] = {
    "syntax": lambda: problem_of("x +", "x=1"),
    "name": lambda: problem_of("foo(x)", "x=1"),
    "shapes": lambda: problem_of("x @ y", "x=ones(2,3)", "y=ones(2,3)"),
    "binding": lambda: problem_of("x", "x=[[1], [2, 3]]"),
    "weights": lambda: problem_of("x*2", "x=[1, 2]", weights=["[1, 2, 3]"]),
    "file": lambda: problem_of("x", "x=@no/such.csv"),
    "option": lambda: problem_of("x", "x=1", wrt=["y"]),
    "usage": lambda: Problem("usage", "no such option: --foo", type="UsageError", hint="see --help"),
    "bug": lambda: Problem("bug", "this is a bug", type="KeyError"),
}


@pytest.mark.parametrize("name", [*schema.names(), None])
def test_every_schema_is_one(name: str | None) -> None:
    Draft202012Validator.check_schema(json.loads(schema.load(name)))


@pytest.mark.parametrize("kind", RESULTS)
def test_results_are_valid(kind: str) -> None:
    found = RESULTS[kind]()
    for name in ("eval", "batch", None):
        validator(name).validate(found)
    assert not validator("error").is_valid(found)


@pytest.mark.parametrize("kind", ERRORS)
def test_errors_are_valid(kind: str) -> None:
    for line in (problem.render(ERRORS[kind](), json=True), problem.render(ERRORS[kind](), json=True, id=7, line=3)):
        for name in ("error", "batch", None):
            validator(name).validate(json.loads(line))
        assert not validator("eval").is_valid(json.loads(line))


def test_the_table_of_operations_is_valid() -> None:
    for entries in (index.load(), index.find(index.load(), "softmax")):
        found = json.loads(ops.document(entries, {"softmax": "gradcli 'softmax(x, 0)' 'x=[1, 2]' -w ones"}))
        for name in ("ops", None):
            validator(name).validate(found)
        assert not validator("batch").is_valid(found)


# ---- damage ----------------------------------------------------------------------------------------------------------


def holders(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all objects within a document."""
    if isinstance(value, list):
        return [found for place, each in enumerate(value) for found in holders(each, (*path, place))]
    if not isinstance(value, dict):
        return []
    return [path, *[found for key, each in value.items() for found in holders(each, (*path, key))]]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


# Objects whose keys are the user's names, and keys that only some documents have.
FREE = ("grads", "leaves", "derivative")
OPTIONAL = {"id", "line", "value", "grad"}
DOCUMENTS = [
    ("eval", "notes"),
    ("eval", "retained"),
    ("eval", "passes"),
    ("eval", "mask"),
    ("error", "shapes"),
    ("ops", "softmax"),
]


def sample(name: str, kind: str) -> Any:
    if name == "eval":
        return RESULTS[kind]()
    if name == "error":
        return json.loads(problem.render(ERRORS[kind](), json=True))
    return json.loads(ops.document(index.find(index.load(), kind), {kind: f"gradcli '{kind}(x, 0)' 'x=[1, 2]' -w ones"}))


@pytest.mark.parametrize(("name", "kind"), DOCUMENTS)
def test_every_key_is_needed(name: str, kind: str) -> None:
    whole, check = sample(name, kind), validator(name)
    damaged = 0
    for path in holders(whole):
        if path and path[-1] in FREE:
            continue
        required = {"value"} if path[:1] == ("out",) else {"grad"} if path[:1] == ("leaves",) else set()
        for key in set(at(whole, path)) - (OPTIONAL - required):
            broken = copy.deepcopy(whole)
            del at(broken, path)[key]
            assert not check.is_valid(broken), (path, key)
            damaged += 1
    assert damaged >= 8


NUMBERS = ("value", "weights", "grad")


@pytest.mark.parametrize(("name", "kind"), DOCUMENTS)
def test_every_value_is_checked(name: str, kind: str) -> None:
    whole, check = sample(name, kind), validator(name)
    for path in holders(whole):
        for key, value in at(whole, path).items():
            wrong: list[Any] = [] if key in NUMBERS or path[-1:] == ("grads",) else [-1.5]
            wrong += [] if isinstance(value, dict) or key == "derivative" else [{"a": None}]
            for each in wrong:
                broken = copy.deepcopy(whole)
                at(broken, path)[key] = each
                assert not check.is_valid(broken), (path, key, each)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("schema",), "gradcli.eval/2"),
        (("out", "dtype"), "float128"),
        (("out", "dtype"), "int64"),
        (("out", "value"), "nan"),
        (("out", "value"), True),
        (("out", "grad_fn"), "<MulBackward0>"),
        (("grads", "x"), [1.0, "inf"]),
        (("nodes", 0, "is_leaf"), False),
        (("nodes", 1, "is_leaf"), True),
        (("nodes", 1, "requires_grad"), False),
        (("nodes", 1, "inputs"), [-1]),
        (("nodes", 0, "shape"), [1.5]),
        (("leaves", "x", "grad"), [[True]]),
        (("passes", 0, "grads", "x"), "0"),
        (("warnings",), [{"code": "x"}]),
    ],
)
def test_wrong_words_and_numbers_are_refused(path: tuple[Any, ...], wrong: Any) -> None:
    broken = document("y = x**2; y*3", "x=2")
    assert at(broken, path) != wrong
    at(broken, path[:-1])[path[-1]] = wrong
    assert not validator("eval").is_valid(broken)


def test_values_have_the_type_that_their_dtype_says() -> None:
    broken = RESULTS["mask"]()
    broken["out"]["value"] = [1, 0, 1]
    assert not validator("eval").is_valid(broken)
    broken = RESULTS["float32"]()
    assert broken["nodes"][1]["dtype"] == "int64"
    broken["nodes"][1]["value"] = [0.5, 1]
    assert not validator("eval").is_valid(broken)


def test_keys_may_be_added() -> None:
    found = RESULTS["matrix"]()
    for path in holders(found):
        if not path or path[-1] not in FREE:
            at(found, path)["new_in_a_later_version"] = {"anything": [1]}
    validator("eval").validate(found)


# ---- the door --------------------------------------------------------------------------------------------------------


def test_names() -> None:
    assert schema.names() == [
        "eval",
        "jacobian",
        "hessian",
        "jvp",
        "hvp",
        "error",
        "ops",
        "graph",
        "check",
        "formula",
        "explain",
        "propagate",
        "fit",
        "minimize",
        "solve",
        "total",
        "batch",
    ]
    assert schema.load("gradcli.eval/1") == schema.load("eval")
    assert json.loads(schema.load("error"))["title"] == "gradcli.error/1"


def test_an_unknown_name() -> None:
    with pytest.raises(Problem, match="there is no schema 'evil'") as caught:
        schema.load("evil")
    assert (caught.value.code, caught.value.hint) == ("unknown-name", "did you mean 'eval'?")


def test_a_schema_is_read_without_numpy() -> None:
    script = "import sys; from gradcli.report import schema; schema.load('eval'); print('numpy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, text=True, capture_output=True, check=True)
    assert run.stdout == "False\n"


@pytest.mark.parametrize("name", ["eval", "explain", "graph", "hessian", "hvp", "jacobian", "jvp"])
def test_every_dtype_that_can_be_written_is_in_the_schemas(name: str) -> None:
    told = set(json.loads(schema.load(name))["$defs"]["dtype"]["enum"])
    assert {dtypes.name_of(dtype) for dtype in dtypes.NAMES.values()} == told
