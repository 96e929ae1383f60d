"""Writes golden_tensors.json: what PyTorch prints for many arrays.  Run by hand with an interpreter that has torch.

A case holds all that the test needs to build the array without torch: `values` (floats as hexadecimal text, a complex
number as two of them), repeated over and over until `shape` is full, the dtype, and the settings in force.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import product
from math import inf, nan, nextafter
from pathlib import Path
from typing import Any

import numpy as np
import torch

FLOATS = ("float16", "float32", "float64")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
COMPLEX = ("complex64", "complex128")
LONGEST_TEXT = 1500  # of a random case
DRAWN_OPTIONS = {
    "profile": ("short", "full"),
    "precision": (0, 2, 3, 8),
    "threshold": (0, 5, 100),
    "edgeitems": (1, 2, 4),
    "linewidth": (20, 40, 60, 100),
    "sci_mode": (True, False),
}

Case = dict[str, Any]


class LongNameForTheNodeOfAFunctionThatTheUserWrote(torch.autograd.Function):
    """Gives a grad_fn that fits on few lines."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> torch.Tensor:
        return g


def case(
    values: Any,
    dtype: str = "float32",
    shape: tuple[int, ...] | None = None,
    *,
    grad: str = "",
    default_dtype: str = "float32",
    **options: Any,
) -> Case:
    """One case; `grad` is "leaf", "parameter", "short" or "long" (the name of the node), or nothing."""
    data = np.array(values, dtype=dtype)
    return {
        "dtype": dtype,
        "shape": list(data.shape if shape is None else shape),
        "values": data.ravel(),
        "grad": grad,
        "default_dtype": default_dtype,
        "options": options,
    }


def finished(entry: Case) -> Case:
    """The case with PyTorch's text, as JSON can hold it."""
    torch.set_default_dtype(getattr(torch, entry["default_dtype"]))
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**entry["options"])
    with_grad = _graphed(torch.from_numpy(np.resize(entry["values"], entry["shape"])), entry["grad"])
    node = with_grad.grad_fn
    return {
        "dtype": entry["dtype"],
        "shape": entry["shape"],
        "values": _encoded(entry["values"]),
        "options": {name: "inf" if value == inf else value for name, value in entry["options"].items()},
        "default_dtype": entry["default_dtype"],
        "requires_grad": with_grad.requires_grad,
        "grad_fn": None if node is None else repr(with_grad).rpartition("<")[2].rstrip(">)"),
        "prefix": "Parameter containing:\ntensor(" if entry["grad"] == "parameter" else "tensor(",
        "text": repr(with_grad),
    }


def _graphed(tensor: torch.Tensor, grad: str) -> torch.Tensor:
    if not grad:
        return tensor
    if grad == "parameter":
        return torch.nn.Parameter(tensor)
    leaf = tensor.requires_grad_()
    if grad == "leaf":
        return leaf
    return leaf.clone() if grad == "short" else LongNameForTheNodeOfAFunctionThatTheUserWrote.apply(leaf)


def _encoded(values: np.ndarray[Any, Any]) -> list[Any]:
    if values.dtype.kind == "c":
        values = values.view(values.real.dtype)
    return [value.hex() if isinstance(value, float) else value for value in values.tolist()]


# ---- cases that were thought of -------------------------------------------------------------------------------------


def special_values() -> Iterator[Case]:
    """Zeros with a sign, nan, infinities: alone and beside numbers that need digits, or none."""
    loners = [0.0, -0.0, nan, inf, -inf, 1.0, -1.5]
    for dtype, value in product(FLOATS, loners):
        yield case(value, dtype)
    for first, second in product([0.0, -0.0, nan, inf, -inf], [1.0, 1.5, -1.5, 123.0, 1e-6, nan]):
        yield case([first, second])
    for value in (0.0, nan, -inf, 1.0):  # what is not finite or not nonzero does not count for the width of a line
        yield case(value, shape=(40,))
        yield case(value, "complex64", shape=(40,))


