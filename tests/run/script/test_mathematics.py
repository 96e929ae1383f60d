"""The module math is Python's, and takes tensors of one number."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest

import gradcli.ops.families  # noqa: F401  (enters the operations into the table)
from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.run.limits import Limits
from gradcli.run.script.mathematics import INSTEAD, MATH, SLEEP
from tests.run.script.outcomes import outcome

ARGUMENTS: list[tuple[Any, ...]] = [
    (), (0.5,), (2,), (-1.5,), (True,), ("a",), (2, 3), (2.5, 0.5), (-1, 0.5), (12, 18), (5, 2), (0, 0), (1e308, 10),
    (3, 4, 5), (10**6, 7),
    (math.inf,), (math.nan,), (1.0, math.nan), ([1.0, 2.5],), ([1, 2], [3, 5]), ((),), ([1, "a"],), (20, 3), (-5,),
    (2**60, 3), (range(3, 5),),
]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in dir(math) if not name.startswith("_")])
def test_every_member_is_pythons(name: str) -> None:
    own, pythons = MATH[name], getattr(math, name)
    if not callable(pythons):
        assert repr(own) == repr(pythons)
        return
    for args in ARGUMENTS:
        got, expected = outcome(own, *args), outcome(pythons, *args)
        words = 2 if got[1] == "TypeError" else 3  # Python names its own parameters there
        assert got[:words] == expected[:words], args


def test_keywords_are_pythons() -> None:
    assert MATH["isclose"](1.0, 1.1, rel_tol=0.2)
    assert not MATH["isclose"](1.0, 1.1, abs_tol=0.01)
    assert MATH["prod"]([1, 2, 3], start=10) == 60


def one(value: Any, dtype: str = "float32", requires_grad: bool = False) -> Tensor:
    return Tensor(np.asarray(value, dtype), requires_grad)


def test_a_tensor_of_one_element_is_a_number() -> None:
    assert MATH["sqrt"](one(2.0)) == math.sqrt(2.0)
    assert MATH["exp"](one([0.1])) == math.exp(float(np.float32(0.1)))
    assert MATH["log"](one(8), one(2, "int64")) == 3.0
    assert (MATH["floor"](one(2.5)), MATH["ceil"](one([[2.5]]))) == (2, 3)
    assert MATH["isclose"](one(2.0), 2.0, rel_tol=one(0.1))
    assert (
        MATH["gcd"](one(12, "int64"), 18),
        MATH["factorial"](one(5, "int64")),
        MATH["comb"](one(5, "int64"), 2),
    ) == (6, 120, 10)
    assert MATH["fsum"](one([1.5, 2.5])) == 4.0
    assert MATH["dist"](one([0.0, 3.0]), [4.0, 0.0]) == 5.0
    assert MATH["hypot"](one(3.0), one(4.0)) == 5.0


def test_a_product_of_tensors_is_a_tensor() -> None:
    product = MATH["prod"]([one(2.0), one(3.0)])
    assert isinstance(product, Tensor)
    assert product.array.item() == 6.0
    assert MATH["prod"](one([2.0, 5.0])).array.item() == 10.0


def test_several_elements_are_no_number() -> None:
    expected = ("error", "ValueError", "only one element tensors can be converted to Python scalars")
    assert outcome(MATH["sqrt"], one([1.0, 2.0])) == expected
    expected = ("error", "TypeError", "only integer tensors of a single element can be converted to an index")
    assert outcome(MATH["gcd"], one(2.0), 2) == expected
    assert outcome(MATH["trunc"], one(2.5)) == ("error", "TypeError", "type Tensor doesn't define __trunc__ method")


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("factorial", (10**6,)), ("factorial", (10**30,)), ("comb", (10**6, 5 * 10**5)), ("comb", (10**30, 10**29)),
        ("perm", (10**6, 10**5)), ("perm", (10**6,)), ("prod", ([10**1000] * 10**4,)), ("lcm", tuple(range(1, 10**5))),
    ],
)  # fmt: skip
def test_whole_numbers_stay_readable(name: str, args: tuple[Any, ...]) -> None:
    start = time.process_time()
    with pytest.raises(Problem) as refused:
        MATH[name](*args)
    assert refused.value.code == "limit"
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("name", "args"), [("factorial", (5000,)), ("comb", (20_000, 10_000)), ("comb", (10**40, 3)), ("perm", (10**9, 5))]
)
def test_large_ones_are_computed_all_the_same(name: str, args: tuple[int, ...]) -> None:
    assert MATH[name](*args) == getattr(math, name)(*args)


def test_the_limit_on_time_reaches_sums() -> None:
    with pytest.raises(Problem, match="limit on time"), Limits(max_time=0.1).enforce():
        MATH["fsum"](range(10**12))


def test_sleep_ends() -> None:
    assert SLEEP(0) is None
    with pytest.raises(Problem, match="60 seconds"):
        SLEEP(10**6)
    assert outcome(SLEEP, -1)[:2] == ("error", "ValueError")


def test_a_function_looks_like_pythons() -> None:
    assert repr(MATH["sqrt"]) == "<built-in function sqrt>"
    assert "torch.manual_seed" in INSTEAD["random"]
