"""hardsigmoid, and prelu, whose slope below zero is an operand."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import array_dtype
from gradcli.ops.core.arrays import Cotangent, Operand
from gradcli.ops.core.builders import Operation, composite, general
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.dtypes import not_implemented, only, scalar_name
from gradcli.ops.core.parameter_types import Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.selection import gate, where
from gradcli.ops.movement.joint_operands import beside
from gradcli.ops.movement.shapes import view

family("activations")

_hardsigmoid_gate = gate("hardsigmoid", "HardsigmoidBackwardBackward0")


_SIXTH = float(np.float32(1 / 6))  # as PyTorch has it in every dtype


def _hardsigmoid_rule(g: Cotangent, x: Operand) -> Any:
    return _hardsigmoid_gate(g * _SIXTH, x, (x <= -3) | (x >= 3))


general(
    "hardsigmoid",
    lambda x, /: np.clip(x + 3, 0, 6) / 6,
    _hardsigmoid_rule,
    _hardsigmoid_rule,
    namespace="F",
    method=False,
    casting=only("f", "hardsigmoid_cpu"),
    grad_fn="HardsigmoidBackward0",
    kinks=(Kink("0 at -3 and 3", lambda x: (x == -3) | (x == 3)),),
    doc="(x + 3) / 6, kept between 0 and 1.",
    samples=("hardsigmoid(x) * 0.5",),
)


def check_threshold(x: Operand, lambd: Number) -> None:
    """Refuse a width of softshrink that is below 0, and whole numbers.  Raises Problem."""
    dtype = array_dtype(x)
    if dtype.kind != "f":
        raise not_implemented("softshrink_check", dtype)
    if not lambd >= 0:
        most = float(np.finfo(dtype).max)
        words = f"lambda must be in range [0, {most:g}] for input dtype {scalar_name(dtype)}, but found {lambd:g}"
        raise Problem("argument", words, hint="what is nearer to 0 than lambd becomes 0")


_prelu_node = beside("PreluKernelBackwardBackward0")
_prelu_kernel: Operation = general(
    "prelu",
    lambda x, weight, /: np.where(x > 0, x, x * weight),
    (lambda g, x, weight: _prelu_node(where(x > 0, g, g * weight), x), lambda g, x: where(x > 0, 0.0, g * x)),
    (lambda t, x, weight: where(x > 0, t, t * weight), lambda t, x: where(x > 0, 0.0, t * x)),
    overload="kernel",
    function=False,
    method=False,
    casting=only("f", "prelu_cpu"),
    grad_fn="PreluKernelBackward0",
    kinks=(Kink("the slope of the left side at 0", lambda x, weight: x == 0),),
    doc="x where positive, else weight * x.",
)


def _prelu(x: Any, weight: Any, /) -> Any:
    if weight.ndarray.dtype != x.ndarray.dtype:
        kinds = " and ".join([scalar_name(each.ndarray.dtype) for each in (x, weight)])
        raise Problem(
            "dtype", f"prelu: Type promoting not supported. Got {kinds}", hint="convert one of them to the other's dtype"
        )
    if weight.ndarray.size != 1:
        if not x.ndim:
            raise Problem("dimension", "Not allow zero-dim input tensor.", hint="one weight for each channel needs channels")
        channels = x.shape[1] if x.ndim > 1 else 1
        if weight.ndarray.size != channels:
            words = "Mismatch of parameter numbers and input channel size. Found parameter numbers"
            raise Problem("shape-mismatch", f"{words} = {weight.ndarray.size} and channel size = {channels}.")
    if weight.ndim > 1:
        words = "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim"
        raise Problem("dimension", f"{words} = {weight.ndim}", hint="one number, or one for each channel")
    if weight.ndim != x.ndim:
        lengths = [weight.ndarray.size if dim == 1 else 1 for dim in range(x.ndim)]
        weight = view(weight, tuple(lengths if x.ndim != 1 else [1]))
    return _prelu_kernel(x, weight)


composite(
    "prelu",
    _prelu,
    namespace="F",
    doc="x where positive, else weight * x, with one weight or one for each channel.",
    samples=("y:3 prelu(x, y)", "y:1 prelu(x, y)", "x:2,2,2 y:2 prelu(x, y)", "x:() y:() prelu(x, y)"),
)

_noise_node = beside("RreluWithNoiseBackwardBackward0")
with_slopes = general(
    "rrelu",
    lambda x, /, slopes: x * slopes,
    lambda g, x, slopes: _noise_node(g * slopes, x),
    lambda t, slopes: t * slopes,
    overload="slopes",
    function=False,
    method=False,
    grad_fn="RreluWithNoiseBackward0",
    doc="x with a slope for each element.",
)
