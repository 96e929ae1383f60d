"""Jacobians and Hessians of every operation of the table: both modes against single rows and finite differences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import numpy as np
import pytest

from gradcli.engine import batch_functions, inplace, jacobian, reverse_mode
from gradcli.engine.blocks import Block
from gradcli.errors import Problem
from gradcli.graph import hooks, memory
from gradcli.graph.sweep import sweep
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.elementwise.trigonometry import sin
from gradcli.ops.reduction.reductions import sum as total
from tests.batches import every
from tests.ops import test_rules
from tests.ops.finite_differences import GRADCLI, computed, differences, gradients_of
from tests.ops.samples import Array, Case
from tests.ops.test_rules import assert_close, named

DIFFERENTIABLE = [
    case for case in test_rules.DIFFERENTIABLE if computed(case)[1].ndarray.dtype.kind == "f"
]  # matrices are real
MODES = ("reverse", "forward", "auto")
# Steps of a chain: v is what there is so far, and {} one of x, y and v.
STEPS = (
    "v.T", "v*-1.5", "-v", "sin(v)", "v.reshape(-1)", "v.reshape(2, 3)", "v.sum(0)", "v.sum()", "v.mean(-1)", "v[1:]", "v[0]",
    "v[:, None]", "v[[0, 0]]", "cat([v, v*3])", "stack([v, {}*v])", "where(v > 0, v, 0.0)", "where(v > 0, v, {})", "v + {}",
    "v*{}", "v/(abs({}) + 1)", "v - x.sum()", "v @ v.T", "outer(v, v)", "v.cumsum(0)", "softmax(v, 0)", "prod(v)*v",
    "norm(v) + v", "std(v, 0)", "v.expand(2, *v.shape)", "v.unsqueeze(0)", "v.squeeze()", "v.flip(0)", "v.clone()",
    "max(v, dim=0).values", "v.masked_fill(v > 1, 0.5)", "relu(v)", "v.unbind(0)[0]", "v.split(1)[0]", "tril(v)",
)  # fmt: skip


@contextmanager
def recorded_sweeps() -> Iterator[list[Any]]:
    """The seeds of every sweep that reverse mode makes."""
    seen: list[Any] = []

    def counted(roots: Any, **options: Any) -> Any:
        seen.append([seed for _, seed in roots])
        return sweep(roots, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jacobian, "sweep", counted)
        yield seen


@pytest.fixture
def sweeps() -> Iterator[list[Any]]:
    with recorded_sweeps() as seen:
        yield seen


def leaves(**values: Any) -> list[Tensor]:
    return [from_array(np.array(value, float), True) for value in values.values()]


def only(table: list[list[Block]]) -> Array:
    ((block,),) = table
    return block.dense()  # type: ignore[no-any-return]


def row_by_row(out: Tensor, x: Tensor) -> Array:
    """The Jacobian by as many backward passes as the output has elements."""
    rows = []
    for place in np.ndindex(out.shape):
        weight = np.zeros(out.shape, out.ndarray.dtype)
        weight[place] = 1
        (found,) = reverse_mode.grad([out], [x], [from_array(weight)], retain_graph=True, allow_unused=True)
        rows.append(np.zeros(x.shape) if found is None else found.ndarray)
    return np.reshape(rows, out.shape + x.shape)


# --- every operation ------------------------------------------------------------------------------------------------


@every(DIFFERENTIABLE, named)
def test_all_rows_in_one_sweep_are_the_single_rows(case: Case) -> None:
    """In one sweep for each try: no operation of the table needs a loop over rows."""
    operands, out = computed(case)
    inputs = list(operands.values())
    with recorded_sweeps() as sweeps:
        (found,) = jacobian.jacobian([out], inputs, "reverse")
    assert len(sweeps) <= 2, "one over the entries, and one over whole rows where an operation needs them"
    for x, block in zip(inputs, found, strict=True):
        expected = row_by_row(out, x)
        assert block.shape == out.shape + x.shape
        assert_close(expected, block.dense())


LOOPED: set[str] = set()  # NumPy's functions that operations use and that go row by row, for want of a form


def test_functions_that_go_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the rules of all operations and those of their gradients, in both modes."""
    looped: set[str] = set()
    loop = batch_functions.row_by_row
    monkeypatch.setattr(
        batch_functions, "row_by_row", lambda function, *args: looped.add(function.__name__) or loop(function, *args)
    )
    for case in DIFFERENTIABLE:
        operands, out = computed(case)
        inputs = [x for x in operands.values() if x.requires_grad]
        for mode in ("reverse", "forward"):
            jacobian.jacobian([out], inputs, mode)
            jacobian.hessian(total(sin(out)), inputs, mode)
    assert looped == LOOPED


@every(DIFFERENTIABLE, named)
def test_the_modes_agree(case: Case) -> None:
    operands, out = computed(case)
    inputs = list(operands.values())
    reverse, forward, auto = [jacobian.jacobian([out], inputs, mode)[0] for mode in MODES]
    for one, other, third in zip(reverse, forward, auto, strict=True):
        assert_close(one.dense(), other.dense())
        assert_close(one.dense(), third.dense())


