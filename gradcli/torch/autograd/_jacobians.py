"""Jacobians for `gradcheck`: by small steps, by backward passes, and by tangents.

All are arrays of shape (numbers of an input, numbers of an output) in which a complex number counts as two real ones, its
parts: a step along each, and a weight (1, and i) for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from gradcli.engine.real_parts import real_view, units
from gradcli.graph.symbolic import Unstrided
from gradcli.graph.tensor import Tensor, from_array, is_unstrided
from gradcli.graph.types import Array
from gradcli.ops.movement.properties import Size
from gradcli.torch import autograd
from gradcli.torch._dtypes import of
from gradcli.torch.autograd import forward_ad

Call = Callable[[], tuple[Any, ...]]


def as_tuple(value: Any) -> tuple[Any, ...]:
    """What a function gave, as a tuple."""
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def parts(array: Any) -> Any:
    """All real numbers of an array in one line; of a sparse one, those of the zeros between, too."""
    return real_view(array.dense() if isinstance(array, Unstrided) else array).reshape(-1)


def numerical(call: Call, x: Tensor, eps: float, tells_place: bool = True, masked: bool = False) -> list[Array]:
    """Of each output of `call` by central differences.  Raises AssertionError where a step changes its shape or dtype.

    x is changed where it lies, one number at a time, since `call` may look at it in more than one way.  Errors tell the place
    where `tells_place`.  With `masked`, what a sparse x has no entry for is never changed, and its rows are zeros.
    """
    rows = []
    for unit in units(x.shape, x.ndarray.dtype):
        step = unit * eps
        if isinstance(x.ndarray, Unstrided):
            step = x.ndarray.entries_of(step, masked)
        low, high = _perturbed(call, x.ndarray, step)
        for one, two in zip(low, high):
            _check_alike(one, two, f"on index {tuple(np.argwhere(unit)[0].tolist())} " if tells_place else "", eps)
        rows.append([parts((two - one) / (2 * eps)) for one, two in zip(low, high)])
    return [np.stack(output) for output in zip(*rows)] or _nothing(x, [out for out in call() if isinstance(out, Tensor)])


def _nothing(x: Tensor, outputs: Iterable[Tensor]) -> list[Array]:
    """The jacobians of outputs with respect to an input that has no elements."""
    return [np.zeros((0, parts(out.ndarray).size), x.ndarray.real.dtype) for out in outputs]


def _perturbed(call: Call, array: Any, step: Any) -> Iterator[list[Array]]:
    """Copies of the outputs below and above."""
    before = array.copy()
    try:
        for value in (before - step, before + step):
            array[...] = value
            yield [out.ndarray.copy() for out in call() if isinstance(out, Tensor)]
    finally:
        array[...] = before


def _check_alike(low: Array, high: Array, place: str, eps: float) -> None:
    for what, one, two in (
        ("shape", Size(low.shape), Size(high.shape)),
        ("dtype", of(low.dtype), of(high.dtype)),
    ):
        if one != two:
            raise AssertionError(
                f"Expected `func` to return outputs with the same {what} when inputs are perturbed {place}by {eps}, but got: "
                f"{what}s {one} and {two}."
            )


def backward(out: Tensor, inputs: list[Tensor]) -> list[Array]:
    """Of one output, with respect to each input, by backward passes that keep the graph."""
    blocks = [np.zeros((parts(x.ndarray).size, parts(out.ndarray).size), x.ndarray.real.dtype) for x in inputs]
    for position, weight in enumerate(units(out.shape, out.ndarray.dtype)):
        for block, slope in zip(blocks, autograd.grad(out, inputs, from_array(weight), retain_graph=True, allow_unused=True)):
            if slope is not None:
                block[:, position] = parts(slope.ndarray)
    return blocks


def forward(func: Callable[..., Any], given: tuple[Any, ...], target: int, moving: list[int]) -> list[Array]:
    """Of each output with respect to one input, by tangents: zeros for the others that are `moving`.

    No input requires grad meanwhile.
    """
    rows = []
    for tangent in units(given[target].shape, given[target].ndarray.dtype):
        zeros = {place: from_array(np.zeros_like(given[place].ndarray)) for place in moving}
        tangents = pushed(func, given, {**zeros, target: from_array(tangent)})
        rows.append([parts(t.ndarray) for t in tangents])
    found = [np.stack(columns) for columns in zip(*rows)]
    return found or _nothing(given[target], pushed(func, given, {}))


def pushed(func: Callable[..., Any], given: tuple[Any, ...], tangents: dict[int, Tensor]) -> list[Tensor]:
    """The tangents of the outputs, zeros where they have none, for those of inputs by their places; the others do not move."""
    with forward_ad.dual_level():
        inputs = [still(x) for x in given]
        for place, tangent in tangents.items():
            inputs[place] = forward_ad.make_dual(inputs[place], tangent)
        outputs = [out for out in as_tuple(func(*inputs)) if isinstance(out, Tensor) and out.ndarray.dtype.kind in "fc"]
        found = [forward_ad.unpack_dual(out).tangent for out in outputs]
    return [from_array(np.zeros_like(out.ndarray)) if t is None else t for out, t in zip(outputs, found)]


def still(x: Any) -> Any:
    """An argument on the same memory that requires no grad."""
    return x.detach() if isinstance(x, Tensor) else x


def layout_complaint(g: Any, x: Any) -> str | None:
    """What is wrong with the layout of a gradient: a sparse one must be as sparse as the input."""
    if not is_unstrided(g):
        return None
    if g.layout is not x.layout:
        return f"grad is incorrect layout ({g.layout} is not {x.layout})"
    one, other = g.ndarray.sparse_dim, x.ndarray.sparse_dim
    return None if one == other else f"grad is sparse tensor, but has incorrect sparse_dim {one}, expected {other}"
