"""Exponentials, logarithms, roots, and the activations made of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.ops.core.builders import composite, elementwise, general
from gradcli.ops.core.dims import all_dims, one_dim
from gradcli.ops.core.domains import ABOVE_MINUS_ONE, NOT_NEGATIVE, POSITIVE
from gradcli.ops.core.dtypes import only, promote_to_float
from gradcli.ops.core.parameter_types import Dim, Dims, DType, Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.selection import where
from gradcli.ops.kernels import error_function
from gradcli.ops.kernels.correct_rounding import apply, rounded
from gradcli.ops.kernels.pairwise_sum import add_for_softmax
from gradcli.ops.movement.shapes import restored, to
from gradcli.ops.reduction.reductions import sum_dim

family("exponential")

exp = elementwise("exp", rounded(np.exp), lambda out: out, grad_fn="ExpBackward0", doc="e ** x.")
expm1 = elementwise("expm1", rounded(np.expm1), lambda out: out + 1, grad_fn="Expm1Backward0", doc="e ** x - 1, exact near 0.")


def _over(divisor: Any) -> tuple[Any, Any]:
    """The rules of a logarithm: the cotangent over x (exact where a product with 1/x would round twice)."""
    return divisor, divisor


_log, _log_jvp = _over(lambda g, x: g / x)
log = general(
    "log",
    rounded(np.log),
    _log,
    _log_jvp,
    casting=promote_to_float,
    in_place=True,
    grad_fn="LogBackward0",
    domain=POSITIVE,
    doc="The natural logarithm.",
)
_log2, _log2_jvp = _over(lambda g, x: g / (x * math.log(2)))
log2 = general(
    "log2",
    rounded(np.log2),
    _log2,
    _log2_jvp,
    casting=promote_to_float,
    in_place=True,
    grad_fn="Log2Backward0",
    domain=POSITIVE,
    doc="The logarithm to base 2.",
)
_log10, _log10_jvp = _over(lambda g, x: g / (x * math.log(10)))
log10 = general(
    "log10",
    rounded(np.log10),
    _log10,
    _log10_jvp,
    casting=promote_to_float,
    in_place=True,
    grad_fn="Log10Backward0",
    domain=POSITIVE,
    doc="The logarithm to base 10.",
)
_log1p, _log1p_jvp = _over(lambda g, x: g / (x + 1))
log1p = general(
    "log1p",
    rounded(np.log1p),
    _log1p,
    _log1p_jvp,
    casting=promote_to_float,
    in_place=True,
    grad_fn="Log1PBackward0",
    domain=ABOVE_MINUS_ONE,
    doc="log(1 + x), exact near 0.",
)
_sqrt, _sqrt_jvp = _over(lambda g, out: g / (2 * out))
sqrt = general(
    "sqrt",
    np.sqrt,
    _sqrt,
    _sqrt_jvp,
    casting=promote_to_float,
    in_place=True,
    grad_fn="SqrtBackward0",
    domain=NOT_NEGATIVE,
    doc="The square root.",
)


def _rsqrt(x: Any, /) -> Any:
    return 1 / np.sqrt(x)


rsqrt = elementwise(
    "rsqrt", _rsqrt, lambda out: -0.5 * out * out * out, grad_fn="RsqrtBackward0", domain=POSITIVE, doc="1 / sqrt(x)."
)


def _sigmoid(x: Any, /) -> Any:
    out = np.asarray(np.negative(x))  # and all the rest in its place
    apply(np.exp, out, out=out)
    out += 1
    return np.reciprocal(out, out=out)


sigmoid = elementwise(
    "sigmoid",
    _sigmoid,
    lambda out: (1.0 - out) * out,
    aliases=("special.expit",),
    grad_fn="SigmoidBackward0",
    doc="1 / (1 + exp(-x)).",
)


def _softplus(x: Any, /, beta: Number = 1, threshold: Number = 20) -> Any:
    linear = x * beta > threshold
    out = np.asarray(np.multiply(x, beta))
    np.minimum(out, threshold, out=out)
    apply(np.log1p, apply(np.exp, out, out=out), out=out)
    out /= beta
    np.copyto(out, x, where=linear)
    return out


softplus = elementwise(
    "softplus",
    _softplus,
    lambda x, beta, threshold: _softplus_slope(x * beta, threshold),
    method=False,
    namespace="F",
    grad_fn="SoftplusBackward0",
    casting=only("f", "softplus_cpu"),
    doc="log(1 + exp(beta*x)) / beta; x itself above the threshold.",
    samples=("softplus(x)", "softplus(x, beta=2)", "softplus(x, 3, threshold=1.5)"),
)


def _softplus_slope(scaled: Any, threshold: Any) -> Any:
    return where(scaled > threshold, 1.0, sigmoid(scaled))


erf = elementwise(
    "erf",
    error_function.erf,
    lambda x: 2 / math.sqrt(math.pi) * exp(-x * x),
    aliases=("special.erf",),
    grad_fn="ErfBackward0",
    doc="The error function.",
)
erfc = elementwise(
    "erfc",
    error_function.erfc,
    lambda x: -2 / math.sqrt(math.pi) * exp(-x * x),
    aliases=("special.erfc",),
    grad_fn="ErfcBackward0",
    doc="1 - erf(x), exact for large x.",
)

# --- along a dimension ----------------------------------------------------------------------------------------------


def _floats_for(kernel: str) -> Any:
    """Casting that refuses whole numbers by the name of PyTorch's kernel: there is one for the last dimension."""

    def check(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
        last = one_dim(statics[0], values[0].ndim) == max(values[0].ndim - 1, 0)
        return only("f", f"{kernel}_lastdim_kernel_impl" if last else f"{kernel}_kernel_impl")(values)

    return check


def _largest(x: Any, dim: int) -> Any:
    return x.max(dim, keepdims=True) if x.size else x.sum(dim, keepdims=True)


def _softmax(x: Any, /, dim: Dim) -> Any:
    x, shape, dim = np.atleast_1d(x), x.shape, one_dim(dim, x.ndim)
    out = np.subtract(x, _largest(x, dim))
    apply(np.exp, out, out=out)
    total = add_for_softmax(out, dim)
    if dim == x.ndim - 1:  # where PyTorch multiplies
        out *= 1 / total
    else:
        out /= total
    return out.reshape(shape)


softmax = general(
    "softmax",
    _softmax,
    lambda g, out, dim: out * (g - sum_dim(out * g, dim, True)),
    lambda t, out, dim: out * (t - sum_dim(out * t, dim, True)),
    casting=_floats_for("softmax"),
    namespace="F",
    aliases=("special.softmax",),
    grad_fn="SoftmaxBackward0",
    doc="exp(x) / sum(exp(x)) along dim.",
    samples=("softmax(x, 0)", "softmax(x, dim=-1)", "x:3 softmax(x, 0)"),
)


def _softmax_in(x: Any, /, dim: Dim, dtype: DType) -> Any:
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


def _log_softmax(x: Any, /, dim: Dim) -> Any:
    x, shape, dim = np.atleast_1d(x), x.shape, one_dim(dim, x.ndim)
    top = _largest(x, dim)
    out = np.subtract(x, top)
    total = add_for_softmax(apply(np.exp, out, out=out), dim)
    np.subtract(x, top, out=out)  # once more: a pass over memory is cheaper than a second array
    out -= apply(np.log, total)
    return out.reshape(shape)


log_softmax = general(
    "log_softmax",
    _log_softmax,
    lambda g, out, dim: g - exp(out) * sum_dim(g, dim, True),
    lambda t, out, dim: t - sum_dim(exp(out) * t, dim, True),
    casting=_floats_for("log_softmax"),
    namespace="F",
    aliases=("special.log_softmax",),
    grad_fn="LogSoftmaxBackward0",
    doc="log(softmax(x)) along dim, without overflow.",
    samples=("log_softmax(x, 0)", "log_softmax(x, dim=-1)", "x:3 log_softmax(x, 0)"),
)


def _log_softmax_in(x: Any, /, dim: Dim, dtype: DType) -> Any:
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


def _logsumexp(x: Any, /, dim: Dims, keepdim: bool = False) -> Any:
    dims = all_dims(dim, x.ndim)
    if not x.size:
        return np.log(np.exp(x).sum(dims, keepdims=keepdim))
    top = x.max(dims, keepdims=True)
    top = np.where(np.isfinite(top), top, x.dtype.type(0))
    each = np.asarray(np.subtract(x, top))
    total = apply(np.log, apply(np.exp, each, out=each).sum(dims, keepdims=True)) + top
    return total if keepdim else total.squeeze(dims)


def _logsumexp_vjp(g: Any, x: Any, out: Any, dim: Any, keepdim: Any) -> Any:
    return restored(g, x.shape, dim, keepdim) * exp(x - restored(out, x.shape, dim, keepdim))


def _logsumexp_jvp(t: Any, x: Any, out: Any, dim: Any, keepdim: Any) -> Any:
    return sum_dim(t * exp(x - restored(out, x.shape, dim, keepdim)), dim, keepdim)


logsumexp = general(
    "logsumexp",
    _logsumexp,
    _logsumexp_vjp,
    _logsumexp_jvp,
    casting=promote_to_float,
    aliases=("special.logsumexp",),
    grad_fn="LogsumexpBackward0",
    doc="log(sum(exp(x))) along dim, without overflow.",
    samples=("logsumexp(x, 0)", "logsumexp(x, [0, 1], keepdim=True)", "logsumexp(x, -1, True)"),
)
