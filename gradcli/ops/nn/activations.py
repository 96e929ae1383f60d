"""Activation functions: elu, relu6, hardtanh, leaky_relu, gelu, silu, mish and their kin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Cotangent, Operand, is_small
from gradcli.ops.core.builders import ZERO, Operation, composite, elementwise, general
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.dtypes import fitting, no_masks, only
from gradcli.ops.core.parameter_types import Approximation, Dim, DType, Number
from gradcli.ops.core.table import family, guests
from gradcli.ops.elementwise.arithmetic import abs as absolute
from gradcli.ops.elementwise.arithmetic import neg
from gradcli.ops.elementwise.conversion import cast
from gradcli.ops.elementwise.exponential import erfc, exp, softplus, steady_sigmoid
from gradcli.ops.elementwise.selection import clamp, gate, strictly_below, where
from gradcli.ops.elementwise.trigonometry import steady_tanh, tanh
from gradcli.ops.kernels import activation_slopes, error_function, vector_functions
from gradcli.ops.kernels.correct_rounding import apply
from gradcli.ops.nn.parametric_activations import check_threshold
from gradcli.ops.reduction.softmax import softmax

family("activations")
guests("relu", "sigmoid", "softplus", "tanh")

_AT_ZERO = lambda x: x == 0  # noqa: E731


def _activation(name: str, forward: Any, partial: Any, kernel: str, **fields: Any) -> Operation:
    """A row of torch.nn.functional's for floating-point tensors."""
    kinds = "fc" if "complex" in fields else "f"
    return elementwise(name, forward, partial, method=False, namespace="F", casting=only(kinds, kernel), **fields)


def _masking(name: str, forward: Any, rule: Any, kernel: str, **fields: Any) -> Operation:
    """The same where the derivative lets the cotangent through or not."""
    kinds = "fc" if "complex" in fields else "f"
    return general(name, forward, rule, rule, method=False, namespace="F", casting=only(kinds, kernel), **fields)


# --- exponential below zero -----------------------------------------------------------------------------------------


def _elu_each(x: Array, /, alpha: Number, scale: Number, input_scale: Number) -> Any:
    kind = x.dtype.type
    below = apply(np.expm1, np.minimum(x, 0) * kind(input_scale)) * (kind(alpha) * kind(scale))
    return np.where(x > 0, x * kind(scale), below)


def _elu_slope(x: Operand, alpha: Any, scale: Any, input_scale: Any) -> Any:
    below = exp(strictly_below(x, 0.0) * input_scale) * (alpha * input_scale)
    return where(x <= 0, below, 1.0) * scale


_bent = Kink("the slope of the left side at 0", lambda x, alpha, input_scale: (x == 0) & (alpha * input_scale != 1))
_elu_row = elementwise(
    "elu",
    _elu_each,
    _elu_slope,
    single=activation_slopes.elu,
    overload="scaled",
    function=False,
    method=False,
    casting=only("f", "elu_cpu"),
    grad_fn="EluBackward0",
    backward="EluBackwardBackward0",
    kinks=(_bent,),
    doc="scale * x where positive, else scale * alpha * (exp(x * input_scale) - 1).",
)
_celu_row = elementwise(
    "celu",
    _elu_each,
    _elu_slope,
    single=activation_slopes.elu,
    overload="scaled",
    function=False,
    method=False,
    casting=only("f", "elu_cpu"),
    grad_fn="CeluBackward0",
    backward="EluBackwardBackward0",
    doc="elu with input_scale = 1 / alpha.",
)
# Klambauer et al., Self-Normalizing Neural Networks (2017), section 2: the constants that keep mean 0 and variance 1.
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _elu(x: Operand, /, alpha: Number = 1.0) -> Any:
    return _elu_row(x, alpha, 1, 1)


def _celu(x: Operand, /, alpha: Number = 1.0) -> Any:
    if not alpha:
        raise Problem("argument", "ZeroDivisionError: alpha cannot be 0 for CELU", hint="give another alpha")
    return _celu_row(x, alpha, 1, 1 / alpha)


elu = composite(
    "elu",
    _elu,
    method=False,
    namespace="F",
    doc="x where positive, else alpha * (exp(x) - 1).",
    samples=("elu(x)", "elu(x, alpha=0.5)"),
)
selu = composite(
    "selu",
    lambda x, /: _elu_row(x, _SELU_ALPHA, _SELU_SCALE, 1),
    method=False,
    namespace="F",
    doc="The elu that keeps mean and variance from layer to layer.",
    samples=("selu(x)",),
)
celu = composite(
    "celu",
    _celu,
    method=False,
    namespace="F",
    doc="x where positive, else alpha * (exp(x / alpha) - 1).",
    samples=("celu(x)", "celu(x, alpha=2.0)"),
)

# --- straight lines -------------------------------------------------------------------------------------------------


def _leaky_relu(x: Operand, /, negative_slope: Number = 0.01) -> Any:
    return np.where(x > 0, x, x * negative_slope)


