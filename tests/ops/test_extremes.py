"""Functions at extreme points: zeros, kinks, far tails, the ends of floating-point numbers, infinities and nan.

Where a function has a derivative there, gradcli's is the exact one, in both modes and in second order.  Where it has none, or
where PyTorch's is made of a saved result that has lost its digits (which a note tells), or of several operations that its graph
shows, gradcli has PyTorch's.  What PyTorch masks lets nothing through, however large; no nan is swallowed that it passes on.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from gradcli.graph.operation import OutputSelector
from tests.batches import every
from tests.ops import exact, extremes
from tests.ops.extremes import Call, Seen
from tests.ops.forward_mode import Tangents
from tests.ops.gradcli_library import Gradcli
from tests.ops.samples import Array

GRADCLI = Gradcli()
GOLDEN: dict[str, Any] = json.loads(Path(__file__).with_name("golden_extremes.json").read_text())
CALLS = extremes.calls()
TINY = 1e-155  # whose square is nothing
EXACTLY = 1e-7  # relative to the exact derivative: a rule that loses digits loses all of them somewhere
AS_PYTORCH = {"float64": 1e-10, "float32": 1e-4}
HUGE = {"float64": 1e15, "float32": 1e15}  # next to a pole, where a rounded operand decides how large


def named(call: Call) -> str:
    return call.text


@pytest.fixture(autouse=True)
def quietly() -> Any:
    with np.errstate(all="ignore"):
        yield


def test_golden_file_is_of_these_calls() -> None:
    """Run `python -m tests.ops.make_extremes` where a call or a point is new."""
    assert list(GOLDEN) == [call.text for call in CALLS]
    for call in CALLS:
        np.testing.assert_array_equal(GOLDEN[call.text]["points"], call.points("float64"))


@every(CALLS, named)
def test_derivatives(call: Call) -> None:
    points = call.points("float64")
    found, golden = extremes.seen(GRADCLI, call, points), as_arrays(GOLDEN[call.text]["float64"])
    with_nan = np.any([np.isnan(each) for each in points], axis=0)
    follows = shows_several(call) or has_lost_digits(call)
    for name in golden:
        if name.startswith("inf "):
            continue
        true = np.array(
            [math.nan if each is None else each for each in GOLDEN[call.text]["exact"].get(name, [math.nan] * with_nan.size)]
        )
        swallowing = with_nan & np.isnan(golden["out"])
        is_true = near(found[name], true, EXACTLY, np.where(true == 0, 1e-14, TINY))
        is_pytorch = agrees(found[name], golden[name], "float64", undefined=np.isnan(true) & ~swallowing)
        if len(name) == 2 and name in call.orders:  # second order: of what is no number, or at nan, nothing is asked
            is_pytorch |= np.isnan(found[name[0]]) | with_nan
        good = is_true | (is_pytorch if follows else is_pytorch & np.isnan(true)) | (with_nan & np.isnan(found[name]))
        if not good.all():
            good |= np.isnan(true) & np.isinf(found[name]) & next_to_a_pole(call, name, points)
        assert complaints(call, name, points, ~good, found[name], golden[name], true) == []


@every(CALLS, named)
def test_float32(call: Call) -> None:
    """As in double precision at the same points, or as PyTorch's."""
    points = call.points("float32")
    found, golden = extremes.seen(GRADCLI, call, points), as_arrays(GOLDEN[call.text]["float32"])
    wide = extremes.seen(GRADCLI, call, [each.astype(np.float64) for each in points])
    with_nan = np.any([np.isnan(each) for each in points], axis=0)
    for name in ("out", *call.names):
        rounded = wide[name].astype(np.float32)
        cancelled = 1e-6 * np.minimum(np.abs(points[0]), 10) if name == "out" else 1e-37  # as 1 + erf(-5) is
        good = near(found[name], rounded, 1e-4, cancelled) | (with_nan & np.isnan(found[name]))
        good |= agrees(found[name], golden[name], "float32", undefined=np.zeros(with_nan.shape, bool))
        assert complaints(call, name, points, ~good, found[name], golden[name], rounded) == []


@every(CALLS, named)
def test_what_is_masked_stays_zero(call: Call) -> None:
    """Where the function is flat around a point and PyTorch sends 0 back, whatever came: infinity times zero would be nan."""
    points = call.points("float64")
    found, golden = extremes.seen(GRADCLI, call, points), as_arrays(GOLDEN[call.text]["float64"])
    for name in call.names:
        flat = [GOLDEN[call.text]["exact"].get(each) for each in call.orders if each.startswith(name)]
        masked = (golden[f"inf {name}"] == 0) & np.all([np.array(each, float) == 0 for each in flat if each] or [False], axis=0)
        assert complaints(call, name, points, masked & (found[f"inf {name}"] != 0), found[f"inf {name}"]) == []


