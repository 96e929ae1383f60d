"""Arithmetic of plain numbers: Python's, where Python gives a number; a sentence or an infinity where it does not."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import Problem
from gradcli.run.arithmetic import MOST_BITS, OPERATIONS, compute

NUMBERS = st.one_of(st.integers(), st.booleans(), st.floats(), st.integers(-5, 5), st.integers(-(2**1023) + 1, 2**1023 - 1))
SYMBOLS = st.sampled_from([each for each in (*OPERATIONS, "**") if each not in "&|"])


@given(SYMBOLS, NUMBERS, NUMBERS)
def test_a_number_or_a_problem(symbol: str, x: Any, y: Any) -> None:
    try:
        found = compute(symbol, x, y)
    except Problem as problem:
        found = problem
    if isinstance(found, Problem):
        assert found.code in ("zero-division", "limit")
        return
    assert isinstance(found, (int, float))
    assert not isinstance(found, int) or found.bit_length() <= MOST_BITS
    try:
        expected = x**y if symbol == "**" else OPERATIONS[symbol](x, y)
    except OverflowError:
        expected = found if math.isinf(found) else None
    if isinstance(expected, complex):
        expected = math.nan
    assert found == expected or (math.isnan(found) and math.isnan(expected))


@pytest.mark.parametrize(
    ("symbol", "x", "y", "expected"),
    [
        ("**", 10.0, 400, math.inf),
        ("**", -10.0, 401, -math.inf),
        ("**", -10.0, 400, math.inf),
        ("**", 0.5, -5000, math.inf),
        ("**", -8, 0.5, math.nan),
        ("**", -8, 1 / 3, math.nan),
        ("**", 2, -1, 0.5),
        ("**", 1, 10**100, 1),
        ("**", -1, 10**100 + 1, -1),
        ("**", 0, 10**100, 0),
        ("**", 2, -(10**9), 0.0),
        ("**", True, 5, 1),
        ("*", 1e308, 10, math.inf),
        ("-", math.inf, math.inf, math.nan),
        ("/", 10**300, 10**299, 10.0),
        ("//", -7, 2, -4),
        ("%", -7, 3, 2),
        ("//", -5, math.inf, -1.0),
        ("&", 6, 3, 2),
        ("|", 6, 3, 7),
    ],
)
def test_edges(symbol: str, x: Any, y: Any, expected: float) -> None:
    found = compute(symbol, x, y)
    assert (math.isnan(found) and math.isnan(expected)) or (found == expected and type(found) is type(expected))


@pytest.mark.parametrize(
    ("symbol", "x", "y"), [("/", 1, 0), ("//", 1, 0), ("%", 1, 0), ("%", 1.0, 0.0), ("**", 0, -1), ("**", 0.0, -1)]
)
def test_division_by_zero_is_a_problem_with_a_way_out(symbol: str, x: Any, y: Any) -> None:
    with pytest.raises(Problem, match="division by zero") as caught:
        compute(symbol, x, y)
    assert (caught.value.code, caught.value.type) == ("zero-division", "ZeroDivisionError")
    assert "tensor(0.)" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("symbol", "x", "y", "digits"),
    [
        ("**", 9, 9**9, "369,693,100 digits"),
        ("**", 10, 400, "401 digits"),
        ("**", -10, 401, "402 digits"),
        ("**", 9, 9**300, "digits"),
        ("*", 10**200, 10**200, "401 digits"),
        ("+", 2**1023 - 1, 1, "309 digits"),
        ("-", -(2**1023) + 1, 1, "309 digits"),
        ("**", 10**300, 10**300, "10^302 digits"),
    ],
)
def test_whole_numbers_that_are_too_long(symbol: str, x: int, y: int, digits: str) -> None:
    with pytest.raises(Problem, match="more than a whole number may have here") as caught:
        compute(symbol, x, y)
    assert (caught.value.code, caught.value.type) == ("limit", "OverflowError")
    assert digits in caught.value.message
