"""Functions of numbers as modules."""

from __future__ import annotations

from typing import Any

from gradcli.run.script.nn.made import NEEDED, make

_INPLACE = {"inplace": False}
# name of the class: (name of the function, its options with their defaults)
_ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "CELU": ("celu", {"alpha": 1.0, **_INPLACE}),
    "ELU": ("elu", {"alpha": 1.0, **_INPLACE}),
    "GELU": ("gelu", {"approximate": "none"}),
    "GLU": ("glu", {"dim": -1}),
    "Hardshrink": ("hardshrink", {"lambd": 0.5}),
    "Hardswish": ("hardswish", {**_INPLACE}),
    "Hardtanh": ("hardtanh", {"min_val": -1.0, "max_val": 1.0, **_INPLACE}),
    "LeakyReLU": ("leaky_relu", {"negative_slope": 0.01, **_INPLACE}),
    "LogSigmoid": ("logsigmoid", {}),
    "LogSoftmax": ("log_softmax", {"dim": None}),
    "Mish": ("mish", {**_INPLACE}),
    "ReLU": ("relu", {**_INPLACE}),
    "ReLU6": ("relu6", {**_INPLACE}),
    "SELU": ("selu", {**_INPLACE}),
    "SiLU": ("silu", {**_INPLACE}),
    "Sigmoid": ("sigmoid", {}),
    "Softmax": ("softmax", {"dim": None}),
    "Softmin": ("softmin", {"dim": None}),
    "Softplus": ("softplus", {"beta": 1.0, "threshold": 20.0}),
    "Softshrink": ("softshrink", {"lambd": 0.5}),
    "Softsign": ("softsign", {}),
    "Tanh": ("tanh", {}),
    "Tanhshrink": ("tanhshrink", {}),
    "Threshold": ("threshold", {"threshold": NEEDED, "value": NEEDED, **_INPLACE}),
}
_BARE = frozenset({"Hardshrink", "Softshrink"})  # show their number without its name
CLASSES = {
    name: make(name, "torch.nn.modules.activation", called, options, "bare" if name in _BARE else "name")
    for name, (called, options) in _ROWS.items()
}
