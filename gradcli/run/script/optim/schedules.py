"""`optim.lr_scheduler`: learning rates that change from step to step.

Most compute the next rate from the one before, as PyTorch does, so that a rate that the script sets by hand goes on from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradcli.run.script.attributes import own_name
from gradcli.run.script.classes import Instance, type_name
from gradcli.run.script.guards import collect
from gradcli.run.script.optim.optimizer import Optimizer
from gradcli.run.script.warnings import warn

_EARLY = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should call them in "
    "the opposite order: the first value of the schedule is skipped otherwise"
)


class LRScheduler(Instance):
    """The base of all schedules; a script may derive its own from it, with a `get_lr`."""

    __module__ = "torch.optim.lr_scheduler"
    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Any, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type_name(optimizer)} is not an Optimizer")
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        optimizer._steps = 0
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    def step(self, epoch: Any = None) -> None:
        """Give the groups of the optimizer their next rates."""
        optimizer = self.optimizer
        if self._step_count == 1 and not optimizer._steps and type(optimizer).step is Optimizer.step:
            warn(_EARLY)
        self._step_count += 1
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self._get_lr_called_within_step = True
        rates = self.get_lr()
        self._get_lr_called_within_step = False
        for group, rate in zip(optimizer.param_groups, rates):
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
        return [group["lr"] if factor == 1 else group["lr"] * factor for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        for name, value in state_dict.items():
            setattr(self, own_name(self, name), value)

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} object at {id(self):#x}>"


class StepLR(LRScheduler):
    """Times gamma every so many steps."""

    __module__ = "torch.optim.lr_scheduler"

    def __init__(self, optimizer: Any, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """The next rates."""
        return self._rates(1 if self.last_epoch == 0 or self.last_epoch % self.step_size else self.gamma)


class MultiStepLR(LRScheduler):
    """Times gamma at each of some steps."""

    __module__ = "torch.optim.lr_scheduler"

    def __init__(self, optimizer: Any, milestones: Any, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.milestones = collect(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """The next rates."""
        times = self.milestones.count(self.last_epoch)
        return self._rates(self.gamma**times if times else 1)


class ExponentialLR(LRScheduler):
    """Times gamma at every step."""

    __module__ = "torch.optim.lr_scheduler"

    def __init__(self, optimizer: Any, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """The next rates."""
        return self._rates(1 if self._is_initial else self.gamma)


class CosineAnnealingLR(LRScheduler):
    """Down along half a wave to eta_min in T_max steps, and up again.  Loshchilov and Hutter, 2017, without restarts."""

    __module__ = "torch.optim.lr_scheduler"

    def __init__(self, optimizer: Any, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """The next rates."""
        if self._is_initial:
            return self._rates()
        epoch, half, least = self.last_epoch, self.T_max, self.eta_min
        if (epoch - 1 - half) % (2 * half) == 0:  # where the factor below would divide by 0
            rise = 1 - math.cos(math.pi / half)
            return [rate + (base - least) * rise / 2 for rate, base in zip(self._rates(), self.base_lrs)]
        now, before = 1 + math.cos(math.pi * epoch / half), 1 + math.cos(math.pi * (epoch - 1) / half)
        return [now / before * (rate - least) + least for rate in self._rates()]


class LinearLR(LRScheduler):
    """From one share of the first rate to another, in even steps."""

    __module__ = "torch.optim.lr_scheduler"

    def __init__(
        self,
        optimizer: Any,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError("Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """The next rates."""
        if self.last_epoch == 0:
            return self._rates(self.start_factor)
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._rates()
        rise = self.end_factor - self.start_factor
        return self._rates(1.0 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise))


class LambdaLR(LRScheduler):
    """The first rates times what a function makes of the number of steps; a list of functions has one for each group."""

    __module__ = "torch.optim.lr_scheduler"

    def __init__(self, optimizer: Any, lr_lambda: Callable[[int], float] | list[Any], last_epoch: int = -1) -> None:
        groups = len(optimizer.param_groups)
        given = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * groups
        if len(given) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(given)}")
        self.lr_lambdas = given
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """The next rates."""
        return [base * factor(self.last_epoch) for factor, base in zip(self.lr_lambdas, self.base_lrs)]

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer and the functions."""
        kept = {name: value for name, value in super().state_dict().items() if name != "lr_lambdas"}
        return {**kept, "lr_lambdas": [None] * len(self.lr_lambdas)}
