"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.run.script.optim.optimizer import SWITCHES, Optimizer, check_options
from gradcli.run.script.optim.updates import decayed, fused


class SGD(Optimizer):
    """`p -= lr * grad`; with momentum, `p -= lr * buffer`."""

    __module__ = "torch.optim.sgd"

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: Any = None,
        differentiable: bool = False,
        fused: Any = None,
    ) -> None:
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            **SWITCHES,
            "maximize": maximize,
        }
        check_options(options, lr="learning rate", momentum="momentum value", weight_decay="weight_decay value")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, options)

    def _updated(self, param: Tensor, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        grad = decayed(grad, param, group["weight_decay"])
        momentum = group["momentum"]
        if momentum:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = Tensor(grad.copy())
            else:
                buffer = state["momentum_buffer"].array
                buffer[...] = fused(buffer * momentum, 1 - group["dampening"], grad)
            buffer = state["momentum_buffer"].array
            grad = fused(grad, momentum, buffer) if group["nesterov"] else buffer
        return fused(param.array, -group["lr"], grad)
