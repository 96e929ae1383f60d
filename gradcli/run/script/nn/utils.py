"""`nn.utils`: gradients kept within bounds, and all parameters as one vector."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from gradcli.engine import inplace
from gradcli.engine import tensors as engine
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor
from gradcli.run.script.calls import function
from gradcli.run.script.guards import collect

_norm, _stack, _cat, _clamp = function("linalg.vector_norm"), function("stack"), function("cat"), function("clamp")


def _gradients(parameters: Any) -> list[Tensor]:
    given = [parameters] if type(parameters) is Tensor else collect(parameters)
    return [each.grad for each in given if each.grad is not None]


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: Any = None
) -> Tensor:
    """Scale all gradients so that together they are no longer than max_norm; gives how long they were."""
    grads = _gradients(parameters)
    with grad_mode(False):
        if not grads:
            return Tensor(function("tensor")(0.0).array)
        total: Tensor = _norm(_stack([_norm(each, norm_type) for each in grads]), norm_type)
        if error_if_nonfinite and not math.isfinite(total.array.item()):
            raise RuntimeError(
                f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be clipped."
            )
        scale = _clamp(max_norm / (total + 1e-6), max=1.0)
        for each in grads:
            inplace.change("mul_", each, scale)
    return total


def clip_grad_value_(parameters: Any, clip_value: float, foreach: Any = None) -> None:
    """Bring every entry of the gradients to between -clip_value and clip_value."""
    with grad_mode(False):
        for each in _gradients(parameters):
            inplace.change("clamp_", each, -clip_value, clip_value)


def parameters_to_vector(parameters: Iterable[Tensor]) -> Any:
    """All entries in one row."""
    return _cat([function("reshape")(each, (-1,)) for each in collect(parameters)])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Let parameters be the entries of a row, in order."""
    start = 0
    for each in collect(parameters):
        engine.set_data(each, function("reshape")(vec[start : start + each.size].detach(), each.shape))
        start += each.size
