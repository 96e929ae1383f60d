"""The tape: what a result is, what it keeps, how it is freed; chains and sums as long as anybody writes."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import weakref
from time import process_time
from typing import Any

import numpy as np
import pytest

from gradcli.engine import reverse_mode, tensors
from gradcli.errors import Problem
from gradcli.graph.node import RELEASED, AccumulateGrad
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.catalogue import FUNCTIONS, METHODS


def leaf(values: Any = 3.0) -> Tensor:
    return from_array(np.array(values, float), True)


def call(name: str, *args: Any) -> Any:
    """The first overload of a function or method."""
    return (FUNCTIONS.get(name) or METHODS[name])[0].call(*args)


def test_requires_grad_spreads_and_ends() -> None:
    x, constant = leaf(), from_array(np.array(2.0))
    assert (x * constant).requires_grad
    assert not (constant * constant).requires_grad
    assert (x * constant).node is not None
    assert (constant * 2).node is None
    assert not (x > constant).requires_grad
    assert not x.detach().requires_grad
    assert x.detach().ndarray is x.ndarray or np.shares_memory(x.detach().ndarray, x.ndarray)
    with grad_mode(False):
        quiet = x * constant
    assert not quiet.requires_grad
    assert quiet.is_leaf
    assert (x * quiet).requires_grad


def test_only_floats_require_grad() -> None:
    for dtype in ("int64", "bool", "uint8"):
        with pytest.raises(Problem, match="Only Tensors of floating point and complex dtype can require gradients"):
            from_array(np.ones(2, dtype)).require_grad()
    assert from_array(np.ones(2, "float32")).require_grad().requires_grad
    assert not call("long", leaf()).requires_grad


def test_next_functions() -> None:
    x = leaf()
    product = x * x
    node = product.node
    assert node is not None
    assert node.name() == "MulBackward0"
    (first, number), (second, _) = node.next_functions
    assert first == second == AccumulateGrad(x)
    assert number == 0
    assert first.name() == "torch::autograd::AccumulateGrad"
    assert first.next_functions == ()
    assert (product + 1).node.next_functions == ((node, 0), (None, 0))
    assert (1 + product).node.next_functions == ((node, 0), (None, 0))
    assert call("where", product > 0, product, 1.0).node.next_functions == ((node, 0), (None, 0))


def test_truth_length_and_identity() -> None:
    x = leaf([1.0, 2.0])
    refusals = (Problem, RuntimeError, TypeError)  # the last two where programs have been run in this process
    with pytest.raises(refusals, match="Boolean value of Tensor with more than one value is ambiguous"):
        bool(x)
    with pytest.raises(refusals, match="Boolean value of Tensor with no values is ambiguous"):
        bool(leaf([]))
    assert bool(leaf([[1.0]]))
    assert len(x) == 2
    with pytest.raises(refusals, match="len\\(\\) of a 0-d tensor"):
        len(leaf())
    assert +x is x
    assert {x: 1}[x] == 1


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("view", ((2, 3),)),
        ("t", ()),
        ("transpose", (0, 1)),
        ("unsqueeze", (0,)),
        ("detach", ()),
        ("expand", ((4, 3, 2),)),
        ("permute", ((1, 0),)),
        ("reshape", ((6,),)),
        ("squeeze", ()),
    ],
)
def test_views_share_memory(name: str, args: tuple[Any, ...]) -> None:
    x = leaf(np.arange(6.0).reshape(3, 2))
    viewed = call(name, x, *args)
    assert np.shares_memory(viewed.ndarray, x.ndarray)
    for copied in (call("clone", x), call("contiguous", call("t", x)), call("reshape", call("t", x), (6,))):
        assert not np.shares_memory(copied.ndarray, x.ndarray)


def test_indexing_views_and_copies() -> None:
    x = leaf(np.arange(6.0).reshape(3, 2))
    for key in (0, slice(1, None), (slice(None), 1), None, Ellipsis, (1, 1)):
        assert np.shares_memory(x[key].ndarray, x.ndarray)
    for key in ([0, 1], x > 2, (slice(None), [0, 0])):
        assert not np.shares_memory(x[key].ndarray, x.ndarray)


# --- what is kept, and for how long ---------------------------------------------------------------------------------


def test_dropping_a_result_frees_its_graph_without_the_collector() -> None:
    x = leaf(np.ones(10))
    gc.disable()
    try:
        middle = x.__mul__(2) * x
        end = call("sum", call("exp", middle))
        watched = [weakref.ref(middle), weakref.ref(middle.node), weakref.ref(end), weakref.ref(end.node)]
        del middle
        assert watched[0]() is None  # a node holds arrays, and not the tensors that they were in
        assert watched[1]() is not None
        reverse_mode.backward([end], [None], retain_graph=True)
        del end
        assert [each() for each in watched] == [None] * 4
    finally:
        gc.enable()


def test_a_graph_of_gradients_is_freed_too() -> None:
    x = leaf(np.ones(10))
    gc.disable()
    try:
        out = call("sum", x * x * x)
        (gradient,) = reverse_mode.grad([out], [x], [None], create_graph=True)
        assert gradient is not None
        watched = [weakref.ref(out.node), weakref.ref(gradient), weakref.ref(gradient.node)]
        del out, gradient
        assert [each() for each in watched] == [None] * 3
    finally:
        gc.enable()


def test_nothing_is_kept_that_no_rule_asks_for() -> None:
    x, y = leaf(np.ones(1000)), leaf(np.ones(1000))
    assert (x + y).node.saved == ((), ())
    assert (x - y).node.saved == ((), ())
    assert (-x).node.saved == ((),)
    assert (x * 2).node.saved[1] is None
    assert (x * from_array(y.ndarray)).node.saved == ((y.ndarray,), None)
    out = call("exp", x)
    assert out.node.saved[0][0] is out.ndarray
    assert call("sin", x).node.saved[0][0] is x.ndarray
    small = (x[0] * y[0]).node
    assert sum(sys.getsizeof(each) for each in small.saved[0]) < 1000


def test_a_pass_frees_what_was_saved() -> None:
    x = leaf(np.ones(3))
    middle = call("sin", x)
    out = call("sum", middle * middle)
    saved = weakref.ref(middle.ndarray)
    del middle
    assert saved() is not None
    reverse_mode.backward([out], [None])
    assert saved() is None
    assert out.node.saved is not RELEASED  # a sum saves nothing but a shape


@pytest.mark.parametrize("text", ["x + 1", "x - x", "-x", "mean", "sum", "neg", "clone", "t", "cumsum", "cat"])
def test_what_saves_no_tensor_can_be_run_again(text: str) -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    out = {
        "x + 1": lambda: x + 1,
        "x - x": lambda: x - x,
        "-x": lambda: -x,
        "cumsum": lambda: call("cumsum", x, 0),
        "cat": lambda: call("cat", [x, x]),
    }.get(text, lambda: call(text, x))()
    weight = from_array(np.ones(out.shape))
    for _ in range(3):
        reverse_mode.backward([out], [weight])
    once = x._grad.ndarray / 3
    x._grad = None
    reverse_mode.backward([out], [weight])
    np.testing.assert_array_equal(x._grad.ndarray, once)
    assert np.isfinite(once).all()


# --- size -----------------------------------------------------------------------------------------------------------


def test_a_sum_of_twenty_thousand_terms() -> None:
    x = leaf(0.5)
    total = x * 0
    for place in range(20_000):
        total = total + x * place
    started = process_time()
    reverse_mode.backward([total], [None])
    assert x._grad.ndarray == sum(range(20_000))
    assert process_time() - started < 2


def chain(length: int) -> tuple[Tensor, Tensor]:
    x = out = leaf(1.0)
    for _ in range(length):
        out = out + 1.0
    return x, out


def test_a_quarter_of_a_million_nodes() -> None:
    x, out = chain(250_000)
    reverse_mode.backward([out], [None])
    assert out.ndarray == 250_001
    assert x._grad.ndarray == 1
    del out  # so many nodes in a row are freed without recursion


def test_memory_and_time_grow_linearly() -> None:
    sizes, seconds = [], []
    for length in (5_000, 50_000):
        tracemalloc.start()
        x, out = chain(length)
        sizes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        started = process_time()
        reverse_mode.backward([out], [None])
        seconds.append(process_time() - started)
        assert x._grad.ndarray == 1
    assert sizes[1] < 13 * sizes[0]
    assert sizes[1] < 600 * 50_000
    assert seconds[1] < 30 * seconds[0] + 0.1


def test_a_shared_result_is_passed_once() -> None:
    """2 ** 60 paths, 60 nodes."""
    x = leaf(1.0)
    out = x
    for _ in range(60):
        out = out + out
    started = process_time()
    reverse_mode.backward([out], [None])
    assert x._grad.ndarray == 2.0**60
    assert process_time() - started < 1


def test_gradients_add_up_in_place_where_nobody_else_holds_them() -> None:
    x = leaf(np.ones(100_000))
    out = call("sum", x * x)
    tracemalloc.start()
    reverse_mode.backward([out], [None])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(x._grad.ndarray, np.full(100_000, 2.0))
    assert peak < 2.2 * x.ndarray.nbytes


def test_a_gradient_that_others_hold_stays_as_it_is() -> None:
    x, y, weight, seen = leaf([1.0, 2.0]), leaf([3.0, 4.0]), from_array(np.array([1.0, 10.0])), []
    threefold, total = x * 3, x + y  # the sum is made last, and so sends its gradient to x and y first
    tensors.register_hook(total, seen.append)
    reverse_mode.backward([total + threefold], [weight])
    assert x._grad.ndarray.tolist() == [4.0, 40.0]
    assert y._grad.ndarray.tolist() == weight.ndarray.tolist() == seen[0].ndarray.tolist() == [1.0, 10.0]
    reverse_mode.backward([x * 2, x * 3], [weight, weight])
    assert x._grad.ndarray.tolist() == [9.0, 90.0]
    assert weight.ndarray.tolist() == [1.0, 10.0]
    reverse_mode.backward([x, x], [weight, weight])
    assert x._grad.ndarray.tolist() == [11.0, 110.0]
    assert weight.ndarray.tolist() == [1.0, 10.0]
