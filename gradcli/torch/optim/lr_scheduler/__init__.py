"""`optim.lr_scheduler`: learning rates that change from step to step."""

from __future__ import annotations

from gradcli.torch.utils.lazy import getattr_of

__getattr__, __dir__, __all__ = getattr_of(
    __name__,
    {
        "base": ("LRScheduler", "_LRScheduler"),
        "factors": (
            *("LambdaLR", "MultiplicativeLR", "StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR"),
            *("PolynomialLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts"),
        ),
        "cycles": ("CyclicLR", "OneCycleLR"),
        "composed": ("SequentialLR", "ChainedScheduler"),
        "plateau": ("ReduceLROnPlateau",),
    },
)
