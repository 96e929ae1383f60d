"""RMSprop and Adagrad: steps measured by the squares of the gradients before."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor
from gradcli.run.script.optim.optimizer import Optimizer, check_options
from gradcli.run.script.optim.updates import add_square, count, decayed, fused, kept, move_toward


class RMSprop(Optimizer):
    """Gradients divided by the root of the running mean of their squares."""

    __module__ = "torch.optim.rmsprop"

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: Any = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": False,
            "foreach": None,
            "maximize": maximize,
            "differentiable": False,
        }
        check_options(options, lr="learning rate", eps="epsilon value", momentum="momentum value")
        check_options(options, weight_decay="weight_decay value", alpha="alpha value")
        super().__init__(params, options)

    def _updated(self, param: Tensor, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        count(state)
        grad = decayed(grad, param, group["weight_decay"])
        squares = kept(state, "square_avg", grad)
        add_square(squares, grad, group["alpha"])
        buffer = kept(state, "momentum_buffer", grad) if group["momentum"] > 0 else None
        if group["centered"]:
            mean = kept(state, "grad_avg", grad)
            move_toward(mean, grad, 1 - group["alpha"])
            squares = fused(squares, -mean, mean)
        measure = np.sqrt(squares)
        measure += group["eps"]
        if buffer is None:
            return param.array + grad * -group["lr"] / measure
        buffer *= group["momentum"]
        buffer += grad / measure
        return fused(param.array, -group["lr"], buffer)


class Adagrad(Optimizer):
    """Gradients divided by the root of the sum of their squares.  Duchi, Hazan and Singer, 2011."""

    __module__ = "torch.optim.adagrad"

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: Any = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: Any = None,
    ) -> None:
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": None,
            "maximize": maximize,
            "differentiable": False,
            "fused": None,
        }
        check_options(options, lr="learning rate", lr_decay="lr_decay value", weight_decay="weight_decay value")
        check_options(options, initial_accumulator_value="initial_accumulator_value value", eps="epsilon value")
        super().__init__(params, options)
        for group in self.param_groups:
            for param in group["params"]:
                state = self.state.setdefault(param, {"step": Tensor(np.zeros((), np.float32))})
                kept(state, "sum", param.array, initial_accumulator_value)

    def _updated(self, param: Tensor, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        step = count(state)
        grad = decayed(grad, param, group["weight_decay"])
        total = kept(state, "sum", grad, group["initial_accumulator_value"])
        total[...] = fused(total, grad, grad)
        measure = np.sqrt(total)
        measure += group["eps"]
        return param.array + grad * (-group["lr"] / (1 + (step - 1) * group["lr_decay"])) / measure
