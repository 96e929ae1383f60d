"""The backward passes of an evaluation, and the gradients as they stood after each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph.half_precision import in_dtype
from gradcli.graph.tensor import Tensor, from_array
from gradcli.run.request import Request
from gradcli.run.result import Pass

MOST_PASSES = 1_000_000  # each is kept for the report


def run_passes(
    request: Request, out: Tensor, weights: list[Tensor], leaves: dict[str, Tensor], kept: list[Tensor]
) -> tuple[Pass, ...]:
    """Run a pass with each of the weights (none: an output of one element needs none), so many times over.

    kept  tensors other than leaves whose gradients are retained
    Raises Problem.
    """
    count = max(len(weights), 1) * request.passes
    if count > MOST_PASSES:
        raise Problem(
            "limit",
            f"{count:,} backward passes are more than the limit of {MOST_PASSES:,}",
            type="ValueError",
            hint="give fewer --passes; gradients only add up",
        )
    return tuple(_each_pass(request, out, weights, count, leaves, kept))


def _each_pass(
    request: Request, out: Tensor, weights: list[Tensor], count: int, leaves: dict[str, Tensor], kept: list[Tensor]
) -> Iterator[Pass]:
    every: list[Tensor | None] = [*weights] or [None]
    inputs = None if request.wrt is None else [leaves[name] for name in dict.fromkeys(request.wrt)]
    for place, weight in enumerate(chain.from_iterable(repeat(every, request.passes))):
        if place and request.zero_grad:
            _zero([*leaves.values(), *kept])
        reverse_mode.backward([out], [weight], retain_graph=request.retain_graph, inputs=inputs)
        later = place + 1 < count  # gradients are added to in place
        yield Pass(
            None if weight is None else _as_taken(weight.ndarray, out.ndarray.dtype),
            request.retain_graph,
            {name: _gradient(leaf, later) for name, leaf in leaves.items()},
        )


def _as_taken(weight: Any, dtype: Any) -> Any:
    """A weight as the pass took it; in a plan it is what stands for an array."""
    return weight.astype(dtype, copy=False) if dtype.isnative else in_dtype(weight, dtype)


def _zero(tensors: list[Tensor]) -> None:
    for tensor in tensors:
        if tensor._grad is not None:
            tensor._grad = from_array(np.zeros_like(tensor._grad.ndarray))


def _gradient(leaf: Tensor, copy: bool) -> Any:
    if leaf._grad is None:
        return None
    return leaf._grad.ndarray.copy() if copy else leaf._grad.ndarray
