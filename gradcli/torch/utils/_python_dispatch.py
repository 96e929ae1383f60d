"""Modes that are asked for the values of every operation, forward and backward, and classes of tensors that give those of
operations on them: `TorchDispatchMode`, and the `__torch_dispatch__` of classes derived from Tensor.

    class Counting(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            self.count += 1
            return func(*args, **(kwargs or {}))

    with Counting() as mode:
        model(x).sum().backward()

A mode stands below autograd: what it gives are values, and the graph is made of the operation that was asked for.  Inside of
`__torch_dispatch__` the modes around it are in force, and nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from gradcli.graph import context, subclasses
from gradcli.graph.operation import Operation, Parameter
from gradcli.graph.tensor import Tensor
from gradcli.torch import ops
from gradcli.torch._dispatch import NobodyTakesIt, asking_for_values, computes, one_of_each
from gradcli.torch._dtypes import of

__all__ = ["TorchDispatchMode", "no_dispatch"]


class TorchDispatchMode:
    """A `with` block in which `__torch_dispatch__` gives the values of every operation."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise NotImplementedError

    def __enter__(self) -> Any:
        outer = context.current().interceptor
        self.__dict__.setdefault("_outer", []).append(outer)
        context.enter(interceptor=_Dispatcher((*_modes_of(outer), self), getattr(outer, "classes", False)))
        return self

    def __exit__(self, *_: Any) -> None:
        context.enter(interceptor=self.__dict__["_outer"].pop())


class _Dispatcher:
    """Asks the innermost of some modes for the values of operations; without modes, the classes of the operands.

    classes  whether operands may be of classes that have a `__torch_dispatch__`: then they are asked behind all modes
    """

    __slots__ = ("classes", "modes")

    def __init__(self, modes: tuple[TorchDispatchMode, ...], classes: bool = False) -> None:
        self.modes, self.classes = modes, classes

    def __call__(self, operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...]) -> Any:
        changing = context.current().changing
        changes = changing is not None and bool(operands) and operands[0] is changing[1]
        if changing is not None and changes:
            operands = (changing[0], *operands[1:])
        if not self.modes and not _computing(operands):
            with _values_only(None):
                return _arrays(operation([*operands], *statics) if operation.variadic else operation(*operands, *statics))
        func = ops.overload_of(operation, operands, changes)
        args, kwargs = _arguments(operation, operands, statics)
        application = ops.Application(func, operation, operands, statics, (args, kwargs), changes)
        token = ops.asked_about.set(None if operation.composite else application)
        try:
            return _arrays(self.ask(func, args, kwargs))
        finally:
            ops.asked_about.reset(token)

    def ask(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the innermost mode, or a class, gives for `func(*args, **kwargs)`."""
        computing = _computing((*args, *kwargs.values()))
        types = tuple([type(each) for each in computing])
        if not self.modes:
            with _values_only(self):
                return _decided(func, computing, types, args, kwargs)
        *outer, mode = self.modes
        classes = self.classes or bool(computing)
        with _values_only(_Dispatcher(tuple(outer), classes) if outer or classes else None):
            return mode.__torch_dispatch__(func, types, args, kwargs)


def _values_only(interceptor: _Dispatcher | None) -> AbstractContextManager[None]:
    """A block below autograd: nothing is recorded, and no tangents are passed on."""
    return context.changed(interceptor=interceptor, changing=None, level=None, observer=None, recording=False)


def _computing(values: Any) -> list[Tensor]:
    """The tensors among some arguments, one of each class, that have a `__torch_dispatch__`: derived classes first."""
    return one_of_each(values, computes)


def _decided(func: Any, computing: list[Tensor], types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the first class gives that takes a call.  Raises TypeError where none does."""
    for each in computing:
        result = type(each).__torch_dispatch__(func, types, args, kwargs)  # type: ignore[attr-defined]
        if result is not NotImplemented:
            return result
    listed = "".join([f"\n\n  - tensor subclass {kind}" for kind in types])
    raise NobodyTakesIt(
        f"Multiple dispatch failed for 'torch._ops.{func}'; all __torch_dispatch__ handlers returned "
        f"NotImplemented:{listed}\n\nFor more information, try re-running with TORCH_LOGS=not_implemented"
    )


@contextmanager
def asking_classes() -> Iterator[None]:
    """Let the classes of operands be asked for values in the block, behind the modes that are in force."""
    found = context.current().interceptor
    if isinstance(found, _Dispatcher) and found.classes:
        yield
        return
    with context.changed(interceptor=_Dispatcher(_modes_of(found), True)):
        yield


asking_for_values[:] = [asking_classes]


def _arguments(
    operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The operands and parameters of an application as PyTorch's function takes them; without those that are as usual."""
    given = [(parameter, value) for parameter, value in zip(operation.statics, statics)]
    while given and given[-1][1] is given[-1][0].default:
        given.pop()
    named = {
        parameter.name: _shown(parameter, value) for parameter, value in given if _is_named(parameter) and value is not None
    }
    places = tuple([_shown(parameter, value) for parameter, value in given if not _is_named(parameter)])
    return (([*operands], *places) if operation.variadic else (*operands, *places)), named


def _is_named(parameter: Parameter) -> bool:
    return parameter.keyword_only or parameter.name == "dtype"


def _shown(parameter: Parameter, value: Any) -> Any:
    """A parameter as PyTorch's functions take it: sizes and dimensions are lists."""
    if isinstance(value, tuple):
        return [*value]
    if isinstance(value, np.dtype):
        return of(value)
    return [value] if type(value) is int and "Dims" in parameter.kind.split(" | ") else value


def _arrays(result: Any) -> Any:
    if isinstance(result, (tuple, list)):
        return tuple([_arrays(each) for each in result])
    if not isinstance(result, Tensor):
        return result
    if computes(type(result)):
        subclasses.note(result)
    return result.ndarray


def _modes_of(interceptor: Any) -> tuple[TorchDispatchMode, ...]:
    return interceptor.modes if isinstance(interceptor, _Dispatcher) else ()


def _get_current_dispatch_mode() -> TorchDispatchMode | None:
    """The innermost mode that is in force, or None."""
    modes = _get_current_dispatch_mode_stack()
    return modes[-1] if modes else None


def _get_current_dispatch_mode_stack() -> list[TorchDispatchMode]:
    """All of them, the innermost last."""
    return [*_modes_of(context.current().interceptor)]


def asked(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the modes in force give for a call of an operation that is not of the table; NotImplemented where there are none."""
    interceptor = context.current().interceptor
    return interceptor.ask(func, args, kwargs) if isinstance(interceptor, _Dispatcher) else NotImplemented


@contextmanager
def no_dispatch() -> Iterator[None]:
    """Let no mode be asked in the block."""
    with context.changed(interceptor=None):
        yield
