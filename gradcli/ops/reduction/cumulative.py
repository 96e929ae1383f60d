"""cumprod, logcumsumexp, nansum, count_nonzero and diff."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.complex_rows import conjugated
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent
from gradcli.ops.core.builders import HOLOMORPHIC, SAME, Operation, composite, constant, general
from gradcli.ops.core.dims import all_dims, one_dim
from gradcli.ops.core.dtypes import only, promote, to_dtype
from gradcli.ops.core.parameter_types import Dim, Dims, DType
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.exponential import exp
from gradcli.ops.elementwise.selection import where
from gradcli.ops.kernels.correct_rounding import wide
from gradcli.ops.movement.in_place import copy
from gradcli.ops.movement.indexing import narrow
from gradcli.ops.movement.joining import cat
from gradcli.ops.movement.shapes import restored
from gradcli.ops.reduction.reductions import array_of, counting_dtype, cumsum, cumsum_backward, sum_dim

family("reductions")


def _cumprod(x: Array, /, dim: Dim, *, dtype: DType = None) -> Any:
    axis = one_dim(dim, x.ndim)
    running = wide(x).cumprod(axis if x.ndim else None).reshape(x.shape)
    return running.astype(dtype or counting_dtype(x) or x.dtype, copy=False)


def _cumprod_vjp(g: Cotangent, x: Operand, out: Operand, dim: Any) -> Any:
    """Each element's share of every product after it; zeros are left out of the products, not divided by."""
    if not x.shape or 0 in x.shape or x.shape[one_dim(dim, len(x.shape))] == 1:
        return g
    if not bool((array_of(x) == 0).any()):
        return cumsum_backward(g * out, dim) / x
    return _one_by_one(g, x, dim)


def _one_by_one(g: Cotangent, x: Operand, dim: Any) -> Any:
    """The same where there are zeros: for each element, the running product without it."""
    axis = one_dim(dim, len(x.shape))
    parts = []
    before = (slice(None),) * axis
    for place in range(x.shape[axis]):
        here = x[(*before, slice(place, place + 1))]
        without = cat(
            [x[(*before, slice(None, place))], where(here == here, 1.0, 1.0), x[(*before, slice(place + 1, None))]], axis
        )
        parts.append(sum_dim((g * cumprod(without, axis))[(*before, slice(place, None))], axis, True))
    return cat(parts, axis)


def _cumprod_jvp(t: Tangent, x: Operand, out: Operand, dim: Any) -> Any:
    if not x.shape or 0 in x.shape:
        return t
    if not bool((array_of(x) == 0).any()):
        return out * cumsum(t / x, dim)
    axis = one_dim(dim, len(x.shape))
    before: Any = (slice(None),) * axis
    result = t * 0
    for place in range(x.shape[axis]):
        here = np.zeros([x.shape[axis] if each == axis else 1 for each in range(len(x.shape))], bool)
        here[(*before, place)] = True
        result = result + cumprod(where(from_array(here) if isinstance(x, Tensor) else here, t, x), axis) * _reached(
            x, axis, place
        )
    return result


def _reached(x: Operand, axis: int, place: int) -> Any:
    """1 from a place on, 0 before it."""
    steps = (np.arange(x.shape[axis]) >= place).astype(array_of(x).dtype)
    shaped = steps.reshape([x.shape[axis] if each == axis else 1 for each in range(len(x.shape))])
    return from_array(shaped) if isinstance(x, Tensor) else shaped


cumprod: Operation = general(
    "cumprod",
    _cumprod,
    _cumprod_vjp,
    _cumprod_jvp,
    casting=to_dtype,
    in_place=True,
    complex=HOLOMORPHIC,
    grad_fn="CumprodBackward0",
    doc="Running products along dim.",
    samples=("cumprod(x, 0)", "x.cumprod(dim=-1)"),
)


def _logcumsumexp(x: Array, /, dim: Dim) -> Any:
    if x.dtype.kind == "c":
        top = x.real.max(one_dim(dim, x.ndim) if x.ndim else None, keepdims=True, initial=-math.inf)
        return np.log(cumsum(np.exp(x - top), dim)) + top
    return np.logaddexp.accumulate(x, one_dim(dim, x.ndim)) if x.ndim else x.copy()


def _by_logarithms(y: Operand, add: Any) -> Any:
    """What `add` makes of log(y), for positive and negative parts each; it returns logarithms of sums of them."""
    return np.exp(add(np.log(np.maximum(y, 0)))) - np.exp(add(np.log(np.maximum(-y, 0))))


def _shares_before(y: Operand, x: Operand, total: Operand, /, dim: Dim) -> Any:
    """The sums of y[i] * exp(x[i] - total[j]) over i <= j, without overflow."""
    axis = one_dim(dim, x.ndim)
    return _by_logarithms(y, lambda logs: np.logaddexp.accumulate(logs + x, axis) - total)


def _shares_behind(y: Operand, x: Operand, total: Operand, /, dim: Dim) -> Any:
    """The sums of y[j] * exp(x[i] - total[j]) over j >= i, without overflow: the transpose of the above."""
    axis = one_dim(dim, x.ndim)
    return _by_logarithms(y, lambda logs: np.flip(np.logaddexp.accumulate(np.flip(logs - total, axis), axis), axis) + x)


