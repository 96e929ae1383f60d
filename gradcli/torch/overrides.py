"""`torch.overrides`: functions and classes for those who write a `__torch_function__`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.torch import _dispatch

__all__ = [
    "TorchFunctionMode",
    "handle_torch_function",
    "has_torch_function",
    "is_tensor_like",
    "is_tensor_method_or_property",
    "wrap_torch_function",
]


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether the class of one of the arguments has a say in what functions do with it."""
    return any([_dispatch.has_a_say(type(each)) for each in relevant_args])


def handle_torch_function(public_api: Callable[..., Any], relevant_args: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
    """What the classes of the relevant arguments make of the call `public_api(*args, **kwargs)`.  Raises TypeError."""
    relevant = [each for each in relevant_args if _dispatch.has_a_say(type(each))]
    return _dispatch.decided(public_api, relevant, args, kwargs)


def wrap_torch_function(dispatcher: Callable[..., Iterable[Any]]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a program's own function ask the classes of the arguments that `dispatcher` picks."""

    def inner(func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return func(*args, **kwargs)

        return wrapped

    return inner


def is_tensor_like(inp: Any) -> bool:
    """Whether a value is a tensor, or of a class that has a say."""
    return type(inp) is Tensor or hasattr(inp, "__torch_function__")


def is_tensor_method_or_property(func: Callable[..., Any]) -> bool:
    """Whether a function is a method of tensors, or the getter of an attribute."""
    return getattr(func, "__name__", None) == "__get__" or getattr(Tensor, getattr(func, "__name__", ""), None) is func


class TorchFunctionMode:
    """A `with` block in which every function goes through the `__torch_function__` of this object."""

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise NotImplementedError

    def __enter__(self) -> TorchFunctionMode:
        _dispatch.enter_mode(self)
        return self

    def __exit__(self, *_: Any) -> None:
        _dispatch.exit_mode()
