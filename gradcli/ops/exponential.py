"""Exponentials, logarithms, roots, and the activations made of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.ops.builders import elementwise, general
from gradcli.ops.dims import all_dims, one_dim
from gradcli.ops.domains import ABOVE_MINUS_ONE, POSITIVE, REAL
from gradcli.ops.dtypes import promote_to_float
from gradcli.ops.kinds import Dim, Dims, Number
from gradcli.ops.reductions import sum_dim
from gradcli.ops.selection import where
from gradcli.ops.shapes import restored
from gradcli.ops.table import family

family("exponential")

exp = elementwise("exp", np.exp, lambda out: out, grad_fn="ExpBackward0", doc="e ** x.")
expm1 = elementwise("expm1", np.expm1, lambda out: out + 1, grad_fn="Expm1Backward0", doc="e ** x - 1, exact near 0.")


def _over(divisor: Any) -> tuple[Any, Any]:
    """The rules of a logarithm: the cotangent over x (exact where a product with 1/x would round twice)."""
    return divisor, divisor


_log, _log_jvp = _over(lambda g, x: g / x)
log = general("log", np.log, _log, _log_jvp, casting=promote_to_float, grad_fn="LogBackward0", domain=POSITIVE,
              doc="The natural logarithm.")
_log2, _log2_jvp = _over(lambda g, x: g / (x * math.log(2)))
log2 = general("log2", np.log2, _log2, _log2_jvp, casting=promote_to_float, grad_fn="Log2Backward0", domain=POSITIVE,
               doc="The logarithm to base 2.")
_log10, _log10_jvp = _over(lambda g, x: g / (x * math.log(10)))
log10 = general("log10", np.log10, _log10, _log10_jvp, casting=promote_to_float, grad_fn="Log10Backward0", domain=POSITIVE,
                doc="The logarithm to base 10.")
_log1p, _log1p_jvp = _over(lambda g, x: g / (x + 1))
log1p = general("log1p", np.log1p, _log1p, _log1p_jvp, casting=promote_to_float, grad_fn="Log1PBackward0", domain=ABOVE_MINUS_ONE,
                doc="log(1 + x), exact near 0.")
_sqrt, _sqrt_jvp = _over(lambda g, out: g / (2 * out))
sqrt = general("sqrt", np.sqrt, _sqrt, _sqrt_jvp, casting=promote_to_float, grad_fn="SqrtBackward0", domain=POSITIVE,
               doc="The square root.")


def _rsqrt(x: Any, /) -> Any:
    return 1 / np.sqrt(x)


rsqrt = elementwise("rsqrt", _rsqrt, lambda out: -0.5 * out * out * out, grad_fn="RsqrtBackward0", domain=POSITIVE,
                    doc="1 / sqrt(x).")


def _sigmoid(x: Any, /) -> Any:
    return 1 / (1 + np.exp(-x))


sigmoid = elementwise("sigmoid", _sigmoid, lambda out: (1 - out) * out, aliases=("special.expit",), grad_fn="SigmoidBackward0",
                      doc="1 / (1 + exp(-x)).")


def _softplus(x: Any, /, beta: Number = 1, threshold: Number = 20) -> Any:
    scaled = x * beta
    return np.where(scaled > threshold, x, np.log1p(np.exp(np.minimum(scaled, threshold))) / beta).astype(x.dtype)


softplus = elementwise("softplus", _softplus, lambda x, beta, threshold: _softplus_slope(x * beta, threshold), method=False,
                       namespace="F", grad_fn="SoftplusBackward0", doc="log(1 + exp(beta*x)) / beta; x itself above the threshold.",
                       samples=("softplus(x)", "softplus(x, beta=2)", "softplus(x, 3, threshold=1.5)"))


def _softplus_slope(scaled: Any, threshold: Any) -> Any:
    return where(scaled > threshold, 1.0, sigmoid(scaled))


def _erf(x: Any, /) -> Any:
    """The C library's own erf (below one unit in the last place); SciPy's would cost 0.1 s at start-up for 2 ms a million."""
    return np.array([*map(math.erf, x.ravel().tolist())], x.dtype).reshape(x.shape)


erf = elementwise("erf", _erf, lambda x: 2 / math.sqrt(math.pi) * exp(-x * x), aliases=("special.erf",), grad_fn="ErfBackward0",
                  doc="The error function.")


def _erfc(x: Any, /) -> Any:
    return np.array([*map(math.erfc, x.ravel().tolist())], x.dtype).reshape(x.shape)


erfc = elementwise("erfc", _erfc, lambda x: -2 / math.sqrt(math.pi) * exp(-x * x), aliases=("special.erfc",), grad_fn="ErfcBackward0",
                   doc="1 - erf(x), exact for large x.")

# --- along a dimension ----------------------------------------------------------------------------------------------


def _softmax(x: Any, /, dim: Dim, *, dtype: Any = None) -> Any:
    x = x if dtype is None else x.astype(dtype)
    dim = one_dim(dim, x.ndim)
    shifted = np.exp(x - x.max(dim, keepdims=True)) if x.size else x
    return shifted / shifted.sum(dim, keepdims=True)


softmax = general("softmax", _softmax, lambda g, out, dim: out * (g - sum_dim(out * g, dim, True)),
                  lambda t, out, dim: out * (t - sum_dim(out * t, dim, True)), casting=promote_to_float, namespace="F",
                  aliases=("special.softmax",), grad_fn="SoftmaxBackward0", doc="exp(x) / sum(exp(x)) along dim.",
                  samples=("softmax(x, 0)", "softmax(x, dim=-1)", "x:3 softmax(x, 0)"))


def _log_softmax(x: Any, /, dim: Dim, *, dtype: Any = None) -> Any:
    x = x if dtype is None else x.astype(dtype)
    dim = one_dim(dim, x.ndim)
    shifted = x - x.max(dim, keepdims=True) if x.size else x
    return shifted - np.log(np.exp(shifted).sum(dim, keepdims=True))


log_softmax = general("log_softmax", _log_softmax, lambda g, out, dim: g - exp(out) * sum_dim(g, dim, True),
                      lambda t, out, dim: t - sum_dim(exp(out) * t, dim, True), casting=promote_to_float, namespace="F",
                      aliases=("special.log_softmax",), grad_fn="LogSoftmaxBackward0", doc="log(softmax(x)) along dim, without overflow.",
                      samples=("log_softmax(x, 0)", "log_softmax(x, dim=-1)", "x:3 log_softmax(x, 0)"))


def _logsumexp(x: Any, /, dim: Dims, keepdim: bool = False) -> Any:
    dims = all_dims(dim, x.ndim)
    if not x.size:
        return np.log(np.exp(x).sum(dims, keepdims=keepdim))
    top = x.max(dims, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    total = np.log(np.exp(x - top).sum(dims, keepdims=True)) + top
    return total if keepdim else total.squeeze(dims)


def _logsumexp_vjp(g: Any, x: Any, out: Any, dim: Any, keepdim: Any) -> Any:
    return restored(g, x.shape, dim, keepdim) * exp(x - restored(out, x.shape, dim, keepdim))


logsumexp = general("logsumexp", _logsumexp, _logsumexp_vjp,
                    lambda t, x, out, dim, keepdim: sum_dim(t * exp(x - restored(out, x.shape, dim, keepdim)), dim, keepdim),
                    casting=promote_to_float, aliases=("special.logsumexp",), grad_fn="LogsumexpBackward0",
                    doc="log(sum(exp(x))) along dim, without overflow.",
                    samples=("logsumexp(x, 0)", "logsumexp(x, [0, 1], keepdim=True)", "logsumexp(x, -1, True)"))
