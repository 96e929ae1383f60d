"""Cotangents times the slopes of activation functions, of small arrays of float32, rounded where PyTorch's kernels round.

Those are loops of vectors in which a product that is added to something is one operation with it.  g, the cotangent, may be a
batch of them: it is multiplied, and nothing else is done to it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Array, Cotangent, Operand
from gradcli.ops.kernels.correct_rounding import apply, fused
from gradcli.ops.kernels.vector_functions import exp, exp_of_each

_f = np.float32
_ONE, _HALF = _f(1), _f(0.5)
# Hendrycks and Gimpel, Gaussian Error Linear Units (2016), section 2
TANH_SCALE, TANH_CUBE = _f(math.sqrt(2 / math.pi)), _f(0.044715)


def sigmoid(g: Cotangent, out: Operand) -> Any:
    return g * (_ONE - out) * out


def silu(g: Cotangent, x: Operand) -> Any:
    gate = _ONE / (_ONE + exp_of_each(-x))
    return g * gate * fused(x, _ONE - gate, _ONE)


def softplus(g: Cotangent, x: Operand, beta: float, threshold: float) -> Any:
    scaled = x * _f(beta)
    size = exp_of_each(scaled)
    return np.where(scaled > threshold, g, g * size / (size + _ONE))


def logsigmoid(g: Cotangent, x: Array) -> Any:
    size = exp(-abs(x))
    below = x < 0
    share = np.where(below, size, -size) / (_ONE + size)
    return (below.astype(x.dtype) - share) * g


def elu(g: Cotangent, x: Operand, alpha: float, scale: float, input_scale: float) -> Any:
    below = g * _f(input_scale) * (_f(alpha) * _f(scale)) * exp_of_each(x * _f(input_scale))
    return np.where(x <= 0, below, g * _f(scale))


def bent(x: Operand) -> Any:
    """What gelu by tanh takes the hyperbolic tangent of."""
    return TANH_SCALE * fused(TANH_CUBE, x * x * x, x)


def gelu_by_tanh(g: Cotangent, x: Operand) -> Any:
    tangent = apply(np.tanh, bent(x))
    inner = TANH_SCALE * fused(_f(3) * TANH_CUBE, x * x, _ONE)
    rising = _HALF * x * fused(-tangent, tangent, _ONE) * inner
    return g * (_HALF * (_ONE + tangent) + rising)


def mish(g: Cotangent, x: Array) -> Any:
    tangent = apply(np.tanh, apply(np.log1p, exp_of_each(x)))
    gate = _ONE / (_ONE + exp_of_each(-x))
    return g * fused(x * gate, fused(-tangent, tangent, _ONE), tangent)
