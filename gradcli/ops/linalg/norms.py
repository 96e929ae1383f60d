"""Norms of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import is_half
from gradcli.graph.half_rows import HalfSteps
from gradcli.graph.sweep import sweep
from gradcli.graph.tensor import Tensor, from_array, is_unstrided
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent, is_small
from gradcli.ops.core.builders import SAME, ZERO, composite, general
from gradcli.ops.core.dims import all_dims
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.dtypes import low_precision, need_floats, scalar_name, to_dtype
from gradcli.ops.core.parameter_types import Dims, DType, NormOrder, Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import abs as absolute
from gradcli.ops.elementwise.arithmetic import conj, sgn
from gradcli.ops.elementwise.conversion import to
from gradcli.ops.elementwise.selection import where
from gradcli.ops.kernels.line_sums import squares_along_lines
from gradcli.ops.linalg.matrix_products import need_two_dimensions
from gradcli.ops.linalg.svd import singular_values
from gradcli.ops.movement.shapes import restored, unsqueeze
from gradcli.ops.movement.transposing import permute
from gradcli.ops.reduction.extremes import amax, amin, how_many
from gradcli.ops.reduction.reductions import array_of, count_of, sum_dim

family("linear algebra")


def _floats_for_norm(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Casting of vector norms: floating-point, and `dtype` not narrower than the operand's own."""
    (x,) = values
    need_floats("linalg.vector_norm", x.dtype)
    asked = next((each for each in statics if isinstance(each, np.dtype)), None)
    _check_asked("linalg.vector_norm", x.dtype, asked)
    return to_dtype(values, statics)


def _check_asked(name: str, own: Any, asked: Any) -> None:
    """Refuse a dtype that norms of an operand's dtype are not computed in.  Raises Problem."""
    if asked is None:
        return
    hint = "convert the norm instead, as in norm(x).float()"
    if asked.kind not in "fc":
        words = f"{name}: dtype should be floating point or complex, but got {scalar_name(asked)}"
        raise Problem("dtype", words, hint=hint)
    if (asked.kind == "c") != (own.kind == "c"):
        kind = "complex" if own.kind == "c" else "real"
        raise Problem("dtype", f"{name}: dtype should be {kind} for {kind} inputs, but got {scalar_name(asked)}", hint=hint)
    if asked != own and (is_half(asked) or asked.itemsize < own.itemsize):
        words = f"the dtype of the input ({scalar_name(own)}) should be convertible without narrowing to the specified dtype"
        raise Problem("dtype", f"{name}: {words} ({scalar_name(asked)})", hint=hint)


def _vector_norm(x: Array, /, ord: Number = 2, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None) -> Any:
    dims = all_dims(dim, x.ndim)
    if x.dtype.kind == "c":
        x = np.abs(x)
    if ord in (math.inf, -math.inf) or ord < 0:
        _need_elements(x, ord, dims)
    if ord == 0:
        return (x != 0).sum(dims, keepdims=keepdim).astype(x.dtype)
    if ord == math.inf and x.size:  # without the array of absolute values
        return np.maximum(x.max(dims, keepdims=keepdim), -x.min(dims, keepdims=keepdim))
    if ord == -math.inf:
        return np.abs(x).min(dims, keepdims=keepdim)
    if ord in (1, math.inf):
        return np.abs(x).sum(dims, keepdims=keepdim)
    norm = _power_mean(x, ord, dims, keepdim)
    lost = (norm == 0) | (norm == math.inf) if ord > 0 else np.False_
    return _rescaled(x, norm, lost, ord, dims, keepdim) if lost.any() and x.size else norm


def _power_mean(x: Array, ord: float, dims: tuple[int, ...], keepdim: bool) -> Any:
    if ord == 2:
        return np.sqrt(_sum_of_squares(x, dims, keepdim))
    size = np.abs(x)
    size **= ord
    return size.sum(dims, keepdims=keepdim) ** (1 / ord)


def _rescaled(x: Array, norm: Any, lost: Any, ord: float, dims: tuple[int, ...], keepdim: bool) -> Any:
    """The norms again where powers vanished or overflowed: of the values over the largest of them."""
    largest = np.abs(x).max(dims, keepdims=True)
    scale = np.where((largest > 0) & (largest < math.inf), largest, x.dtype.type(1))
    again = _power_mean(x / scale, ord, dims, keepdim) * scale.reshape(np.shape(norm))
    return np.where(lost, again, norm)


def _need_elements(x: Operand, ord: float, dims: tuple[int, ...]) -> None:
    if not count_of(x.shape, dims):
        where_ = "" if len(dims) == x.ndim else f" on the dimension {next(each for each in dims if not x.shape[each])} "
        raise Problem(
            "empty",
            f"linalg.vector_norm cannot compute the {float(ord):g} norm on an empty tensor{where_} because "
            "the operation does not have an identity",
        )


_BLOCK = 1 << 16


