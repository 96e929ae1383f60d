"""Modes that are asked for the values of every operation, forward and backward: `TorchDispatchMode`.

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
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradcli.graph import context
from gradcli.graph.operation import Operation, Parameter
from gradcli.graph.tensor import Tensor
from gradcli.torch import ops
from gradcli.torch._dtypes import of

__all__ = ["TorchDispatchMode", "no_dispatch"]


class TorchDispatchMode:
    """A `with` block in which `__torch_dispatch__` gives the values of every operation."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise NotImplementedError

    def __enter__(self) -> Any:
        outer = context.current().interceptor
        self.__dict__.setdefault("_outer", []).append(outer)
        context.enter(interceptor=_Modes((*_modes_of(outer), self)))
        return self

    def __exit__(self, *_: Any) -> None:
        context.enter(interceptor=self.__dict__["_outer"].pop())


class _Modes:
    """Asks the innermost of some modes for the values of operations."""

    __slots__ = ("modes",)

    def __init__(self, modes: tuple[TorchDispatchMode, ...]) -> None:
        self.modes = modes

    def __call__(self, operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...]) -> Any:
        func = ops.overload_of(operation, operands)
        args, kwargs = _arguments(operation, operands, statics)
        application = ops.Application(func, operation, operands, statics, (args, kwargs))
        token = ops.asked_about.set(None if operation.composite else application)
        try:
            return _arrays(self.ask(func, args, kwargs))
        finally:
            ops.asked_about.reset(token)

    def ask(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the innermost mode gives for `func(*args, **kwargs)`."""
        *outer, mode = self.modes
        around = _Modes(tuple(outer)) if outer else None
        with context.changed(interceptor=around, level=None, observer=None, recording=False):
            return mode.__torch_dispatch__(func, (), args, kwargs)


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
    return result.ndarray if isinstance(result, Tensor) else result


def _modes_of(interceptor: Any) -> tuple[TorchDispatchMode, ...]:
    return interceptor.modes if isinstance(interceptor, _Modes) else ()


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
    return interceptor.ask(func, args, kwargs) if isinstance(interceptor, _Modes) else NotImplemented


@contextmanager
def no_dispatch() -> Iterator[None]:
    """Let no mode be asked in the block."""
    with context.changed(interceptor=None):
        yield