@every(CALLS, named)
def test_forward_mode(call: Call) -> None:
    """Tangents are multiplied by what cotangents are multiplied by."""
    points = call.points("float64")
    found = extremes.seen(GRADCLI, call, points)
    for place, name in enumerate(call.names):
        tangents = Tangents()
        leaves = {each: GRADCLI.leaf(array, True) for each, array in zip(call.names, points, strict=True)}
        for other, leaf in leaves.items():
            tangents[leaf] = np.full_like(points[place], float(other == name))
        with tangents.pushing():
            pushed = tangents.get(GRADCLI.compute(call.text, leaves))
        pushed = np.zeros_like(points[place]) if pushed is None else pushed
        same = near(pushed, found[name], 1e-12, 1e-307) | np.isnan(found[name]) | np.isnan(pushed)
        assert complaints(call, name, points, ~same, pushed, found[name]) == []


@every([call for call in CALLS if call.formula], named)
def test_random_points(call: Call) -> None:
    hold_against_formula(call, Random(call.text), count=2)


@pytest.mark.fuzz
@every([call for call in CALLS if call.formula], named)
def test_many_random_points(call: Call) -> None:
    hold_against_formula(call, Random(), count=100)


def hold_against_formula(call: Call, random: Random, count: int) -> None:
    """Derivatives of first order, and of second by the same operand, at points of any size, against mpmath."""
    points = [np.array([drawn(random) for _ in range(count)]) for _ in call.names]
    found, function = extremes.seen(GRADCLI, call, points), exact.function(call.formula, call.names)
    follows = shows_several(call) or has_lost_digits(call)
    for name, places in call.orders.items():
        if len(set(places)) < len(places) or len(places) == 1:
            true = np.array([number(exact.derivative(function, point, places)) for point in zip(*points, strict=True)])
            good = near(found[name], true, EXACTLY, 1e-14 if follows else 1e-300) | np.isnan(true)
            assert complaints(call, name, points, ~good, found[name], true) == []


def drawn(random: Random) -> float:
    """A number of either sign: half of them of everyday size, half of any."""
    size = random.uniform(0, 4) if random.random() < 0.5 else 10 ** random.uniform(-12, 2.5)
    return random.choice((-1, 1)) * size


def number(value: float | None) -> float:
    return math.nan if value is None else value


def as_arrays(golden: dict[str, list[float]]) -> Seen:
    return {name: np.array(numbers) for name, numbers in golden.items()}


def near(found: Array, wanted: Array, relative: float, absolute: Any) -> Array:
    """Whether numbers are finite and as close as that, or the same infinity."""
    close = np.abs(found - wanted) <= relative * np.abs(wanted) + absolute
    return (found == wanted) | (np.isfinite(found) & np.isfinite(wanted) & close)  # type: ignore[no-any-return]


def agrees(found: Array, golden: Array, dtype: str, undefined: Array) -> Array:
    """Whether numbers are PyTorch's; of what is undefined, a number may stand for its nan."""
    both_huge = (np.abs(found) > HUGE[dtype]) & (np.abs(golden) > HUGE[dtype]) & (np.sign(found) == np.sign(golden))
    same = near(found, golden, AS_PYTORCH[dtype], 1e-15 if dtype == "float64" else 1e-30)
    return same | both_huge | (np.isnan(golden) & (np.isnan(found) | undefined))  # type: ignore[no-any-return]


def next_to_a_pole(call: Call, name: str, points: list[Array]) -> Array:
    """Whether the derivative is large at a point close by, too."""
    nearby = extremes.seen(GRADCLI, call, [each * (1 + 1e-9) for each in points])
    return np.abs(nearby[name]) > HUGE["float64"]  # type: ignore[no-any-return]


def graph_of(call: Call) -> list[Any]:
    """The nodes below the result of a call."""
    leaves = {name: GRADCLI.leaf(array[:1], True) for name, array in zip(call.names, call.points("float64"), strict=True)}
    found, waiting = [], [GRADCLI.compute(call.text, leaves).node]
    while waiting:
        node = waiting.pop()
        if node is not None and hasattr(node, "operation"):
            found.append(node)
            waiting += list(node.edges)
    return [node for node in found if not isinstance(node.operation, OutputSelector)]


def shows_several(call: Call) -> bool:
    """Whether the graph, which is PyTorch's, has several operations: between them digits are lost as in PyTorch."""
    return len(graph_of(call)) > 1


def has_lost_digits(call: Call) -> bool:
    """Whether an operation says so of its saved result."""
    return any(node.operation.lossy is not None for node in graph_of(call))


def complaints(call: Call, name: str, points: list[Array], bad: Array, *seen: Array) -> list[str]:
    return [
        f"{call.text}: {name} at {[float(each[i]) for each in points]} is {', not '.join(str(each[i]) for each in seen)}"
        for i in np.flatnonzero(bad)
    ]
