"""ASGD, which averages the parameters, and Rprop, which looks at the signs of gradients only."""

from __future__ import annotations

from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.torch.optim.optimizer import Elementwise, arguments, check_options
from gradcli.torch.optim.updates import add, add_product, copy, count, decayed, kept, number


class ASGD(Elementwise):
    """Averaged gradient descent (Polyak and Juditsky, 1992); the average of the parameters is in the state, as "ax"."""

    captured = "params, mus, etas, and state_steps"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        options = arguments(locals())
        check_options(options, lr="learning rate", weight_decay="weight_decay value")
        super().__init__(params, options)

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        step = count(state)
        rate, weight = kept(state, "eta", number(param), group["lr"]), kept(state, "mu", number(param), 1.0)
        mean = kept(state, "ax", param)
        grad = decayed(grad, param, group["weight_decay"])
        param *= 1 - group["lambd"] * float(rate)
        add(param, grad, -float(rate))
        if float(weight) == 1:
            copy(mean, param)
        else:
            mean += (param - mean) * weight
        copy(rate, torch.as_tensor(group["lr"] / ((1 + group["lambd"] * group["lr"] * step) ** group["alpha"])))
        copy(weight, torch.as_tensor(1 / max(1, step - group["t0"])))


class Rprop(Elementwise):
    """Steps that grow while the sign of the gradient stays, and shrink when it changes (Riedmiller and Braun, 1993)."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        options = arguments(locals())
        check_options(options, lr="learning rate")
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(params, options)

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        count(state)
        before, size = kept(state, "prev", grad), kept(state, "step_size", grad, group["lr"])
        (shrink, grow), (least, most) = group["etas"], group["step_sizes"]
        if isinstance(param, torch.Tensor):
            agreement = grad.mul(before.clone()).sign()
            factor = agreement.masked_fill(agreement > 0, grow).masked_fill(agreement < 0, shrink)
            factor = factor.masked_fill(agreement == 0, 1.0)
            size.mul_(factor).clamp_(least, most)
            kept_grad = grad.masked_fill(agreement < 0, 0)
            add_product(param, kept_grad.sign(), size, -1)
        else:
            agreement = np.sign(grad * before)
            factor = np.where(agreement > 0, grow, np.where(agreement < 0, shrink, 1)).astype(grad.dtype)
            np.clip(size * factor, least, most, out=size)
            kept_grad = np.where(agreement < 0, 0, grad)
            param -= np.sign(kept_grad) * size
        copy(before, kept_grad)
