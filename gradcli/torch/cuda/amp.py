"""`torch.cuda.amp`: the older names of `torch.amp` for CUDA, each of which says when it is used that there is a newer one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradcli.torch as torch
from gradcli.torch import amp
from gradcli.torch._naming import module_name
from gradcli.torch._warnings import warn

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]


class autocast(amp.autocast):
    """`torch.amp.autocast("cuda", ...)`."""

    __module__ = module_name(__name__, "torch.cuda.amp.autocast_mode")
    _without_cuda = "CUDA is not available or torch_xla is imported. Disabling autocast."

    def __init__(self, enabled: bool = True, dtype: Any = torch.float16, cache_enabled: bool = True) -> None:
        _superseded("autocast(args...)", "autocast('cuda', args...)")
        super().__init__("cuda", dtype=dtype, enabled=enabled, cache_enabled=cache_enabled)


class GradScaler(amp.GradScaler):
    """`torch.amp.GradScaler("cuda", ...)`."""

    __module__ = module_name(__name__, "torch.cuda.amp.grad_scaler")

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _superseded("GradScaler(args...)", "GradScaler('cuda', args...)")
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


def custom_fwd(fwd: Any = None, *, cast_inputs: Any = None) -> Callable[..., Any]:
    """`torch.amp.custom_fwd(..., device_type="cuda")`."""
    _superseded("custom_fwd(args...)", "custom_fwd(args..., device_type='cuda')")
    return amp.custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd: Any = None) -> Callable[..., Any]:
    """`torch.amp.custom_bwd(..., device_type="cuda")`."""
    _superseded("custom_bwd(args...)", "custom_bwd(args..., device_type='cuda')")
    return amp.custom_bwd(bwd, device_type="cuda")


def _superseded(call: str, better: str) -> None:
    warn(f"`torch.cuda.amp.{call}` is deprecated. Please use `torch.amp.{better}` instead.", FutureWarning)
