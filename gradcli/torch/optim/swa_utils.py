"""Averages of a model's parameters over training (Izmailov et al., 2018), and a schedule for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import gradcli.torch as torch
from gradcli.torch.nn.modules.module import Module
from gradcli.torch.optim.lr_scheduler.base import LRScheduler, one_for_each


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], Any]:
    """A function for the exponential mean of two tensors.  Raises ValueError."""
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")

    def ema_update(ema_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return decay * ema_param + (1 - decay) * current_param

    return torch.no_grad()(ema_update)  # type: ignore[no-any-return]


def get_swa_avg_fn() -> Callable[[Any, Any, Any], Any]:
    """A function for the running mean of tensors."""

    def swa_update(averaged_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return torch.no_grad()(swa_update)  # type: ignore[no-any-return]


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """The same for lists of tensors, in place.  Raises ValueError."""
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")

    def ema_update(ema_params: Any, current_params: Any, _: Any) -> None:
        for ema, current in zip(ema_params, current_params):
            ema.lerp_(current, 1 - decay) if ema.is_floating_point() else ema.copy_(ema * decay + current * (1 - decay))

    return torch.no_grad()(ema_update)  # type: ignore[no-any-return]


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """The same for lists of tensors, in place."""

    def swa_update(averaged_params: Any, current_params: Any, num_averaged: Any) -> None:
        weight = 1 / (float(num_averaged) + 1)
        for averaged, current in zip(averaged_params, current_params):
            averaged.lerp_(current, weight) if averaged.is_floating_point() else averaged.copy_(current)

    return torch.no_grad()(swa_update)  # type: ignore[no-any-return]


class AveragedModel(Module):
    """A copy of a model whose parameters are the means of those that `update_parameters` has seen."""

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Callable[[Any, Any, Any], Any] | None = None,
        multi_avg_fn: Callable[[Any, Any, Any], None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        self.register_buffer("n_averaged", torch.tensor(0, dtype=torch.long))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model gives."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take a model's parameters into the means."""
        own, given = self._tensors(self.module), self._tensors(model)
        with torch.no_grad():
            if int(self.n_averaged) == 0:
                for mean, value in zip(own, given):
                    mean.copy_(value)
            elif self.multi_avg_fn is not None or self.avg_fn is None:
                (self.multi_avg_fn or get_swa_multi_avg_fn())(own, given, self.n_averaged)
            else:
                for mean, value in zip(own, given):
                    mean.copy_(self.avg_fn(mean, value, self.n_averaged))
            if not self.use_buffers:
                for mine, theirs in zip(self.module.buffers(), model.buffers()):
                    mine.copy_(theirs)
        self.n_averaged += 1

    def _tensors(self, model: Module) -> list[Any]:
        found = [*model.parameters(), *(model.buffers() if self.use_buffers else ())]
        return [x.detach() for x in found]


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of batch normalizations anew from data."""
    norms = [module for module in model.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    momenta = [module.momentum for module in norms]
    was_training = model.training
    with torch.no_grad():
        for module in norms:
            module.reset_running_stats()
            module.momentum = None
        model.train()
        for batch in loader:
            model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    for module, momentum in zip(norms, momenta):
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """From the rate of the optimizer to a constant one in some steps."""

    def __init__(
        self,
        optimizer: Any,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        for rate, group in zip(one_for_each(optimizer, "swa_lr", swa_lr), optimizer.param_groups):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _alpha(self, step: int) -> float:
        share = max(0, min(1, step / max(1, self.anneal_epochs)))
        return share if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * share)) / 2

    def get_lr(self) -> list[Any]:
        """The next rates: what is left of the old ones is undone first."""
        self._warn_outside_step()
        step = self._step_count - 1 if self.anneal_epochs else max(1, self._step_count - 1)
        before, now = self._alpha(max(0, step - 1)), self._alpha(step)
        rates = []
        for group in self.optimizer.param_groups:
            first = group["swa_lr"] if before == 1 else (group["lr"] - before * group["swa_lr"]) / (1 - before)
            rates.append(group["swa_lr"] * now + first * (1 - now))
        return rates
