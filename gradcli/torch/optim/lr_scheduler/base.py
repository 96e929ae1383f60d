"""The base of all schedules.

Most compute the next rate from the one before, as PyTorch does, so that a rate that the program sets by hand goes on from
there.
"""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.torch._naming import module_name
from gradcli.torch._warnings import warn
from gradcli.torch.optim.optimizer import Optimizer

_EARLY = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should call them in the "
    "opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this will result in PyTorch skipping "
    "the first value of the learning rate schedule. See more details at "
    "https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
)
_EPOCH = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed form is "
    "used instead of the new chainable form, where available. Please open an issue if you are unable to replicate your use "
    "case: https://github.com/pytorch/pytorch/issues/new/choose."
)
_NOT_IN_STEP = "To get the last learning rate computed by the scheduler, please use `get_last_lr()`."


class LRScheduler:
    """A schedule; a program may derive its own from it, with a `get_lr`.

    last_epoch  how many steps there have been
    base_lrs    the rates that the groups of the optimizer began with
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init_subclass__(cls) -> None:
        cls.__module__ = module_name(cls.__module__, "torch.optim.lr_scheduler")

    def __init__(self, optimizer: Any, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for place, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", _plain(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{place}] when resuming scheduler with last_epoch "
                    ">= 0.\n"
                    "This typically happens when:\n"
                    "1. You're trying to resume training from a checkpoint but haven't properly loaded the optimizer state\n"
                    "2. You're using last_epoch >= 0 for a fresh training run (not recommended)"
                )
        self.base_lrs = [_plain(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._initial_step()

    def _initial_step(self) -> None:
        """Give the groups their first rates."""
        self.optimizer._opt_called = False
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    def step(self, epoch: Any = None) -> None:
        """Give the groups of the optimizer their next rates."""
        if self._step_count == 1 and not self.optimizer._opt_called:
            warn(_EARLY)
        self._step_count += 1
        warn_of_epoch(epoch)
        self._advance(epoch)

    def _advance(self, epoch: Any = None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self._get_lr_called_within_step = True
        try:
            closed = getattr(self, "_get_closed_form_lr", None) if epoch is not None else None
            rates = self.get_lr() if closed is None else closed()
        finally:
            self._get_lr_called_within_step = False
        self._set_rates(rates)

    def _set_rates(self, rates: list[Any]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates):
            if isinstance(group["lr"], torch.Tensor):
                group["lr"].fill_(_plain(rate))
            else:
                group["lr"] = rate
        self._last_lr = self._rates()

    def get_lr(self) -> list[Any]:
        """The next rates: for classes derived from this one to say."""
        raise NotImplementedError

    def get_last_lr(self) -> list[Any]:
        """The rates that hold now."""
        return self._last_lr

    def _rates(self, factor: float = 1) -> list[Any]:
        """The rates of the groups, times a factor."""
        rates = [_plain(group["lr"]) for group in self.optimizer.param_groups]
        return rates if factor == 1 else [rate * factor for rate in rates]

    def _warn_outside_step(self) -> None:
        if not self._get_lr_called_within_step:
            warn(_NOT_IN_STEP, UserWarning)

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.__dict__.update(state_dict)


class _LRScheduler(LRScheduler):
    """The name that the base had once."""


def warn_of_epoch(epoch: Any) -> None:
    """Say that a number of the step need not be given."""
    if epoch is not None:
        warn(_EPOCH)


def _plain(rate: Any) -> Any:
    return rate.clone() if isinstance(rate, torch.Tensor) else rate


def one_for_each(optimizer: Any, name: str, given: Any, counted: str = "") -> list[Any]:
    """A value for each group of an optimizer, from one for all or a list of them.  Raises ValueError."""
    groups = len(optimizer.param_groups)
    if not isinstance(given, (list, tuple)):
        return [given] * groups
    if len(given) != groups:
        words = f"{name} must have the same length as optimizer.param_groups. {name} has {len(given)} values, param_groups has"
        raise ValueError(counted or f"{words} {groups}.")
    return [*given]
