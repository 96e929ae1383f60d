"""Arrays in coordinate format (COO): the places of some entries, and their values; all other entries are zeros.

A CooArray stands where the tape expects a NumPy array, so that the rows of the table serve for sparse tensors, too.  NumPy's
protocols bring it the ufuncs, of which `arithmetic` has those that keep zeros; its methods have NumPy's names.  Whatever else a
row or a rule asks of it raises DenseNeeded.  The tape then hands the whole application to `steps`, and what is not known there
either ends as PyTorch's error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.symbolic import Tracer, Unstrided, Untraceable
from gradcli.graph.types import Array

Shape = tuple[int, ...]
COORDINATES, ROWS = "sparse_coo", "sparse_csr"
# What is done with such arrays: "ufunc" by `arithmetic`, "step" by `steps`, which enter it here as the package is imported.
SERVED: dict[str, Callable[..., Any]] = {}


class _Steps(Tracer):
    """Applies operations and rules that are written for dense arrays."""

    def step(self, operation: Operation, function: Any, args: tuple[Any, ...]) -> Any:
        return SERVED["step"](operation, function, args)


class DenseNeeded(Problem, Untraceable):
    """A sparse array was asked for what only a dense one can give: a Problem, unless `steps` knows better."""

    tracer = _Steps()

    def __init__(self, name: str, message: str | None = None) -> None:
        super().__init__(
            "not-supported",
            message or f"Could not run 'aten::{name}' with arguments from the 'SparseCPU' backend.",
            type="NotImplementedError",
            hint="make it dense first: x.to_dense()",
        )


class CooArray(NDArrayOperatorsMixin, Unstrided):
    """An array of `shape` that is zero but for `nnz` entries, or slices.

    indices       int64 [sparse_dim, nnz]: where they are, in the first dimensions
    values        [nnz, *shape[sparse_dim:]]
    is_coalesced  whether the places are known to be in order, and each named once; else values of one place are added up
    layout        as what programs see it: "sparse_coo", or "sparse_csr" for a coalesced matrix whose rows are told by where
                  each begins (`crow_indices`), which is computed when somebody asks
    """

    __slots__ = ("__weakref__", "indices", "is_coalesced", "layout", "shape", "values")

    def __init__(
        self, indices: Array, values: Array, shape: Shape, is_coalesced: bool = False, layout: str = COORDINATES
    ) -> None:
        self.indices = indices
        self.values = values
        self.shape = shape
        self.is_coalesced = is_coalesced
        self.layout = layout

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # rows ask isinstance(x, np.ndarray)
        return np.ndarray

    # --- what it says of itself -------------------------------------------------------------------------------------

    base = None
    strides = ()  # which say nothing of a place
    flags = np.empty(0).flags  # its entries lie one after the other

    @property
    def dtype(self) -> Any:
        """The dtype of its values."""
        return self.values.dtype

    @property
    def ndim(self) -> int:
        """How many dimensions it has, sparse and dense ones."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many elements it stands for."""
        return math.prod(self.shape)

    @property
    def itemsize(self) -> int:
        """The bytes of a value."""
        return self.values.itemsize  # type: ignore[no-any-return]

    @property
    def nnz(self) -> int:
        """How many entries it has, those of one place counted one by one."""
        return self.indices.shape[1]  # type: ignore[no-any-return]

    @property
    def nbytes(self) -> int:
        """The bytes of places and values."""
        return self.indices.nbytes + self.values.nbytes  # type: ignore[no-any-return]

    @property
    def sparse_dim(self) -> int:
        """In how many dimensions, the first ones, it has places."""
        return len(self.indices)

    def __reduce__(self) -> Any:
        return CooArray, (self.indices, self.values, self.shape, self.is_coalesced, self.layout)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<coo array {self.dtype}{list(self.shape)} of {self.nnz} entries>"

    # --- what it cannot do ------------------------------------------------------------------------------------------

    def __array__(self, *args: Any, **words: Any) -> Any:
        raise DenseNeeded("as_strided", "a sparse tensor has no elements one after the other")

    def __iter__(self) -> Any:
        raise DenseNeeded("unbind")

    def __getattr__(self, name: str) -> Any:
        if name == "__array_interface__":
            raise DenseNeeded(name, "Cannot access data pointer of Tensor that doesn't have storage")
        if name.startswith("__"):
            raise AttributeError(name)
        raise DenseNeeded(name, f"{name} is not implemented for sparse tensors")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **words: Any) -> Any:
        if method != "__call__" or words:
            raise DenseNeeded(ufunc.__name__)
        result = SERVED["ufunc"](ufunc, inputs)
        if out is None or (type(out[0]) is CooArray and type(result) is not CooArray):
            return result  # of `x += y`, after which x is what this gives
        out[0][...] = result
        return out[0]

    # --- the same entries otherwise ---------------------------------------------------------------------------------

    def with_values(self, values: Array) -> CooArray:
        """Other values at the same places."""
        return CooArray(self.indices, values, self.shape, self.is_coalesced, self.layout)

    def in_layout(self, layout: str) -> CooArray:
        """The same in another layout.  Raises Problem for what is no matrix and is to be told by rows."""
        if layout == ROWS and not self.sparse_dim == self.ndim == 2:
            words = (
                "coo_to_sparse_csr: conversion from Sparse to SparseCsr for input tensors with sparse_dim()!=2 is not supported"
            )
            raise Problem("dimension", words, hint="x.to_sparse() takes any dimensions")
        own = self.coalesced() if layout == ROWS else self
        return CooArray(own.indices, own.values, self.shape, own.is_coalesced, layout)

    def crow_indices(self) -> Any:
        """Where each row of a matrix begins among its entries, and where the last one ends: int64 [rows + 1]."""
        ends = np.cumsum(np.bincount(self.indices[0], minlength=self.shape[0]))
        return np.concatenate([np.zeros(1, np.int64), ends])

    def zeros(self, shape: Shape) -> CooArray:
        """An array of this dtype without entries."""
        return empty(shape, self.dtype, min(self.sparse_dim, len(shape)))

    def copy(self, order: str = "K") -> CooArray:
        """The same in memory of its own."""
        return CooArray(self.indices.copy(), self.values.copy(), self.shape, self.is_coalesced, self.layout)

    def astype(self, dtype: Any, **words: Any) -> CooArray:
        """The values in another dtype."""
        return self.with_values(self.values.astype(dtype))

    def transpose(self, *order: Any) -> CooArray:
        """The dimensions in another order.  Raises Problem where sparse and dense ones would mix."""
        dims = order[0] if len(order) == 1 and not isinstance(order[0], int) else order or range(self.ndim)[::-1]
        split = self.sparse_dim
        if sorted(dims[:split]) != list(range(split)):
            raise Problem(
                "dimension", "sparse transpose: transposed dimensions must be sparse", hint="x.to_dense() has no such bound"
            )
        values = self.values.transpose(0, *[dim - split + 1 for dim in dims[split:]])
        kept = self.is_coalesced and list(dims[:split]) == list(range(split))
        return CooArray(self.indices[list(dims[:split])], values, tuple([self.shape[dim] for dim in dims]), kept)

    def swapaxes(self, one: int, other: int) -> CooArray:
        """Two dimensions exchanged."""
        order = list(range(self.ndim))
        order[one], order[other] = order[other], order[one]
        return self.transpose(order)

    @property
    def T(self) -> CooArray:
        """All dimensions in reverse order."""
        return self.transpose()

    @property
    def real(self) -> CooArray:
        """The real parts."""
        return self.with_values(self.values.real)

    def conj(self) -> CooArray:
        """The conjugate values."""
        return self.with_values(self.values.conj())

    # --- changes ----------------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> CooArray:
        if key is not Ellipsis:
            raise DenseNeeded("index.Tensor")
        return self.with_values(self.values)

    def __setitem__(self, key: Any, new: Any) -> None:
        """Become another array, for `x[...] = new`."""
        if key is not Ellipsis or type(new) is not CooArray:
            raise Problem(
                "type", "Cannot assign to a sparse tensor", type="TypeError", hint="change x.to_dense(), or make a new one"
            )
        self.indices, self.shape, self.is_coalesced = new.indices, new.shape, new.is_coalesced  # the layout stays
        self.values = new.values.astype(self.values.dtype, copy=False)

    def item(self) -> Any:
        """The number of an array of one element."""
        return self.dense().item()

    def fill(self, value: Any) -> None:
        """Become zeros.  Raises Problem for any other number."""
        if value != 0:
            raise DenseNeeded("fill_.Scalar")
        self[...] = empty(self.shape, self.dtype, self.sparse_dim)

    # --- places -----------------------------------------------------------------------------------------------------

    def keys(self) -> Any:
        """The place of each entry as one number, int64 [nnz]; in the order of places."""
        return keys(self.indices, self.shape)

    def coalesced(self) -> CooArray:
        """The same array with its places in order, each named once."""
        if self.is_coalesced:
            return self
        places, first, entry = np.unique(self.keys(), return_index=True, return_inverse=True)
        values = np.zeros((len(places), *self.values.shape[1:]), self.dtype)
        if len(places) == self.nnz:
            values[entry] = self.values
        else:
            np.add.at(values, entry, self.values)
        return CooArray(self.indices[:, first], values, self.shape, True)

    def at(self, indices: Array) -> Any:
        """The values at places, [count, *dense shape]: zeros where there is no entry."""
        own = self.coalesced()
        places, wanted = own.keys(), keys(indices, self.shape)
        found = np.zeros((len(wanted), *own.values.shape[1:]), self.dtype)
        if len(places):
            entry = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
            there = places[entry] == wanted
            found[there] = own.values[entry[there]]
        return found

    def entries_of(self, array: Array, masked: bool = False) -> CooArray:
        """An array of the same shape with as many sparse dimensions; if `masked`, with this one's places only."""
        if masked:
            own = self.coalesced()
            return own.with_values(array[tuple(own.indices)])
        return from_dense(array, self.sparse_dim)

    def in_turns(self) -> tuple[Array, list[int]]:
        """The entries in turns of which none has a place twice: all in an order, and where in it each turn begins."""
        if self.is_coalesced:
            return np.arange(self.nnz), [0]
        places = self.keys()
        by_place = np.argsort(places, kind="stable")
        first = np.diff(places[by_place], prepend=-1) != 0
        turn = np.arange(self.nnz)
        turn = turn - np.maximum.accumulate(np.where(first, turn, 0))
        order = np.argsort(turn, kind="stable")
        return by_place[order], np.flatnonzero(np.diff(turn[order], prepend=-1)).tolist()

    def dense(self) -> Any:
        """The same as an array of NumPy's."""
        out = np.zeros(self.shape, self.dtype)
        self.add_to(out)
        return out

    def add_to(self, array: Array) -> None:
        """Add the entries to an array of NumPy's of the same shape, in place."""
        if not self.sparse_dim:
            array += self.values.sum(0, dtype=array.dtype)
        elif self.is_coalesced:
            array[tuple(self.indices)] += self.values
        else:
            np.add.at(array, tuple(self.indices), self.values)


