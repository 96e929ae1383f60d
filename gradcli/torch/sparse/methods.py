"""Methods of tensors that have to do with layouts: `x.to_sparse()`, `x.coalesce()`, `x.values()`.

Those of sparse tensors alone raise RuntimeError, in PyTorch's words, for dense ones.
"""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.sparse import layouts
from gradcli.ops.sparse.coo import COORDINATES, ROWS, CooArray, is_coo
from gradcli.torch._boundary import guarded
from gradcli.torch._dtypes import SPARSE_COO, SPARSE_CSR, STRIDED

_BY_ROWS = frozenset({"col_indices", "crow_indices"})
_EITHER = frozenset({"_nnz", "_values", "values"})
_CALLED = {COORDINATES: "Sparse", ROWS: "SparseCsr"}


def _of_sparse(self: Tensor, name: str) -> CooArray:
    """The array of a sparse tensor.  Raises Problem for one of a layout that has no method of that name."""
    array = self.ndarray
    wanted = ROWS if name in _BY_ROWS else COORDINATES
    if not is_coo(array) or (array.layout != wanted and name not in _EITHER):
        kind = "sparse row compressed" if name in _BY_ROWS else "sparse" if name in _EITHER else "sparse coordinate"
        found = _CALLED[array.layout] if is_coo(array) else "Strided"
        way = "x.to_sparse_csr()" if name in _BY_ROWS else "x.to_sparse()"
        raise Problem("argument", f"{name} expected {kind} tensor layout but got {found}", hint=f"{way} has that layout")
    return array  # type: ignore[no-any-return]


@guarded
def to_sparse(self: Tensor, sparse_dim: Any = None, *, layout: Any = None, **blocks: Any) -> Tensor:
    """The tensor in coordinate format: its elements that are not 0, or its slices, of fewer sparse dimensions."""
    if layout is STRIDED:
        return to_dense(self)
    if layout is SPARSE_CSR:
        return to_sparse_csr(self)
    if blocks.get("blocksize") is not None:
        raise Problem("not-supported", "there are no layouts by blocks here", type="NotImplementedError", hint="x.to_sparse()")
    if sparse_dim is None and is_coo(self.ndarray):
        return self if self.layout is SPARSE_COO else layouts.to_coordinates(self, ROWS, COORDINATES)  # type: ignore[attr-defined]
    out: Tensor = layouts.sparse(self) if sparse_dim is None else layouts.sparse_in(self, sparse_dim)
    return out


def to_sparse_coo(self: Tensor) -> Tensor:
    """The tensor in coordinate format."""
    return to_sparse(self)


@guarded
def to_sparse_csr(self: Tensor, dense_dim: int | None = None) -> Tensor:
    """The matrix by rows."""
    if not is_coo(self.ndarray):
        made: Tensor = layouts.by_rows(self)
        return made
    if self.ndarray.layout == ROWS:
        return self
    out: Tensor = layouts.to_rows(self, COORDINATES, ROWS)
    return out


@guarded
def crow_indices(self: Tensor) -> Tensor:
    """Where each row of a matrix by rows begins among its entries, and where the last one ends."""
    return from_array(_of_sparse(self, "crow_indices").crow_indices())


@guarded
def col_indices(self: Tensor) -> Tensor:
    """The column of each entry of a matrix by rows."""
    return from_array(_of_sparse(self, "col_indices").indices[1])


@guarded
def to_dense(self: Tensor, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
    """The tensor with all its elements; itself if it has them.

    masked_grad  whether the gradient is sparse, with the tensor's own places, or dense (False)
    """
    if not is_coo(self.ndarray):
        return self
    if dtype is not None:
        raise Problem("argument", "dtype argument is not supported by sparse_to_dense", hint="x.to_dense().to(dtype)")
    out: Tensor = layouts.dense(self, masked_grad is not False)
    return out


@guarded
def coalesce(self: Tensor) -> Tensor:
    """The same with its places in order, each named once: itself, if it is so."""
    if _of_sparse(self, "coalesce").is_coalesced:
        return self
    out: Tensor = layouts.coalesced(self)
    return out


@guarded
def is_coalesced(self: Tensor) -> bool:
    """Whether the places are known to be in order, each named once."""
    return _of_sparse(self, "is_coalesced").is_coalesced


@guarded
def indices(self: Tensor) -> Tensor:
    """The places of the entries, int64 [sparse_dim, nnz]."""
    if not _of_sparse(self, "indices").is_coalesced:
        raise layouts.need_coalesced("indices")
    return from_array(self.ndarray.indices)


@guarded
def values(self: Tensor) -> Tensor:
    """The values of the entries, [nnz, *dense sizes]; gradients go through them."""
    _of_sparse(self, "values")
    out: Tensor = layouts.values(self)
    return out


@guarded
def _indices(self: Tensor) -> Tensor:
    return from_array(_of_sparse(self, "_indices").indices)


@guarded
def _values(self: Tensor) -> Tensor:
    return from_array(_of_sparse(self, "_values").values)


@guarded
def _nnz(self: Tensor) -> int:
    return _of_sparse(self, "_nnz").nnz


@guarded
def _coalesced_(self: Tensor, coalesced: bool) -> Tensor:
    _of_sparse(self, "_coalesced_").is_coalesced = coalesced
    return self


def sparse_dim(self: Tensor) -> int:
    """In how many dimensions, the first ones, the tensor is sparse."""
    return int(self.ndarray.sparse_dim) if is_coo(self.ndarray) else 0


def dense_dim(self: Tensor) -> int:
    """In how many dimensions, the last ones, it is dense."""
    return int(self.ndim - sparse_dim(self))


@guarded
def sparse_mask(self: Tensor, mask: Tensor) -> Tensor:
    """The elements at the places of a sparse tensor, as a sparse tensor."""
    if not (isinstance(mask, Tensor) and is_coo(mask.ndarray)):
        words = "Could not run 'aten::sparse_mask' with arguments from the 'CPU' backend."
        raise Problem("not-supported", words, type="NotImplementedError", hint="the mask is to be sparse: mask.to_sparse()")
    out: Tensor = layouts.masked(self, mask)
    return out
