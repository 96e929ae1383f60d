"""Arguments of every kind: a value and its gradients come out, or a Problem, soon; never another exception.

The long run, `pytest -m fuzz tests/ops/test_argument_kinds.py`, replaces several arguments at once.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import numpy as np
import pytest

from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops import catalogue
from gradcli.ops.core.parameter_types import KINDS
from tests.batches import every
from tests.ops import argument_kinds
from tests.ops.gradcli_library import Gradcli
from tests.ops.samples import Case

ROWS = sorted([row for row in catalogue.rows() if row.function or row.method], key=lambda row: (row.name, row.overload))
SECONDS = 5


class Hanging(BaseException):
    """A call took too long."""


@contextmanager
def soon() -> Iterator[None]:
    """Interrupt what takes longer than a moment."""

    def strike(*_: Any) -> None:
        raise Hanging

    before = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def limited() -> Iterator[None]:
    """No call may ask for much memory."""
    with memory.limited(50_000_000):
        yield


def tensors(value: Any) -> Iterator[Tensor]:
    """The tensors of a result."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from tensors(each)


def differentiate(case: Case) -> None:
    """Compute a call and the gradients of all its results."""
    library = Gradcli()
    operands = {name: library.leaf(array, array.dtype.kind == "f") for name, array in case.operands.items()}
    outputs = [each for each in tensors(library.compute(case.text, operands)) if each.requires_grad]
    leaves = [each for each in operands.values() if each.requires_grad]
    weights = [from_array(np.ones(each.ndarray.shape, each.ndarray.dtype)) for each in outputs]
    if outputs and leaves:
        reverse_mode.grad(outputs, leaves, weights, allow_unused=True)


def bugs(cases: Iterator[Case]) -> dict[str, str]:
    """What ends otherwise than in a value or a Problem."""
    found = {}
    for case in cases:
        try:
            with soon():
                differentiate(case)
        except Problem:
            pass
        except (Exception, Hanging) as bug:
            if not isinstance(bug.__context__, Problem):  # as operators raise it once gradcli.torch has been imported
                found[case.text] = repr(bug)
    return found


@every(ROWS, lambda row: f"{row.name} {row.overload}")
def test_every_parameter_takes_or_refuses_every_kind_of_value(row: Operation) -> None:
    assert bugs(argument_kinds.calls(row)) == {}


@pytest.mark.fuzz
@every(ROWS, lambda row: f"{row.name} {row.overload}")
def test_several_arguments_at_once(row: Operation) -> None:
    assert bugs(argument_kinds.random_calls(row, Random(row.name), 2000)) == {}


def test_every_parameter_has_a_type() -> None:
    unknown = [
        (row.name, each.name, each.kind)
        for row in ROWS
        for each in row.statics
        if not {*each.kind.split(" | ")} - {"None"} <= {*KINDS}
    ]
    assert unknown == []
