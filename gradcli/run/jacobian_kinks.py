"""Kinks, told of Jacobians, Hessians and products with them: which of the watched results their numbers owe a convention to.

The numbers themselves are computed while nobody looks on, many rows in one sweep.  Afterwards one sweep more, with weights
in general position, meets a kink just where one of the rows met it: whatever is not zero in a row is not zero in their sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.engine.batch import Batch
from gradcli.engine.forward_mode import push
from gradcli.errors import Problem
from gradcli.graph import hooks
from gradcli.graph.sweep import sweep
from gradcli.graph.tensor import Tensor, array_dtype
from gradcli.run import kinks
from gradcli.run.kinks import Watched

Moving = Sequence[tuple[Tensor, Any]]  # leaves, and the tangents (arrays) along which they move


def first_order(watched: list[Watched], outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> None:
    """Note the kinks that a Jacobian goes through, as a backward pass would."""
    kinks.observe(watched)
    wanted = [x.edge for x in inputs if x.edge is not None]
    for out in outputs:
        if out.edge is not None:
            sweep([(out.edge, _general(out))], wanted=wanted, retain_graph=True)


def along(watched: list[Watched], outputs: Sequence[Tensor], moving: Moving) -> None:
    """The same of a product with a vector: only where that moves an operand of the result."""
    first_order(watched, outputs, [x for x, tangent in moving if np.any(tangent)])
    motion = _Motion(watched)
    motion.push([each.function for each in watched], moving)
    for each, moves in zip(watched, motion.moves):
        each.flowed &= moves


def second_order(watched: list[Watched], out: Tensor, inputs: Sequence[Tensor], moving: Moving | None = None) -> None:
    """Note the kinks that a Hessian goes through, or its product with tangents.

    A result at a kink has a part in it where the gradient that arrives there is not zero, since that is what is differentiated,
    and where it may change: at x = 0 the gradient that arrives at relu(x) of relu(x)**2 is 0, but its derivative is not.
    """
    arrived = _arriving(watched, out, inputs)
    could, moves = _changes(watched, arrived, [(x, _general(x, place)) for place, x in enumerate(inputs)])
    does = could
    if moving is not None:
        does, moves = _changes(watched, arrived, moving)
    for each, g, may_change, changes, moved in zip(watched, arrived, could, does, moves):
        if g is not None:
            each.flowed |= each.mask & ((g.ndarray != 0) | (moved & may_change) | changes)


def _arriving(watched: list[Watched], out: Tensor, inputs: Sequence[Tensor]) -> list[Tensor | None]:
    """The gradient that arrives at each result, to be differentiated again; None where none does."""
    found: dict[Any, Tensor] = {}
    if out.edge is not None:
        handles = [hooks.watch(each.function, partial(found.__setitem__, each.function)) for each in watched]
        reverse_mode.grad([out], inputs, [None], create_graph=True, allow_unused=True)
        for handle in handles:
            handle.remove()
    return [found.get(each.function) for each in watched]


def _changes(watched: list[Watched], arrived: list[Tensor | None], moving: Moving) -> tuple[list[Any], list[Any]]:
    """For each result, where the gradient that arrives changes as leaves move, and where an operand does."""
    motion = _Motion(watched)
    ends = [None if g is None else g.edge for g in arrived]
    try:
        moved = motion.push([*ends, *[each.function for each in watched]], moving)
    except Problem:  # an operation that has no rule for forward mode: then the gradient itself has to do
        return [np.False_] * len(watched), [np.True_] * len(watched)
    return [np.False_ if each is None else each.ndarray[0] != 0 for each in moved[: len(ends)]], motion.moves


class _Motion:
    """Tangents on their way through the graph, with results at kinks free to move in any way where an operand moves.

    moves  for each result, a mask: where one of its operands moves, entry by entry if they correspond, else as a whole
    """

    def __init__(self, watched: list[Watched]) -> None:
        self.watched = watched
        self.moves: list[Any] = [np.False_] * len(watched)
        self._results: dict[Any, list[int]] = {}
        self._operations: dict[Any, list[int]] = {}
        for place, each in enumerate(watched):
            self._results.setdefault(each.function, []).append(place)
            self._operations.setdefault(kinks.below(each.function), []).append(place)

    def push(self, ends: Sequence[Any], moving: Moving) -> list[Batch | None]:
        """The tangents of some edges.  Raises Problem."""
        seeds = {x.edge: Batch(np.asarray(tangent, x.ndarray.dtype)[None]) for x, tangent in moving if x.edge is not None}
        return push(ends, seeds, self._passed)

    def _passed(self, node: Any, given: list[Any], tangent: Any) -> Any:
        for place in self._operations.get(node, ()):
            self.moves[place] = _any([each for each in given if each is not None], self.watched[place].mask.shape)
        for place in self._results.get(node, ()):
            free = self.watched[place].mask & self.moves[place]
            tangent = Batch(np.where(free, _general(node, node.order), tangent.ndarray[0])[None].astype(node.dtype))
        return tangent


def _any(moved: list[Batch], shape: tuple[int, ...]) -> Any:
    masks = [each.ndarray[0] != 0 for each in moved]
    try:
        return np.any([np.broadcast_to(mask, shape) for mask in masks], axis=0)
    except ValueError:
        return np.any([mask.any() for mask in masks])


def _general(like: Any, salt: int = 0) -> Any:
    """Numbers from 1 to 3 in the shape and dtype of a tensor or node, between which no small sum cancels.

    salt  tells apart what gets its numbers at the same time
    """
    numbers = np.arange(1, int(np.prod(like.shape)) + 1) + 1.7 * salt
    return (2 + np.sin(numbers * numbers)).astype(array_dtype(like)).reshape(like.shape)
