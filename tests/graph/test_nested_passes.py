"""Passes within passes: what is on its way belongs to one pass, whoever starts another one meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from threading import Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradcli.ops.catalogue  # noqa: F401  (enters the rows of operators)
from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph import custom, hooks
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.elementwise.exponential import exp
from gradcli.ops.elementwise.trigonometry import sin, tanh


def leaf(*values: float) -> Tensor:
    return from_array(np.array(values), True)


def grad(out: Tensor, *inputs: Tensor, **options: Any) -> list[Any]:
    found = reverse_mode.grad([out], list(inputs), [from_array(np.ones(out.shape))], allow_unused=True, **options)
    return [None if each is None else each.ndarray.tolist() for each in found]


def backward(out: Tensor, **options: Any) -> None:
    reverse_mode.backward([out], [from_array(np.ones(out.shape))], **options)


def test_a_hook_differentiates_a_graph_that_meets_the_outer_one() -> None:
    x = leaf(2.0)
    shared = x * x
    seen = []
    middle, other = shared * 3, shared * shared
    hooks.register(middle, lambda g: seen.append(grad(other, x, shared, retain_graph=True)))
    backward(middle + shared * x)
    assert seen == [[[32.0], [8.0]]]
    assert x._grad is not None
    assert x._grad.ndarray.tolist() == [12 + 12.0]


def test_a_hook_adds_to_the_leaves_of_the_outer_pass() -> None:
    x, y = leaf(2.0), leaf(5.0)
    middle, other = x * y, x * x + y
    hooks.register(middle, lambda g: backward(other))
    backward(middle * x)
    assert (x._grad.ndarray, y._grad.ndarray) == (4 + 20, 1 + 4)  # type: ignore[union-attr]


def test_what_a_leaf_has_got_already_is_not_changed_under_way() -> None:
    """The cotangent of a sum goes to both operands as one array: a leaf keeps it, and adds to it."""
    x, y = leaf(2.0), leaf(5.0)
    inner, other = y * 7, x * 100
    hooks.register(inner, lambda g: backward(other))
    backward(inner + x)
    assert (x._grad.ndarray, y._grad.ndarray) == (101, 7)  # type: ignore[union-attr]


def checkpointed(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """`function(x)` that keeps nothing: its backward computes it again and differentiates that."""
    with grad_mode(False):
        out = from_array(function(x).ndarray)

    def again(g: Any, kept: Any) -> list[Any]:
        twin = from_array(x.ndarray, True)
        with grad_mode(True):
            result = function(twin)
        reverse_mode.backward([result], [from_array(g)])
        assert twin._grad is not None
        return [twin._grad.ndarray]

    custom.record(custom.operation("CheckpointBackward", again, frees=False), [x], {0: out}, None, ())
    return out


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_checkpointed_blocks(blocks: int) -> None:
    x, w = leaf(0.3, 0.7), leaf(1.5, -2.0)
    y, z = x, x
    for _ in range(blocks):
        y = checkpointed(lambda each: tanh(each * w) + each, y)
        z = tanh(z * w) + z
    backward(y * y)
    got = x._grad.ndarray, w._grad.ndarray  # type: ignore[union-attr]
    x._grad = w._grad = None
    backward(z * z)
    np.testing.assert_allclose(got, (x._grad.ndarray, w._grad.ndarray), rtol=1e-14)  # type: ignore[attr-defined]


def test_grad_inside_grad() -> None:
    x = leaf(2.0)
    inner = []

    def hook(g: Tensor) -> None:
        with grad_mode(True):
            (slope,) = reverse_mode.grad([x * x * x], [x], [from_array(np.ones(1))], create_graph=True)
        inner.append((slope.ndarray.tolist(), grad(slope, x)))  # type: ignore[union-attr]

    y = exp(x)
    hooks.register(y, hook)
    assert grad(y * x, x) == [[pytest.approx(3 * np.exp(2.0))]]
    assert inner == [([12.0], [[12.0]])]


def test_a_pass_that_raises_leaves_nothing_behind() -> None:
    x, early, late = leaf(2.0), leaf(1.0), leaf(1.0)
    first = late * 2
    middle = x * x

    def fail(g: Tensor) -> None:
        raise Problem("argument", "not now")

    handle = hooks.register(middle, fail)
    out = first * 1 + sin(middle) * x + early * 5  # the newest functions go first
    for _ in range(2):
        with pytest.raises(Problem, match="not now"):
            backward(out, retain_graph=True)
    assert x._grad is None
    assert early._grad is not None
    assert early._grad.ndarray == 10  # it was complete, and stays, as in PyTorch
    handle.remove()
    early._grad = None
    backward(out)
    assert x._grad is not None
    np.testing.assert_allclose(x._grad.ndarray, np.sin(4.0) + 8 * np.cos(4.0))
    assert (early._grad.ndarray, late._grad.ndarray) == (5, 2)  # type: ignore[attr-defined, union-attr]


def test_a_pass_that_fails_on_its_own_has_delivered_what_was_complete() -> None:
    x, y = leaf(2.0), leaf(3.0)
    out = x * x + y
    backward(out)
    with pytest.raises(Problem, match="a second time"):
        backward(out)
    assert (x._grad.ndarray, y._grad.ndarray) == (4, 2)  # type: ignore[union-attr]


def test_threads_share_a_graph() -> None:
    x = leaf(0.5)
    y = x
    for _ in range(300):
        y = tanh(y * x + x)
    expected = grad(y, x, retain_graph=True)
    found: list[Any] = []
    threads = [Thread(target=lambda: found.extend(grad(y, x, retain_graph=True) for _ in range(10))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [expected] * 80


# --- random programs ------------------------------------------------------------------------------------------------


_STEPS: list[Callable[[Tensor, Tensor], Tensor]] = [
    lambda x, y: x * y,
    lambda x, y: x + y,
    lambda x, y: sin(x) - y,
    lambda x, y: x - y * 0.5,
    lambda x, y: y[...] * x,
]


def network(random: Random) -> tuple[list[Tensor], list[Tensor]]:
    """Leaves, and all the values of a random graph over them, in the order of their making."""
    leaves = [leaf(random.uniform(0.2, 1.0), random.uniform(-1.0, 1.0)) for _ in range(3)]
    values = [*leaves]
    for _ in range(random.randrange(4, 16)):
        x, y = random.choice(values), random.choice(values)
        values.append(random.choice(_STEPS)(x, y))
    return leaves, values


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_passes_that_hooks_start_change_no_other(seed: int) -> None:
    random = Random(seed)
    leaves, values = network(random)
    out = values[-1] * 2 + values[-2]
    inner = random.choice(values[3:]) * random.choice(values)
    with_graph = random.random() < 0.5
    wanted = [out, *leaves, random.choice(values)]
    alone = grad(out, *wanted, retain_graph=True), grad(inner, *wanted, retain_graph=True)
    seen, running = [], []

    def nested(g: Tensor) -> None:
        if not running:  # the inner pass meets hooks, too
            running.append(True)
            seen.append(grad(inner, *wanted, retain_graph=True, create_graph=with_graph))
            running.clear()

    for each in random.sample(values, 3):
        hooks.register(each, nested)
    for create_graph in (False, True):
        found = grad(out, *wanted, retain_graph=True, create_graph=create_graph)
        np.testing.assert_equal(found, alone[0])
    if seen:
        np.testing.assert_equal(seen, [alone[1]] * len(seen))
