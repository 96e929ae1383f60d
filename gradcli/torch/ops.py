"""`torch.ops`: PyTorch's own names of operations, as `torch.ops.aten.mm.default`, which policies compare and programs call."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import gradcli.torch as torch
from gradcli.graph.operation import Operation
from gradcli.torch import _aten

__all__ = ["aten"]
_HOMES = (_aten, torch, torch.nn.functional, torch.Tensor)  # where the functions of these names are


class OpOverload:
    """One form of an operation: calls the function of that name."""

    __module__ = "torch._ops"

    def __init__(self, name: str, overload: str) -> None:
        self._name, self._overload = name, overload

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        home = next(home for home in _HOMES if hasattr(home, self._name))
        return getattr(home, self._name)(*args, **keywords)

    @property
    def overloadpacket(self) -> OpOverloadPacket:
        """All forms of the operation."""
        return getattr(aten, self._name)  # type: ignore[no-any-return]

    def name(self) -> str:
        """Its whole name: "aten::sum.dim_IntList"."""
        return f"aten::{self._name}" + (f".{self._overload}" if self._overload != "default" else "")

    def __repr__(self) -> str:
        return f"<OpOverload(op='aten.{self._name}', overload='{self._overload}')>"

    def __str__(self) -> str:
        return f"aten.{self._name}.{self._overload}"


@cache
def _overload(name: str, overload: str) -> OpOverload:
    return OpOverload(name, overload)


class OpOverloadPacket:
    """All forms of an operation."""

    __module__ = "torch._ops"

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, overload: str) -> OpOverload:
        if overload.startswith("_"):
            raise AttributeError(overload)
        return _overload(self.__name__, overload)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.default(*args, **keywords)

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='aten.{self.__name__}')>"

    def __str__(self) -> str:
        return f"aten.{self.__name__}"


# What PyTorch calls the forms of operations that have another than "default", and operations that bear other names there.
_FORMS = {
    ("max", "dim"): "dim", ("mean", "dim"): "dim", ("min", "dim"): "dim", ("pow", "number"): "Tensor_Scalar",
    ("pow", "reflected"): "Scalar", ("pow", "tensor"): "Tensor_Tensor", ("rsub", ""): "Scalar", ("select", ""): "int",
    ("slice", ""): "Tensor", ("split", ""): "Tensor", ("std", ""): "correction", ("sum", "dim"): "dim_IntList",
    ("transpose", ""): "int", ("var", ""): "correction", ("var_mean", ""): "correction", ("where", ""): "self",
}  # fmt: skip
_TENSORS = frozenset({"add", "div", "mul", "remainder", "sub"})  # of these a number counts as a tensor
_COMPARISONS = frozenset({"eq", "ge", "gt", "le", "lt", "ne"})
_THEIRS = {
    "layer_norm": "native_layer_norm",
    "log_softmax": "_log_softmax",
    "softmax": "_softmax",
    "to": "_to_copy",
}


def overload_of(operation: Operation, operands: Sequence[Any]) -> OpOverload:
    """The form of PyTorch's operation that an application of ours corresponds to."""
    name = operation.name.rpartition(".")[2]
    form = _FORMS.get((name, operation.overload), "default")
    if name in _TENSORS:
        form = "Tensor"
    elif name in _COMPARISONS:
        form = "Tensor" if isinstance(operands[-1], torch.Tensor) else "Scalar"
    return _overload(_THEIRS.get(name, name), form)


class OpNamespace:
    """The operations of PyTorch's library `aten`, by name."""

    def __getattr__(self, name: str) -> OpOverloadPacket:
        if name.startswith("__") or not any(hasattr(home, name) for home in _HOMES):
            raise AttributeError(f"'_OpNamespace' 'aten' object has no attribute '{name}'")
        packet = OpOverloadPacket(name)
        setattr(self, name, packet)
        return packet


aten = OpNamespace()
