"""Exponentials summed along a dimension: softmax, its logarithm, and logsumexp."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.half_rows import HalfSteps
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Cotangent, Operand, Tangent, are_small
from gradcli.ops.core.builders import HOLOMORPHIC, composite, general
from gradcli.ops.core.dims import all_dims, one_dim
from gradcli.ops.core.domains import LostDigits, near_one
from gradcli.ops.core.dtypes import only, promote_to_float
from gradcli.ops.core.parameter_types import Dim, Dims, DType
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.conversion import to
from gradcli.ops.elementwise.exponential import exp
from gradcli.ops.kernels import vector_functions
from gradcli.ops.kernels.correct_rounding import apply, fused, multiply_add
from gradcli.ops.kernels.pairwise_sum import add_for_softmax
from gradcli.ops.kernels.row_blocks import are_large, by_rows, row_sums
from gradcli.ops.kernels.vector_functions import exp_in_place
from gradcli.ops.movement.shapes import restored
from gradcli.ops.reduction.reductions import sum_dim

family("activations")


def _floats_for(kernel: str) -> Any:
    """Casting that refuses whole numbers by the name of PyTorch's kernel: there is one for the last dimension."""

    def check(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
        last = one_dim(statics[0], values[0].ndim) == max(values[0].ndim - 1, 0)
        return only("f", f"{kernel}_lastdim_kernel_impl" if last else f"{kernel}_kernel_impl")(values)

    return check


def _largest(x: Array, dim: int) -> Any:
    return x.max(dim, keepdims=True) if x.size else x.sum(dim, keepdims=True)


def _softmax(x: Operand, /, dim: Dim) -> Any:
    x, shape, dim = np.atleast_1d(x), x.shape, one_dim(dim, x.ndim)
    if dim == x.ndim - 1 and are_large(x):
        return by_rows(_softmax_rows, x.shape[-1], x)
    out = np.subtract(x, _largest(x, dim))
    exp_in_place(out, dim)
    total = add_for_softmax(out, dim)
    if dim == x.ndim - 1:  # where PyTorch multiplies
        out *= 1 / total
    else:
        out /= total
    return out.reshape(shape)


_TAME = 50.0  # numbers up to which exponentials need no shift, which takes two passes over memory


def _softmax_rows(x: Array, out: Array) -> None:
    if x.min() > -_TAME and x.max() < _TAME:  # no exponential, and no sum of them, is too large or too small
        np.exp(x, out=out)
    else:
        np.subtract(x, x.max(1, keepdims=True), out=out)
        np.exp(out, out=out)
    out *= 1 / row_sums(out)


def _softmax_moved(g: Array, out: Array, dim: Any) -> Any:
    """Of a cotangent as of a tangent: softmax has a symmetric Jacobian."""
    if are_large(g, out) and one_dim(dim, g.ndim) == g.ndim - 1:
        return by_rows(_move_softmax_rows, g.shape[-1], g, out)
    if are_small(g, out) and g.ndim:
        return (g - _sum_of_products(g, out, one_dim(dim, g.ndim))) * out
    return out * (g - sum_dim(out * g, dim, True))


def _sum_of_products(x: Array, y: Array, dim: int) -> Any:
    """As PyTorch's kernels add them up: along the last dimension in lanes, along others one by one, each in one operation."""
    if dim == x.ndim - 1:
        return add_for_softmax(x * y, dim)
    total = np.zeros_like(x.take([0], dim))
    for place in range(x.shape[dim]):
        total = fused(x.take([place], dim), y.take([place], dim), total)
    return total


def _move_softmax_rows(g: Array, softmax: Any, out: Array) -> None:
    np.subtract(g, np.vecdot(softmax, g)[:, None], out=out)
    out *= softmax


def _share_of_others(x: Operand, dim: int) -> Any:
    """1 - softmax(x) of the largest entries, as the sum of the others' shares."""
    line, axis = np.atleast_1d(x), one_dim(dim, x.ndim)
    size = np.exp(line - _largest(line, axis))
    others = np.where(size == 1, 0, size).sum(axis, keepdims=True)
    return np.broadcast_to(others / (others + 1), line.shape).reshape(x.shape)


softmax = general(
    "softmax",
    _softmax,
    _softmax_moved,
    _softmax_moved,
    lossy=LostDigits(near_one, lambda out: out * (1 - out), lambda x, dim: _softmax(x, dim) * _share_of_others(x, dim)),
    casting=_floats_for("softmax"),
    namespace="F",
    aliases=("special.softmax",),
    grad_fn="SoftmaxBackward0",
    backward="SoftmaxBackwardDataBackward0",
    doc="exp(x) / sum(exp(x)) along dim.",
    samples=("softmax(x, 0)", "softmax(x, dim=-1)", "x:3 softmax(x, 0)"),
)


def _softmax_in(x: Tensor, /, dim: Dim, dtype: DType) -> Any:
    return softmax(to(x, dtype), dim)


composite(
    "softmax",
    _softmax_in,
    overload="dtype",
    namespace="F",
    aliases=("special.softmax",),
    doc="softmax, computed in another dtype.",
    samples=("softmax(x, 1, dtype=float32)",),
)


def _log_softmax(x: Operand, /, dim: Dim) -> Any:
    x, shape, dim = np.atleast_1d(x), x.shape, one_dim(dim, x.ndim)
    top = _largest(x, dim)
    out = np.subtract(x, top)
    exp_in_place(out, dim)
    total = add_for_softmax(out, dim)
    np.subtract(x, top, out=out)  # once more: a pass over memory is cheaper than a second array
    out -= vector_functions.log(total)
    return out.reshape(shape)


def _without_sum(g: Array, out: Array, dim: Any) -> Any:
    """g less what of its sum along a dimension falls to each entry."""
    if are_small(g, out) and g.ndim:
        return _without_sum_of_singles(g, out, one_dim(dim, g.ndim))
    return g - exp(out) * sum_dim(g, dim, True)


def _without_sum_of_singles(g: Array, out: Array, dim: int) -> Any:
    """The same of float32 as PyTorch's kernel has it, whose last step is a fused multiply-add."""
    size = np.array(out)
    exp_in_place(size, dim)
    return multiply_add(-size, add_for_softmax(g, dim), g)


def _half_log_softmax(r: Any, x: Operand, dim: Dim) -> Any:
    """Along the last dimension PyTorch rounds the sum, and its logarithm."""
    x, shape, dim = np.atleast_1d(x), x.shape, one_dim(dim, x.ndim)
    off = x - _largest(x, dim)
    total = add_for_softmax(np.exp(off), dim)
    return (off - (r(np.log(r(total))) if dim in (-1, x.ndim - 1) else np.log(total))).reshape(shape)


log_softmax = general(
    "log_softmax",
    _log_softmax,
    _without_sum,
    lambda t, out, dim: t - sum_dim(exp(out) * t, dim, True),
    lossy=LostDigits(lambda out: near_one(np.exp(out)), lambda out: 1 - np.exp(out), _share_of_others),
    casting=_floats_for("log_softmax"),
    half=HalfSteps(_half_log_softmax),
    namespace="F",
    aliases=("special.log_softmax",),
    grad_fn="LogSoftmaxBackward0",
    backward="LogSoftmaxBackwardDataBackward0",
    doc="log(softmax(x)) along dim, without overflow.",
    samples=("log_softmax(x, 0)", "log_softmax(x, dim=-1)", "x:3 log_softmax(x, 0)"),
)


def _log_softmax_in(x: Tensor, /, dim: Dim, dtype: DType) -> Any:
    return log_softmax(to(x, dtype), dim)


composite(
    "log_softmax",
    _log_softmax_in,
    overload="dtype",
    namespace="F",
    aliases=("special.log_softmax",),
    doc="log_softmax, computed in another dtype.",
    samples=("log_softmax(x, 1, dtype=float32)",),
)


def _logsumexp(x: Array, /, dim: Dims, keepdim: bool = False) -> Any:
    dims = all_dims(dim, x.ndim)
    if not x.size:
        return np.log(np.exp(x).sum(dims, keepdims=keepdim))
    top = (x if x.dtype.kind != "c" else x.real).max(dims, keepdims=True)
    top = np.where(np.isfinite(top), top, top.dtype.type(0))
    each = np.asarray(np.subtract(x, top))
    total = apply(np.log, apply(np.exp, each, out=each).sum(dims, keepdims=True)) + top
    return total if keepdim else total.squeeze(dims)


def _logsumexp_vjp(g: Cotangent, x: Operand, out: Operand, dim: Any, keepdim: bool) -> Any:
    return restored(g, x.shape, dim, keepdim) * exp(x - restored(out, x.shape, dim, keepdim))


def _logsumexp_jvp(t: Tangent, x: Operand, out: Operand, dim: Any, keepdim: bool) -> Any:
    return sum_dim(t * exp(x - restored(out, x.shape, dim, keepdim)), dim, keepdim)


family("reductions")

logsumexp = general(
    "logsumexp",
    _logsumexp,
    _logsumexp_vjp,
    _logsumexp_jvp,
    casting=promote_to_float,
    aliases=("special.logsumexp",),
    complex=HOLOMORPHIC,
    half=HalfSteps(stepwise=True),
    grad_fn="LogsumexpBackward0",
    doc="log(sum(exp(x))) along dim, without overflow.",
    samples=("logsumexp(x, 0)", "logsumexp(x, [0, 1], keepdim=True)", "logsumexp(x, -1, True)"),
)
