"""The names of `torch.optim`; what stands behind them is loaded when it is asked for."""

from __future__ import annotations

from typing import Any

from gradcli.run.script.modules import Deferred, find

_FROM = {"adam": ("Adam", "AdamW"), "adaptive": ("Adagrad", "RMSprop"), "optimizer": ("Optimizer",), "sgd": ("SGD",)}
_SCHEDULES = {
    "plateau": ("ReduceLROnPlateau",),
    "schedules": ("CosineAnnealingLR", "ExponentialLR", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "StepLR"),
}


def members() -> dict[str, Any]:
    """What `torch.optim` has."""
    deferred = {name: Deferred(f"optim.{home}", name) for home, names in _FROM.items() for name in names}
    return {**deferred, "lr_scheduler": find("torch.optim.lr_scheduler")}


def schedules() -> dict[str, Any]:
    """What `torch.optim.lr_scheduler` has."""
    return {name: Deferred(f"optim.{home}", name) for home, names in _SCHEDULES.items() for name in names}
