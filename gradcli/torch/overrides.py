"""`torch.overrides`: functions and classes for those who write a `__torch_function__`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.torch import _dispatch

__all__ = [
    "BaseTorchFunctionMode",
    "TorchFunctionMode",
    "get_ignored_functions",
    "get_overridable_functions",
    "handle_torch_function",
    "has_torch_function",
    "has_torch_function_unary",
    "has_torch_function_variadic",
    "is_tensor_like",
    "is_tensor_method_or_property",
    "resolve_name",
    "wrap_torch_function",
]
_NAMESPACES = ("torch", "torch.functional", "torch.nn.functional", "torch.linalg", "torch.fft", "torch.special")


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether the class of one of the arguments has a say in what functions do with it."""
    return any([_dispatch.has_a_say(type(each)) for each in relevant_args])


def has_torch_function_unary(tensor: Any) -> bool:
    """Whether the class of a value has a say in what functions do with it."""
    return _dispatch.has_a_say(type(tensor))


def has_torch_function_variadic(*tensors: Any) -> bool:
    """Whether the class of one of some values has."""
    return has_torch_function(tensors)


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


def _module(path: str) -> Any:
    return import_module(f"gradcli.{path}")


def get_overridable_functions() -> dict[Any, list[Any]]:
    """The functions and methods in which a `__torch_function__` has a say, by the module or class that they belong to."""
    found: dict[Any, list[Any]] = {}
    ignored = get_ignored_functions()
    for path in _NAMESPACES:
        module = _module(path)
        members = [getattr(module, name) for name in dir(module) if not name.startswith("_")]
        found[module] = [each for each in members if _is_function(each) and each not in ignored]
    own = [member.__get__ if isinstance(member, property) else member for member in _dispatch.members().values()]
    found[Tensor] = [each for each in own if callable(each)]
    return found


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)


def get_ignored_functions() -> set[Callable[..., Any]]:
    """The functions of `torch` in which no class has a say: what takes no tensors."""
    torch = _module("torch")
    names = (
        "as_tensor", "compile", "device", "from_numpy", "get_default_dtype", "get_num_threads", "initial_seed",
        "is_grad_enabled", "is_tensor", "load", "manual_seed", "save", "seed", "set_default_dtype", "set_num_threads", "tensor",
        "vmap",
    )  # fmt: skip
    return {getattr(torch, name) for name in names}


def resolve_name(f: Callable[..., Any]) -> str | None:
    """The name of a function as a program writes it, "torch.nn.functional.relu", or None where it is none of PyTorch's."""
    name = getattr(f, "__name__", "")
    if name == "__get__":
        getters = {key: member for key, member in _dispatch.members().items() if isinstance(member, property)}
        return next((f"torch.Tensor.{key}.__get__" for key, member in getters.items() if member.__get__ == f), None)
    if f in (_dispatch.members().get(name), Tensor.__dict__.get(name)):
        return f"torch.Tensor.{name}"
    return next((f"{path}.{name}" for path in reversed(_NAMESPACES) if getattr(_module(path), name, None) is f), None)


class TorchFunctionMode:
    """A `with` block in which every function goes through the `__torch_function__` of this object."""

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise NotImplementedError

    def __enter__(self) -> TorchFunctionMode:
        _dispatch.enter_mode(self)
        return self

    def __exit__(self, *_: Any) -> None:
        _dispatch.exit_mode()


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that takes calls as they are; those derived from it change some."""

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))
