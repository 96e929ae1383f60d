"""`torch.cpu.amp`: the older name of `torch.amp.autocast` for the CPU, which says when it is used that there is a newer one."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.torch import amp
from gradcli.torch._naming import module_name
from gradcli.torch._warnings import warn

__all__ = ["autocast"]


class autocast(amp.autocast):
    """`torch.amp.autocast("cpu", ...)`."""

    __module__ = module_name(__name__, "torch.cpu.amp.autocast_mode")

    def __init__(self, enabled: bool = True, dtype: Any = torch.bfloat16, cache_enabled: bool = True) -> None:
        warn(
            "`torch.cpu.amp.autocast(args...)` is deprecated. Please use `torch.amp.autocast('cpu', args...)` instead.",
            FutureWarning,
        )
        super().__init__("cpu", dtype=dtype, enabled=enabled, cache_enabled=cache_enabled)
