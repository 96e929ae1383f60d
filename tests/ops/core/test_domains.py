"""What the rows say about where they are defined, against the numbers that they give: values and derivatives alike."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops import catalogue, index

_ENDS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)  # where domains end, and what lies on both sides of that
_SOME = (0, 4, -1)  # places at which an entry is tried by itself

ROWS = [row for row in catalogue.rows() if 1 <= len(row.operands) <= 2 and not row.variadic]
FORMS = [
    *index.public(index.load()),
    *index.find(index.load(), "pow"),
    *index.find(index.load(), "xlogy"),
]  # pow and xlogy are public as what chooses among their forms
CONDITIONS = {(entry["name"], entry["overload"]): (entry["domain"], entry["differentiable"]) for entry in FORMS}


def entrywise(row: Operation, operands: list[Tensor]) -> Any:
    """The result of a row that takes each entry by itself; None of any other."""
    try:
        out = row.call(*operands)
        if not isinstance(out, Tensor) or out.shape != operands[0].shape or out.ndarray.dtype.kind != "f":
            return None
        alone = [row.call(*[from_array(each.ndarray[place:][:1]) for each in operands]).ndarray.reshape(1) for place in _SOME]
    except (Problem, TypeError, ValueError, IndexError, AttributeError):
        return None
    return out if np.array_equal(np.concatenate(alone), out.ndarray[[*_SOME]], equal_nan=True) else None


def holds(condition: str | None, values: dict[str, float]) -> bool:
    """What a condition of the table, which is written in Python or in words, says of numbers."""
    if condition in (None, "any number"):
        return True
    if condition == "x is not 0, -1, -2, ...":
        return values["x"] > 0 or values["x"] % 1 != 0
    return all(eval(part, {"pi": np.pi, "n": 0}, values) for part in str(condition).split(", "))


def finite_gradients(row: Operation, out: Tensor, operands: list[Tensor]) -> Any:
    """At which entries all gradients are finite."""
    if not out.requires_grad or not any(row.vjps):
        return np.ones(out.shape, bool)
    grads = [gradient(out, each) for each in operands]
    return np.all([np.isfinite(each.ndarray) for each in grads if each is not None], axis=0)


def gradient(out: Tensor, operand: Tensor) -> Tensor | None:
    """The gradient by an operand; None where the result does not depend on it, or PyTorch has no derivative by it."""
    try:
        return reverse_mode.grad([out], [operand], [from_array(np.ones(out.shape))], retain_graph=True, allow_unused=True)[0]
    except Problem as problem:
        if problem.code != "not-differentiable":
            raise
        return None


@pytest.mark.filterwarnings("ignore")
def test_a_row_is_defined_just_where_it_says_so() -> None:
    tried = set()
    for row in ROWS:
        points = np.array([*product(_ENDS, repeat=len(row.operands))])
        operands = [from_array(points[:, place].copy(), requires_grad=True) for place in range(len(row.operands))]
        out = entrywise(row, operands)
        if out is None or row.composite or (row.name, row.overload) not in CONDITIONS:
            continue
        tried.add(row.name)
        domain, differentiable = CONDITIONS[row.name, row.overload]
        smooth = finite_gradients(row, out, operands)
        for at, point in enumerate(points.tolist()):
            values = dict(zip(row.operands, point, strict=True))
            inside = holds(domain, values)
            assert np.isfinite(out.ndarray[at]) == inside, f"{row.name} {row.overload} at {values}"
            if inside and not smooth[at]:  # where it is, there may be a convention
                assert not holds(differentiable, values), f"the derivative of {row.name} {row.overload} at {values}"
    assert {"sqrt", "asin", "atanh", "atan2", "xlogy", "special.entr", "hypot", "log", "div", "lgamma", "pow"} <= tried
