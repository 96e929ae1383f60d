"""`torch.Tensor` as type checkers see it: the engine's class, with whatever attributes this package gives to it at run time."""

from __future__ import annotations

from typing import Any

from gradcli.graph import tensor


class Tensor(tensor.Tensor):
    """Stands for the engine's class where types are checked, and nowhere else."""

    data: Any
    grad: Any

    def __new__(cls, *args: Any, **keywords: Any) -> Any: ...
    def __init__(self, *args: Any, **keywords: Any) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    @classmethod
    def _make_subclass(cls, *args: Any) -> Any: ...
    def __float__(self) -> float:
        raise NotImplementedError

    def __int__(self) -> int:
        raise NotImplementedError
