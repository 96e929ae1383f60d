"""`ReduceLROnPlateau`: smaller learning rates when a loss no longer falls."""

from __future__ import annotations

import math
from typing import Any

from gradcli.run.script.classes import type_name
from gradcli.run.script.guards import number
from gradcli.run.script.optim.optimizer import Optimizer
from gradcli.run.script.optim.schedules import LRScheduler


class ReduceLROnPlateau(LRScheduler):
    """Times factor once what is watched has not become better for more than `patience` steps."""

    __module__ = "torch.optim.lr_scheduler"

    def __init__(
        self,
        optimizer: Any,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: Any = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError("Factor should be < 1.0.")
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type_name(optimizer)} is not an Optimizer")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        self.factor = factor
        self.optimizer = optimizer
        self.min_lrs = list(min_lr) if isinstance(min_lr, (list, tuple)) else [min_lr] * len(optimizer.param_groups)
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.last_epoch = 0
        self._last_lr = self._rates()
        self.mode = mode
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.best = math.inf if mode == "min" else -math.inf
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    def step(self, metrics: Any, epoch: Any = None) -> None:  # type: ignore[override]
        """Look at the loss, and give the groups of the optimizer their next rates."""
        current = float(number(metrics))
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        better = current < self._bound() if self.mode == "min" else current > self._bound()
        self.best = current if better else self.best
        self.num_bad_epochs = 0 if better else self.num_bad_epochs + 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = self._rates()

    @property
    def in_cooldown(self) -> bool:
        """Whether the last change is so recent that nothing is counted yet."""
        return self.cooldown_counter > 0

    def _bound(self) -> float:
        """What has to be passed to be better than the best so far."""
        margin = -self.threshold if self.mode == "min" else self.threshold
        return self.best * (1 + margin) if self.threshold_mode == "rel" else self.best + margin

    def _reduce(self) -> None:
        for group, least in zip(self.optimizer.param_groups, self.min_lrs):
            smaller = max(group["lr"] * self.factor, least)
            if group["lr"] - smaller > self.eps:
                group["lr"] = smaller
