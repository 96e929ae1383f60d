"""Ways to make a sparse tensor: `torch.sparse_coo_tensor`, `sparse_csr_tensor`, `torch.sparse.spdiags`; and what is checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core import dtypes
from gradcli.ops.elementwise.conversion import to as converted
from gradcli.ops.sparse.coo import ROWS, empty, keys
from gradcli.ops.sparse.layouts import made, made_by_rows
from gradcli.torch._boundary import guarded
from gradcli.torch._construction import leaf, values_of
from gradcli.torch._dtypes import kind_of
from gradcli.torch._rows import only_places

Shape = tuple[int, ...]


@guarded
def sparse_coo_tensor(
    indices: Any = None,
    values: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    check_invariants: Any = None,
    is_coalesced: bool | None = None,
    **places: Any,
) -> Tensor:
    """A tensor of `size` that is zero but for `values` [nnz, ...] at `indices` [sparse_dim, nnz]; gradients go to the values.

    Values of one place are added up.  Without a size it is the smallest that has room for all; with a size alone there are no
    entries.  Indices are always checked, whatever `check_invariants` says.  Raises RuntimeError, TypeError.
    """
    only_places("sparse_coo_tensor", places)
    if values is None:
        return _zeros(indices if size is None else size, dtype, requires_grad)
    where = _as_tensor(indices, np.dtype(np.int64))
    entries = _as_tensor(values, None)
    if dtype is not None:
        entries = converted(entries, kind_of(dtype))
    if not entries.ndim:
        entries = from_array(entries.ndarray.reshape(1))
    places_, count = where.ndarray, len(entries)
    if places_.ndim != 2:
        raise Problem("dimension", f"indices must be sparse_dim x nnz, but got: {list(places_.shape)}")
    if places_.shape[1] != count:
        counts = f"but got nnz from indices: {places_.shape[1]}, nnz from values: {count}"
        raise Problem("shape-mismatch", f"indices and values must have same nnz, {counts}")
    shape = _smallest(places_, entries.shape) if size is None else tuple([int(length) for length in size])
    _check(places_, entries.shape, shape)
    in_order = bool(is_coalesced) and _in_order(places_, shape)
    out: Tensor = made(entries, where, shape, in_order)
    return out if not requires_grad or out._requires_grad else out.require_grad()


@guarded
def sparse_csr_tensor(
    crow_indices: Any,
    col_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    check_invariants: Any = None,
    **places: Any,
) -> Tensor:
    """A matrix by rows: of row i, entries crow_indices[i] to crow_indices[i + 1], their columns in order, and their values.

    Raises RuntimeError where these do not fit together.
    """
    only_places("sparse_csr_tensor", places)
    whole = np.dtype(np.int64)
    starts, columns, entries = _as_tensor(crow_indices, whole), _as_tensor(col_indices, whole), _as_tensor(values, None)
    if dtype is not None:
        entries = converted(entries, kind_of(dtype))
    crow, col = starts.ndarray, columns.ndarray
    if crow.ndim != 1 or col.ndim != 1 or entries.ndim != 1:
        raise Problem("dimension", "a matrix by rows has indices and values of one dimension", hint="batches are not there")
    shape = (len(crow) - 1, int(col.max(initial=-1)) + 1) if size is None else tuple([int(length) for length in size])
    _check_rows(crow, col, len(entries), shape)
    indices = np.stack([np.repeat(np.arange(shape[0]), np.diff(crow)), col])
    out: Tensor = made_by_rows(entries, from_array(indices), shape, True, ROWS)
    return out if not requires_grad or out._requires_grad else out.require_grad()


def _check_rows(crow: Any, col: Any, count: int, shape: Shape) -> None:
    """Refuse what makes no matrix by rows, in PyTorch's words.  Raises Problem."""
    for name, what, length, wanted in (("col", "nnz", len(col), count), ("crow", "nrows + 1", len(crow), shape[0] + 1)):
        if length != wanted:
            told = " as defined by values.shape[0]" if name == "col" else ""
            words = f"{name}_indices.shape[-1] must be equal to {what} (={wanted}){told}, but got {length}"
            raise Problem("shape-mismatch", words)
    clause = _broken(crow, col, count, shape)
    if clause is not None:
        raise Problem("index", f"`{clause}` is not satisfied.")


def _broken(crow: Any, col: Any, count: int, shape: Shape) -> str | None:
    """What should be true of the indices of a matrix by rows, and is not."""
    if crow[0] != 0:
        return "crow_indices[..., 0] == 0"
    if crow[-1] != count:
        return "crow_indices[..., -1] == nnz"
    counts = np.diff(crow)
    if (counts < 0).any() or (counts > shape[1]).any():
        return "0 <= crow_indices[..., 1:] - crow_indices[..., :-1] <= ncols"
    if count and not 0 <= col.min() <= col.max() < shape[1]:
        return "0 <= col_indices < ncols"
    if (np.diff(np.repeat(np.arange(shape[0]), counts) * shape[1] + col) <= 0).any():
        rows = "col_indices[..., crow_indices[..., i - 1]:crow_indices[..., i]] for all i = 1, ..., nrows"
        return f"{rows} are sorted and distinct along the last dimension values"
    return None


