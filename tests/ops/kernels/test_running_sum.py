"""Running sums of float32 are those of float64, rounded once, however long a line is and whatever stands in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.ops.kernels.running_sum import running_sums

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("special", [None, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize(("shape", "axis"), [((4095,), 0), ((4096,), 0), ((70_001,), 0), ((2, 5000), 1), ((5000, 3), 0)])
def test_sums_are_accumulated_in_float64(shape: Any, axis: int, special: float | None, backwards: bool) -> None:
    x = RANDOM.standard_normal(shape).astype(np.float32)
    if special is not None:
        x.flat[x.size // 2] = special
    step = -1 if backwards else 1
    line = np.moveaxis(x, axis, 0)[::step]
    expected = np.moveaxis(line.cumsum(0, np.float64).astype(np.float32)[::step], 0, axis)
    np.testing.assert_array_equal(running_sums(x, axis, backwards), expected)
