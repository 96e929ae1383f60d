"""`torch.autograd.Function`: classes of the script whose `apply` runs their forward, and puts their backward on the tape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from gradcli.errors import Problem
from gradcli.graph import custom, versions, views
from gradcli.graph.node import next_order
from gradcli.graph.operation import Operation
from gradcli.graph.tape import grad_enabled, grad_mode
from gradcli.graph.tensor import Tensor
from gradcli.run.script.classes import Instance, Kind, add_kind
from gradcli.run.script.constructors import Class
from gradcli.run.script.custom.backward import going_back
from gradcli.run.script.custom.context import FunctionContext
from gradcli.run.script.functions import Function
from gradcli.run.script.warnings import warn

_NO_FORWARD = "You must implement the forward function for custom autograd.Function."
_NO_BACKWARD = (
    "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD."
)
_NO_CONTEXT = "setup_context is not implemented."
_LEGACY = (
    "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with "
    "static forward method: call MyFunction.apply(x)"
)


def _forward(*_: Any, **__: Any) -> Any:
    raise NotImplementedError(_NO_FORWARD)


def _backward(*_: Any) -> Any:
    raise NotImplementedError(_NO_BACKWARD)


def _setup_context(*_: Any) -> Any:
    raise NotImplementedError(_NO_CONTEXT)


class Base(Instance):
    """What a script's class derives from: all that it finds here is what it may override, and `apply`."""

    forward = staticmethod(_forward)
    backward = vjp = staticmethod(_backward)
    setup_context = staticmethod(_setup_context)

    def __init__(self, *_: Any, **__: Any) -> None:
        warn(f"{type(self)} should not be instantiated. Its methods are static: call them on the class.", "DeprecationWarning")

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError(_LEGACY)

    @classmethod
    def apply(cls, *args: Any, **keywords: Any) -> Any:
        """The forward of the class; a backward pass then goes through its backward.  Raises Problem."""
        return _applied(cls, _in_order(cls, args, keywords))


class FunctionClass(Class):
    """`torch.autograd.Function` itself."""

    __slots__ = ()
    base = Base

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError(_LEGACY)

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, Base)

    def __subclasscheck__(self, cls: Any) -> bool:
        return isinstance(cls, type) and issubclass(cls, Base)


FUNCTION = FunctionClass("Function", "torch.autograd.function")


CONTEXT = add_kind(Kind("torch.autograd.function.FunctionCtx", FunctionContext))


def _splits(cls: type[Base]) -> bool:
    """Whether the forward of a class does without the context, which another method fills."""
    return cls.setup_context is not Base.setup_context


def _in_order(cls: type[Base], args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...]:
    """Arguments by place, where some were given by name."""
    if not keywords or not isinstance(cls.forward, Function):
        return args
    taken, extra = cls.forward.parameters, () if _splits(cls) else (None,)
    names = taken.bind(cls.forward.__name__, (*extra, *args), keywords)
    return tuple([names[name] for name in taken.plain[len(extra) :]])


def _applied(cls: type[Base], args: tuple[Any, ...]) -> Any:
    context = FunctionContext(f"{cls.__name__}Backward", args)
    with grad_mode(False):
        if _splits(cls):
            given = cls.forward(*args)
            cls.setup_context(context, args, given)
        else:
            given = cls.forward(context, *args)
    results = given if isinstance(given, tuple) else (given,)
    operands = [x for x in args if type(x) is Tensor]
    recording = grad_enabled() and any([x.requires_grad for x in operands])
    outputs = tuple([_output(each, context, args, recording) for each in results])
    context.outputs = outputs
    if recording:
        _record(cls, context, operands, outputs)
    return outputs if isinstance(given, tuple) else outputs[0]


def _output(result: Any, context: FunctionContext, args: tuple[Any, ...], recording: bool) -> Any:
    """A result as it is given back: what was not made by the forward is looked at anew, unless it was changed in place."""
    if type(result) is not Tensor:
        return result
    dirty = any([result is each for each in context.dirty])
    if dirty and recording and result.requires_grad and result.is_leaf:
        raise Problem(
            "leaf-in-place",
            "a leaf Variable that requires grad has been used in an in-place operation.",
            hint="change a copy of it, as in x.clone()",
        )
    if dirty:
        versions.changed(result.array)  # as PyTorch counts it, whether forward changed it or only said so
        return result
    borrowed = any([result is each for each in args]) or result.view is not None
    return Tensor(result.array) if borrowed else result


def _record(cls: type[Base], context: FunctionContext, operands: list[Tensor], outputs: tuple[Any, ...]) -> None:
    """Put a call on the tape."""
    live = {
        number: out
        for number, out in enumerate(outputs)
        if type(out) is Tensor and out.dtype.kind == "f" and not any([out is each for each in context.constant])
    }
    if not live:
        return
    saved = [each.array for each in context.kept if each is not None]
    changed = [out for out in live.values() if any([out is each for each in context.dirty])]
    before = [(out, out.node, out.requires_grad) for out in changed]
    node = custom.record(_operation(cls, bool(saved)), operands, live, context, saved)
    for out, origin, required in before:  # which, with its kin, comes from the new node from now on
        behind, out.node, out.requires_grad = out.node, origin, required
        node.order = next_order()
        views.rewrite(out, behind)
        views.refresh(versions.memory_of(out.array))
    context.settle(node, live)


_operations: WeakKeyDictionary[type, dict[bool, Operation]] = WeakKeyDictionary()


def _operation(cls: type[Base], frees: bool) -> Operation:
    """The operation of a class; calls that saved tensors have another than those that did not."""
    known = _operations.setdefault(cls, {})
    if frees not in known:
        backward: Callable[..., Any] = cls.vjp if cls.backward is Base.backward else cls.backward
        known[frees] = custom.operation(f"{cls.__name__}Backward", going_back(backward), frees=frees)
    return known[frees]
