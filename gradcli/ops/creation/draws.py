"""Tensors drawn at random with probabilities, means or rates given as tensors.

A derivative by these does not reach through the draw: PyTorch's gradients are zeros, in nodes of these names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import ZERO, Operation, general
from gradcli.ops.core.table import family
from gradcli.ops.creation.factories import generator

family("random")


def _drawing(name: str, forward: Callable[..., Any], grad_fn: str, overload: str = "", **fields: Any) -> Operation:
    """A row of tensors that say what is drawn, which scripts call through `gradcli.torch.random`."""
    count = forward.__code__.co_posonlyargcount
    rules = (ZERO,) * count
    doc = "Numbers drawn at random."
    return general(
        name, forward, rules, rules, overload=overload, function=False, method=False, grad_fn=grad_fn, doc=doc, **fields
    )


def _bernoulli(x: Array, /) -> Any:
    return generator().bernoulli(x, x.shape, x.dtype)


def _normal(mean: Operand, std: Operand, /) -> Any:
    return generator().normal_tensors(mean, std)


def _normal_of_means(mean: Operand, /, std: float) -> Any:
    return generator().normal_tensors(mean, std)


def _normal_of_deviations(std: Operand, /, mean: float) -> Any:
    return generator().normal_tensors(mean, std)


bernoulli = _drawing("bernoulli", _bernoulli, "BernoulliBackward0")
normal = _drawing("normal", _normal, "NormalBackward3", "tensors")
normal_of_means = _drawing("normal", _normal_of_means, "NormalBackward1", "means")
normal_of_deviations = _drawing("normal", _normal_of_deviations, "NormalBackward2", "deviations")