@every(DIFFERENTIABLE, named)
def test_hessians(case: Case) -> None:
    """Of the sum of the sine of the result: symmetric, the same in all modes, and what finite differences say."""
    operands, out = computed(case)
    end, inputs = total(sin(out)), [x for x in operands.values() if x.requires_grad]
    table, forward, auto = [jacobian.hessian(end, inputs, mode) for mode in MODES]
    for row, x in enumerate(inputs):
        for column, y in enumerate(inputs):
            found, mirrored = table[row][column].dense(), table[column][row].dense()
            assert found.shape == x.shape + y.shape
            order = (*range(y.ndim, y.ndim + x.ndim), *range(y.ndim))
            assert_close(mirrored.transpose(order), found)
            assert_close(found, forward[row][column].dense())
            assert_close(found, auto[row][column].dense())
    for place, (name, x) in enumerate(operands.items()):
        if x.requires_grad and x.ndarray.size:
            assert_close(_slopes(case, name), table[place][place].dense())


def _slopes(case: Case, name: str) -> Array:
    """The derivatives of a gradient by its own leaf, by finite differences."""

    def gradient(operands: dict[str, Array]) -> Array:
        given, out = computed(case, operands)
        end = total(sin(out))
        return gradients_of(end, given, np.ones(end.shape)).get(name, np.zeros_like(operands[name]))

    return differences(gradient, case.operands, name)


# --- structure, and how much work it takes --------------------------------------------------------------------------


def test_an_elementwise_function_takes_one_sweep_of_its_own_size(sweeps: list[Any]) -> None:
    (x,) = leaves(x=np.linspace(0.5, 2, 100_000))
    ((block,),) = jacobian.jacobian([sin(x * x) / (x + 1)], [x], "reverse")
    assert block.structure == "diagonal"
    assert len(sweeps) == 1
    indices, values = block.nonzeros()
    assert (indices == np.arange(x.ndarray.size)).all()
    at = x.ndarray
    np.testing.assert_allclose(values, 2 * at * np.cos(at * at) / (at + 1) - np.sin(at * at) / (at + 1) ** 2, atol=1e-13)
    with memory.limited(10**6), pytest.raises(Problem, match="the Jacobian would need 80 GB"):
        block.dense()


@pytest.mark.parametrize(
    ("function", "structure"),
    [
        (lambda x: -sin(x) * 3, "diagonal"),
        (lambda x: sin(x)[1:], "sparse"),
        (lambda x: (x * 2)[[2, 0, 0]], "sparse"),
        (lambda x: x * from_array(np.ones((2, 3))), "sparse"),
        (lambda x: x[1:] - x[:-1], "dense"),
        (lambda x: from_array(np.ones(3)), "zero"),
    ],
)
def test_what_is_seen_of_the_structure(function: Any, structure: str) -> None:
    (x,) = leaves(x=[0.5, 1.5, 2.5])
    out = function(x)
    for mode in ("reverse", "auto"):
        ((block,),) = jacobian.jacobian([out], [x], mode)
        assert block.structure == structure
        np.testing.assert_allclose(block.dense(), row_by_row(out, x) if out.requires_grad else np.zeros(out.shape + x.shape))


@pytest.mark.parametrize("seed", range(40))
def test_chains_of_operations(seed: int) -> None:
    """Where structure comes and goes on the way, in every mode."""
    random = Random(seed)
    for _ in range(10):
        x, y = leaves(x=np.random.default_rng(seed).normal(size=random.choice([(2, 3), (3,), (4, 2)])), y=1.3)
        chain = [random.choice(STEPS).format(random.choice("xyv")) for _ in range(random.randint(1, 5))]
        out = chained(chain, x, y)
        if out is None or out.ndarray.size > 200:
            continue
        expected = [row_by_row(out, each) for each in (x, y)]
        if not all([np.isfinite(each).all() for each in expected]):
            continue
        for mode in MODES:
            for block, single in zip(jacobian.jacobian([out], [x, y], mode)[0], expected, strict=True):
                np.testing.assert_allclose(block.dense(), single, rtol=1e-10, atol=1e-10, err_msg=f"{mode}: {chain}")


def chained(chain: list[str], x: Tensor, y: Tensor) -> Tensor | None:
    """What a chain of operations makes of x; None where the shapes do not fit."""
    value = x
    try:
        for step in chain:
            value = GRADCLI.compute(step, {"v": value, "x": x, "y": y})
    except Problem:
        return None
    return value


def test_an_entry_that_does_not_depend_is_zero_even_beside_an_infinite_slope() -> None:
    (x,) = leaves(x=[0.0, 4.0])
    np.testing.assert_array_equal(only(jacobian.jacobian([x**0.5], [x])), [[np.inf, 0], [0, 0.25]])


