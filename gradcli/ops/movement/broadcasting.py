"""Dimensions of length 1 repeated, and the sum that undoes it."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import as_array
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import composite, linear
from gradcli.ops.core.dtypes import tensor_type
from gradcli.ops.core.parameter_types import Sizes
from gradcli.ops.core.table import family
from gradcli.ops.kernels.pairwise_sum import add_up

family("shapes")


def _expand(x: Array, /, size: Sizes) -> Any:
    if len(size) < x.ndim:
        raise Problem(
            "shape",
            f"expand({tensor_type(x.dtype)}{{{list(x.shape)}}}, size={list(size)}): the number of sizes "
            f"provided ({len(size)}) must be greater or equal to the number of dimensions in the tensor "
            f"({x.ndim})",
        )
    return _repeated(x, _expanded_shape(x.shape, tuple(size)))


@lru_cache(maxsize=1024)
def _expanded_shape(shape: tuple[int, ...], size: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that `expand` gives one of `shape` by these sizes.  Raises Problem."""
    extra = len(size) - len(shape)
    if -1 in size[:extra]:
        raise Problem(
            "shape", f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {size.index(-1)}"
        )
    own = (1,) * extra + shape
    wanted = tuple([length if each == -1 else each for each, length in zip(size, own)])
    for dim, (each, length) in reversed([*enumerate(zip(wanted, own))]):
        if length not in (1, each) or each < 0:
            raise Problem(
                "shape",
                f"The expanded size of the tensor ({each}) must match the existing size ({length}) at "
                f"non-singleton dimension {dim}.  Target sizes: {list(size)}.  Tensor sizes: {list(shape)}",
            )
    return wanted


def _repeated(x: Array, shape: tuple[int, ...]) -> Any:
    """A view of x in that shape, which may be written to if x may: PyTorch looks when somebody writes."""
    if (
        type(x) is np.ndarray or isinstance(x, np.generic)
    ) and x.size == 1:  # of a loss: `broadcast_to` would take ten times as long
        return np.ndarray(shape, x.dtype, as_array(x), 0, (0,) * len(shape))
    view = np.broadcast_to(x, shape)
    if x.flags.writeable:
        view.flags.writeable = True
    return view


def _expanded_elements(x: Operand, size: Any) -> int:
    """Not that the view itself would take memory, but its gradient would, and whatever is computed of it."""
    own = (1,) * (len(size) - x.ndim) + x.shape
    return prod([length if each == -1 else each for each, length in zip(size, own)])


expand = linear(
    "expand",
    _expand,
    lambda g: g,  # the sweep itself sums a broadcast away
    aliases=("broadcast_to",),
    shares=True,
    grad_fn="ExpandBackward0",
    elements=_expanded_elements,
    doc="Dimensions of length 1 repeated without copying.",
    samples=("x:3 expand(x, [2, 3])", "x:2,1 x.expand(2, 4)"),
)
composite(
    "expand_as",
    lambda x, y, /: expand(x, y.shape),
    function=False,
    namespace="Tensor",
    doc="x in the shape of y, without copying.",
    samples=("x:3 x.expand_as(y)",),
)


def _sum_to(x: Array, /, shape: Sizes) -> Any:
    """Undo a broadcast: sum the dimensions that it added or stretched."""
    dims = _stretched(x.shape, shape)
    return add_up(x, dims).reshape(shape) if dims else x.reshape(shape)


@lru_cache(maxsize=1024)
def _stretched(shape: tuple[int, ...], own: tuple[int, ...]) -> tuple[int, ...]:
    """The dimensions that were added or stretched when `own` was broadcast to `shape`."""
    extra = len(shape) - len(own)
    return (*range(extra), *[extra + each for each, length in enumerate(own) if length == 1 != shape[extra + each]])


sum_to = linear(
    "sum_to",
    _sum_to,
    lambda g, x_shape: expand(g, x_shape),
    operator="sum to",
    function=False,
    method=False,
    grad_fn="SumBackward1",
    doc="The sum that undoes a broadcast from that shape.",
)
