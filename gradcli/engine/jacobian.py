"""Jacobians and Hessians: all partial derivatives of tensors by tensors, in batches of cotangents or of tangents.

Each block of a Jacobian is a matrix with a row for each element of the output and a column for each of the input.  Reverse
mode computes rows, forward mode columns, many in one sweep: as many as memory has room for, and without limit as long as
each of them has only one entry.

    jacobian(outputs, inputs, mode)     for each output the blocks of all inputs
    hessian(out, inputs, mode)          for each input the blocks of all inputs
    jvp(outputs, tangents)              the directional derivatives of outputs
    hvp(out, inputs, tangents)          the Hessian times a vector

The graph is kept: a backward pass may follow.  All raise Problem.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.engine.batch import Batch, Unbatched
from gradcli.engine.blocks import Block, Collector, zero_block
from gradcli.engine.forward_mode import lacking, push
from gradcli.engine.onehot import OneHot, TooLarge
from gradcli.errors import Problem
from gradcli.graph import hooks, memory, symbolic
from gradcli.graph.sweep import reachable, sweep
from gradcli.graph.tensor import Tensor, from_array
from gradcli.graph.types import Edge

MODES = ("auto", "reverse", "forward")
_ROOM = 1 << 22  # elements that the rows of one sweep may take for one node; several nodes are alive at a time
_MOST_ROWS = 4096  # of a Jacobian in a plan, which takes all at once
_SHARE = 8  # and this part of the limit on memory

Run = Callable[[Any], "list[Any]"]  # seeds -> what arrives at each end


def jacobian(outputs: Sequence[Tensor], inputs: Sequence[Tensor], mode: str = "auto") -> list[list[Block]]:
    """The blocks of each output, one for each input, of shape `out.shape + in.shape`; zeros where nothing leads there."""
    return [_by_mode(out, inputs, mode) for out in outputs]


def hessian(out: Tensor, inputs: Sequence[Tensor], mode: str = "auto") -> list[list[Block]]:
    """The Jacobians of the gradients of an output of one element; those of a linear function are zeros."""
    gradients = _gradients(out, inputs, "hessian")
    return [
        [zero_block(x, y) for y in inputs] if gradient is None else _by_mode(gradient, inputs, mode)
        for x, gradient in zip(inputs, gradients)
    ]


def jvp(outputs: Sequence[Tensor], tangents: Sequence[tuple[Tensor, Any]]) -> list[Any]:
    """What each output changes by when inputs move along tangents (arrays of their shapes): an array of its shape."""
    moving = {x.edge: Batch(np.asarray(tangent, x.ndarray.dtype)[None]) for x, tangent in tangents if x.edge is not None}
    moved = push([out.edge for out in outputs], moving)
    return [np.zeros(out.shape, out.ndarray.dtype) if each is None else each.ndarray[0] for out, each in zip(outputs, moved)]


def hvp(out: Tensor, inputs: Sequence[Tensor], tangents: Sequence[tuple[Tensor, Any]]) -> list[Any]:
    """The Hessian of an output of one element times a vector: for each input an array of its shape."""
    gradients = _gradients(out, inputs, "hvp")
    return jvp(
        [from_array(np.zeros(x.shape, x.ndarray.dtype)) if g is None else g for x, g in zip(inputs, gradients)], tangents
    )


def _gradients(out: Tensor, inputs: Sequence[Tensor], name: str) -> list[Tensor | None]:
    """The gradients of an output, to be differentiated again; None where it does not depend on an input."""
    if out.ndarray.size != 1:
        raise Problem(
            "not-scalar",
            f"The Tensor returned by the function given to {name} should contain a single element, and this one has shape "
            f"{list(out.shape)}",
            hint="reduce it with .sum(), pick an element as in (...)[0], or ask for the jacobian",
        )
    if out.edge is None:
        return [None] * len(inputs)
    return reverse_mode.grad([out], inputs, [None], create_graph=True, allow_unused=True)


# --- which way ------------------------------------------------------------------------------------------------------


def _by_mode(out: Tensor, inputs: Sequence[Tensor], mode: str) -> list[Block]:
    if out.edge is None:
        return [zero_block(out, x) for x in inputs]
    if mode == "forward":
        return _columns(out, inputs)
    are_complex = "c" in [x.ndarray.dtype.kind for x in inputs]  # a tangent is along their real parts alone
    wide = sum([x.ndarray.size for x in inputs]) >= out.ndarray.size
    if mode == "reverse" or are_complex or wide or lacking([out.edge]) is not None:
        return _rows(out, inputs)
    if symbolic.is_tracing():
        return _columns(out, inputs)
    try:
        return _rows(out, inputs, only_entries=True)
    except (TooLarge, Unbatched):
        return _columns(out, inputs)


def _is_watched(out: Tensor) -> bool:
    """Whether hooks stand on the ways back from a tensor."""
    nodes, leaves = reachable([out.edge])
    on_leaves = hooks.anywhere() and any([hooks.hooks_of(leaf) is not None for leaf in leaves])
    return on_leaves or any([node.hooks is not None for node in nodes])


def _rows(out: Tensor, inputs: Sequence[Tensor], only_entries: bool = False) -> list[Block]:
    """Reverse mode.

    only_entries  give up (TooLarge) as soon as a row has more than one entry
    """
    ends = [x.edge for x in inputs]
    watched = _is_watched(out)

    def run(seed: Any) -> list[Any]:
        if watched and isinstance(seed, Batch):
            raise Unbatched("hook")  # a hook wants to see one gradient at a time
        found = sweep([(out.edge, seed)], wanted=[edge for edge in ends if edge is not None], retain_graph=True)
        return [None if edge is None else found.get(edge) for edge in ends]

    collectors = [Collector(out, x) for x in inputs]
    for start, arrived in _swept(run, out, 0 if only_entries else _room(), out.edge):
        for collector, rows in zip(collectors, arrived):
            collector.add(start, rows)
    return [collector.block() for collector in collectors]


def _columns(out: Tensor, inputs: Sequence[Tensor]) -> list[Block]:
    """Forward mode, input by input."""
    blocks = []
    for x in inputs:
        collector = Collector(x, out)
        if x.edge is not None:
            for start, (columns,) in _swept(_pushing(out, x), x, _room(), out.edge):
                collector.add(start, columns)
        blocks.append(collector.block().transposed(x.ndarray.dtype))
    return blocks


def _pushing(out: Tensor, x: Tensor) -> Run:
    return lambda seed: push([out.edge], {x.edge: seed})


# --- batches --------------------------------------------------------------------------------------------------------


def _swept(run: Run, source: Tensor, room: float, root: Edge) -> Iterator[tuple[int, list[Any]]]:
    """(number of the first row, what arrives of them at each end) for the rows of an identity matrix sent from `source`."""
    count = source.ndarray.size
    if not count:
        return
    if symbolic.is_tracing():  # a plan has no use for entries: which there are depends on values
        if count > _MOST_ROWS:
            symbolic.refuse("its Jacobian is too large for a plan")
        yield 0, _several(run, Batch(np.eye(count, dtype=source.ndarray.dtype).reshape(count, *source.shape)))
        return
    try:
        yield 0, run(_seeds(source, 0, count, room))
        return
    except (TooLarge, Unbatched) as reason:
        if not room:
            raise
        by_entries = isinstance(reason, TooLarge)
    step = max(1, int(room // _largest(root)))
    for start in range(0, count, step):
        seeds = _seeds(source, start, min(count, start + step), math.inf)
        yield start, _several(run, seeds if by_entries else Batch(seeds.ndarray))


def _several(run: Run, seeds: Batch) -> list[Any]:
    """What arrives of some rows: by their entries, or of whole rows at once, or else row by row."""
    try:
        return run(seeds)
    except Unbatched:
        if isinstance(seeds, OneHot):
            return _several(run, Batch(seeds.ndarray))
        return _joined([run(row) for row in seeds.ndarray])


def _joined(arrived: list[list[Any]]) -> list[Any]:
    """What single rows brought to each end, as batches."""
    ends = []
    for rows in zip(*arrived):
        like = next((row for row in rows if row is not None), None)
        ends.append(None if like is None else Batch(np.stack([np.zeros_like(like) if row is None else row for row in rows])))
    return ends


def _seeds(source: Tensor, start: int, stop: int, room: float) -> OneHot:
    return OneHot(np.ones(stop - start, source.ndarray.dtype), np.arange(start, stop), source.shape, room)


def _room() -> float:
    limit = memory.limit()
    return _ROOM if limit is None else max(1, min(_ROOM, limit // (8 * _SHARE)))


def _largest(root: Edge) -> int:
    """The number of elements of the largest node or leaf below the root."""
    nodes, leaves = reachable([root])
    shapes = {each.shape for each in nodes} | {each.shape for each in leaves}
    return max([1, *map(math.prod, shapes)])