@pytest.mark.parametrize("mode", MODES)
def test_a_small_limit_on_memory_takes_several_sweeps(mode: str, sweeps: list[Any]) -> None:
    matrix, x = leaves(A=np.arange(1200.0).reshape(30, 40) / 100, x=np.linspace(-1, 1, 40))
    out = sin(matrix @ x) @ from_array(np.cos(np.arange(900.0)).reshape(30, 30))
    whole = only(jacobian.jacobian([out], [x], mode))
    before = len(sweeps)
    with memory.limited(12_000):
        parts = only(jacobian.jacobian([out], [x], mode))
    np.testing.assert_allclose(parts, whole, rtol=1e-12)
    if mode == "reverse":
        assert len(sweeps) - before > 2
    np.testing.assert_allclose(whole, row_by_row(out, x), rtol=1e-12)


def test_auto_takes_forward_mode_where_the_leaves_are_smaller(sweeps: list[Any]) -> None:
    (x,) = leaves(x=[0.5, 1.5])
    out = from_array(np.arange(40.0).reshape(20, 2)) @ sin(x)
    found = only(jacobian.jacobian([out], [x], "auto"))
    assert len(sweeps) == 1, "the one that looks for structure"
    np.testing.assert_allclose(found, row_by_row(out, x))


# --- what expressions cannot say, and scripts can -------------------------------------------------------------------


def test_a_graph_with_changed_views_goes_row_by_row() -> None:
    (x,) = leaves(x=[1.0, 2.0, 3.0])
    y = x * 1
    inplace.change("mul_", y[1:], x[:2])
    out = y * y
    found = only(jacobian.jacobian([out], [x]))
    np.testing.assert_allclose(found, [[2, 0, 0], [8, 4, 0], [0, 36, 24]])
    with pytest.raises(Problem, match="Trying to use forward AD with copy_slices"):
        jacobian.jacobian([out], [x], "forward")


@pytest.mark.parametrize("mode", MODES)
def test_changes_of_whole_tensors_and_views_of_them(mode: str) -> None:
    (x,) = leaves(x=[1.0, 2.0, 3.0])
    y = x * 1
    part = y[1:]
    inplace.change("mul_", y, x)
    out = part * y[:2]
    np.testing.assert_allclose(only(jacobian.jacobian([out], [x], mode)), row_by_row(out, x))
    np.testing.assert_allclose(row_by_row(out, x), [[8, 4, 0], [0, 36, 24]])


def test_hooks_see_one_gradient_at_a_time() -> None:
    (x,) = leaves(x=[1.0, 2.0])
    y = x * x
    seen: list[Any] = []
    hooks.register(y, lambda gradient: seen.append(gradient.ndarray.tolist()) or gradient * 10)
    np.testing.assert_allclose(only(jacobian.jacobian([y * 3], [x])), [[60, 0], [0, 120]])
    assert seen == [[3, 0], [0, 3]]


def test_values_that_were_overwritten_are_refused_in_both_modes() -> None:
    (x,) = leaves(x=[1.0, 2.0])
    y = x * 1
    out = sin(y)
    inplace.change("add_", y, 1.0)
    for mode in MODES:
        with pytest.raises(Problem, match="modified by an inplace operation"):
            jacobian.jacobian([out], [x], mode)


def test_the_graph_is_kept_and_a_released_one_refused() -> None:
    (x,) = leaves(x=[1.0, 2.0])
    out = sin(x)
    jacobian.jacobian([out], [x])
    reverse_mode.backward([out], [from_array(np.ones(2))])
    for mode in MODES:
        with pytest.raises(Problem, match="Trying to backward through the graph a second time"):
            jacobian.jacobian([out], [x], mode)


def test_a_long_chain() -> None:
    (x,) = leaves(x=[0.1, 0.2])
    y = x
    for _ in range(20_000):
        y = y + x * 0.5
    for mode in MODES:
        np.testing.assert_allclose(only(jacobian.jacobian([y], [x], mode)), np.eye(2) * 10_001)


# --- products -------------------------------------------------------------------------------------------------------


def test_products_are_the_matrices_times_the_vectors() -> None:
    matrix, x = leaves(A=[[0.5, -1.0, 2.0], [1.0, 0.25, -0.5]], x=[0.3, -0.7, 1.1])
    out = sin(matrix @ x)
    direction = np.array([1.0, 2.0, -1.0])
    (moved,) = jacobian.jvp([out], [(x, direction)])
    np.testing.assert_allclose(moved, only(jacobian.jacobian([out], [x])) @ direction, rtol=1e-14)
    end = total(out * out)
    table = jacobian.hessian(end, [matrix, x])
    found = jacobian.hvp(end, [matrix, x], [(x, direction)])
    for row, product in zip(table, found, strict=True):
        np.testing.assert_allclose(product, row[1].dense() @ direction, rtol=1e-13)


def test_what_does_not_move_gives_zeros() -> None:
    x, y = leaves(x=[1.0, 2.0], y=3.0)
    outputs = [x * x, from_array(np.ones(3)), y * 2]
    moved = jacobian.jvp(outputs, [(x, np.ones(2))])
    assert [each.tolist() for each in moved] == [[2.0, 4.0], [0.0, 0.0, 0.0], 0.0]
    assert [each.tolist() for each in jacobian.hvp(y * 2, [x, y], [(y, np.array(1.0))])] == [[0.0, 0.0], 0.0]
