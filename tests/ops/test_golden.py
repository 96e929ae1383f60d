"""Every operation against PyTorch: values, dtypes, graphs, gradients, second derivatives, released graphs, errors."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.batches import every
from tests.ops import samples
from tests.ops.comparing import differences, is_array, is_error
from tests.ops.gradcli_library import Gradcli
from tests.ops.observing import Observation, observe, observe_value
from tests.ops.promotion import OPERATIONS, PAIRS, promoted

GRADCLI = Gradcli()
GOLDEN: dict[str, dict[str, Observation]] = json.loads(Path(__file__).with_name("golden_operations.json").read_text())
PROMOTION: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("golden_promotion.json").read_text())
OBSERVED = [(group, case) for group, cases in samples.groups().items() for case in cases]
VALUES = [(group, case) for group, cases in samples.value_groups().items() for case in cases]


def named(pair: tuple[str, samples.Case]) -> str:
    return f"{pair[0]}: {pair[1].id}"


@every(OBSERVED, named)
def test_is_what_pytorch_computes(pair: tuple[str, samples.Case]) -> None:
    group, case = pair
    expected, found = GOLDEN[group][case.id], observe(GRADCLI, case)
    if "is not implemented" in str(expected.get("second")):  # of some PyTorch lacks them; test_rules holds ours
        expected, found = ({key: value for key, value in each.items() if key != "second"} for each in (expected, found))
    if group == "complex128":  # of which PyTorch makes some of real parts; the graphs of real numbers are those of "samples"
        expected, found = ({key: value for key, value in each.items() if key != "graph"} for each in (expected, found))
        if (
            "does not support automatic differentiation for outputs with complex" in str(expected.get("error"))
            and "error" not in found
        ):
            return  # these are differentiated here; test_complex holds them
    if group == "kinks":
        expected = without_nan(expected, found)
    assert [*differences(whole(expected), whole(found), dtype=narrowest(case, expected))] == []


@every(VALUES, named)
def test_other_dtypes(pair: tuple[str, samples.Case]) -> None:
    group, case = pair
    expected = GOLDEN[group][case.id]
    assert [*differences(expected, observe_value(GRADCLI, case), dtype=narrowest(case, expected))] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_promotion_of_every_pair_of_dtypes(name: str) -> None:
    assert {pair: promoted(GRADCLI, OPERATIONS[name], pair) for pair in PAIRS} == PROMOTION[name]


def test_golden_files_are_of_these_cases() -> None:
    """Run `python -m tests.ops.make_golden` where a row, a sample or a call is new."""
    groups = samples.groups() | samples.value_groups()
    wanted = {group: {case.id for case in cases} for group, cases in groups.items()}
    assert {group: set(cases) for group, cases in GOLDEN.items()} == wanted


def test_golden_values_of_samples_are_finite() -> None:
    """A sample inside its domain gives numbers: nan equals nothing, and would be compared with nothing."""
    wild = [name for name, seen in GOLDEN["samples"].items() if not finite(seen) and "/ 0" not in name and "(x)" not in name]
    assert wild == []


def without_nan(expected: Observation, found: Observation) -> Observation:
    """What PyTorch observes, but our second derivatives where its are no numbers: test_extremes holds those to be true."""
    if not isinstance(expected.get("second"), dict) or not isinstance(found.get("second"), dict):
        return expected
    second = {
        name: array
        and [*array[:2], [ours if math.isnan(theirs) else theirs for theirs, ours in zip(array[2], mine[2], strict=True)]]
        for (name, array), mine in zip(expected["second"].items(), found["second"].values(), strict=True)
    }
    return {**expected, "second": second}


def whole(seen: Observation) -> Observation:
    """An observation with the gradients of a pass that kept nothing, which are left out where they are the same."""
    return {"passed": seen["grads"], **seen} if "twice" in seen else seen


def narrowest(case: samples.Case, seen: Observation) -> str:
    """The floating dtype with the fewest digits that the case and its result have."""
    dtypes = [case.dtype, *(each[0] for each in arrays(seen.get("out")))]
    return next((dtype for dtype in ("float16", "float32") if dtype in dtypes), "float64")


def arrays(value: Any) -> list[Any]:
    """The encoded arrays in a part of an observation."""
    if is_array(value):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) and not is_error(value) else []
    return [array for part in parts for array in arrays(part)]


def finite(seen: Observation) -> bool:
    return all(abs(number) < float("inf") for array in arrays(seen) for number in array[2])
