"""Compensated sums in a fixed tree."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradcli.run.total.sums import Tree, added, summed

NUMBERS = st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=60)


@given(NUMBERS)
def test_a_sum_is_right_to_the_last_digit_of_what_cancels(values: list[float]) -> None:
    high, _ = summed(np.array(values)[:, None])
    exact = math.fsum(values)
    one_place = 2.0**-52  # of halves, two sums far apart may fall to either side
    assert abs(float(high[0]) - exact) <= abs(exact) * one_place + math.fsum(map(abs, values)) * 1e-28


def test_what_cancels_is_not_lost() -> None:
    high, low = summed(np.array([1e16, 1.0, -1e16, 1e-3])[:, None])
    assert float(high[0] + low[0]) == 1.001


def test_infinities_and_nans_stay_what_they_are() -> None:
    high, low = summed(np.array([[1.0, np.inf, np.nan], [2.0, 1.0, 1.0]]))
    np.testing.assert_array_equal(high + low, [3.0, np.inf, np.nan])
    assert np.isinf((high + low)[1])


@given(st.integers(1, 40))
def test_the_tree_merges_neighbours_and_nothing_twice(count: int) -> None:
    tree = Tree(lambda one, other: f"({one}{other})")
    for item in range(count):
        tree.add(f"<{item}>")
    merged = tree.result()
    assert [int(each) for each in merged.replace("(", "").replace(")", "")[1:-1].split("><")] == [*range(count)]
    if count >= 4:
        assert merged.startswith("(" * (count.bit_length() - 1))


def test_an_empty_sum_is_zero() -> None:
    high, low = summed(np.empty((0, 3)))
    np.testing.assert_array_equal(added((high, low), summed(np.ones((2, 3))))[0], [2, 2, 2])
    assert Tree(added).result() is None
