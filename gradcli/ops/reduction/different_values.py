"""unique and unique_consecutive: the different values of a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import from_array
from gradcli.ops.core.arrays import Cotangent, Operand
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.parameter_types import Dim
from gradcli.ops.core.table import family

family("sorting")


def _unique_parts(x: Operand, /, dim: int | None) -> Any:
    found = np.unique(x, return_inverse=True, return_counts=True, axis=dim)
    return found[0], found[1].reshape(x.shape if dim is None else -1), found[2]


def _no_derivative(g: Cotangent) -> Any:
    clause = "the derivative for '_unique2' is not implemented."
    raise Problem("not-differentiable", clause, type="NotImplementedError", hint="detach() its result")


_unique_of: Operation = general(
    "_unique2",
    _unique_parts,
    _no_derivative,
    _no_derivative,
    outputs=("values", "inverse_indices", "counts"),
    function=False,
    method=False,
    grad_fn="Unique2Backward0",
    doc="The different values, where each stands, and how often.",
)


def _unique(
    x: Operand, /, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Dim | None = None
) -> Any:
    found = _unique_of(x, None if dim is None else one_dim(dim, x.ndim))
    parts = tuple([part for part, wanted in zip(found, (True, return_inverse, return_counts)) if wanted])
    return parts if len(parts) > 1 else parts[0]


composite(
    "unique",
    _unique,
    doc="The different values in order, or different slices along dim; also where each stands, and how often.",
    samples=("unique(tensor([3., 1., 3.]))",),
)


def _unique_consecutive(x: Operand, /, return_inverse: bool = False, return_counts: bool = False) -> Any:
    flat = x.array.reshape(-1)
    starts = np.ones(flat.size, bool)
    starts[1:] = flat[1:] != flat[:-1]
    places = np.flatnonzero(starts)
    parts = (flat[starts], np.cumsum(starts).reshape(x.shape) - 1, np.diff(places, append=flat.size))
    found = tuple([from_array(each) for each, wanted in zip(parts, (True, return_inverse, return_counts)) if wanted])
    return found if len(found) > 1 else found[0]


composite(
    "unique_consecutive",
    _unique_consecutive,
    doc="The values without those that equal the one before; also where each went, and how often.",
    samples=("unique_consecutive(tensor([3., 3., 1., 3.]))",),
)
