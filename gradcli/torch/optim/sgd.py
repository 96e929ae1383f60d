"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

from gradcli.graph.tensor import from_array
from gradcli.torch.optim.optimizer import Elementwise, arguments, check_options
from gradcli.torch.optim.updates import decayed, multiply_add


class SGD(Elementwise):
    """`p -= lr * grad`; with momentum, `p -= lr * buffer`."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        options = arguments(locals())
        check_options(options, lr="learning rate", momentum="momentum value", weight_decay="weight_decay value")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, options)

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        grad = decayed(grad, param, group["weight_decay"])
        momentum = group["momentum"]
        if momentum:
            if state.get("momentum_buffer") is None:
                state["momentum_buffer"] = from_array(grad.copy())
                buffer = state["momentum_buffer"].ndarray
            else:
                buffer = state["momentum_buffer"].ndarray
                buffer[...] = multiply_add(buffer * momentum, 1 - group["dampening"], grad)
            grad = multiply_add(grad, momentum, buffer) if group["nesterov"] else buffer
        return multiply_add(param, -group["lr"], grad)
