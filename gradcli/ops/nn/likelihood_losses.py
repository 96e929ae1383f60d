"""Losses that are negative logarithms of likelihoods, and soft margins, made of other operations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import default_dtype, only, scalar_name
from gradcli.ops.core.parameter_types import Number, Reduction
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import add, mul, neg
from gradcli.ops.elementwise.exponential import exp, log, steady_sigmoid
from gradcli.ops.elementwise.powers import power
from gradcli.ops.elementwise.scalar_arithmetic import shifted
from gradcli.ops.elementwise.selection import masked_fill
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.shapes import unsqueeze
from gradcli.ops.nn.activations import logsigmoid
from gradcli.ops.nn.loss_reduction import averaging, joined, reduced, summed
from gradcli.ops.reduction.reductions import sum_dim

family("losses")


def _poisson(
    x: Operand,
    target: Any,
    /,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: Number = 1e-8,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    loss = exp(x) - mul(target, x) if log_input else x - mul(target, log(shifted(x, eps)))
    if full:
        wide = 0.5 * log(2 * math.pi * target)
        stirling = add(mul(target, log(target)) - target, wide)
        loss = add(loss, masked_fill(stirling, from_array(target.ndarray <= 1), 0))
    return joined(loss, reduction)


composite(
    "poisson_nll_loss",
    _poisson,
    namespace="F",
    method=False,
    doc="exp(x) - target * x, or of a rate itself x - target * log(shifted(x, eps)); full adds Stirling's term.",
    samples=(
        "F.poisson_nll_loss(x, y)",
        "F.poisson_nll_loss(exp(x), tensor([1., 2., 5.]), log_input=False, full=True)",
        "F.poisson_nll_loss(x, y, reduction='none')",
        "F.poisson_nll_loss(x, tensor([0., 3., 1.]), reduction='sum')",
    ),
)


def _not_negative(var: Array, /, eps: float) -> Any:
    if (var < 0).any():
        raise Problem("argument", "var has negative entry/entries", type="ValueError")
    return np.maximum(var, var.dtype.type(eps))


_at_least: Operation = general(
    "gaussian_nll_loss",
    _not_negative,
    lambda g: g,
    lambda t: t,
    overload="variance",
    function=False,
    method=False,
    grad_fn="CloneBackward0",
    doc="Variances of at least eps, differentiated as if they were left as they are.",
)


def _gaussian(
    x: Operand, target: Any, var: Any, /, full: bool = False, eps: Number = 1e-6, reduction: Reduction = "mean"
) -> Any:
    if not var.ndim and x.ndim > 1 and not var._requires_grad:  # a number
        var = expand(var, tuple(x.shape))
    if var.ndarray.dtype.kind not in "fc":
        words = f"result type Float can't be cast to the desired output type {scalar_name(var.ndarray.dtype)}"
        raise Problem("dtype", words, hint="convert the variance, as in var.double()")
    if var.shape != x.shape:
        if x.shape[:-1] == var.shape:
            var = unsqueeze(var, -1)
        elif x.shape[:-1] != var.shape[:-1] or var.shape[-1] != 1:
            raise Problem("shape-mismatch", "var is of incorrect size", type="ValueError")
    var = _at_least(var, float(eps))
    loss = 0.5 * add(log(var), power(x - target, 2) / var)
    return joined(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


composite(
    "gaussian_nll_loss",
    _gaussian,
    namespace="F",
    method=False,
    doc="(log(var) + (x - target)**2 / var) / 2, with a variance of at least eps.",
    samples=(
        "F.gaussian_nll_loss(x, y, exp(z))",
        "z:2 F.gaussian_nll_loss(x, y, exp(z), full=True, reduction='sum')",
        "z:2,1 F.gaussian_nll_loss(x, y, exp(z), reduction='none')",
    ),
)


def _soft_margin(x: Array, /, target: Any, reduction: Reduction) -> Any:
    return reduced(np.logaddexp(x.dtype.type(0), -x * target).astype(x.dtype), reduction)


def _soft_slope(x: Operand, target: Any) -> Any:
    return -target * steady_sigmoid(-x * target)


_soft_row: Operation = general(
    "soft_margin_loss",
    _soft_margin,
    lambda g, x, target, reduction: g * averaging(_soft_slope(x, target), reduction),
    lambda t, x, target, reduction: summed(t, averaging(_soft_slope(x, target), reduction), reduction),
    overload="reduced",
    function=False,
    method=False,
    casting=only("fc", "soft_margin_loss"),
    complex=("soft_margin_loss does not support automatic differentiation for outputs with complex dtype.", "RuntimeError"),
    grad_fn="SoftMarginLossBackward0",
    doc="log(1 + exp(-target * x)), reduced.",
)


def _soft_margin_as_called(x: Tensor, target: Any, /, *, reduction: Reduction = "mean") -> Any:
    problem = broadcast_problem([x.ndarray, target.ndarray])
    if problem is not None:
        raise problem
    shape = np.broadcast_shapes(x.shape, target.shape)
    if shape != x.shape:
        words = f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(shape)}"
        raise Problem("shape-mismatch", words, hint="the target has the input's shape")
    if x.ndarray.dtype.kind == "b":
        return neg(x)  # which says so
    if x.ndarray.dtype.kind in "iu":
        name = scalar_name(x.ndarray.dtype)
        words = f"result type {scalar_name(default_dtype())} can't be cast to the desired output type {name}"
        raise Problem("dtype", words, hint="convert it, as in x.double()")
    return _soft_row(
        x, target.ndarray.astype(x.ndarray.dtype) if target.ndarray.dtype.kind == "b" else target.ndarray, reduction
    )


composite(
    "soft_margin_loss",
    _soft_margin_as_called,
    namespace="F",
    method=False,
    doc="log(1 + exp(-target * x)).",
    samples=(
        "F.soft_margin_loss(x, tensor([[1., -1., 1.], [-1., 1., 1.]]))",
        "F.soft_margin_loss(x, tensor([[1., -1., 1.], [-1., 1., 1.]]), reduction='none')",
        "F.soft_margin_loss(x, tensor([[1., -1., 1.], [-1., 1., 1.]]), reduction='sum')",
    ),
)


def _no_classes() -> int:
    raise Problem("dimension", "Dimension specified as -1 but tensor has no dimensions", type="IndexError")


def _multilabel_soft_margin(x: Operand, target: Any, weight: Any = None, /, *, reduction: Reduction = "mean") -> Any:
    kept, other = mul(target, logsigmoid(x)), mul(1 - target, logsigmoid(neg(x)))
    loss = neg(add(kept, other))
    if weight is not None:
        loss = mul(loss, weight)
    last = one_dim(-1, x.ndim) if x.ndim else _no_classes()
    return joined(sum_dim(loss, last, False) / x.shape[last], reduction)


composite(
    "multilabel_soft_margin_loss",
    _multilabel_soft_margin,
    namespace="F",
    method=False,
    doc="The mean over classes of binary cross entropies with logits.",
    samples=(
        "F.multilabel_soft_margin_loss(x, tensor([[1., 0., 1.], [0., 1., 1.]]))",
        "z:3 F.multilabel_soft_margin_loss(x, y, z, reduction='none')",
    ),
)
