"""`check` believes no rule: each vjp of the table, made wrong by a thousandth, is caught, and none that is right is blamed.

The cases are the samples of the table.  A rule that no case of an expression reaches in first order (those of operations of
which other rules are made) is reached in second order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.graph.multi_output import OutputCotangents
from gradcli.graph.node import Node
from gradcli.graph.operation import Operation, rule_parameters
from gradcli.ops import catalogue
from gradcli.ops.core.formulas import NOT_IMPLEMENTED, outline
from gradcli.run.checking.check import check
from gradcli.run.checking.result import CheckResult
from gradcli.run.forward import forward
from gradcli.run.request import Request
from tests.ops.samples import Case, read_cases, spelled_once

SMALL = 26  # elements of a case: enough to have every path of a rule
MOST_CASES = 12  # in which a rule is looked for

Key = tuple[Operation, int]  # a row, and the place of one of its rules
Form = tuple[Case, int]  # a case, and the order of the derivatives that are checked

# What only statements of scripts apply (changes in place, and what undoes them); what has no derivative, as PyTorch has it;
# and what is nan by itself, the mean of nothing.
SCRIPTS = ("fill", "bernoulli", "normal", "rrelu")
UNREACHED = {
    row
    for row in catalogue.rows()
    if row.family == "changes"
    or row.grad_fn in (None, "NotImplemented", "RreluWithNoiseBackwardBackward0")
    or row.name in SCRIPTS
}


@pytest.mark.parametrize("part", range(4))
def test_what_is_right_passes(part: int) -> None:
    """All samples of the table in first order; a quarter at a time."""
    assert [case.text for case in small_cases()[part::4] if not passes(case, 1)] == []


@pytest.mark.parametrize("place", range(3))
def test_every_rule_that_is_wrong_by_a_thousandth_is_caught(place: int) -> None:
    """The vjps of all rows by their first, second, third operand, each in a case that passes when they are right."""
    escaped = []
    for row in catalogue.rows():
        if row in UNREACHED or place >= len(row.vjps) or row.vjps[place] is None:
            continue
        if outline(row, row.operands[place]) == NOT_IMPLEMENTED:
            continue
        forms = users().get((row, place), [])
        if not any(caught(row, place, case, order) and passes(case, order) for case, order in forms):
            escaped.append(f"{row.name} {row.overload} by {row.operands[place]}")
    assert escaped == []


def passes(case: Case, order: int) -> bool:
    """Whether the check finds nothing wrong, or has nothing to say (masks, tuples, errors)."""
    result = checked(case, order)
    return result is None or result.word != "failed"


def caught(row: Operation, place: int, case: Case, order: int) -> bool:
    rules = row.vjps
    rule = rules[place]
    assert rule is not None
    row.vjps = (*rules[:place], falsified(rule, row), *rules[place + 1 :])
    try:
        result = checked(case, order)
    finally:
        row.vjps = rules
    return result is not None and not result.passed


def falsified(rule: Callable[..., Any], row: Operation) -> Callable[..., Any]:
    """The rule times 1.001 (of a list of operands, every cotangent); where it is zero, a thousandth of the cotangents' sum."""

    def wrong(*values: Any) -> Any:
        right = rule(*values)
        if row.variadic:
            return [each * 1.001 for each in right]
        is_zero = not np.any(getattr(right, "ndarray", right))
        cotangents = values[0].given.values() if isinstance(values[0], OutputCotangents) else values[:1]
        return right + sum([g.sum() for g in cotangents]) * 0.001 if is_zero else right * 1.001

    wrong.named = rule_parameters(rule)  # type: ignore[attr-defined]
    return wrong


def checked(case: Case, order: int = 1) -> CheckResult | None:
    """What the check says of a case; None where it is no case for it (masks, tuples, errors)."""
    try:
        return check(Request(case.text, bindings(case)), order=order, points=0)
    except Problem:
        return None


def bindings(case: Case) -> list[Any]:
    return [(name, array, array.dtype.kind != "f") for name, array in case.operands.items()]


@cache
def small_cases() -> list[Case]:
    every = [*spelled_once(), *read_cases("beyond.txt")]
    return [case for case in every if 0 < sum(array.size for array in case.operands.values()) <= SMALL]


# What is made of a sample: rules that are linear have second derivatives only within something that is not, and what only
# the rules of rules apply comes up in the third.
FIRST = ("{}", "({})[1]")
SECOND = ("sin({})", "sin(({})[0])", "sin(grad(sin({}).sum(), {leaf}))")


@cache
def users() -> dict[Key, list[Form]]:
    """By row and operand, a few cases in whose check the rule is called, each with the order of the check."""
    found: dict[Key, list[Form]] = {}
    telling = [case for case in small_cases() if any([noted(found, case, text, 1) for text in FIRST])]
    for case in telling:
        for text in SECOND:
            noted(found, case, text, 2)
    return {key: sorted(forms, key=_cost) for key, forms in found.items()}


def _cost(form: Form) -> tuple[int, int]:
    """Forms of first order before the others, and those of few elements, which are checked one by one, before large ones."""
    case, order = form
    return order, sum(array.size for array in case.operands.values())


def noted(found: dict[Key, list[Form]], case: Case, text: str, order: int) -> bool:
    """Note the rules that the check of a form of a case calls; whether few others did so before."""
    leaf = next((name for name, array in case.operands.items() if array.dtype.kind == "f"), "x")
    form = case._replace(text=text.format(case.text, leaf=leaf))
    users = [found.setdefault(key, []) for key in rules_of(form, order)]
    rare = any([len(each) < 2 for each in users])
    for each in users:
        each += [(form, order)] * (len(each) < MOST_CASES)
    return rare


def rules_of(case: Case, order: int) -> set[Key]:
    """The rules that a backward pass over a case, or over its gradients, would call."""
    leaves = [name for name, array in case.operands.items() if array.dtype.kind == "f"]
    slopes = " + ".join([f"grad(({case.text}).sum(), {leaf}).sum()" for leaf in leaves])
    try:
        with np.errstate(all="ignore"):
            computed = forward(Request(case.text if order == 1 else slopes, bindings(case)))
    except Problem:
        return set()
    seen: set[Key] = set()
    waiting: list[Any] = [out.node for out in computed.outputs if isinstance(out.node, Node)]
    known = set(waiting)
    while waiting:
        node = waiting.pop()
        for place, edge in enumerate(node.edges):
            if edge is None:
                continue
            seen.add((node.operation, 0 if node.operation.variadic else place))
            if isinstance(edge, Node) and edge not in known:
                known.add(edge)
                waiting.append(edge)
    return {(row, place) for row, place in seen if row.vjps and row.vjps[place] is not None}
