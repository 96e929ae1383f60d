"""Orders and counts: what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.ops.kernels.stable_order import order
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


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("numbers", [lambda n: n, lambda n: np.round(n), lambda n: np.where(n < 0, np.nan, n * np.inf)])
def test_a_long_line_is_in_a_stable_order(numbers: Any, dtype: Any, descending: bool) -> None:
    with np.errstate(invalid="ignore"):
        x = numbers(np.random.default_rng(0).standard_normal(20_000)).astype(dtype)
    x[:100:3], x[1:100:3] = 0.0, -0.0
    line = x[::-1] if descending else x
    expected = np.argsort(line, kind="stable")
    np.testing.assert_array_equal(order(x, 0, descending), len(x) - 1 - expected[::-1] if descending else expected)
