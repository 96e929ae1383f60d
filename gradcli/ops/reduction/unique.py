"""The different values of a tensor (unique), and of runs of equal ones (unique_consecutive).  They have no derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Cotangent
from gradcli.ops.core.builders import Operation, composite, general, no_kernel
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.parameter_types import Dim
from gradcli.ops.core.renaming import renamed
from gradcli.ops.core.table import family

family("sorting")


def _entries(x: Array, /, places: Any, dim: int | None) -> Any:
    return x.reshape(-1)[places] if dim is None else x.take(places, dim)


def _no_derivative(g: Cotangent) -> Any:
    clause = "the derivative for '_unique2' is not implemented."
    raise Problem("not-differentiable", clause, type="NotImplementedError", hint="detach() its result")


_picked: Operation = general(
    "_unique2",
    _entries,
    _no_derivative,
    _no_derivative,
    function=False,
    method=False,
    complex=no_kernel("unique"),
    grad_fn="NotImplemented",
    doc="Entries at places.",
)


def _results(x: Tensor, name: str, parts: tuple[Any, Any, Any], dim: int | None, asked: tuple[bool, bool]) -> Any:
    """The values, and what was asked for of where each entry's is among them, and how often each comes."""
    places, inverse, counts = parts
    values = renamed(_picked(x, places, dim), name)
    others = [from_array(each) for each, wanted in zip((inverse, counts), asked) if wanted]
    return (values, *others) if others else values


def _unique(
    x: Tensor, /, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Dim | None = None
) -> Any:
    axis = None if dim is None else one_dim(dim, x.ndim)
    array = x.ndarray if axis is None or x.ndim else x.ndarray.reshape(1)
    _, places, inverse, counts = np.unique(array, return_index=True, return_inverse=True, return_counts=True, axis=axis)
    inverse = inverse.reshape(x.shape) if axis is None else inverse.reshape(-1)
    name = "Unique2Backward0" if axis is None else "UniqueDimBackward0"
    return _results(x, name, (places, inverse, counts), axis, (return_inverse, return_counts))


def _unique_consecutive(x: Tensor, /, return_inverse: bool = False, return_counts: bool = False, dim: Dim | None = None) -> Any:
    axis = None if dim is None else one_dim(dim, x.ndim)
    length = x.ndarray.size if axis is None else x.shape[axis] if x.ndim else 1
    entries = x.ndarray.reshape(-1) if axis is None else np.moveaxis(np.atleast_1d(x.ndarray), axis, 0)
    lines = entries.reshape(length, x.ndarray.size // max(length, 1))
    begins = np.concatenate([[True], (lines[1:] != lines[:-1]).any(1)])[: len(lines)]
    places = np.flatnonzero(begins)
    inverse = np.cumsum(begins) - 1
    counts = np.diff(np.append(places, len(lines)))
    inverse = inverse.reshape(x.shape) if axis is None else inverse
    name = "UniqueConsecutiveBackward0"
    return _results(x, name, (places, inverse, counts), axis, (return_inverse, return_counts))


composite(
    "unique",
    _unique,
    doc="The different values (along dim: entries) in order; also where each stands, and how often.",
    samples=("unique(tensor([3., 1., 3.]))", "unique(tensor([[3., 1.], [3., 1.]]), return_counts=True, dim=0)[1]"),
)
composite(
    "unique_consecutive",
    _unique_consecutive,
    doc="The first of every run of equal values (along dim: entries); also where each stands, and how long it is.",
    samples=(
        "unique_consecutive(tensor([3., 3., 1., 3.]))",
        "unique_consecutive(tensor([3., 3., 1.]), return_inverse=True)[1]",
    ),
)
