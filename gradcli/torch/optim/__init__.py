"""`torch.optim`: optimizers and schedules of their learning rates."""

from __future__ import annotations

from gradcli.torch.utils.lazy import getattr_of

__getattr__, __dir__, __all__ = getattr_of(
    __name__,
    {
        "optimizer": ("Optimizer",),
        "sgd": ("SGD",),
        "adam": ("Adam", "AdamW", "Adamax", "NAdam", "RAdam"),
        "adaptive": ("Adadelta", "Adagrad", "RMSprop"),
        "averaging": ("ASGD", "Rprop"),
        "factored": ("Adafactor", "Muon"),
        "lbfgs": ("LBFGS",),
        "sparse_adam": ("SparseAdam",),
        "lr_scheduler": (),
        "swa_utils": (),
    },
    {
        **dict.fromkeys(("adamw", "adamax", "nadam", "radam"), "adam"),
        **dict.fromkeys(("adadelta", "adagrad", "rmsprop"), "adaptive"),
        **dict.fromkeys(("asgd", "rprop"), "averaging"),
        **dict.fromkeys(("_adafactor", "_muon"), "factored"),
    },
)
