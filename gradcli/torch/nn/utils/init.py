"""Modules whose parameters are not drawn."""

from __future__ import annotations

import inspect
from typing import Any

from gradcli.torch.nn.modules.module import Module


def skip_init(module_cls: type[Module], *args: Any, **kwargs: Any) -> Module:
    """A module with values still to be set.  Raises RuntimeError, TypeError."""
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    place = kwargs.pop("device", "cpu")
    made: Module = module_cls(*args, **kwargs, device="meta").to_empty(device=place)
    return made