def keys(indices: Array, shape: Shape) -> Any:
    """Places in the first dimensions of a shape, each as one number: int64 [count]."""
    found = np.zeros(indices.shape[1], np.int64)
    for dim, places in enumerate(indices):
        found = found * shape[dim] + places
    return found


def empty(shape: Shape, dtype: np.dtype[Any], sparse_dim: int | None = None) -> CooArray:
    """An array of zeros, without entries; all dimensions are sparse unless it is said how many of the first."""
    count = len(shape) if sparse_dim is None else sparse_dim
    return CooArray(np.zeros((count, 0), np.int64), np.zeros((0, *shape[count:]), dtype), tuple(shape), True)


def from_dense(array: Array, sparse_dim: int | None = None) -> CooArray:
    """The entries of an array of NumPy's that are not zero; of fewer sparse dimensions, the slices that are not all zeros."""
    count = array.ndim if sparse_dim is None else sparse_dim
    kept = array != 0 if count == array.ndim else (array != 0).any(tuple(range(count, array.ndim)))
    if not array.ndim:
        return CooArray(np.zeros((0, int(kept)), np.int64), array.reshape(1)[: int(kept)].copy(), (), True)
    indices = np.array(np.nonzero(kept), np.int64).reshape(count, -1)
    return CooArray(indices, array[tuple(indices)], array.shape, True)


def is_coo(array: Any) -> bool:
    """Whether an operand is such an array."""
    return type(array) is CooArray
