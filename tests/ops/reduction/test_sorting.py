"""Orders and counts: what they refuse."""

from __future__ import annotations

import pytest

from gradcli.errors import Problem
from gradcli.run.evaluate import evaluate
from gradcli.run.request import Request


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("bincount(i, weights=True)", "bincount(): argument 'weights' must be Tensor, not bool"),
        ("bincount(i, weights=[1, 2])", "weights should be 1-d and have the same length as input"),
        ("i.bincount(minlength=-1)", "minlength should be >= 0"),
        ("bincount(-i)", "bincount only supports 1-d non-negative integral inputs."),
    ],
)
def test_counts_refuse(call: str, message: str) -> None:
    with pytest.raises(Problem) as refused:
        evaluate(Request(call, [("i", "[1, 2, 2]", True)], no_grad=True))
    assert refused.value.message == message
