"""The error bounds that special functions state, against the C library's own; and their ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradcli.ops.kernels.error_function import erf, erfc

POINTS = np.concatenate([np.linspace(-30, 30, 60_001), np.linspace(-1.5, 1.5, 30_001), np.logspace(-300, 1.4, 5_000)])


@pytest.mark.parametrize(("function", "exact", "most"), [(erf, math.erf, 2), (erfc, math.erfc, 6)])
def test_units_in_the_last_place(function: Callable[[Any], Any], exact: Callable[[float], float], most: int) -> None:
    for points in (POINTS, -POINTS):
        expected = np.array([exact(x) for x in points])
        units = np.abs(function(points) - expected) / np.spacing(np.abs(expected))
        assert units[np.abs(expected) > 1e-300].max() <= most + 0.5  # the C library has an error of its own
        assert np.abs(function(points) - expected)[np.abs(expected) <= 1e-300].max(initial=0) < 1e-312


def test_ends() -> None:
    ends = np.array([0.0, -0.0, math.inf, -math.inf, math.nan, 1e-320, 28.0, 1e300])
    np.testing.assert_array_equal(erf(ends), [0, -0.0, 1, -1, math.nan, math.erf(1e-320), 1, 1])
    np.testing.assert_array_equal(np.signbit(erf(ends[:2])), [False, True])
    np.testing.assert_array_equal(erfc(ends), [1, 1, 0, 2, math.nan, 1, 0, 0])


def test_monotone_across_the_seams() -> None:
    for seam in (0.5, 1.0):
        near = seam + np.arange(-50, 50) * 2e-16
        assert np.ptp(erf(near)) < 3e-14
        assert np.ptp(erfc(near)) < 3e-14


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(), (0, 3), (3, 5), (70, 301)])
def test_shapes_and_dtypes(dtype: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape).astype(dtype)
    for function, exact in ((erf, math.erf), (erfc, math.erfc)):
        found = function(x.T)
        assert (found.dtype, found.shape) == (x.dtype, x.T.shape)
        expected = np.array([exact(each) for each in x.T.ravel()]).astype(dtype).reshape(x.T.shape)
        np.testing.assert_allclose(found, expected, rtol=np.finfo(dtype).eps * 4)
