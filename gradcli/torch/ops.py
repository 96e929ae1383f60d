"""`torch.ops`: PyTorch's own names of operations, as `torch.ops.aten.mm.default`, which policies compare and programs call."""

from __future__ import annotations

from functools import cache
from typing import Any

import gradcli.torch as torch
from gradcli.torch import _aten

__all__ = ["aten"]
_HOMES = (_aten, torch, torch.nn.functional, torch.Tensor)  # where the functions of these names are


class Overload:
    """One form of an operation: calls the function of that name."""

    def __init__(self, name: str, overload: str) -> None:
        self._name, self._overload = name, overload

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        home = next(home for home in _HOMES if hasattr(home, self._name))
        return getattr(home, self._name)(*args, **keywords)

    def __repr__(self) -> str:
        return f"<OpOverload(op='aten.{self._name}', overload='{self._overload}')>"

    def __str__(self) -> str:
        return f"aten.{self._name}.{self._overload}"


@cache
def _overload(name: str, overload: str) -> Overload:
    return Overload(name, overload)


class Packet:
    """All forms of an operation."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, overload: str) -> Overload:
        if overload.startswith("_"):
            raise AttributeError(overload)
        return _overload(self.__name__, overload)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.default(*args, **keywords)


class Namespace:
    """The operations of PyTorch's library `aten`, by name."""

    def __getattr__(self, name: str) -> Packet:
        if name.startswith("__") or not any(hasattr(home, name) for home in _HOMES):
            raise AttributeError(f"'_OpNamespace' 'aten' object has no attribute '{name}'")
        packet = Packet(name)
        setattr(self, name, packet)
        return packet


aten = Namespace()
