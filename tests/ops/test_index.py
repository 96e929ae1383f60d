"""The saved index: it says of every row what the row is, it is found by any word for it, and it needs no numpy."""

from __future__ import annotations

import json
import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import pytest

from gradcli.errors import Problem
from gradcli.ops import catalogue, index
from gradcli.ops.catalogue import FUNCTIONS, METHODS

ROOT = Path(__file__).parents[2]
ENTRIES = index.load()
KEYS = [
    "name",
    "overload",
    "family",
    "families",
    "namespace",
    "signature",
    "doc",
    "function",
    "method",
    "attribute",
    "operator",
    "aliases",
    "composite",
    "grad_fn",
    "derivative",
    "domain",
    "differentiable",
    "kinks",
]


def test_there_is_an_entry_for_every_row() -> None:
    rows = sorted(catalogue.rows(), key=attrgetter("family", "name"))
    assert [(entry["name"], entry["overload"]) for entry in ENTRIES] == [(row.name, row.overload) for row in rows]
    for entry, row in zip(ENTRIES, rows, strict=True):
        assert list(entry) == KEYS
        facts = ("name", "overload", "family", "namespace", "doc", "function", "method", "attribute", "grad_fn")
        assert [entry[fact] for fact in facts] == [getattr(row, fact) for fact in facts]
        assert entry["aliases"] == list(row.aliases)
        assert entry["kinks"] == [kink.text for kink in row.kinks]
        with_rules = [name for name, rule in zip(row.operands, row.vjps, strict=True) if rule is not None]
        assert list(entry["derivative"] or ()) == with_rules


def test_the_saved_index_is_what_would_be_built() -> None:
    assert json.loads(index.build()) == ENTRIES


def test_every_name_that_can_be_called_is_known() -> None:
    names = index.names()
    assert names == sorted(set(names))
    assert {*names} >= {*FUNCTIONS} | {name for name in METHODS if name in FUNCTIONS}
    assert "sum" in names
    assert "arctan2" in names
    assert "/" not in names


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("softmax", "softmax"),
        ("torch.nn.functional.softmax", "softmax"),
        ("F.softmax", "softmax"),
        ("torch.special.softmax", "softmax"),
        ("arcsin", "asin"),
        ("@", "matmul"),
        ("SumBackward1", "sum"),
        ("sum", "sum"),
        ("sum.dim", "sum"),
        ("linalg.norm", "linalg.norm"),
        ("norm", "norm"),
        ("vector_norm", "linalg.vector_norm"),
        ("Tensor.T", "T"),
        ("mul", "mul"),
        ("MulBackward1", "mul"),
        ("pow", "pow"),
        ("**", "pow"),
    ],
)
def test_an_operation_is_found_by_any_word_for_it(word: str, name: str) -> None:
    assert {entry["name"] for entry in index.find(ENTRIES, word)} == {name}


def test_all_forms_of_a_name_are_found_and_nothing_that_others_made_of_it() -> None:
    functions = {word: {entry["grad_fn"] for entry in index.find(ENTRIES, word)} for word in ("pow", "sum", "mul")}
    assert functions["pow"] >= {"PowBackward0", "PowBackward1", "PowBackward2"}
    assert functions["sum"] >= {"SumBackward0", "SumBackward1"}
    assert "MulBackward1" not in functions["mul"]


def test_an_unknown_operation_has_a_neighbour() -> None:
    with pytest.raises(Problem, match="there is no operation 'log_sofmax'") as caught:
        index.find(ENTRIES, "log_sofmax")
    assert (caught.value.code, caught.value.hint) == ("unknown-name", "did you mean 'log_softmax'?")
    with pytest.raises(Problem) as caught:
        index.find(ENTRIES, "qqqqqq")
    assert caught.value.hint == "'gradcli ops' lists them all"


def test_a_condition_speaks_of_its_own_operand() -> None:
    domains = {(entry["name"], entry["overload"]): entry["domain"] for entry in ENTRIES}
    assert domains["log", ""] == "x > 0"
    assert domains["div", ""] == "y != 0"
    assert domains["exp", ""] == "any number"
    assert domains["ones", ""] is None
    derivatives = {(entry["name"], entry["overload"]): entry["differentiable"] for entry in ENTRIES}
    assert (domains["sqrt", ""], derivatives["sqrt", ""]) == ("x >= 0", "x > 0")
    assert (domains["atan2", ""], derivatives["atan2", ""]) == ("any number", "x != 0 or y != 0")
    assert derivatives["exp", ""] is None


def test_it_is_read_without_numpy_or_lark() -> None:
    script = (
        "import sys; from gradcli.ops import index; assert len(index.load()) > 100; "
        "print(*{'numpy', 'lark', 'ast', 'inspect', 'gradcli.graph.tensor'} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, text=True, capture_output=True, check=True)
    assert run.stdout == "\n"
