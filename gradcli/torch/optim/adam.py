"""Adam and its kin: steps of the running mean of gradients, measured by that of their squares."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.torch.optim.optimizer import Elementwise, arguments, check_betas, check_options
from gradcli.torch.optim.updates import add, add_quotient, count, decayed, kept, moments, move_toward, number, plus, root

_OPTIONS = {"lr": "learning rate", "eps": "epsilon value"}


def _checked(options: dict[str, Any], **also: str) -> dict[str, Any]:
    check_options(options, **_OPTIONS)
    if len({isinstance(beta, torch.Tensor) for beta in options["betas"]}) > 1:
        raise ValueError("betas must be either both floats or both Tensors")
    check_betas(options["betas"])
    check_options(options, weight_decay="weight_decay value", **also)
    return options


class Adam(Elementwise):
    """Kingma and Ba, 2015."""

    refusal = "Adam does not support sparse gradients, please consider SparseAdam instead"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        options = arguments(locals())
        if isinstance(lr, torch.Tensor) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        super().__init__(params, _checked(options))

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        rate, (keep, keep_squares) = group["lr"], group["betas"]
        step = count(state)
        grad = _weights_decayed(param, grad, group)
        mean, squares = moments(grad, state, group["betas"])
        if group["amsgrad"]:
            most = kept(state, "max_exp_avg_sq", grad)
            _keep_greatest(most, squares)
            squares = most
        if group["differentiable"]:
            # PyTorch has the rate in the divisor then, in float32, so that it may be differentiated, too.
            rate = -(rate / (1 - keep ** state["step"]))
            scale = (1 - keep_squares ** state["step"]).sqrt() * rate
            add_quotient(param, mean.clone(), (squares.sqrt() / scale).add_(group["eps"] / rate))
        else:
            measure = plus(root(squares) / (1 - keep_squares**step) ** 0.5, group["eps"])
            add_quotient(param, mean, measure, -rate / (1 - keep**step))


class AdamW(Adam):
    """Adam whose weights decay apart from the gradient (Loshchilov and Hutter, 2019)."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(**arguments(locals()), params=params, decoupled_weight_decay=True)


class Adamax(Elementwise):
    """Adam by the greatest gradient instead of the mean square (Kingma and Ba, 2015, section 7)."""

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        options = arguments(locals())
        super().__init__(params, _checked(options))

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        keep, keep_most = group["betas"]
        step = count(state)
        grad = decayed(grad, param, group["weight_decay"])
        mean, most = kept(state, "exp_avg", grad), kept(state, "exp_inf", grad)
        move_toward(mean, grad, 1 - keep)
        most *= keep_most
        size = plus(abs(grad), group["eps"])
        if group["differentiable"]:  # amax shares the gradient of equals, as maximum does, and is PyTorch's node here
            most.copy_(torch.stack([most, size]).amax(0))
        else:
            _keep_greatest(most, size)
        add_quotient(param, mean, most, -group["lr"] / (1 - keep**step))


class NAdam(Elementwise):
    """Adam with Nesterov's momentum (Dozat, 2016)."""

    captured = "params, mu_products and state_steps"

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        options = arguments(locals())
        super().__init__(params, _checked(options, momentum_decay="momentum_decay value"))

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        rate, (keep, keep_squares) = group["lr"], group["betas"]
        step = count(state)
        product = kept(state, "mu_product", number(param), 1.0)
        grad = _weights_decayed(param, grad, group)
        now, then = [keep * (1.0 - 0.5 * 0.96 ** (at * group["momentum_decay"])) for at in (step, step + 1)]
        product *= now
        mean, squares = moments(grad, state, group["betas"])
        measure = plus(root(squares / (1 - keep_squares**step)), group["eps"])
        if group["differentiable"]:
            add_quotient(param, grad * (-rate * (1.0 - now) / (1.0 - product)), measure)
            add_quotient(param, mean * (-rate * then / (1.0 - product * then)), measure)
        else:
            so_far = float(product)
            add_quotient(param, grad, measure, -rate * (1.0 - now) / (1.0 - so_far))
            add_quotient(param, mean, measure, (-rate * then) / (1.0 - so_far * then))


class RAdam(Elementwise):
    """Adam that waits until the variance of its measure can be told (Liu et al., 2020)."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, _checked(options))

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        rate, (keep, keep_squares) = group["lr"], group["betas"]
        step = count(state)
        grad = _weights_decayed(param, grad, group)
        mean, squares = moments(grad, state, group["betas"])
        bias, bias_squares = 1 - keep**step, 1 - keep_squares**step
        corrected = mean / bias
        longest = 2 / (1 - keep_squares) - 1
        length = longest - 2 * step * (keep_squares**step) / bias_squares
        change = corrected * rate
        if length > 5.0:
            shrunk = (length - 4) * (length - 2) * longest
            rectified = math.sqrt(shrunk / ((longest - 4) * (longest - 2) * length))
            change = change * (bias_squares**0.5 / plus(root(squares), group["eps"])) * rectified
        add(param, change, -1.0)


def _keep_greatest(most: Any, values: Any) -> None:
    """The greater of what there is and other values, in place."""
    if isinstance(most, torch.Tensor):
        most.copy_(torch.maximum(most.clone(), values))
    else:
        np.maximum(most, values, out=most)


def _weights_decayed(param: Any, grad: Any, group: dict[str, Any]) -> Any:
    """The gradient with the decay of weights, unless that stands apart from it: then the parameter decays, in place."""
    if not group["decoupled_weight_decay"]:
        return decayed(grad, param, group["weight_decay"])
    if group["weight_decay"]:
        param *= 1 - group["lr"] * group["weight_decay"]
    return grad
