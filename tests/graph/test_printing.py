"""Tensors print as PyTorch prints them: against its own texts, and where those cannot reach."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.graph.printing import DEFAULT, PROFILES, PrintOptions, format_size, format_tensor
from tests.batches import every

GOLDEN = json.loads(Path(__file__).with_name("golden_tensors.json").read_text())["cases"]


def array_of(case: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The array that a golden case describes (see make_golden.py)."""
    values = [float.fromhex(value) if isinstance(value, str) else value for value in case["values"]]
    dtype = np.dtype(case["dtype"])
    parts = np.array(values, {"complex64": "float32", "complex128": "float64"}.get(dtype.name, dtype))
    return np.resize(parts.view(dtype), case["shape"])


def options_of(case: dict[str, Any]) -> PrintOptions:
    """The options in force, where JSON has no infinity."""
    given: dict[str, Any] = dict(case["options"])
    if given.get("threshold") == "inf":
        given["threshold"] = float("inf")
    return DEFAULT.changed(**given)


def printed(case: dict[str, Any]) -> str:
    return format_tensor(
        array_of(case),
        grad_fn=case["grad_fn"],
        requires_grad=case["requires_grad"],
        default_dtype=case["default_dtype"],
        options=options_of(case),
        prefix=case["prefix"],
    )


@every(GOLDEN, lambda case: f"{case['dtype']} {case['shape']}")
def test_prints_what_pytorch_prints(case: dict[str, Any]) -> None:
    assert printed(case) == case["text"]


def test_golden_file_is_varied() -> None:
    assert len(GOLDEN) >= 500
    assert {case["dtype"] for case in GOLDEN} >= {
        "float16",
        "float32",
        "float64",
        "complex64",
        "complex128",
        "int64",
        "uint64",
        "bool",
    }
    assert {name for case in GOLDEN for name in case["options"]} == {*PrintOptions.__slots__, "profile"}


@pytest.mark.parametrize("shape", [(7, 9), (40, 50), (3, 4, 5), (20, 30, 4)])
def test_memory_layout_does_not_matter(shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape), dtype="float64").reshape(shape) / 7
    expected = format_tensor(array)
    assert format_tensor(np.asfortranarray(array)) == expected
    assert format_tensor(np.repeat(array, 2, axis=-1)[..., ::2]) == expected
    assert format_tensor(array.astype(">f8")) == expected
    assert format_tensor((array + 1j).astype(">c16")) == format_tensor(array + 1j)


def test_summary_neither_copies_nor_reads_the_whole() -> None:
    half = np.broadcast_to(np.float32(0.5), (10**6, 10**3, 10**6))  # would be petabytes
    tracemalloc.start()
    text = format_tensor(half)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert text.startswith("tensor([[[0.5000, 0.5000, 0.5000,  ..., 0.5000, 0.5000, 0.5000],\n")
    assert text.count("0.5000") == 6**3
    assert peak < 1_000_000


def test_values_in_the_middle_do_not_decide_the_format() -> None:
    array = np.ones(2001, "float32")
    array[1000] = 1e30
    assert format_tensor(array) == "tensor([1., 1., 1.,  ..., 1., 1., 1.])"


def test_most_dimensions_that_numpy_has() -> None:
    text = format_tensor(np.zeros((1,) * 63 + (2000,), "float32"), options=DEFAULT.changed(linewidth=200))
    assert text == f"tensor({'[' * 64}0., 0., 0.,  ..., 0., 0., 0.{']' * 64})"


def test_full_profile_shows_every_element() -> None:
    text = format_tensor(np.arange(50_000), options=PROFILES["full"])
    assert [int(word) for word in text.removeprefix("tensor([").removesuffix("])").split(",")] == list(range(50_000))


@pytest.mark.parametrize("grad_fn", [None, "MeanBackward0"])
def test_a_longer_prefix_only_moves_the_text(grad_fn: str | None) -> None:
    array = np.linspace(0, 1, 60).reshape(3, 20)
    label = "y = x@w: "
    plain = format_tensor(array, grad_fn=grad_fn)
    wider = DEFAULT.changed(linewidth=DEFAULT.linewidth + len(label))
    labelled = format_tensor(array, grad_fn=grad_fn, options=wider, prefix=f"{label}tensor(")
    assert labelled == label + plain.replace("\n", "\n" + " " * len(label))


def test_size() -> None:
    assert format_size((2, 2)) == "torch.Size([2, 2])"
    assert format_size(()) == "torch.Size([])"
    assert format_size(np.array([3, 0])) == "torch.Size([3, 0])"


def test_options_change_as_set_printoptions_changes_them() -> None:
    assert PrintOptions(4, 1000, 3, 80, None) == DEFAULT
    assert DEFAULT.changed(6, 10, 2, 120, None, True) == PrintOptions(6, 10, 2, 120, True)
    assert DEFAULT.changed(sci_mode=True).changed(precision=2) == PrintOptions(2, 1000, 3, 80, None)
    assert DEFAULT.changed(linewidth=200).changed(profile="short", edgeitems=5) == PrintOptions(2, 1000, 5, 80, None)
    assert DEFAULT.changed(profile="full") == PrintOptions(4, float("inf"), 3, 80, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"precision": -1},
        {"precision": 2.5},
        {"precision": True},
        {"precision": 10**5000},
        {"threshold": float("nan")},
        {"threshold": "all"},
        {"edgeitems": -1},
        {"edgeitems": 1.0},
        {"linewidth": float("inf")},
        {"linewidth": "wide"},
        {"sci_mode": "no"},
        {"profile": "fulll"},
        {"profile": 3},
        {"profile": []},
    ],
)
def test_an_option_that_cannot_be_is_one_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(Problem) as caught:
        DEFAULT.changed(**wrong)
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_a_misspelt_profile_gets_a_suggestion() -> None:
    with pytest.raises(Problem) as caught:
        DEFAULT.changed(profile="ful")
    assert caught.value.hint == "did you mean 'full'?"
