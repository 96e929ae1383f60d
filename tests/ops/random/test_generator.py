"""The generator gives PyTorch's numbers, bit for bit, and refuses what PyTorch refuses.

The golden numbers are made by make_generator_golden.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import Problem
from gradcli.ops.random.generator import Generator
from tests.batches import every

CASES = json.loads(Path(__file__).with_name("golden_generator.json").read_text())
FLOATS = ("float32", "float64", "float16")
moderate = st.floats(-1e100, 1e100).filter(lambda value: value == 0 or abs(value) > 1e-100)


def title(case: dict[str, Any]) -> str:
    return f"{case['seed']}-" + "-".join(method for method, _, _ in case["calls"][:3])


def decoded(value: Any) -> Any:
    if isinstance(value, dict):
        return np.array(value["values"], value["dtype"])
    return tuple(value) if isinstance(value, list) else value


@every(CASES, title)
def test_numbers_are_pytorchs(case: dict[str, Any]) -> None:
    generator = Generator(case["seed"])
    for method, arguments, (shape, dtype, first, last, checksum) in case["calls"]:
        numbers = getattr(generator, method)(**{name: decoded(value) for name, value in arguments.items()})
        assert [list(numbers.shape), str(numbers.dtype)] == [shape, dtype]
        flat = numbers.ravel().tolist()
        assert flat[: len(first)] == first
        assert flat[len(flat) - len(last) :] == last
        assert crc32(numbers.tobytes()) == checksum
    assert generator.rand((), "float64") == case["after"]


def test_golden_cases_cover_every_method() -> None:
    public = {name for name, member in vars(Generator).items() if callable(member) and not name.startswith("_")}
    assert {call[0] for case in CASES for call in case["calls"]} == public - {"manual_seed"}


def test_results_are_contiguous_arrays_that_can_be_written() -> None:
    generator = Generator(0)
    for numbers in (
        generator.rand((), "float32"),
        generator.randn((3, 4), "float64"),
        generator.randint(0, 9, (2, 2)),
        generator.randperm(5),
        generator.bernoulli(np.full((4, 1), 0.5), (4, 3), "bool"),
        generator.normal_tensors(np.zeros((3, 1)), np.ones(2)),
        generator.multinomial(np.ones((2, 3)), 2),
    ):
        assert isinstance(numbers, np.ndarray)
        assert numbers.flags.c_contiguous
        assert numbers.flags.writeable


def test_manual_seed_starts_again_and_forgets_the_second_normal() -> None:
    generator = Generator(3)
    first = generator.randn((3,), "float64")
    generator.manual_seed(3)
    assert generator.randn((3,), "float64").tolist() == first.tolist()
    assert generator.initial_seed == 3


def test_second_normal_survives_other_calls() -> None:
    whole, interrupted = Generator(3), Generator(3)
    pair = whole.randn((2,), "float64").tolist()
    first = interrupted.randn((), "float64").item()
    interrupted.rand((100,), "float32")
    interrupted.randn((0,), "float64")
    assert [first, interrupted.randn((), "float64").item()] == pair


def test_only_the_lower_32_bits_of_a_seed_count() -> None:
    assert Generator(7).rand((5,), "float64").tolist() == Generator(7 + 2**32).rand((5,), "float64").tolist()
    assert Generator(-1).initial_seed == 2**64 - 1


def test_without_a_seed_every_generator_is_another() -> None:
    assert len({Generator().initial_seed for _ in range(20)}) == 20


@given(seed=st.integers(0, 1000), mean=moderate, std=moderate.map(abs), size=st.sampled_from((5, 20)))
def test_scaled_float64_normals_are_rounded_once(seed: int, mean: float, std: float, size: int) -> None:
    standard = Generator(seed).randn((size,), "float64").tolist()
    exact = [Fraction(number) * Fraction(std) + Fraction(mean) for number in standard]
    assert Generator(seed).normal((size,), "float64", mean, std).tolist() == [float(number) for number in exact]


@given(seed=st.integers(0, 1000), bounds=st.tuples(moderate, moderate))
def test_scaled_float64_uniforms_are_rounded_once(seed: int, bounds: tuple[float, float]) -> None:
    low, high = sorted(bounds)
    unit = Generator(seed).rand((20,), "float64").tolist()
    rounded = [float(Fraction(number) * Fraction(high - low) + Fraction(low)) for number in unit]
    expected = [low if number == high else number for number in rounded]
    assert Generator(seed).uniform((20,), "float64", low, high).tolist() == expected


@given(seed=st.integers(0, 1000), n=st.integers(0, 300))
def test_permutations_hold_every_number_once(seed: int, n: int) -> None:
    assert sorted(Generator(seed).randperm(n).tolist()) == list(range(n))


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_upper_bound_is_never_drawn(dtype: str) -> None:
    numbers = Generator(1).uniform((300_000,), dtype, 1.0, 1.0 + 4 * float(np.finfo(dtype).eps))
    assert numbers.min() >= 1
    assert numbers.max() < 1.0 + 4 * float(np.finfo(dtype).eps)


def test_large_arrays_need_little_memory_beside_themselves() -> None:
    generator = Generator(1)
    generator.rand((300_000,), "float64")  # past the import of numpy.random
    tracemalloc.start()
    try:
        numbers = generator.randn((1_000_000,), "float64")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < numbers.nbytes + 4_000_000


def test_few_numbers_do_not_import_numpy_random() -> None:
    script = (
        "import sys; from gradcli.ops.random.generator import Generator; Generator(1).randn((1000,), 'float64'); "
        "print('numpy.random' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


NAN = float("nan")
REFUSED: list[tuple[Callable[[Generator], Any], str, str]] = [
    (lambda g: g.manual_seed(2**64), "ValueError", "Overflow when unpacking long long"),
    (lambda g: g.manual_seed(-(2**63) - 1), "ValueError", "Overflow when unpacking long long"),
    (lambda g: g.rand((2, -1), "float32"), "RuntimeError", "Trying to create tensor with negative dimension -1: [2, -1]"),
    (lambda g: g.randn((-20, -1), "float32"), "RuntimeError", "Trying to create tensor with negative dimension -20"),
    (lambda g: g.randn((-1,), "float32"), "RuntimeError", "Trying to create tensor with negative dimension -1: [-1]"),
    (lambda g: g.randperm(-1), "RuntimeError", "Trying to create tensor with negative dimension -1: [-1]"),
    (lambda g: g.rand((2,), "int64"), "NotImplementedError", "\"check_uniform_bounds\" not implemented for 'Long'"),
    (lambda g: g.randn((2,), "bool"), "NotImplementedError", "\"normal_kernel_cpu\" not implemented for 'Bool'"),
    (
        lambda g: g.uniform((2,), "float32", 3, 1),
        "RuntimeError",
        "uniform_ expects to return a [from, to) range, but found from=3 > to=1",
    ),
    (lambda g: g.uniform((2,), "float32", 0, 1e39), "RuntimeError", "to is out of bounds for float"),
    (lambda g: g.uniform((2,), "float16", NAN, 1), "RuntimeError", "from is out of bounds for c10::Half"),
    (lambda g: g.uniform((2,), "float64", -1e308, 1e308), "RuntimeError", "uniform_ expects to-from <= "),
    (lambda g: g.normal((2,), "float64", 0, -1), "RuntimeError", "normal expects std >= 0.0, but found std -1"),
    (lambda g: g.normal((2,), "float64", 0, NAN), "RuntimeError", "normal expects std >= 0.0, but found std nan"),
    (lambda g: g.normal_tensors(np.zeros(2), np.array([1, NAN])), "RuntimeError", "normal expects all elements of std >= 0.0"),
    (
        lambda g: g.normal_tensors(np.zeros(2, int), 1.0),
        "NotImplementedError",
        "\"normal_kernel_cpu\" not implemented for 'Long'",
    ),
    (
        lambda g: g.normal_tensors(np.zeros(3), np.ones(2)),
        "RuntimeError",
        "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 0",
    ),
    (lambda g: g.exponential((2,), "float64", 0.0), "RuntimeError", "exponential_ expects lambda > 0.0, but found lambda=0"),
    (lambda g: g.exponential((2,), "int32"), "RuntimeError", "Exponential distribution is a continuous probability"),
    (lambda g: g.bernoulli(1.5, (2,), "int64"), "RuntimeError", "bernoulli_ expects p to be in [0, 1], but got p=1.5"),
    (
        lambda g: g.bernoulli(np.array([NAN]), (1,), "int64"),
        "RuntimeError",
        "Expected p_in >= 0 && p_in <= 1 to be true, but got false",
    ),
    (
        lambda g: g.bernoulli(np.array([1]), (1,), "int64"),
        "NotImplementedError",
        "\"bernoulli_tensor_cpu_p_\" not implemented for 'Long'",
    ),
    (lambda g: g.bernoulli(np.full(3, 0.5), (2,), "int64"), "RuntimeError", "The expanded size of the tensor"),
    (lambda g: g.bernoulli(np.full((2, 1), 0.5), (1,), "int64"), "RuntimeError", "The expanded size of the tensor"),
    (lambda g: g.randint(3, 3, (2,)), "RuntimeError", "random_ expects 'from' to be less than 'to', but got from=3 >= to=3"),
    (lambda g: g.randint(0, 2**63, (2,)), "ValueError", "Overflow when unpacking long long"),
    (lambda g: g.randint(0, 257, (2,), "uint8"), "RuntimeError", "to - 1 is out of bounds for unsigned char"),
    (lambda g: g.randint(-1, 2, (2,), "bool"), "RuntimeError", "from is out of bounds for bool"),
    (lambda g: g.randint(0, 65_506, (2,), "float16"), "RuntimeError", "to - 1 is out of bounds for c10::Half"),
    (lambda g: g.multinomial(np.ones((1, 1, 1)), 1), "RuntimeError", "prob_dist must be 1 or 2 dim"),
    (lambda g: g.multinomial(np.ones(2, int), 1), "RuntimeError", "multinomial only supports floating-point dtypes"),
    (lambda g: g.multinomial(np.ones(2), 0), "RuntimeError", "cannot sample n_sample <= 0 samples"),
    (
        lambda g: g.multinomial(np.ones(2), 3),
        "RuntimeError",
        "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
    ),
    (
        lambda g: g.multinomial(np.array([1, -1.0]), 1),
        "RuntimeError",
        "probability tensor contains either `inf`, `nan` or element < 0",
    ),
    (
        lambda g: g.multinomial(np.zeros((2, 2)), 1),
        "RuntimeError",
        "invalid multinomial distribution (sum of probabilities <= 0)",
    ),
]


@pytest.mark.parametrize(("call", "kind", "clause"), REFUSED)
def test_refusals_open_with_pytorchs_words_and_say_the_way_out(
    call: Callable[[Generator], Any], kind: str, clause: str
) -> None:
    generator = Generator(0)
    with pytest.raises(Problem) as refused:
        call(generator)
    assert refused.value.message.startswith(clause)
    assert refused.value.type == kind
    assert refused.value.hint
    assert generator.rand((), "float64") == Generator(0).rand((), "float64")  # nothing was drawn
