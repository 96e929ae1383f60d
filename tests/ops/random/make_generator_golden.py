"""Writes golden_generator.json: numbers of PyTorch's CPU generator.  Run by hand with an interpreter that has torch.

A case is a seed, the calls made after it, one after the other, and a number drawn after them all (`after`), which shows
where they have stopped.  A call is the name of a Generator's method, its arguments (an array is {"values", "dtype"}),
and the result: shape, dtype, the first and last numbers, and a checksum of all bytes.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import torch

FLOATS = ("float32", "float64", "float16")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8", "bool")
SIZES = (0, 1, 15, 16, 17, 100, 1000, 40_000)
SHAPES = ((), (3, 5), (2, 3, 4), (4, 0, 2))
LONG = 300_000  # words or more: the stream changes its source on the way
# 1 + std * normal lies so little above the middle of two float32 numbers that float64 cannot tell, and rounds it down
ALMOST_HALFWAY = {"seed": 7, "mean": 1.0, "std": 8.412330032570026e-08}
EDGES = 2  # numbers shown at each end

Call = tuple[str, dict[str, Any]]


def main() -> None:
    torch.set_num_threads(1)
    cases = [run(seed, calls) for seed, calls in all_cases()]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    Path(__file__).with_name("golden_generator.json").write_text(f"[\n{lines}\n]\n")


def all_cases() -> Iterator[tuple[int, list[Call]]]:
    yield from ((seed, [call]) for seed, call in enumerate(single_calls()))
    for seed in (-1, -(2**63), 2**63, 2**64 - 1, 2**32, 2**40 + 5):
        yield seed, [("rand", {"shape": [3], "dtype": "float64"}), ("randn", {"shape": [3], "dtype": "float32"})]
    halfway = {"shape": [16], "dtype": "float32", "mean": ALMOST_HALFWAY["mean"], "std": ALMOST_HALFWAY["std"]}
    yield int(ALMOST_HALFWAY["seed"]), [("normal", halfway)]
    yield from long_cases()
    for seed in range(20):
        yield seed, list(mixed_calls(random.Random(seed)))


def single_calls() -> Iterator[Call]:
    for dtype, size in product(FLOATS, SIZES):
        yield from distributions([size], dtype)
    for dtype, shape in product(FLOATS, SHAPES):
        yield "rand", {"shape": list(shape), "dtype": dtype}
        yield "randn", {"shape": list(shape), "dtype": dtype}
        yield "randn", {"shape": [2, *shape, 30], "dtype": dtype, "contiguous": False}
    yield "exponential", {"shape": [40], "dtype": "float32", "rate": 1e-300}
    yield from extreme_calls()
    yield from whole_numbers()
    yield from choices()


def distributions(shape: list[int], dtype: str) -> Iterator[Call]:
    place = {"shape": shape, "dtype": dtype}
    yield "rand", place
    yield "uniform", {**place, "low": -3.3, "high": 7.1}
    yield "randn", place
    yield "normal", {**place, "mean": 1.7, "std": 0.3}
    yield "exponential", {**place, "rate": 1.7}
    yield "bernoulli", {**place, "p": 0.3}


def extreme_calls() -> Iterator[Call]:
    for low, high in ((0.0, 0.0), (-1e300, 1e-300), (1.0, 1 + 2**-50), (-1e-290, 2e-290), (-5e4, 1e4), (1e8, 1e8 + 16)):
        for dtype in FLOATS:
            most = float(np.finfo(dtype).max)
            if -most <= low <= high <= most:
                yield "uniform", {"shape": [50], "dtype": dtype, "low": low, "high": high}
    for dtype, size, (mean, std) in product(
        FLOATS, (7, 50), ((0.0, 0.0), (1e38, 1e38), (1e10, 1e-300), (-7e4, 1.0), (1e-290, 1e-290), (3.0, float("inf")))
    ):
        yield "normal", {"shape": [size], "dtype": dtype, "mean": mean, "std": std}


def whole_numbers() -> Iterator[Call]:
    for dtype in (*INTEGERS, *FLOATS):
        yield "randint", {"low": 0, "high": 2, "shape": [40], "dtype": dtype}
    for low, high in (
        (-5, 100),
        (0, 2**28 - 1),
        (0, 2**28),
        (7, 2**32 - 1),
        (0, 2**32),
        (-3, 2**32 + 9),
        (-(2**62), 2**62),
        (0, 2**63 - 1),
        (-(2**63), 2**63 - 1),
    ):
        yield "randint", {"low": low, "high": high, "shape": [40], "dtype": "int64"}
    for dtype, low, high in (
        ("float32", -(2**40) - 77, 2**41 + 3),
        ("float64", 0, 2**60),
        ("float64", 0, 2**63 - 1),
        ("float16", -4097, 5000),
        ("int32", -(2**31), 2**31),
        ("int8", -128, 128),
    ):
        yield "randint", {"low": low, "high": high, "shape": [40], "dtype": dtype}
    for shape in ([], [40]):
        yield "naturals", {"shape": shape}
    for n in (0, 1, 2, 3, 10, 1000, 20_000):
        yield "randperm", {"n": n}


def choices() -> Iterator[Call]:
    for dtype in (*INTEGERS, *FLOATS):
        yield "bernoulli", {"p": 0.5, "shape": [40], "dtype": dtype}
    for dtype in FLOATS:
        ramp = array(np.linspace(0, 1, 7).reshape(7, 1), dtype)
        yield "bernoulli", {"p": ramp, "shape": [7, 40], "dtype": "float32"}
        weights = array(np.linspace(0, 2, 24) ** 2, dtype)
        rows = array((np.linspace(0, 2, 24) ** 2).reshape(2, 12)[:, ::-1], dtype)
        for drawn, count in product((weights, rows), (1, 2, 5)):
            yield "multinomial", {"weights": drawn, "count": count}
            yield "multinomial", {"weights": drawn, "count": count * 20, "replacement": True}
    for one, two, count in product(FLOATS, FLOATS, (7, 20)):
        mean, std = array(np.linspace(-1, 1, count), one), array(np.linspace(0, 3, count), two)
        yield "normal_tensors", {"mean": mean, "std": std}
        yield "normal_tensors", {"mean": mean, "std": 0.37}
        yield "normal_tensors", {"mean": 0.37, "std": std}
        yield "normal_tensors", {"mean": array(np.linspace(-1, 1, 5).reshape(5, 1), one), "std": std}


def long_cases() -> Iterator[tuple[int, list[Call]]]:
    for dtype, method in product(FLOATS, ("rand", "randn")):
        place = {"shape": [LONG], "dtype": dtype}
        yield 5, [("randint", {"low": 0, "high": 9, "shape": [1], "dtype": "int64"}), (method, place), (method, place)]


def mixed_calls(choose: random.Random) -> Iterator[Call]:
    for _ in range(12):
        dtype, shape = choose.choice(FLOATS), [choose.choice((1, 2, 3, 5, 15, 16, 21, 33, 624, 900))]
        yield choose.choice(
            [
                *distributions(shape, dtype),
                ("randperm", {"n": shape[0]}),
                ("randint", {"low": -9, "high": 2**40, "shape": shape, "dtype": "int64"}),
            ]
        )


def run(seed: int, calls: list[Call]) -> dict[str, Any]:
    torch.manual_seed(seed)
    done = [[method, arguments, summary(PYTORCH[method](**arguments))] for method, arguments in calls]
    return {"seed": seed, "calls": done, "after": torch.rand((), dtype=torch.float64).item()}


def summary(result: torch.Tensor) -> list[Any]:
    numbers = result.numpy()
    flat = numbers.ravel().tolist()
    return [list(numbers.shape), str(numbers.dtype), flat[:EDGES], flat[-EDGES:], crc32(numbers.tobytes())]


def array(values: Any, dtype: str) -> dict[str, Any]:
    return {"values": values.astype(dtype).tolist(), "dtype": dtype}


def tensor(value: Any) -> Any:
    return torch.tensor(value["values"], dtype=kind(value["dtype"])) if isinstance(value, dict) else value


def kind(dtype: str) -> torch.dtype:
    return getattr(torch, dtype)


def randn(shape: list[int], dtype: str, contiguous: bool = True) -> torch.Tensor:
    if contiguous:
        return torch.randn(shape, dtype=kind(dtype))
    back = tuple(reversed(range(len(shape))))  # a tensor whose elements lie in memory in the order of `shape`
    return torch.randn_like(torch.empty(shape, dtype=kind(dtype)).permute(back)).permute(back)


PYTORCH: dict[str, Callable[..., torch.Tensor]] = {
    "rand": lambda shape, dtype: torch.rand(shape, dtype=kind(dtype)),
    "uniform": lambda shape, dtype, low, high: torch.empty(shape, dtype=kind(dtype)).uniform_(low, high),
    "randn": randn,
    "normal": lambda shape, dtype, mean, std: torch.normal(mean, std, shape, dtype=kind(dtype)),
    "exponential": lambda shape, dtype, rate: torch.empty(shape, dtype=kind(dtype)).exponential_(rate),
    "bernoulli": lambda p, shape, dtype: torch.empty(shape, dtype=kind(dtype)).bernoulli_(tensor(p)),
    "randint": lambda low, high, shape, dtype: torch.randint(low, high, shape, dtype=kind(dtype)),
    "naturals": lambda shape: torch.empty(shape, dtype=torch.int64).random_(),
    "randperm": lambda n: torch.randperm(n),
    "multinomial": lambda weights, count, replacement=False: torch.multinomial(tensor(weights), count, replacement),
    "normal_tensors": lambda mean, std: torch.normal(tensor(mean), tensor(std)),
}


if __name__ == "__main__":
    main()
