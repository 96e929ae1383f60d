"""Adam (Kingma and Ba, 2015), and AdamW, whose weights decay apart from the gradient (Loshchilov and Hutter, 2019)."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.engine import inplace
from gradcli.graph.tensor import Tensor
from gradcli.run.script.optim.optimizer import Optimizer, check_options
from gradcli.run.script.optim.updates import add_square, count, decayed, kept, move_toward


class Adam(Optimizer):
    """Steps of the running mean of gradients, measured by that of their squares."""

    __module__ = "torch.optim.adam"

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: Any = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Any = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": None,
            "capturable": False,
            "differentiable": False,
            "fused": None,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        check_options(options, lr="learning rate", eps="epsilon value")
        for place, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {place}: {beta}")
        check_options(options, weight_decay="weight_decay value")
        super().__init__(params, options)

    def _updated(self, param: Tensor, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        rate, decay, (keep, keep_squares) = group["lr"], group["weight_decay"], group["betas"]
        step = count(state)
        if group["decoupled_weight_decay"]:
            if decay:
                inplace.change("mul_", param, 1 - rate * decay)
        else:
            grad = decayed(grad, param, decay)
        mean, squares = kept(state, "exp_avg", grad), kept(state, "exp_avg_sq", grad)
        move_toward(mean, grad, 1 - keep)
        add_square(squares, grad, keep_squares)
        if group["amsgrad"]:
            most = kept(state, "max_exp_avg_sq", grad)
            squares = np.maximum(most, squares, out=most)
        measure = np.sqrt(squares) / (1 - keep_squares**step) ** 0.5
        measure += group["eps"]
        return param.array + mean * (-rate / (1 - keep**step)) / measure


class AdamW(Adam):
    """Adam with decoupled decay of the weights."""

    __module__ = "torch.optim.adamw"

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        **switches: Any,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, **switches, decoupled_weight_decay=True)