def notation_limits() -> Iterator[Case]:
    """Fixed or scientific: just below, at, and just above each limit, in each precision."""
    for limit in (1e8, 1e-4):
        for dtype, toward in product(FLOATS[1:], (0.0, limit, inf)):
            yield case(np.nextafter(np.array(limit, dtype), np.array(toward, dtype)).item(), dtype)
    for base, dtype, toward in product((0.1, 0.5, 1.0, 3.3), FLOATS, (0.0, None, inf)):
        small, large = np.array(base, dtype), np.array(base * 1000, dtype)
        yield case([small, large if toward is None else np.nextafter(large, np.array(toward, dtype))], dtype)
    yield case([1.0, 1000.0, 0.0, -0.0], "float64")
    for value in (1e-4, 9.9999e-5, 65504.0, 6e-8, 0.00012):
        yield case([value], "float16")
    for values in (
        [1e20, 2.0],
        [1e-20, 1.0],
        [5e-324, 1.0],
        [1.7e308, 1e-308],
        [-1e-100, 1e100],
        [9.99995e99, 1.0],
        [nextafter(1e8, 0), 1.0],
        [2.0**53, 2.0**53 + 2],
        [99999.99996, 5.0],
        [0.99996],
        [0.00005, 0.1],
    ):
        for sci_mode in (None, True, False):
            yield case(values, "float64", sci_mode=sci_mode)
    indifferent = ((0.0, "float32"), (nan, "float32"), (3, "int64"), (True, "bool"))
    for sci_mode, (value, dtype) in product((True, False), indifferent):
        yield case([value, value], dtype, sci_mode=sci_mode)


def shapes() -> Iterator[Case]:
    """Every way of nesting, wrapping, summarising and being empty."""
    for shape in (
        (1,),
        (3,),
        (17,),
        (18,),
        (19,),
        (40,),
        (1000,),
        (1, 1),
        (2, 2),
        (3, 25),
        (2, 3, 4),
        (1, 1, 1, 1),
        (2, 1, 2, 1, 2),
        (2, 2, 2, 2, 2),
        (1,) * 30,
    ):
        yield case([0.5, 12.25, -3.0], shape=shape)
        yield case([5, -12, 300], "int64", shape=shape)
    for shape in (
        (1001,),
        (2000,),
        (7, 143),
        (6, 167),
        (167, 6),
        (30, 40),
        (1, 1001),
        (1001, 1),
        (11, 11, 11),
        (6, 6, 6, 6),
        (2, 2, 2, 1001),
        (1, 1, 2000),
        (500, 2, 2),
        (100000,),
    ):
        yield case([0.5, 1.25, 7.0, 1e9, 3.0, -2.5, 11.0], shape=shape)  # the large one is shown in some of them only
        yield case([1, 2, -3, 4, 123456, 5, 6], "int64", shape=shape)
    for shape, dtype, default in product(
        ((0,), (1, 0), (0, 3), (2, 3, 0)), ("float32", "float64", "int64", "bool", "complex128"), ("float32", "float64")
    ):
        yield case([], dtype, shape, default_dtype=default)


def other_dtypes() -> Iterator[Case]:
    for dtype in INTEGERS:
        limits = np.iinfo(dtype)
        yield case(limits.max, dtype)
        yield case([limits.min, limits.max, 0], dtype)
        yield case([limits.min, 1], dtype, shape=(50,))
    for values in ([True], [False], [True, False], [[True, True], [True, True]], True, False):
        yield case(values, "bool")
    yield case([True, False, True, True], "bool", shape=(33, 33))
    for dtype, default in product((*FLOATS, *COMPLEX, "int64", "int32", "bool"), FLOATS):
        yield case([1, 2], dtype, default_dtype=default)
    for parts in product([1.0, -1.5, -0.0, nan, inf, 1e10], [2.0, -2.5, -0.0, nan, -inf, 1e-10]):
        yield case([complex(*parts), 1 + 1j], "complex64")
    yield case([1 + 100.5j, -2 + 1j], "complex128", shape=(45,))
    yield case([1 + 100.5j, -2 + 1j], "complex64", shape=(40, 30))
    yield case(1e-5 + 3j, "complex128")


def endings() -> Iterator[Case]:
    """Suffixes at every distance from the edge of the line."""
    for length in range(3, 19):
        for grad in ("leaf", "short", "long"):
            yield case(1.0, "float64", (length,), grad=grad)
    for shape in ((), (0,), (0, 3), (2, 3), (3, 2, 2)):
        for grad, dtype in product(("leaf", "short", "long", "parameter"), ("float32", "float64")):
            yield case([1.0, 2.5], dtype, shape, grad=grad)
    for linewidth in (30, 40, 41, 42, 43, 44, 46, 47, 48, 61, 62, 63, 64, 65, 66):
        yield case(1.0, "float64", (3,), grad="leaf", linewidth=linewidth)
        yield case(1.0, "float64", (2, 3), grad="leaf", linewidth=linewidth)
        yield case([], "float64", (0, 3), grad="leaf", linewidth=linewidth)
        yield case(1.0, "float64", (17,), grad="leaf", linewidth=linewidth)


