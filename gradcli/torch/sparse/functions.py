"""`torch.sparse.mm`, `addmm`, `sum`, `softmax`, `log_softmax`: gradients of sparse operands are sparse, too."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array, is_unstrided
from gradcli.ops.core.dims import all_dims, one_dim
from gradcli.ops.elementwise.conversion import to as converted
from gradcli.ops.linalg import sparse_products as products
from gradcli.ops.reduction import reductions
from gradcli.ops.sparse import layouts
from gradcli.ops.sparse import reductions as sparse_reductions
from gradcli.ops.sparse.coo import is_coo
from gradcli.torch import _rows
from gradcli.torch._boundary import guarded
from gradcli.torch._dtypes import kind_of

spmm = dsmm = _rows.function("mm")  # as older programs call it
saddmm = _rows.function("addmm")


@guarded
def mm(mat1: Tensor, mat2: Tensor, reduce: str | None = None) -> Tensor:
    """The product of two matrices of which one is sparse; of two sparse ones a sparse one.  Raises RuntimeError."""
    if reduce is not None:
        words = "Could not run 'aten::_sparse_mm_reduce_impl' with arguments from the 'SparseCPU' backend."
        raise Problem("not-supported", words, type="NotImplementedError", hint="leave `reduce` away")
    if is_coo(mat1.ndarray) and is_coo(mat2.ndarray):
        out: Tensor = products.matmul(mat1, mat2)
        return out
    zeros = from_array(np.zeros((), mat1.ndarray.dtype))
    return _product(zeros, mat1, mat2, 0, 1)


@guarded
def addmm(mat: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """`beta * mat + alpha * mat1 @ mat2`, of which mat1 is sparse."""
    return _product(mat, mat1, mat2, beta, alpha)


def _product(mat: Tensor, mat1: Tensor, mat2: Tensor, beta: float, alpha: float) -> Tensor:
    if mat2.ndim != 2:
        raise Problem("dimension", f"addmm: matrices expected, got {mat2.ndim}D tensor", hint="mat1 @ mat2 takes a vector")
    if mat1.shape[1] != mat2.shape[0]:
        words = f"addmm: Argument #3 (dense): Expected dim 0 size {mat1.shape[1]}, got {mat2.shape[0]}"
        raise Problem("shape-mismatch", words)
    if mat1.ndarray.dtype != mat2.ndarray.dtype:
        names = [str(each.ndarray.dtype) for each in (mat1, mat2)]
        raise Problem("dtype", f"expected one dtype, but found {names[0]} and {names[1]}", hint="convert one of them")
    out: Tensor = products.addmm(mat, mat1, mat2, beta, alpha)
    return out


@guarded
def sum(input: Tensor, dim: Any = None, dtype: Any = None) -> Tensor:
    """The sum of all entries, or along dimensions: sparse, unless all sparse ones are among them."""
    x = input if dtype is None else converted(input, kind_of(dtype))
    if dim is None:
        total: Tensor = reductions.sum(layouts.values(layouts.coalesced(x)))
        return total
    dims = tuple(sorted(all_dims(dim if isinstance(dim, builtins.int) else tuple(dim), x.ndim)))
    out: Tensor = sparse_reductions.sum_over(x, dims)
    return out


@guarded
def softmax(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """softmax over the entries along a dimension, as if all others were -inf."""
    return _along(sparse_reductions.softmax, input, dim, dtype)


@guarded
def log_softmax(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Its logarithm."""
    return _along(sparse_reductions.log_softmax, input, dim, dtype)


def _along(row: Any, input: Tensor, dim: int, dtype: Any) -> Tensor:
    x = input if dtype is None else converted(input, kind_of(dtype))
    out: Tensor = row(x, one_dim(dim, x.ndim))
    return out


def as_sparse_gradcheck(gradcheck: Callable[..., bool]) -> Callable[..., bool]:
    """`gradcheck` for functions with sparse outputs, which are compared as dense ones."""

    def dense(value: Any, masked: bool) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)([dense(each, masked) for each in value])
        return value.to_dense(masked_grad=masked) if isinstance(value, Tensor) and is_unstrided(value) else value  # type: ignore[attr-defined]

    def checked(func: Callable[..., Any], inputs: Any, *, masked: bool = False, **options: Any) -> bool:
        return gradcheck(lambda *args: dense(func(*args), masked), inputs, masked=masked, **options)

    return checked
