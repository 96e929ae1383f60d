"""Every derivative rule against finite differences of five points, in both modes and in second order, at 1e-8."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.engine import reverse_mode
from gradcli.engine.real_parts import real_view
from gradcli.graph.operation import Operation
from gradcli.graph.tape import observed
from gradcli.graph.tensor import from_array
from gradcli.ops import catalogue
from gradcli.ops.core import table
from gradcli.ops.core.builders import elementwise
from gradcli.ops.elementwise.trigonometry import sin
from tests.batches import every
from tests.ops import samples
from tests.ops.finite_differences import (
    computed,
    differences,
    gradients_of,
    has_gradients,
    pushed_forward,
    tangent_of,
    value,
)
from tests.ops.observing import weight_of
from tests.ops.samples import Array, Case

EXACT = 1e-8
GOLDEN = json.loads(Path(__file__).with_name("golden_operations.json").read_text())
DIFFERENTIABLE = [case for case in samples.spelled_once() if has_gradients(case)]
SCRIPTS = Path(__file__).parents[1] / "scripts"
BEYOND = samples.read_cases("beyond.txt")


def named(case: Case) -> str:
    return case.id


def finite(seen: dict[str, Any]) -> bool:
    """Whether PyTorch has a value and gradients there, and all of their numbers are finite."""
    if not isinstance(seen.get("grads"), dict) or isinstance(seen["out"][0], list) or not any(seen["grads"].values()):
        return False
    return all(np.isfinite(each[2]).all() for each in (seen["out"], *seen["grads"].values()) if each)


@every([*DIFFERENTIABLE, *BEYOND], named)
def test_backward_and_forward_rules(case: Case) -> None:
    hold_rules(case)


def hold_rules(case: Case) -> None:
    """Backward and forward rules against finite differences, and against each other."""
    leaves, out = computed(case)
    weight = weight_of(case, out.ndarray)
    gradients = gradients_of(out, leaves, weight)
    pushed, pulled = 0.0, 0.0
    weight = real_view(weight)  # a complex result counts as its two parts
    for name, gradient in gradients.items():
        jacobian = differences(lambda operands: real_view(value(case, operands)), case.operands, name)
        assert_close(np.tensordot(weight, jacobian, weight.ndim), gradient)
        direction = tangent_of(case, name)
        moved = real_view(pushed_forward(case, {name: direction}))
        assert_close(np.tensordot(jacobian, direction, direction.ndim), moved)
        pushed, pulled = pushed + np.vdot(weight, moved), pulled + np.vdot(gradient, direction)
    assert pushed == pytest.approx(pulled, rel=1e-12, abs=1e-12)


@every(DIFFERENTIABLE, named)
def test_second_order(case: Case) -> None:
    hold_second_order(case)


def hold_second_order(case: Case) -> None:
    """Rules of rules: of the sine of the result, so that the cotangents that the rules take depend on the operands, too."""
    leaves, out = computed(case)
    weight = from_array(weight_of(case, out.ndarray))
    first = reverse_mode.grad([sin(out)], list(leaves.values()), [weight], create_graph=True, allow_unused=True)
    ends = {name: each for name, each in zip(leaves, first, strict=True) if each is not None and each.requires_grad}
    directions = {name: tangent_of(case, name) for name in ends}
    second = reverse_mode.grad(
        [*ends.values()], list(leaves.values()), [from_array(each) for each in directions.values()], allow_unused=True
    )

    def slope(operands: dict[str, Array]) -> Array:
        leaves, out = computed(case, operands)
        gradients = gradients_of(sin(out), leaves, weight.ndarray)
        return np.asarray(sum(np.vdot(gradients[name], each) for name, each in directions.items()))

    for name, found in zip(leaves, second, strict=True):
        expected = differences(slope, case.operands, name)
        assert_close(expected, np.zeros_like(expected) if found is None else found.ndarray)


@every([case for case in samples.read_cases("kinks.txt") if finite(GOLDEN["kinks"].get(case.id, {}))], named)
def test_both_modes_take_the_same_side_of_a_kink(case: Case) -> None:
    leaves, out = computed(case)
    weight = weight_of(case, out.ndarray)
    gradients = gradients_of(out, leaves, weight)
    directions = {name: tangent_of(case, name) for name in gradients}
    pushed = np.vdot(weight, pushed_forward(case, directions))
    pulled = sum(np.vdot(gradients[name], each) for name, each in directions.items())
    assert pushed == pytest.approx(pulled, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    "values", [[[1.0, 2.0], [2.0, 4.0]], [[0.0, 1.0], [0.0, 2.0]], [[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]], ids=str
)
def test_determinant_of_singular_matrices(values: list[list[float]]) -> None:
    """The determinant is a polynomial: its derivatives exist where the inverse does not."""
    case = Case("det(x)", {"x": np.array(values)})
    hold_rules(case)
    hold_second_order(case)


def test_every_row_is_tested() -> None:
    """Each row with a derivative is applied by some case, or by the gradients or second derivatives of one.

    What expressions cannot apply, since only programs draw such numbers, a golden script shows by its name.
    """
    cases = [
        case
        for group in ("samples", "calls", "reshaped", "complex128")
        for case in samples.groups()[group]
        if isinstance(GOLDEN[group].get(case.id, {}).get("grads"), dict)
    ]
    lacking = [
        case for row in catalogue.rows() if row.namespace == samples.LACKING and row.grad_fn for case in samples.row_cases(row)
    ]
    used = set().union(*[rows_of(case) for case in (*cases, *lacking)])
    rows = [
        row for row in catalogue.rows() if row.grad_fn not in (None, "NotImplemented") and row.family != "changes"
    ]  # scripts have those
    beyond = [row for row in rows if row not in used]
    shown = "".join([path.read_text() for path in SCRIPTS.rglob("*.out")]) if beyond else ""
    assert [f"{row.name} {row.overload}" for row in beyond if str(row.grad_fn) not in shown] == []


def rows_of(case: Case) -> set[Operation]:
    """The rows that a case, its gradients and their gradients apply; the gradients by the weights among them."""
    applied: set[Operation] = set()
    with observed(lambda operation, operands, statics, result: applied.add(operation)):
        leaves, out = computed(case)
        ends, inputs = [out], list(leaves.values())
        for _ in range(2):
            weights = [from_array(np.ones(end.shape, end.ndarray.dtype), True) for end in ends]
            found = reverse_mode.grad(ends, inputs, weights, create_graph=True, allow_unused=True)
            ends, inputs = [each for each in found if each is not None and each.requires_grad], inputs + weights
    return applied


def assert_close(expected: Any, found: Array) -> None:
    assert np.shape(expected) == found.shape
    assert np.isfinite(expected).all()
    assert np.isfinite(found).all()
    assert np.abs(expected - found).max(initial=0) <= EXACT * max(1.0, np.abs(found).max(initial=0))


def test_a_wrong_rule_is_found_where_pytorch_has_no_such_operation() -> None:
    row = elementwise(
        "its_square",
        lambda x, /: x * x,
        lambda x: 3 * x,
        grad_fn="ItsSquareBackward0",
        namespace=samples.LACKING,
        doc="x * x, with a rule that is wrong.",
        samples=("its_square(x)",),
    )
    try:
        mine = [case for case in samples.cases.__wrapped__() if "its_square" in case.text]
        assert mine
        assert not [case for case in samples.cases.__wrapped__(lacking=False) if "its_square" in case.text]
        with pytest.raises(AssertionError):
            hold_rules(mine[0])
    finally:
        table.TABLE.remove(row)
        for names in (table.FUNCTIONS, table.METHODS, table.MODULES):
            names.pop("its_square", None)
        for names in (table.CHANGES, table.MODULES):
            names.pop("its_square_", None)
