"""Adadelta, Adagrad and RMSprop: steps measured by the squares of the gradients before."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.engine.real_parts import real_view
from gradcli.graph.tensor import is_unstrided
from gradcli.torch._boundary import failure
from gradcli.torch.optim.optimizer import Elementwise, check_options
from gradcli.torch.optim.updates import (
    add,
    add_product,
    add_quotient,
    add_square,
    count,
    decayed,
    kept,
    move_toward,
    plus,
    root,
)


class RMSprop(Elementwise):
    """Gradients divided by the root of the running mean of their squares."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
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
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        check_options(options, lr="learning rate", eps="epsilon value", momentum="momentum value")
        check_options(options, weight_decay="weight_decay value", alpha="alpha value")
        super().__init__(params, options)

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        count(state)
        grad = decayed(grad, param, group["weight_decay"])
        squares = kept(state, "square_avg", grad)
        add_square(squares, grad, group["alpha"])
        buffer = kept(state, "momentum_buffer", grad) if group["momentum"] > 0 else None
        if group["centered"]:
            mean = kept(state, "grad_avg", grad)
            move_toward(mean, grad, 1 - group["alpha"])
            squares = squares.clone() if isinstance(squares, torch.Tensor) else squares.copy()
            add_product(squares, mean, mean, -1)
        measure = plus(root(squares), group["eps"])
        if buffer is None:
            add_quotient(param, grad, measure, -group["lr"])
        else:
            buffer *= group["momentum"]
            add_quotient(buffer, grad, measure)
            add(param, buffer, -group["lr"])


class Adagrad(Elementwise):
    """Gradients divided by the root of the sum of their squares (Duchi, Hazan and Singer, 2011)."""

    takes_sparse = True

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        check_options(options, lr="learning rate", lr_decay="lr_decay value", weight_decay="weight_decay value")
        check_options(options, initial_accumulator_value="initial_accumulator_value value", eps="epsilon value")
        super().__init__(params, options)
        for group in self.param_groups:
            for param in group["params"]:
                state = self.state[param]
                state["step"] = torch.tensor(0.0, dtype=torch.float32)
                kept(state, "sum", real_view(param.ndarray), initial_accumulator_value)

    def share_memory(self) -> None:
        """Nothing: memory is that of this process."""

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        if is_unstrided(grad):
            self._update_entries(param, grad, state, group)
            return
        step = count(state)
        grad = decayed(grad, param, group["weight_decay"])
        total = kept(state, "sum", grad, group["initial_accumulator_value"])
        add_product(total, grad, grad)
        measure = plus(root(total), group["eps"])
        add_quotient(param, grad, measure, -group["lr"] / (1 + (step - 1) * group["lr_decay"]))

    def _update_entries(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """The same for a sparse gradient, of whose entries alone squares are added up."""
        step = count(state)
        if group["weight_decay"]:
            words = "weight_decay option is not compatible with sparse gradients"
            raise failure("RuntimeError", words, hint="set weight_decay=0")
        own = grad.coalesced()
        where, total = tuple(own.indices), state["sum"].ndarray
        total[where] += own.values * own.values
        steps = own.values / plus(root(total[where]), group["eps"])
        add(param, own.with_values(steps), -group["lr"] / (1 + (step - 1) * group["lr_decay"]))


class Adadelta(Elementwise):
    """Gradients times the ratio of the sizes of steps and gradients before (Zeiler, 2012)."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        check_options(options, lr="learning rate")
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_options(options, eps="epsilon value", weight_decay="weight_decay value")
        super().__init__(params, options)

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        count(state)
        grad = decayed(grad, param, group["weight_decay"])
        squares, steps = kept(state, "square_avg", grad), kept(state, "acc_delta", grad)
        add_square(squares, grad, group["rho"])
        delta = root(steps + group["eps"]) / root(squares + group["eps"]) * grad
        add_square(steps, delta, group["rho"])
        add(param, delta, -group["lr"])
