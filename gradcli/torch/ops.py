"""`torch.ops`: PyTorch's own names of operations, as `torch.ops.aten.mm.default`, which policies compare and programs call."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from functools import cache
from typing import Any

import gradcli.torch as torch
from gradcli.engine import inplace
from gradcli.graph.operation import Operation
from gradcli.torch import _aten

__all__ = ["aten"]
_HOMES = (_aten, torch, torch.nn.functional, torch.Tensor)  # where the functions of these names are


class Application:
    """An operation of the tape that a mode is asked about: called with the arguments that it was shown, it is applied itself.

    For its parameters need not be those of the function that has its name.  Other tensors may stand for the operands.
    """

    def __init__(
        self,
        func: OpOverload,
        operation: Operation,
        operands: tuple[Any, ...],
        statics: tuple[Any, ...],
        shown: Any,
        changes: bool = False,
    ) -> None:
        self._func, self._operation, self._statics = func, operation, statics
        self._args, self._keywords = shown
        self._changes = changes  # whether the first operand is changed in place
        self._count = 1 if operation.variadic else len(operands)  # of the arguments that are operands, the first ones

    def fits(self, func: OpOverload, args: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
        """Whether this is a call of it."""
        others = args[self._count :], keywords
        return func is self._func and len(args) == len(self._args) and others == (self._args[self._count :], self._keywords)

    def apply(self, args: tuple[Any, ...]) -> Any:
        """Apply the operation to the operands among the arguments."""
        if self._changes:
            return inplace.write(self._operation, args[0], args[1 : self._count], self._statics)
        return self._operation(*args[: self._count], *self._statics)


asked_about: ContextVar[Application | None] = ContextVar("asked_about", default=None)


class OpOverload:
    """One form of an operation: calls the function of that name."""

    __module__ = "torch._ops"

    namespace = "aten"

    def __init__(self, name: str, overload: str) -> None:
        self._name, self._overload = name, overload
        self.__name__ = f"{name}.{overload}"

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        application = asked_about.get()
        if application is not None and application.fits(self, args, keywords):
            return application.apply(args)
        home = next((home for home in _HOMES if hasattr(home, self._name)), None)
        if home is not None:
            return getattr(home, self._name)(*args, **keywords)
        raise AttributeError(f"'_OpNamespace' 'aten' object has no attribute '{self._name}'")

    @property
    def overloadpacket(self) -> OpOverloadPacket:
        """All forms of the operation."""
        return _packet(self._name)

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
    """All forms of an operation; of one that a program defined, there is `only` one."""

    __module__ = "torch._ops"

    def __init__(self, name: str, only: OpOverload | None = None) -> None:
        self.__name__ = name
        self._namespace = "aten" if only is None else only.namespace
        if only is not None:
            self.default = only

    def __getattr__(self, overload: str) -> OpOverload:
        if overload.startswith("_") or self._namespace != "aten":
            words = f"The underlying op of '{self}' has no overload name '{overload}'"
            raise AttributeError(words)
        return _overload(self.__name__, overload)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.default(*args, **keywords)

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='{self}')>"

    def __str__(self) -> str:
        return f"{self._namespace}.{self.__name__}"


_packet = cache(OpOverloadPacket)


# What PyTorch calls the forms of operations that have another than "default", and operations that bear other names there.
_FORMS = {
    ("empty", ""): "memory_format", ("index", ""): "Tensor", ("max", "dim"): "dim", ("mean", "dim"): "dim",
    ("min", "dim"): "dim", ("pow", "number"): "Tensor_Scalar", ("pow", "reflected"): "Scalar",
    ("pow", "tensor"): "Tensor_Tensor", ("rsub", ""): "Scalar", ("select", ""): "int", ("slice", ""): "Tensor",
    ("split", ""): "Tensor", ("std", ""): "correction", ("sum", "dim"): "dim_IntList", ("transpose", ""): "int",
    ("unbind", ""): "int", ("var", ""): "correction", ("var_mean", ""): "correction", ("where", ""): "self",
}  # fmt: skip
_TENSORS = frozenset({"add", "div", "mul", "remainder", "sub"})  # of these a number counts as a tensor
_FORMS_OF_CHANGES = frozenset({"fill_", "pow_"})  # of these the forms are called after the last operand
_COMPARISONS = frozenset({"eq", "ge", "gt", "le", "lt", "ne"})
_THEIRS = {
    "batch_norm": "native_batch_norm",
    "layer_norm": "native_layer_norm",
    "log_softmax": "_log_softmax",
    "nll_loss": "nll_loss_forward",
    "softmax": "_softmax",
    "to": "_to_copy",
    "vector_norm": "linalg_vector_norm",
}


def overload_of(operation: Operation, operands: Sequence[Any], changes: bool = False) -> OpOverload:
    """The form of PyTorch's operation that an application of ours corresponds to, or the in-place one."""
    name = operation.name.rpartition(".")[2]
    if changes and f"{name.removesuffix('_')}_" in _FORMS_OF_CHANGES:
        name = f"{name.removesuffix('_')}_"
        return _overload(name, "Tensor" if isinstance(operands[-1], torch.Tensor) and len(operands) > 1 else "Scalar")
    form = _FORMS.get((name, operation.overload), "default")
    if name in _TENSORS:
        form = "Tensor"
    elif name in _COMPARISONS:
        form = "Tensor" if isinstance(operands[-1], torch.Tensor) else "Scalar"
    name = _THEIRS.get(name, name)
    return _overload(f"{name.removesuffix('_')}_" if changes else name, form)


def _is_known(name: str) -> bool:
    return name in _THEIRS.values() or any([hasattr(home, name) for home in _HOMES])


class OpNamespace:
    """The operations of one library, by name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or self._name != "aten" or not _is_known(name):
            raise AttributeError(f"'_OpNamespace' '{self._name}' object has no attribute '{name}'")
        return _packet(name)


aten = OpNamespace("aten")


def namespace(name: str) -> OpNamespace:
    """The library of a name: PyTorch's own, `aten`, or one that programs put their operators into (`torch.library`)."""
    return globals().setdefault(name, OpNamespace(name))  # type: ignore[no-any-return]


def __getattr__(name: str) -> OpNamespace:
    """The library of a name, which may be empty."""
    if name.startswith("_"):
        raise AttributeError(f"module 'torch.ops' has no attribute '{name}'")
    if name == "profiler":
        found = namespace(name)
        vars(found).update(_record_function_enter=_record_function_enter, _record_function_exit=_record_function_exit)
        return found
    return namespace(name)


def _record_function_enter(name: str, args: str | None = None) -> Any:
    """Begin what profiles show under a name."""
    block = torch.profiler.record_function(name, args)
    block.__enter__()
    return block


def _record_function_exit(handle: Any) -> None:
    """End it."""
    handle.__exit__(None, None, None)
