"""Arguments of every kind in programs: a value and its gradients come out, or an exception that PyTorch has; nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest

import gradcli.torch as torch
from gradcli.graph import memory
from gradcli.graph.operation import Operation
from gradcli.torch._boundary import problem_of
from tests.batches import every
from tests.ops import argument_kinds
from tests.ops.samples import LACKING, Case
from tests.ops.test_argument_kinds import ROWS, Hanging, soon, tensors

_ASKED = re.compile("no attribute '(size|copy_|__r?div__)'")
CONSTANTS = {"inf": math.inf, "nan": math.nan, "F": torch.nn.functional}


class Names(dict[str, Any]):
    """What the names of an expression mean in a program: functions of `torch` and its parts."""

    def __missing__(self, name: str) -> Any:
        for home in (torch, torch.nn.functional, torch.linalg, torch.special):
            if hasattr(home, name):
                return getattr(home, name)
        raise KeyError(name)


@pytest.fixture(autouse=True)
def limited() -> Iterator[None]:
    """No call may ask for much memory."""
    with memory.limited(50_000_000):
        yield


def differentiate(case: Case) -> None:
    """Compute a call and the gradients of all its results."""
    operands = {name: torch.tensor(array).requires_grad_(array.dtype.kind == "f") for name, array in case.operands.items()}
    outputs = tensors(eval(case.text, {"__builtins__": {}}, Names(operands, torch=torch, **CONSTANTS)))
    needing = [each for each in outputs if each.requires_grad]
    leaves = [each for each in operands.values() if each.requires_grad]
    if needing and leaves:
        torch.autograd.grad(needing, leaves, [torch.ones_like(each) for each in needing], allow_unused=True)


def _is_expected(error: BaseException) -> bool:
    """A spelling that only expressions have, or what PyTorch's own functions in Python ask of a value that is no tensor."""
    return isinstance(error, NameError) or (isinstance(error, AttributeError) and _ASKED.search(str(error)) is not None)


def bugs(cases: Iterator[Case]) -> dict[str, str]:
    """What ends otherwise than in a value or an exception of the package's own."""
    found = {}
    for case in cases:
        try:
            with soon():
                differentiate(case)
        except (Exception, Hanging) as error:
            if problem_of(error) is None and not _is_expected(error):
                found[case.text] = repr(error)
    return found


@pytest.mark.filterwarnings("ignore")
@every([row for row in ROWS if row.namespace != LACKING], lambda row: f"{row.name} {row.overload}")
def test_every_parameter_takes_or_refuses_every_kind_of_value(row: Operation) -> None:
    assert bugs(argument_kinds.calls(row)) == {}