# Of y each is linear, and the transpose of the other; by x[i] the derivative of every term is the term itself, by total[j]
# its negative.
_before: Operation = general(
    "logcumsumexp_jvp",
    _shares_before,
    (
        lambda g, x, total, dim: _behind(g, x, total, dim),
        lambda g, y, x, total, dim: y * _behind(g, x, total, dim),
        lambda g, out: -g * out,
    ),
    (
        lambda t, x, total, dim: _before(t, x, total, dim),
        lambda t, y, x, total, dim: _before(y * t, x, total, dim),
        lambda t, out: -t * out,
    ),
    casting=promote,
    function=False,
    method=False,
    grad_fn="LogcumsumexpBackward0",
    doc="The tangent of logcumsumexp.",
)
_behind: Operation = general(
    "logcumsumexp_backward",
    _shares_behind,
    (
        lambda g, x, total, dim: _before(g, x, total, dim),
        lambda g, out: g * out,
        lambda g, y, x, total, dim: -y * _before(g, x, total, dim),
    ),
    (
        lambda t, x, total, dim: _behind(t, x, total, dim),
        lambda t, out: t * out,
        lambda t, y, x, total, dim: -_behind(y * t, x, total, dim),
    ),
    casting=promote,
    function=False,
    method=False,
    grad_fn="LogcumsumexpBackward0",
    doc="The gradient of logcumsumexp.",
)
general(
    "logcumsumexp",
    _logcumsumexp,
    lambda g, x, out, dim: _behind(g, x, out, dim) if x.shape and 0 not in x.shape else g,
    lambda t, x, out, dim: _before(t, x, out, dim) if x.shape and 0 not in x.shape else t,
    casting=only("fc", "logcumsumexp_out_cpu"),
    complex={
        "vjps": (conjugated(lambda g, x, out, dim: exp(x) * cumsum_backward(g * exp(-out), dim)),),
        "jvps": (lambda t, x, out, dim: exp(-out) * cumsum(t * exp(x), dim),),
    },
    grad_fn="LogcumsumexpBackward0",
    doc="log of the running sums of exp(x) along dim.",
    samples=("logcumsumexp(x, 0)", "x.logcumsumexp(dim=-1)"),
)

# --- without nan ----------------------------------------------------------------------------------------------------


def _nansum(x: Array, /, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None) -> Any:
    kept = np.where(np.isnan(x), 0, x) if x.dtype.kind == "f" else x
    return kept.sum(all_dims(dim, x.ndim), dtype=dtype or counting_dtype(x), keepdims=keepdim)


def _nansum_vjp(g: Cotangent, x: Operand, dim: Any, keepdim: bool) -> Any:
    return restored(g, x.shape, dim, keepdim) * (x == x)


nansum = general(
    "nansum",
    _nansum,
    _nansum_vjp,
    lambda t, x, dim, keepdim: sum_dim(where(x == x, t, 0.0), dim, keepdim),
    casting=to_dtype,
    complex=("nansum on CPU does not support complex inputs", "RuntimeError"),
    grad_fn="NansumBackward0",
    doc="The sum of what is not nan.",
    samples=("nansum(x)", "nansum(x, 0)", "x=[1.,2.,4.] x.nansum(-1, keepdim=True)"),
)


def _count_nonzero(x: Operand, /, dim: Dims = None) -> Any:
    return np.count_nonzero(x, all_dims(dim, x.ndim)) if x.ndim else np.asarray(int(bool(x)))


constant(
    "count_nonzero",
    _count_nonzero,
    complex=SAME,
    doc="How many values are not zero.",
    samples=("count_nonzero(x)", "count_nonzero(x > 0, dim=0)"),
)


def _diff(x: Tensor, /, n: int = 1, dim: Dim = -1, prepend: Tensor | None = None, append: Tensor | None = None) -> Any:
    if not x.ndim:
        raise Problem("dimension", "diff expects input to be at least one-dimensional")
    axis = one_dim(dim, x.ndim)
    if n == 0:
        return copy(from_array(np.zeros_like(x.ndarray)), x)
    more: Any
    for more in (prepend, append):
        if more is not None and more.ndim != x.ndim:
            raise Problem("shape-mismatch", "diff expects prepend or append to be the same dimension as input")
        for at in range(x.ndim if more is not None else 0):
            if at != axis and more.shape[at] != x.shape[at]:
                words = "diff expects the shape of tensor to prepend or append to match that of input except along"
                sizes = f"input.size({at}) = {x.shape[at]}, but got tensor.size({at}) = {more.shape[at]}"
                raise Problem("shape-mismatch", f"{words} the differencing dimension; {sizes}")
    if prepend is not None or append is not None:
        x = cat([each for each in (prepend, x, append) if each is not None], axis)
    for _ in range(min(n, x.shape[axis])):
        length = x.shape[axis]
        after, before = narrow(x, axis, 1, length, 1), narrow(x, axis, 0, length - 1, 1)
        x = after != before if x.ndarray.dtype.kind == "b" else after - before
    return x


composite(
    "diff",
    _diff,
    doc="The differences of neighbours along dim, n times over.",
    samples=(
        "diff(x)",
        "diff(x, n=2)",
        "x.diff(dim=0)",
        "diff(x, prepend=x[:, :1])",
        "y:2,1 diff(x, 1, 1, y, x)",
        "y:1,3 diff(x, n=2, dim=0, append=y)",
    ),
)
