"""What is told of the operations of the table reads as mathematics and the user's own words: no internals, no node numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.ops import index
from gradcli.report.explaining import text as explain_text
from gradcli.run.evaluate import answer
from gradcli.run.explaining.explain import explain
from gradcli.run.request import Request
from tests.ops.samples import Case, spelled_once

SMALL = 40  # elements of the operands of a case

FORBIDDEN = {
    "a name that only the source has": r"(?<![\w.])_[a-z]\w*|\w\._[a-z]",
    "None": r"\bNone\b(?!\s*[,\]])(?<!=None)",
    "a tuple of tuples": r"\(\([\d, ]*\),",
    "a node's number": r"(?:through|in|of|;) \[\d+\]",
    "a sign as a function": r"\b(?:mul|add|sub|div|eq|ne|lt|gt|le|ge|neg|rsub)\(",
    "a rule that says nothing": r"by a rule of several steps|its rule is",
    "an internal shape": r"\bx_shape\b|\bself_shape\b",
    "a bare object": r"<[\w. ]+ (?:object )?at 0x|<operation ",
}


def told(text: str, source: str) -> list[str]:
    """What is wrong with a text; what the user wrote may be repeated."""
    for own in sorted({source, *re.findall(r"\w+\([^()]*\)", source)}, key=len, reverse=True):
        text = text.replace(own, "own")
    text = text.replace("grad = None", "")  # what a leaf has on which the output does not depend
    text = re.sub(r"div\(([^()]|\([^()]*\))*rounding_mode", "", text)  # which has no sign
    words = {found[0] for found in re.finditer(r"\w+\(", source)}
    found = {what: re.search(pattern, text) for what, pattern in FORBIDDEN.items()}
    return [f"{what}: {each[0]}" for what, each in found.items() if each and each[0] not in words]


def small() -> list[Case]:
    return [each for each in spelled_once() if sum(array.size for array in each.operands.values()) <= SMALL]


def requests(case: Case) -> Iterator[Request]:
    bindings = [(name, array, array.dtype.kind != "f") for name, array in case.operands.items()]
    yield Request(case.text, bindings, weights=["ones"])
    yield Request(case.text, bindings)


@pytest.mark.parametrize("part", range(4))
def test_explanations(part: int) -> None:
    wrong = []
    for case in small()[part::4]:
        for request in requests(case):
            try:
                text = explain_text.render(explain(request))
            except Problem:
                continue
            wrong += [f"{case.text}: {each}" for each in told(text, case.text)]
            break
    assert wrong == []


def test_the_index_of_operations() -> None:
    wrong = []
    for entry in index.public(index.load()):
        for formula in (entry["derivative"] or {}).values():
            wrong += [f"{entry['name']}: {each}" for each in told(formula or "", "")]
    assert wrong == []


@pytest.mark.parametrize("value", ["0", "inf", "nan"])
def test_warnings_and_notes(value: str) -> None:
    wrong = []
    for case in small():
        bindings = [(name, array * 0 + float(value) if array.dtype.kind == "f" else array, array.dtype.kind != "f")
                    for name, array in case.operands.items()]  # fmt: skip
        for weights in ([], ["ones"]):
            try:
                result = answer(Request(case.text, bindings, notes=True, weights=weights))
            except (Problem, np.linalg.LinAlgError):
                continue
            texts = [each.message for each in (*result.warnings, *result.notes)]
            wrong += [f"{case.text}: {each}" for text in texts for each in told(text, case.text)]
            break
    assert wrong == []


def test_every_derivative_has_a_formula() -> None:
    entries = [entry for entry in index.public(index.load()) if entry["derivative"]]
    assert [(entry["name"], name) for entry in entries for name, text in entry["derivative"].items() if not text] == []