def _sum_of_squares(x: Array, dims: tuple[int, ...], keepdim: bool) -> Any:
    """A large array is squared block by block: no second one is made, and the blocks' sums stay accurate."""
    kept = x.ndim - len(dims)
    if is_small(x) and x.size and x.flags.c_contiguous and set(dims) == set(range(kept, x.ndim)):
        sums = squares_along_lines(x.reshape(math.prod(x.shape[:kept]), -1))
        return sums.reshape(x.shape[:kept] + (1,) * len(dims) * keepdim)
    if len(dims) < x.ndim or x.size <= _BLOCK:
        return np.square(x).sum(dims, keepdims=keepdim)
    flat = x.reshape(-1)
    blocks = [flat[start : start + _BLOCK] for start in range(0, flat.size, _BLOCK)]
    total = np.array([np.dot(block, block) for block in blocks]).sum()
    return total.reshape((1,) * x.ndim) if keepdim else total


def _by_slope(g: Cotangent, x: Operand, norm: Any, ord: Any, dim: Any) -> Any:
    """g * d norm / d x, where `norm` has the dimensions of x; 0 at the origin, the subgradient of least norm."""
    if ord == 1:
        return g * sgn(x)
    if ord in (math.inf, -math.inf):
        chosen = (absolute(x) == norm) | ((x != x) & (norm != norm))
        return g * (sgn(x) * chosen / how_many(chosen, dim))
    if ord < 1:
        return g * (where(x == 0, 0.0, sgn(x) * absolute(x) ** (ord - 1)) * norm ** (1 - ord))
    if ord < 2:
        return sgn(x) * absolute(x) ** (ord - 1) * where(norm == 0, 0.0, g / norm ** (ord - 1))
    if ord == 2:
        return g * where(norm == 0, 0.0, x / norm)
    share = x / where(norm == 0, 1.0, norm)  # and not powers of each, which may vanish or overflow
    return g * (share * absolute(share) ** (ord - 2))


def _norm_vjp(g: Tensor, x: Operand, out: Operand, ord: Any, dim: Any, keepdim: bool) -> Any:
    if ord == 0:
        return None  # PyTorch has no gradient for a count, not even zeros
    traced = ord == 2 and isinstance(g, Tensor) and g.node is not None
    both_vanish = (array_of(out) == 0) & (array_of(g) == 0) if traced else np.False_
    if not both_vanish.any():
        return _by_slope(restored(g, x.shape, dim, keepdim), x, restored(out, x.shape, dim, keepdim), ord, dim)
    over_norm = where(both_vanish, _limit_of_quotient(g, out), g / where(array_of(out) == 0, 1.0, out))
    return x * restored(over_norm, x.shape, dim, keepdim)


def _limit_of_quotient(g: Tensor, norm: Any) -> Any:
    """g / norm where both go to zero: by l'Hôpital's rule d g / d norm, so that norm(x)**2 has its second derivative at 0."""
    start = from_array(np.ones(g.ndarray.shape, g.ndarray.dtype))
    found = sweep([(g.node, start)], wanted=[norm.node], create_graph=True, retain_graph=True)
    return found.get(norm.node, 0.0)


def _norm_jvp(t: Tangent, x: Operand, out: Operand, ord: Any, dim: Any, keepdim: bool) -> Any:
    if ord == 0:
        return ZERO(sum_dim(t, dim, keepdim))
    return sum_dim(_by_slope(conj(t), x, restored(out, x.shape, dim, keepdim), ord, dim), dim, keepdim)


def _norm_bends(x: Operand, out: Operand, ord: Any, dim: Any, keepdim: bool) -> Any:
    """Which norms are at the origin, or where the unit ball has an edge."""
    dims = all_dims(dim, x.ndim)
    if ord in (math.inf, -math.inf):
        tied = (absolute(x) == restored(out, x.shape, dim, keepdim)).sum(dims, keepdims=keepdim) > 1
        return tied | (out == 0)
    return np.any(x == 0, dims, keepdims=keepdim) if 0 < ord <= 1 else (out == 0) & (ord != 0)


vector_norm = general(
    "linalg.vector_norm",
    _vector_norm,
    _norm_vjp,
    _norm_jvp,
    casting=_floats_for_norm,
    complex=SAME,
    half=HalfSteps(stepwise=True),
    method=False,
    namespace="torch.linalg",
    grad_fn="LinalgVectorNormBackward0",
    kinks=(Kink("0 at the origin; for p=1 at every 0, for p=inf split evenly among the largest", _norm_bends),),
    doc="The norm of the values, as one long vector.",
    samples=(
        "linalg.vector_norm(x)",
        "linalg.vector_norm(x, 3, dim=0)",
        "linalg.vector_norm(x, 1)",
        "linalg.vector_norm(x, inf, dim=1)",
        "linalg.vector_norm(x, -inf)",
        "linalg.vector_norm(x, 1.5)",
    ),
)

# --- matrices -------------------------------------------------------------------------------------------------------


