"""The names of `torch.nn`, `torch.nn.init` and the like; what stands behind them is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gradcli.run.script import constructors
from gradcli.run.script.modules import Deferred, find

_FROM = {
    "containers": ("ModuleDict", "ModuleList", "ParameterList", "Sequential"),
    "convolution": ("Conv1d", "Conv2d"),
    "layers": ("Dropout", "Embedding", "Flatten", "Identity", "Linear"),
    "module": ("Module",),
    "normalization": ("BatchNorm1d", "BatchNorm2d", "LayerNorm"),
    "pooling": ("AvgPool1d", "AvgPool2d", "MaxPool1d", "MaxPool2d"),
}
_ROWS = ("activations", "losses", "pooling")  # whose classes are made from tables
_UTILS = ("clip_grad_norm_", "clip_grad_value_", "parameters_to_vector", "vector_to_parameters")
_INIT = (
    "calculate_gain", "constant_", "eye_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_", "uniform_",
    "xavier_normal_", "xavier_uniform_", "zeros_",
)  # fmt: skip


def module() -> tuple[Any, ...]:
    """What makes `torch.nn`: its members, and those that stand in tables."""
    return _members(), made, listed


def _members() -> dict[str, Any]:
    deferred = {name: Deferred(f"nn.{home}", name) for home, names in _FROM.items() for name in names}
    modules = {name: find(f"torch.nn.{name}") for name in ("functional", "init", "parameter", "utils")}
    return {"Parameter": constructors.PARAMETER, **deferred, **modules}


def functional_members() -> dict[str, Any]:
    """What `torch.nn.functional` has besides the functions that only compute."""
    dropout = Deferred("nn.dropout", "dropout")
    return {"dropout": dropout, **{name: Deferred("nn.functional", name) for name in ("batch_norm", "kl_div")}}


def init_members() -> dict[str, Any]:
    """What `torch.nn.init` has."""
    return {name: Deferred("nn.init", name) for name in _INIT}


def utils_members() -> dict[str, Any]:
    """What `torch.nn.utils` has."""
    return {name: Deferred("nn.utils", name) for name in _UTILS}


def made(name: str) -> Any:
    """A class that is made from a table, or None."""
    return _made().get(name) if name[:1].isupper() else None


def listed() -> list[str]:
    """The names of these classes."""
    return [*_made()]


def _made() -> dict[str, type]:
    return {name: cls for home in _ROWS for name, cls in import_module(f"gradcli.run.script.nn.{home}").CLASSES.items()}