_leaky_gate: Operation = general(
    "leaky_relu_backward",
    lambda y, x, /, negative_slope: np.where(x > 0, y, y * negative_slope),
    (lambda g, x, negative_slope: _leaky_gate(g, x, negative_slope), ZERO),
    (lambda t, x, negative_slope: _leaky_gate(t, x, negative_slope), ZERO),
    function=False,
    method=False,
    grad_fn="LeakyReluBackwardBackward0",
    doc="The gradient of leaky_relu: y where x is positive, else negative_slope * y.",
)
leaky_relu = _masking(
    "leaky_relu",
    _leaky_relu,
    lambda g, x, negative_slope: _leaky_gate(g, x, negative_slope),
    "leaky_relu_cpu",
    grad_fn="LeakyReluBackward0",
    kinks=(Kink("the slope of the left side at 0", _AT_ZERO),),
    doc="x where positive, else negative_slope * x.",
    samples=("leaky_relu(x)", "leaky_relu(x, negative_slope=0.2)"),
)


def _hardtanh(x: Array, /, min_val: Number = -1.0, max_val: Number = 1.0) -> Any:
    if min_val > max_val:
        raise Problem("argument", "min_val cannot be greater than max_val", type="ValueError")
    if x.dtype.kind == "u" and min_val < 0:
        raise Problem("dtype", "cannot do hardtanh on an unsigned type with negative limits", hint="make it floating-point")
    return np.clip(x, fitting(min_val, x.dtype), fitting(max_val, x.dtype))


def _where_inside(g: Cotangent, x: Operand, min_val: Any, max_val: Any) -> Any:
    return _hardtanh_gate(g, x, (x <= min_val) | (x >= max_val))


_hardtanh_gate = gate("hardtanh", "HardtanhBackwardBackward0")


hardtanh = general(
    "hardtanh",
    _hardtanh,
    _where_inside,
    _where_inside,
    method=False,
    namespace="F",
    casting=no_masks("Bool inputs not supported for hardtanh", "make it floating-point, as in x.double()"),
    complex=("clamp is not supported for complex types", "NotImplementedError"),
    grad_fn="HardtanhBackward0",
    kinks=(Kink("0 at a bound", lambda x, min_val, max_val: (x == min_val) | (x == max_val), (0, 1)),),
    doc="x kept between min_val and max_val.",
    samples=("hardtanh(x)", "hardtanh(x, -0.5, 2)"),
)
composite(
    "relu6",
    lambda x, /: hardtanh(x, 0.0, 6.0),
    method=False,
    namespace="F",
    doc="x kept between 0 and 6.",
    samples=("relu6(x)", "relu6(3 * x)"),
)


def _hardswish(x: Operand, /) -> Any:
    return x * np.clip(x + 3, 0, 6) / 6


_masking(
    "hardswish",
    _hardswish,
    lambda g, x: where(x <= -3, 0.0, where(x < 3, g * (x / 3 + 0.5), g)),
    "hardswish_cpu",
    grad_fn="HardswishBackward0",
    backward="HardswishBackwardBackward0",
    kinks=(Kink("0 at -3, 1 at 3", lambda x: (x == -3) | (x == 3)),),
    doc="x times (x + 3) / 6, that kept between 0 and 1.",
    samples=("hardswish(x)", "hardswish(3 * x)"),
)


def _hardshrink(x: Array, /, lambd: Number = 0.5) -> Any:
    return np.where((x >= -lambd) & (x <= lambd), x.dtype.type(0), x)


def _outside(name: str) -> Any:
    """The rule of what is cut out between -lambd and lambd."""
    row = gate(name, f"{name.capitalize()}BackwardBackward0")
    return lambda g, x, lambd: row(g, x, (x >= -lambd) & (x <= lambd))


_edges = Kink("0 at a bound", lambda x, lambd: (x == lambd) | (x == -lambd), (0, 1))
_masking(
    "hardshrink",
    _hardshrink,
    _outside("hardshrink"),
    "hardshrink_cpu",
    grad_fn="HardshrinkBackward0",
    kinks=(_edges,),
    doc="x, but 0 between -lambd and lambd.",
    samples=("hardshrink(x)", "hardshrink(x, lambd=1.2)"),
)


def _softshrink(x: Operand, /, lambd: Number = 0.5) -> Any:
    check_threshold(x, lambd)
    return np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, x * 0))


_masking(
    "softshrink",
    _softshrink,
    _outside("softshrink"),
    "softshrink_cpu",
    grad_fn="SoftshrinkBackward0",
    kinks=(_edges,),
    doc="x moved towards 0 by lambd, at most to 0.",
    samples=("softshrink(x)", "softshrink(x, lambd=1.2)"),
)


def _threshold(x: Array, /, threshold: Number, value: Number) -> Any:
    return np.where(x <= threshold, np.asarray(value).astype(x.dtype), x)


