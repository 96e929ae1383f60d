"""`gradcli check` as people and CI run it: exit codes, streams, documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gradcli.report import schema
from tests.command import gradcli

SQUARES = ("mean(3*(x+2)**2)", "x=ones(2,2)")


def document(*argv: str) -> Any:
    """What `gradcli check --json` prints, which its schema accepts."""
    done = gradcli("check", *argv, "--json")
    found = json.loads(done.stdout)
    for name in ("check", "batch", None):
        Draft202012Validator(json.loads(schema.load(name))).validate(found)
    assert done.returncode == (0 if found["passed"] else 3)
    return found


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (SQUARES, 0),
        ((*SQUARES, "--claim", "x=6*(x+2)/4"), 0),
        ((*SQUARES, "--claim", "x=6*(x+2)"), 3),
        (("where(x > 0, sqrt(x), 0)", "x=0"), 3),
        (("relu(x)", "x=[-1, 0, 2]"), 0),
        (("x**3", "x=2", "--order", "2", "--claim", "x=6*x"), 0),
        (("x*y", "x=1", "y=2", "--at", "random:5", "--claim", "x=y", "--claim", "y=x"), 0),
        (("log(x)", "x=-1"), 1),
        (("x @ y", "x=1"), 1),
        ((), 2),
        (("x**2", "x=1", "--claim", "2*x"), 2),
        (("x**2", "x=1", "--claim", "x=2*x", "--claim", "x=3*x"), 2),
        (("x**2", "x=1", "--at", "everywhere"), 2),
        (("x**2", "x=1", "--at", "random:0"), 2),
        (("pi*x**2", "x=1", "--claim", "x=6.28*x"), 3),
        (("pi*x**2", "x=1", "--claim", "x=6.28*x", "--rtol", "1e-3"), 0),
        (("pi*x**2", "x=1", "--claim", "x=6.283185*x", "--rtol", "1e-9"), 3),
        (("x**2", "x=1", "--rtol", "-1"), 2),
        (("x**2", "x=1", "--order", "3"), 2),
    ],
)
def test_exit_codes(argv: tuple[str, ...], code: int) -> None:
    done = gradcli("check", *argv)
    assert done.returncode == code, done.stderr
    assert (done.stderr == "") == (code in (0, 3))
    assert (done.stdout == "") == (code not in (0, 3))


def test_the_verdict_is_the_last_line() -> None:
    assert gradcli("check", *SQUARES).stdout.splitlines() == [
        "x: 4 derivatives agree with finite differences to 6 digits",
        "",
        "tested at the point given and at 10 other points of the domain (--seed 0)",
        "",
        "passed",
    ]
    failed = gradcli("check", *SQUARES, "--claim", "x=6*(x+2)").stdout.splitlines()
    assert failed[-3:] == ["your formula is 4 times too large", "", "failed"]


def test_the_document() -> None:
    found = document("sum(relu(x))", "x=[-1, 0, 2]", "--claim", "x=2*(x > 0)")
    assert list(found) == [
        "schema",
        "expr",
        "passed",
        "verdict",
        "seed",
        "points",
        "others",
        "skipped",
        "weights",
        "symmetric",
        "checks",
        "kinks",
        "at",
        "notes",
    ]
    differences, claim = found["checks"]
    assert (differences["against"], differences["entries"], differences["kinks"]) == ("differences", 3, 1)
    assert (claim["against"], claim["formula"], claim["differing"]) == ("claim", "2*(x > 0)", 1)
    assert claim["differences"] == [
        {
            "point": 0,
            "part": "out",
            "part_index": None,
            "leaf": "x",
            "index": [2],
            "found": 2.0,
            "expected": 1.0,
            "error": None,
            "sides": None,
            "ratio": 2.0,
        }
    ]
    (kink,) = found["kinks"]
    assert (kink["index"], kink["used"], kink["interval"]) == ([1], 0.0, [0.0, 1.0])
    assert found["at"] == [{"point": 0, "values": {"x": [-1.0, 0.0, 2.0]}}]
    assert [each["code"] for each in found["notes"]] == ["kink"]


@pytest.mark.parametrize(
    "argv",
    [
        ("where(x > 0, sqrt(x), 0)", "x=0"),  # numbers that are not finite
        ("relu(x) - relu(-x)", "x=0"),
        ("floor(x)", "x=[1, 2.5]"),
        ("tanh(x)", "x=linspace(-1, 1, 300)", "--order", "2"),
        ("log(x)", "x=1", "--at", "random:3", "--seed", "7", "--claim", "x=2/x"),
        ("x*y", "x=[1, 2]", "y=3", "-w", "ones", "--wrt", "y"),
        ("x", "x=zeros(0)"),
    ],
)
def test_documents_of_all_kinds_are_valid(argv: tuple[str, ...]) -> None:
    assert document(*argv)["schema"] == "gradcli.check/1"


def test_a_damaged_document_is_refused() -> None:
    check = Draft202012Validator(json.loads(schema.load("check")))
    whole = document("sum(relu(x))", "x=[-1, 0, 2]", "--claim", "x=2*(x > 0)")
    for holder in (whole, whole["checks"][1], whole["checks"][1]["differences"][0], whole["kinks"][0], whole["notes"][0]):
        for key, value in list(holder.items()):
            del holder[key]
            assert not check.is_valid(whole), key
            holder[key] = {"a": None}
            assert not check.is_valid(whole), key
            holder[key] = value
    check.validate(whole)


def test_errors_are_documents_with_json() -> None:
    done = gradcli("check", "log(x)", "x=-1", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads(done.stderr)["error"]["code"] == "undefined"


def test_batch_records_ask_for_checks() -> None:
    records = [
        {"id": 1, "expr": "x**2", "vars": {"x": 3}, "check": True},
        {"id": 2, "expr": "rand(1)*x", "vars": {"x": 3}},
        {"id": 3, "expr": "x**3", "vars": {"x": 2}, "check": {"order": 2, "claim": {"x": "5*x"}, "at": "random:3"}},
    ]
    done = gradcli("batch", "--seed", "1", stdin="\n".join(map(json.dumps, records)))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["schema"] for each in answers] == ["gradcli.check/1", "gradcli.eval/1", "gradcli.check/1"]
    assert [each.get("passed") for each in answers] == [True, None, False]
    assert [each["id"] for each in answers] == [1, 2, 3]
    assert done.returncode == 3
    alone = json.loads(gradcli("batch", "--seed", "1", stdin=json.dumps(records[1])).stdout)
    assert alone["out"] == answers[1]["out"]  # a check draws nothing that another record would have drawn


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (3, "'check' must be true or an object of its options"),
        ({"odrer": 2}, "'check' has no key 'odrer'"),
        ({"order": 3}, "the 'order' of a check must be 1 or 2"),
        ({"claim": ["x"]}, "the 'claim' of a check must be an object of formulas"),
        ({"claim": {"x": "@secret.npy"}}, "a record cannot read files"),
        ({"at": "random:0"}, "the 'at' of a check must be a number of random points"),
    ],
)
def test_batch_records_that_are_malformed(asked: Any, message: str) -> None:
    done = gradcli("batch", stdin=json.dumps({"expr": "x**2", "vars": {"x": 3}, "check": asked}))
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["message"].startswith(message)
