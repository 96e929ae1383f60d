"""Plans against the tape, for every sample of every row: other values than those of the trace, and many records at once.

What is elementwise agrees to the last digit, everything else within the error of a sum.  A row may have no plan where its
result depends on values; then the plan is refused, and never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from gradcli.engine.plan import Mismatch, PlanRefused
from gradcli.engine.plan.program import ELEMENTWISE, VIEW
from gradcli.errors import Problem
from gradcli.run import plans
from gradcli.run.evaluate import evaluate
from gradcli.run.request import Request
from gradcli.run.result import Result
from tests.ops import samples
from tests.ops.samples import Case

PARTS = 12
GROUPS: dict[str, Callable[[], list[Case]]] = {
    "float64": samples.spelled_once,
    "float32": lambda: samples.cast_cases("float32", most=3),
    "reshaped": lambda: samples.reshaped_cases()[::4],
}
TOLERANCE = {"float64": 1e-11, "float32": 2e-5}
Arrays = list[Any]


def others(arrays: Arrays) -> Arrays:
    """Other values of the same kind: those that are there, in reverse."""
    return [each if each.dtype.kind == "b" else each.ravel()[::-1].reshape(each.shape).copy() for each in arrays]


def request(case: Case, arrays: Arrays, weighted: bool) -> Request:
    bindings = [(name, array, array.dtype.kind != "f") for name, array in zip(case.operands, arrays)]
    dtype = "float32" if case.dtype == "float32" else "float64"
    return Request(case.text, bindings, weights=["ones"] if weighted else [], no_grad=not weighted, dtype=dtype, values=True)


def arrays_of(result: Result) -> Arrays:
    found: Arrays = []
    plans.changed(result, lambda each: found.append(each) if isinstance(each, np.ndarray) else None)
    return found


def computed(case: Case, arrays: Arrays) -> tuple[Result | None, bool]:
    """What the tape gives, with a backward pass where there can be one; and whether there was."""
    for weighted in (True, False):
        try:
            return evaluate(request(case, arrays, weighted)), weighted
        except Problem:
            continue
    return None, False


def agree(case: Case, expected: Arrays, found: Arrays, exactly: bool) -> bool:
    if [(each.shape, each.dtype) for each in expected] != [(each.shape, each.dtype) for each in found]:
        return False
    if exactly:
        return all([np.array_equal(one, two, equal_nan=one.dtype.kind == "f") for one, two in zip(expected, found)])
    tolerance = TOLERANCE.get(case.dtype, 1e-11)
    return all([np.allclose(one, two, tolerance, tolerance, equal_nan=True) for one, two in zip(expected, found)])


def wrong(case: Case) -> Iterator[str]:
    """What is wrong with the plan of a case."""
    sets = [list(case.operands.values())]
    sets.append(others(sets[0]))
    result, weighted = computed(case, sets[0])
    if result is None or not sets[0]:
        return
    try:
        planned = plans.of(request(case, sets[0], weighted))
    except PlanRefused:
        yield "refused"
        return
    exactly = all([each.kind in (ELEMENTWISE, VIEW) for each in planned.plan.program.equations])
    results: list[Arrays | None] = []
    for arrays in sets:
        try:
            expected = result if arrays is sets[0] else evaluate(request(case, arrays, weighted))
        except Problem:
            return
        try:
            found = planned(arrays)
        except Mismatch:
            return
        if [each.grad_fn for each in expected.nodes] != [each.grad_fn for each in found.nodes]:
            yield "its functions have other names"
        if not agree(case, arrays_of(expected), arrays_of(found), exactly):
            yield "another answer"
        results.append(arrays_of(expected))
    try:
        stacked = planned.stacked([np.stack([one, two, one]) for one, two in zip(*sets)])
    except Mismatch:
        return
    places = arrays_of_places(planned)
    exactly &= all([each.ndim > 0 for each in sets[0]])  # of 0-d arrays NumPy makes scalars, which some kernels round twice
    for row in range(3):
        if not agree(case, results[row % 2] or [], [stacked[place][row] for place in places], exactly):
            yield f"another answer for record {row} of a stack"


def arrays_of_places(planned: plans.Planned) -> list[int]:
    found: list[int] = []
    plans.changed(planned.template, lambda each: found.append(each.number) if isinstance(each, plans.Place) else None)
    return found


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("group", GROUPS)
def test_plans_give_what_the_tape_gives(group: str, part: int) -> None:
    cases = GROUPS[group]()[part::PARTS]
    found = {case.id: list(wrong(case)) for case in cases}
    assert {name: words for name, words in found.items() if words not in ([], ["refused"])} == {}
    refused = [name for name, words in found.items() if words == ["refused"]]
    assert len(refused) <= max(3, len(cases) // 20), refused