_threshold_gate = gate("threshold", "ThresholdBackwardBackward0")
_above = lambda g, x, threshold: _threshold_gate(g, x, x <= threshold)  # noqa: E731
general(
    "threshold",
    _threshold,
    _above,
    _above,
    method=False,
    namespace="F",
    casting=only("fiu", "threshold_cpu"),
    grad_fn="ThresholdBackward0",
    kinks=(Kink("0 at the threshold", lambda x, threshold: x == threshold, (0, 1)),),
    doc="x where above the threshold, else value.",
    samples=("threshold(x, 0.1, -2)",),
)

# --- smooth ones ----------------------------------------------------------------------------------------------------

_ROOT = math.sqrt(2)
_TANH_SCALE, _TANH_CUBE = math.sqrt(2 / math.pi), 0.044715


def _gelu(x: Operand, /, *, approximate: Approximation = "none") -> Any:
    if approximate == "none":
        return x * 0.5 * (1 + error_function.erf(x / _ROOT))
    bent = activation_slopes.bent(x) if is_small(x) else _TANH_SCALE * (x + _TANH_CUBE * x**3)
    return 0.5 * x * (1 + apply(np.tanh, bent))


def _gelu_single(g: Cotangent, x: Operand, approximate: Any) -> Any:
    return g * _gelu_slope(x, approximate) if approximate == "none" else activation_slopes.gelu_by_tanh(g, x)


def _gelu_slope(x: Operand, approximate: Any) -> Any:
    if approximate == "none":
        return 0.5 * erfc(-x / math.sqrt(2)) + x * exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return _gelu_tanh_slope(x)


def _gelu_tanh_slope(x: Operand) -> Any:
    """With u = 0.8 * (x + 0.04 * x**3), about: (1 + tanh(u)) / 2 is sigmoid(2*u), which keeps its digits far out.

    Beyond 40 that does not change any more, and the powers must not overflow.
    """
    near = clamp(x, -40.0, 40.0)
    bent = 2 * _TANH_SCALE * (near + _TANH_CUBE * near * near * near)
    rising = steady_sigmoid(bent)
    return rising + near * rising * steady_sigmoid(-bent) * 2 * _TANH_SCALE * (1 + 3 * _TANH_CUBE * near * near)


gelu = _activation(
    "gelu",
    _gelu,
    _gelu_slope,
    "GeluKernelImpl",
    single=_gelu_single,
    grad_fn="GeluBackward0",
    backward="GeluBackwardBackward0",
    doc="x times the standard normal distribution function of x, or an approximation by tanh.",
    samples=("gelu(x)", "gelu(x, approximate='tanh')"),
)


def _silu_slope(x: Operand) -> Any:
    return steady_sigmoid(x) * (1 + x * steady_sigmoid(-x))


silu = _activation(
    "silu",
    lambda x, /: x / (1 + vector_functions.exp_of_each(-x)),
    _silu_slope,
    "silu_cpu",
    single=activation_slopes.silu,
    complex=("silu does not support automatic differentiation for outputs with complex dtype.", "RuntimeError"),
    grad_fn="SiluBackward0",
    doc="x * sigmoid(x).",
)


def _mish(x: Array, /) -> Any:
    if is_small(x):
        return x * apply(np.tanh, apply(np.log1p, vector_functions.exp_of_each(x)))
    return x * np.tanh(np.logaddexp(x, x.dtype.type(0)))


def _mish_slope(x: Operand) -> Any:
    """With u = softplus(x): 1 - tanh(u)**2 is 4 * sigmoid(2*u) * sigmoid(-2*u), which keeps its digits far out."""
    twice = 2 * softplus(x)
    return steady_tanh(twice / 2) + x * steady_sigmoid(x) * (4 * steady_sigmoid(twice) * steady_sigmoid(-twice))


_activation(
    "mish",
    _mish,
    _mish_slope,
    "mish_cpu",
    single=activation_slopes.mish,
    grad_fn="MishBackward0",
    doc="x * tanh(softplus(x)).",
)


def _logsigmoid(x: Operand, /) -> Any:
    return np.minimum(x, 0) - apply(np.log1p, vector_functions.exp(-np.abs(x)))


logsigmoid = _activation(
    "logsigmoid",
    _logsigmoid,
    lambda x: steady_sigmoid(-x),
    "log_sigmoid_cpu",
    single=activation_slopes.logsigmoid,
    grad_fn="LogSigmoidBackward0",
    backward="LogSigmoidBackwardBackward0",
    doc="log(sigmoid(x)), without overflow.",
)
composite(
    "softsign",
    lambda x, /: x / (absolute(x) + 1),
    method=False,
    namespace="F",
    doc="x / (1 + |x|).",
    samples=("softsign(x)",),
)
composite(
    "tanhshrink",
    lambda x, /: x - tanh(x),
    method=False,
    namespace="F",
    doc="x - tanh(x).",
    samples=("tanhshrink(x)",),
)


def _softmin(x: Tensor, /, dim: Dim, dtype: DType = None) -> Any:
    return softmax(cast(neg(x), dtype) if dtype is not None and dtype != x.ndarray.dtype else neg(x), dim)


composite("softmin", _softmin, method=False, namespace="F", doc="softmax(-x) along dim.", samples=("softmin(x, 0)",))