def _matrix_norm(
    x: Tensor, /, ord: Number | NormOrder = "fro", dim: Dims = (-2, -1), keepdim: bool = False, *, dtype: DType = None
) -> Any:
    x = _floating_matrix(x, dtype)
    if ord not in (1, -1, 2, -2, math.inf, -math.inf, "fro", "nuc"):
        raise Problem(
            "argument",
            f"linalg.matrix_norm: Order {ord} not supported.",
            hint="orders are 1, -1, 2, -2, inf, -inf, 'fro' and 'nuc'",
        )
    dims = all_dims(dim, x.ndim)
    if len(dims) != 2:
        raise Problem("dimension", f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dims))}")
    if ord == "fro":
        return vector_norm(x, 2, dims, keepdim)
    if ord in (2, -2, "nuc"):
        if is_half(x.ndarray.dtype):
            raise low_precision("linalg.matrix_norm", x.ndarray.dtype)
        return _spectral(x, ord, dims, keepdim)
    summed, left = dims if ord in (1, -1) else dims[::-1]
    sums = vector_norm(x, 1, summed, keepdim)
    return _extreme(sums, ord, left - (not keepdim and left > summed), keepdim)


def _floating_matrix(x: Tensor, dtype: Any) -> Tensor:
    need_two_dimensions(x, "linalg.matrix_norm")
    need_floats("linalg.matrix_norm", x.ndarray.dtype)
    _check_asked("linalg.matrix_norm", x.ndarray.dtype, dtype)
    return x if dtype is None else to(x, dtype)


def _spectral(x: Tensor, ord: float | str, dims: tuple[int, ...], keepdim: bool) -> Any:
    """Norms made of singular values, with the matrices moved to the end."""
    order = (*[each for each in range(x.ndim) if each not in dims], *dims)
    values = singular_values(permute(x, order))
    norm = sum_dim(values, -1, keepdim) if ord == "nuc" else _extreme(values, ord, -1, keepdim)
    if not keepdim:
        return norm
    return permute(unsqueeze(norm, -1), tuple([order.index(each) for each in range(x.ndim)]))


def _extreme(values: Tensor, ord: Any, dim: int, keepdim: bool) -> Any:
    """The largest value for a positive order (0 of none), the smallest for a negative one."""
    if ord > 0 and not values.shape[dim]:
        return from_array(np.zeros(np.sum(values.ndarray, dim, keepdims=keepdim).shape, values.ndarray.dtype))
    return (amax if ord > 0 else amin)(values, dim, keepdim)


matrix_norm = composite(
    "linalg.matrix_norm",
    _matrix_norm,
    namespace="torch.linalg",
    method=False,
    doc="The norm of a matrix, of order ord.",
    samples=(
        "linalg.matrix_norm(x)",
        "x:2,3,2 linalg.matrix_norm(x, 1)",
        "linalg.matrix_norm(x, 'nuc')",
        "x:2,3,2 linalg.matrix_norm(x, 2, (0, 1), True)",
    ),
)


def _linalg_norm(
    x: Tensor, /, ord: Number | NormOrder | None = None, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None
) -> Any:
    count = len(dim) if isinstance(dim, tuple) else x.ndim if dim is None else 1
    if isinstance(dim, tuple) and count not in (1, 2):
        raise Problem(
            "dimension",
            f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}",
            hint="linalg.vector_norm takes any dimensions",
        )
    if ord is None:
        return vector_norm(x, 2, dim, keepdim, dtype)
    if dim is None and count not in (1, 2):
        raise Problem(
            "dimension",
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {count}D.",
            hint="linalg.vector_norm takes any shape",
        )
    if count == 2 or isinstance(ord, str):
        return _matrix_norm(x, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(x, ord, dim, keepdim, dtype)


composite(
    "linalg.norm",
    _linalg_norm,
    namespace="torch.linalg",
    method=False,
    doc="The norm of a vector or a matrix, of order ord.",
    samples=(
        "linalg.norm(x)",
        "linalg.norm(x, 1)",
        "linalg.norm(x, 'fro')",
        "x:3 linalg.norm(x, 3)",
        "linalg.norm(x, inf)",
        "linalg.norm(x, dim=1)",
        "linalg.norm(x, 2)",
        "linalg.norm(x, -2)",
        "linalg.norm(x, 'nuc')",
        "linalg.norm(x, -1, keepdim=True)",
    ),
)


def _norm(
    x: Tensor, /, p: Number | NormOrder | None = "fro", dim: Dims = None, keepdim: bool = False, *, dtype: DType = None
) -> Any:
    if isinstance(p, str) and p != "fro":
        return _matrix_norm(x, p, dim, keepdim, dtype=dtype)
    if is_unstrided(x) and dim is None:
        from gradcli.ops.sparse.layouts import coalesced, values  # few programs have sparse tensors

        x = values(coalesced(x))
    return vector_norm(x, 2 if p in ("fro", None) else p, dim, keepdim, dtype)


composite(
    "norm",
    _norm,
    doc="The p-norm (by default p=2) of all values, or along dim.",
    samples=(
        "norm(x)",
        "norm(x, 1)",
        "norm(x, p=3, dim=1)",
        "x.norm(dim=0, keepdim=True)",
        "x.norm(p='fro')",
        "norm(x, 'nuc')",
    ),
)