def _zeros(size: Any, dtype: Any, requires_grad: bool) -> Tensor:
    if size is None:
        words = "sparse_coo_tensor() received an invalid combination of arguments"
        raise Problem("argument", words, type="TypeError", hint="give indices, values and a size")
    if isinstance(size, Tensor):
        words = "sparse_coo_tensor(): argument 'size' (position 1) must be tuple of ints, not Tensor"
        raise Problem("type", words, type="TypeError", hint="give values, too")
    kind = dtypes.default_dtype() if dtype is None else kind_of(dtype)
    return leaf(empty(tuple([int(length) for length in size]), kind), requires_grad)


def _as_tensor(value: Any, kind: np.dtype[Any] | None) -> Tensor:
    if not isinstance(value, Tensor):
        return from_array(np.array(values_of(value, kind)))
    return value if kind is None or value.ndarray.dtype == kind else from_array(value.ndarray.astype(kind))


def _smallest(indices: Any, shape: Shape) -> Shape:
    """The smallest size with room for entries of a shape [nnz, ...] at places."""
    _check_signs(indices)
    return (*[int(each.max()) + 1 if each.size else 0 for each in indices], *shape[1:])


def _check(indices: Any, entries: Shape, shape: Shape) -> None:
    """Refuse entries that do not fit into a shape.  Raises Problem."""
    split = len(indices)
    if len(shape) != split + len(entries) - 1:
        counts = f"len(size) = {len(shape)}, sparse_dim = {split}, dense_dim = {len(entries) - 1}"
        raise Problem("dimension", f"'len(size) == sparse_dim + dense_dim' is not satisfied: {counts}")
    if entries[1:] != shape[split:]:
        expected = [entries[0], *shape[split:]]
        raise Problem("shape-mismatch", f"values has incorrect size, expected {expected}, got {list(entries)}")
    _check_signs(indices)
    for dim, places in enumerate(indices):
        if places.size and places.max() >= shape[dim]:
            words = f"for dim {dim}, size is {shape[dim]} but found index {places.max()}"
            raise Problem("index", f"size is inconsistent with indices: {words}")


def _check_signs(indices: Any) -> None:
    for dim, places in enumerate(indices):
        if places.size and places.min() < 0:
            raise Problem("index", f"found negative index {places.min()} for dim {dim}")


def _in_order(indices: Any, shape: Shape) -> bool:
    """True for places in order, each named once.  Raises Problem for others."""
    if (np.diff(keys(indices, shape)) <= 0).any():
        raise Problem("argument", "cannot set is_coalesced to true if indices correspond to uncoalesced COO tensor")
    return True


@guarded
def spdiags(diagonals: Tensor, offsets: Tensor, shape: Any, layout: Any = None) -> Tensor:
    """A sparse matrix of `shape` with rows of `diagonals` on the diagonals that `offsets` number."""
    rows, columns = shape
    lines = diagonals.ndarray if diagonals.ndim == 2 else diagonals.ndarray[None]
    column = np.arange(min(lines.shape[1], columns))
    places, chosen = [], []
    for number, offset in enumerate(np.atleast_1d(offsets.ndarray).tolist()):
        row = column - offset
        there = (row >= 0) & (row < rows)
        places.append(np.stack([row[there], column[there]]))
        chosen.append(lines[number, : len(column)][there])
    indices = from_array(np.concatenate(places, 1))
    out: Tensor = made(from_array(np.concatenate(chosen)), indices, (rows, columns), False)
    return out


class check_sparse_tensor_invariants:
    """Whether indices are checked as tensors are made, which they always are here; as a context and as a decorator."""

    _enabled = False

    def __init__(self, enable: bool = True) -> None:
        self.state = enable
        self.saved_state: bool | None = None

    @staticmethod
    def is_enabled() -> bool:
        """Whether it was asked for."""
        return check_sparse_tensor_invariants._enabled

    @staticmethod
    def enable() -> None:
        """Ask for it."""
        check_sparse_tensor_invariants._enabled = True

    @staticmethod
    def disable() -> None:
        """Ask for it no longer."""
        check_sparse_tensor_invariants._enabled = False

    def __enter__(self) -> None:
        self.saved_state = self.is_enabled()
        check_sparse_tensor_invariants._enabled = self.state

    def __exit__(self, *_: Any) -> None:
        check_sparse_tensor_invariants._enabled = bool(self.saved_state)

    def __call__(self, function: Any) -> Any:
        from functools import wraps

        @wraps(function)
        def checked(*args: Any, **keywords: Any) -> Any:
            with type(self)(self.state):
                return function(*args, **keywords)

        return checked
