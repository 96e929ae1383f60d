"""Weight normalization by hooks, as it was of old: `weight` is made of `weight_g` and `weight_v` before every call.

A weight is a direction times a length (Salimans and Kingma, 2016); `parametrizations.weight_norm` is the newer way.
"""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.torch._naming import renamed
from gradcli.torch._warnings import warn
from gradcli.torch.nn.modules.module import Module
from gradcli.torch.nn.parameter import Parameter


def norm_except_dim(v: Any, dim: int | None) -> Any:
    """The norms of the slices along a dimension, kept as dimensions of 1; of the whole for None or -1."""
    if dim is None or dim == -1:
        return v.norm()
    if not -v.dim() <= dim < v.dim():
        span = f"[{-v.dim()}, {v.dim() - 1}]"
        raise IndexError(f"Dimension out of range (expected to be in range of {span}, but got {dim})")
    dim %= v.dim()
    return torch.linalg.vector_norm(v, dim=[each for each in range(v.dim()) if each != dim], keepdim=True)


def directed(v: Any, g: Any, dim: int | None) -> Any:
    """The weight of direction v and lengths g."""
    return renamed(v * (g / norm_except_dim(v, dim)), "WeightNormInterfaceBackward0")


class WeightNorm:
    """The hook of one weight."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = dim

    def compute_weight(self, module: Module) -> Any:
        """The direction, at this length."""
        g, v = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        return directed(v, g, self.dim)

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Replace a parameter by its lengths and its direction.  Raises RuntimeError where that is so already."""
    warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
    )
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNorm) and hook.name == name:
            raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    fn = WeightNorm(name, dim)
    weight = getattr(module, name)
    del module._parameters[name]
    module.register_parameter(f"{name}_g", Parameter(norm_except_dim(weight, dim).data))
    module.register_parameter(f"{name}_v", Parameter(weight.data))
    setattr(module, name, fn.compute_weight(module))
    module.register_forward_pre_hook(fn)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Make the parameter an ordinary one again.  Raises ValueError."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            weight = hook.compute_weight(module)
            delattr(module, name)
            del module._parameters[f"{name}_g"], module._parameters[f"{name}_v"]
            setattr(module, name, Parameter(weight.data))
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