def settings() -> Iterator[Case]:
    """Each print option by itself, the profiles, and options on top of a profile."""
    numbers = [0.1234567890123, 3.0, -27.5]
    for precision, values in product((0, 1, 2, 6, 12, 17), (numbers, [1.0, 2.0], [1e10, 0.5], [0.5, 2.5])):
        yield case(values, "float64", precision=precision)
    for threshold, edgeitems in product((0, 5, 11, 12, inf), (0, 1, 2, 6)):
        yield case(numbers, shape=(12,), threshold=threshold, edgeitems=edgeitems)
        yield case(numbers, shape=(3, 4), threshold=threshold, edgeitems=edgeitems)
    for linewidth in (-5, 0, 1, 10, 20, 33.5, 60, 79, 80, 81, 120, 200):
        yield case(numbers, shape=(30,), linewidth=linewidth)
        yield case(numbers, shape=(2, 13), linewidth=linewidth)
    for profile, shape in product(("default", "short", "full"), ((), (12,), (3, 4), (37, 30))):
        yield case(numbers, shape=shape, profile=profile)
        yield case(numbers, shape=shape, profile=profile, precision=3, edgeitems=1)
    for shape in ((), (1,), (0,), (0, 2), (5,)):
        yield case(1.0, shape=shape, threshold=0, edgeitems=0, grad="short")


# ---- cases that nobody thought of -----------------------------------------------------------------------------------


def drawn(seed: int) -> Case:
    """One random case, the same for the same seed."""
    draw, numbers = random.Random(seed), np.random.default_rng(seed)
    dtype = draw.choice(FLOATS * 4 + INTEGERS + COMPLEX * 2 + ("bool",))
    shape = tuple(draw.choice((1, 2, 3, 5, 7, 13)) for _ in range(draw.choice((0, 1, 1, 1, 2, 2, 3, 4))))
    options = {name: draw.choice(values) for name, values in DRAWN_OPTIONS.items() if draw.random() < 0.15}
    grad = draw.choice(("", "leaf", "short", "long")) if dtype in FLOATS + COMPLEX else ""
    values = _drawn_values(draw, numbers, dtype)
    return case(values, dtype, shape, grad=grad, default_dtype=draw.choice(FLOATS), **options)


def _drawn_values(draw: random.Random, numbers: np.random.Generator, dtype: str) -> np.ndarray[Any, Any]:
    count = draw.choice((1, 2, 5, 31))
    if dtype == "bool":
        return numbers.random(count) < draw.choice((0.0, 0.5, 1.0))
    if dtype in INTEGERS:
        limits = np.iinfo(dtype)
        largest = min(limits.max, 10 ** draw.randint(0, 19))
        return numbers.integers(max(limits.min, -largest), largest, count, dtype=dtype, endpoint=True)
    if dtype in COMPLEX:
        parts = np.array([_drawn_floats(draw, numbers, count) for _ in range(2)])
        return parts.T.astype("float32" if dtype == "complex64" else "float64", order="C").view(dtype).ravel()
    return _drawn_floats(draw, numbers, count).astype(dtype)


def _drawn_floats(draw: random.Random, numbers: np.random.Generator, count: int) -> np.ndarray[Any, Any]:
    values = draw.choice(
        (
            lambda: numbers.standard_normal(count),
            lambda: numbers.standard_normal(count) * 10.0 ** draw.randint(-9, 9),
            lambda: numbers.integers(-1000, 1000, count).astype("float64"),
            lambda: 10.0 ** numbers.uniform(-3, 3, count) * numbers.choice([-1, 1], count),
            lambda: 10.0 ** numbers.uniform(-200, 200, count),
            lambda: np.arange(count) / 7,
        )
    )()
    where = numbers.random(count) < draw.choice((0.0, 0.0, 0.3))
    return np.where(where, numbers.choice([0.0, -0.0, nan, inf, -inf, 1.0, 1e8, 1e-4], count), values)


def main() -> None:
    np.seterr(over="ignore")  # a random number that float16 cannot hold is welcome as an infinity
    families = (special_values, notation_limits, shapes, other_dtypes, endings, settings)
    thought_of = [finished(entry) for family in families for entry in family()]
    random_ones = [entry for entry in map(finished, map(drawn, range(300))) if len(entry["text"]) <= LONGEST_TEXT]
    cases = thought_of + random_ones
    lines = ",\n".join(json.dumps(entry) for entry in cases)
    text = f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n'
    Path(__file__).with_name("golden_tensors.json").write_text(text)
    print(f"{len(cases)} cases, {len(text):,} characters")


if __name__ == "__main__":
    main()
