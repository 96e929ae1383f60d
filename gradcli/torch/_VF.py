"""`torch._VF`: functions as PyTorch's compiled module has them, before Python's own forms of some of them."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.torch import _aten


def __getattr__(name: str) -> Any:
    return getattr(_aten, name) if hasattr(_aten, name) else getattr(torch, name)
