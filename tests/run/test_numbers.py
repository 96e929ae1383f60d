"""Arrays to nested lists and back: shortest digits, words for what is not finite, and where a list goes wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gradcli.errors import Problem
from gradcli.run.numbers import jsonable, parse_nested

FLOATS = ["float16", "float32", "float64"]


def written(array: object, **options: str) -> str:
    return json.dumps(jsonable(np.asarray(array), **options), allow_nan=False)


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (0.1, "float32", "0.1"),
        (0.1, "float16", "0.1"),
        (0.1, "float64", "0.1"),
        (1 / 3, "float32", "0.33333334"),
        (27.0, "float32", "27.0"),
        (-0.0, "float32", "-0.0"),
        (16777217.0, "float32", "16777216.0"),
        (65504.0, "float16", "65500.0"),
        (2.0**-6, "float16", "0.01563"),  # shorter than the nearest decimal, 0.015625, and still nothing else in float16
        (3.4028235e38, "float32", "3.4028235e+38"),
        (1e-45, "float32", "1e-45"),  # the least subnormal
        (6e-8, "float16", "6e-08"),
        (1e300, "float64", "1e+300"),
        (True, "bool", "true"),
        (7, "uint8", "7"),
        (-(2**63), "int64", str(-(2**63))),
    ],
)
def test_one_number_has_its_shortest_digits(value, dtype, text):
    assert written(np.array(value, dtype)) == text


@pytest.mark.parametrize("dtype", FLOATS)
@given(data=st.data())
def test_every_float_reads_back_and_no_shorter_text_would(dtype, data):
    array = data.draw(
        arrays.arrays(
            dtype,
            arrays.array_shapes(min_dims=0, min_side=0),
            elements=arrays.from_dtype(np.dtype(dtype), allow_nan=False, allow_infinity=False),
        )
    )
    back = parse_nested(json.loads(written(array)), "x")
    assert back.shape == array.shape or 0 in array.shape
    assert np.array_equal(back.astype(dtype).reshape(array.shape), array)
    for short, original in zip(np.ravel(jsonable(array)), array.ravel(), strict=True):
        assert float(short) == float(np.format_float_scientific(original, unique=True, trim="-"))


def test_a_hundred_thousand_random_bit_patterns_of_float32_have_their_shortest_digits():
    bits = np.random.default_rng(0).integers(0, 2**32, 100_000, dtype=np.uint32)
    array = bits.view(np.float32)
    array = array[np.isfinite(array)]
    assert jsonable(array) == array.astype("U").astype(np.float64).tolist()


def test_all_of_float16_and_all_powers_of_two_of_float32_have_their_shortest_digits():
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    powers = np.ldexp(np.float32(1), np.arange(-149, 128))
    for array in (halves[np.isfinite(halves)], powers.astype(np.float32)):
        assert jsonable(array) == array.astype("U").astype(np.float64).tolist()


def test_shapes_become_nesting():
    assert jsonable(np.arange(6.0, dtype=np.float32).reshape(1, 2, 3)) == [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]]
    assert jsonable(np.arange(6).reshape(3, 2).T) == [[0, 2, 4], [1, 3, 5]]
    assert jsonable(np.zeros((2, 0))) == [[], []]
    assert jsonable(np.array(2.5)) == 2.5


@pytest.mark.parametrize("dtype", FLOATS)
def test_what_is_not_finite_becomes_words_or_null(dtype):
    array = np.array([[np.nan, 1.5], [np.inf, -np.inf]], dtype)
    assert jsonable(array) == [["NaN", 1.5], ["Infinity", "-Infinity"]]
    assert jsonable(array, "null") == [[None, 1.5], [None, None]]
    assert jsonable(array[0, 0]) == "NaN"
    assert written(array) == '[["NaN", 1.5], ["Infinity", "-Infinity"]]'


def test_what_is_not_finite_is_an_error_that_names_the_index():
    with pytest.raises(Problem, match=r"the value at \[1, 0\] is inf") as caught:
        jsonable(np.array([[1.0, 2.0], [np.inf, np.nan]]), "error")
    assert (caught.value.code, caught.value.type, caught.value.exit) == ("non-finite", "ValueError", 3)
    with pytest.raises(Problem, match="the value is nan"):
        jsonable(np.array(np.nan), "error")
    assert jsonable(np.array([1.0]), "error") == [1.0]


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (3, "int64", 3),
        (3.0, "float64", 3.0),
        (True, "bool", True),
        ("-Infinity", "float64", -np.inf),
        ([1, 2], "int64", [1, 2]),
        ([1, 2.0], "float64", [1, 2]),
        ([[True], [False]], "bool", [[True], [False]]),
        ([True, 2], "int64", [1, 2]),
        ([True, 0.5], "float64", [1, 0.5]),
        ([], "float64", []),
        ([[], []], "float64", [[], []]),
        ([2**63, 1], "float64", [2.0**63, 1]),
        ({"data": [[1, 2], [3, 4]]}, "int64", [[1, 2], [3, 4]]),
        ({"data": [1, 2, 3, 4], "shape": [2, 2], "dtype": "float32"}, "float32", [[1, 2], [3, 4]]),
        ({"data": [1.0, 2.0], "dtype": "int64"}, "int64", [1, 2]),
        ({"data": [0, 3], "dtype": "bool"}, "bool", [False, True]),
        ({"data": 5, "shape": []}, "int64", 5),
        ({"data": [1e300], "dtype": "float32"}, "float32", [np.inf]),
        ({"re": 1, "im": -2.5}, "complex128", 1 - 2.5j),
        ([{"im": "Infinity"}, 3], "complex128", [complex(0, np.inf), 3]),
        ({"data": [{"re": 1}, 2], "dtype": "complex64"}, "complex64", [1, 2]),
        ({"data": ["Infinity", 1], "dtype": "float16", "shape": None}, "float16", [np.inf, 1]),
    ],
)
def test_values_become_arrays(value, dtype, expected):
    array = parse_nested(value, "x")
    assert array.dtype == dtype
    assert array.tolist() == expected


def test_nan_in_words_and_empty_shapes_become_arrays():
    assert np.isnan(parse_nested(["NaN", 1], "x")).tolist() == [True, False]
    assert parse_nested({"data": [], "shape": [0, 3]}, "x").shape == (0, 3)
    assert parse_nested([[], []], "x").shape == (2, 0)


@pytest.mark.parametrize(
    ("value", "type", "message"),
    [
        ([[1, 2], [3]], "ValueError", "expected sequence of length 2 at dim 1 (got 1): in x, the list at [1] is"),
        ([[[1], [2]], [[1], [2, 3]]], "ValueError", "(got 2): in x, the list at [1, 1] is not as long as the"),
        ([1, [2]], "ValueError", "x has a number at [0] and a list at [1]"),
        ([[1], 2], "ValueError", "x has a list at [0] and the number 2 at [1]"),
        ([[1, 2], None], "ValueError", "x has a list at [0] and null at [1]"),
        ([[1, None]], "ValueError", "x has null at [0, 1] where a number is wanted"),
        ([1, "2_0"], "ValueError", "x has the text '2_0' at [1] where a number is wanted"),
        ("nine", "ValueError", "x is the text 'nine' where a number is wanted"),
        (None, "ValueError", "x is null where a number is wanted"),
        ([{"a": 1}], "ValueError", "x has an object at [0] where a number is wanted"),
        ([1.5, 10**400], "ValueError", "the whole number at [1] in x is too large for float64"),
        ({"shape": [2]}, "ValueError", 'x is an object without "data"'),
        ({"data": [1], "dtpye": "int64"}, "ValueError", "x has the key 'dtpye'"),
        ({"data": {"data": 1}}, "ValueError", 'the "data" of x is an object'),
        ({"data": [1, 2, 3], "shape": [2, 2]}, "RuntimeError", "shape '[2, 2]' is invalid for input of size 3"),
        ({"data": [1], "shape": [-1]}, "ValueError", 'the "shape" of x'),
        ({"data": [1], "shape": [True]}, "ValueError", 'the "shape" of x'),
        ({"data": [1], "shape": 1}, "ValueError", 'the "shape" of x is the number 1'),
        ({"data": [1], "shape": [1] * 65}, "ValueError", "more than 64 dimensions"),
        ({"data": [], "shape": [0, 2**59, 2**59]}, "RuntimeError", "is invalid for input of size 0"),
        ({"data": [1], "dtype": "flot32"}, "TypeError", "x has the dtype 'flot32'"),
        ({"data": [1], "dtype": ["float32"]}, "TypeError", "x has the dtype"),
        ({"data": [1, 300], "dtype": "int8"}, "RuntimeError", "value cannot be converted to type int8 without overflow"),
        ({"data": [[0.5]], "dtype": "int64"}, "RuntimeError", "0.5 at [0, 0] of x"),
        ({"data": ["NaN"], "dtype": "int64"}, "RuntimeError", "value cannot be converted to type int64 without overflow"),
    ],
)
def test_what_is_no_array_is_one_sentence(value, type, message):
    with pytest.raises(Problem) as caught:
        parse_nested(value, "x")
    assert message in caught.value.message
    assert (caught.value.code, caught.value.type) == ("value", type)


def test_slips_get_a_suggestion():
    for value, hint in (({"data": 1, "dtype": "flot32"}, "float32"), ({"data": 1, "shap": []}, "shape")):
        with pytest.raises(Problem) as caught:
            parse_nested(value, "x")
        assert caught.value.hint == f"did you mean '{hint}'?"


def test_depth_costs_no_stack():
    value: object = 1
    for _ in range(64):
        value = [value]
    assert parse_nested(value, "x").ndim == 64
    for _ in range(100_000):
        value = [value]
    with pytest.raises(Problem, match="nested more than 64 lists deep"):
        parse_nested(value, "x")
