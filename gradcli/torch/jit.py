"""`torch.jit`: functions and modules run as they are, so that a script or a trace of one is itself."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from types import UnionType
from typing import Any, Union, get_args, get_origin

import gradcli.torch as torch

__all__ = [
    "Attribute", "Error", "Final", "Future", "ScriptModule", "annotate", "enable_onednn_fusion", "export", "fork", "freeze",
    "fuser", "ignore", "interface", "is_scripting", "is_tracing", "isinstance", "load", "onednn_fusion_enabled",
    "optimize_for_inference", "optimized_execution", "run_frozen_optimizations", "save", "script", "script_if_tracing",
    "script_method", "set_fusion_strategy", "strict_fusion", "trace", "trace_module", "unused", "wait",
]  # fmt: skip
from typing import Final, NamedTuple


def script(obj: Any, *_: Any, **__: Any) -> Any:
    """The function, class or module itself."""
    return _savable(obj)


def _savable(obj: Any) -> Any:
    """A module, with the method `save` that scripts and traces of modules have."""
    if builtins.isinstance(obj, torch.nn.Module):
        vars(obj).setdefault("save", partial(save, obj))
    return obj


def save(m: Any, f: Any, _extra_files: Any = None) -> None:
    """Write a module to a path or a binary file: whole, as `torch.save` does, since it is no program of its own here."""
    torch.save(m, f)


def load(f: Any, map_location: Any = None, _extra_files: Any = None) -> Any:
    """A module that `save` has written; its class has to be known to the program, as for every pickle of a module."""
    return torch.load(f, map_location, weights_only=False)


def trace(func: Any, example_inputs: Any = None, *_: Any, **__: Any) -> Any:
    """The function or module itself, after one call with the examples, as PyTorch makes it."""
    if example_inputs is not None:
        func(*example_inputs) if builtins.isinstance(example_inputs, tuple) else func(example_inputs)
    return _savable(func)


def freeze(mod: Any, *_: Any, **__: Any) -> Any:
    """The module itself."""
    return mod


def export(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The method itself."""
    return fn


def ignore(drop: Any = False, **_: Any) -> Any:
    """The function itself; also as a decorator with options."""
    return drop if callable(drop) else lambda fn: fn


def unused(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The method itself."""
    return fn


class Future:
    """A call that was begun with `fork`; here it is over when that returns."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def value(self) -> Any:
        """What the call gave."""
        return self._value

    wait = value


def fork(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Future:
    """A call of a function, which is made at once."""
    return Future(func(*args, **kwargs))


def wait(future: Future) -> Any:
    """What a call that was begun with `fork` gave."""
    return future.value()


_fork, _wait = fork, wait


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value itself."""
    return the_value


def is_scripting() -> bool:
    """False."""
    return False


def is_tracing() -> bool:
    """False."""
    return False


# --- modules and types --------------------------------------------------------------------------------------------------


class Error(RuntimeError):
    """What a compiled program would raise."""


class ScriptModule(torch.nn.Module):  # type: ignore[misc]
    """A module, whose methods run as they are."""

    def save(self, f: Any, _extra_files: Any = None) -> None:
        """Write it to a path or a binary file."""
        save(self, f)


class Attribute(NamedTuple):
    """A value, and the type that a compiler would give it."""

    value: Any
    type: Any


def trace_module(mod: Any, inputs: dict[str, Any], *_: Any, **__: Any) -> Any:
    """The module itself, after one call of each method that has examples."""
    for name, values in inputs.items():
        trace(getattr(mod, name), values)
    return _savable(mod)


interface = script_if_tracing = script_method = run_frozen_optimizations = export


def optimize_for_inference(mod: Any, other_methods: Any = None) -> Any:
    """The module itself."""
    return mod


def isinstance(obj: Any, target_type: Any) -> bool:
    """Whether a value is of a type, and what it holds of the types in brackets: `isinstance(x, List[int])`."""
    if builtins.isinstance(target_type, tuple) or get_origin(target_type) in (Union, UnionType):
        return any([isinstance(obj, each) for each in get_args(target_type) or target_type])
    if target_type is None:
        return obj is None
    kind, parts = get_origin(target_type) or target_type, get_args(target_type)
    if not builtins.isinstance(obj, kind):
        return False
    if kind is tuple:
        return len(parts) == len(obj) and all(map(isinstance, obj, parts))
    columns = (obj.keys(), obj.values()) if kind is dict else (obj,) if parts else ()
    return all([isinstance(each, part) for column, part in zip(columns, parts) for each in column])


# --- switches, from which nothing follows ---------------------------------------------------------------------------

_switches: dict[str, bool] = {"onednn": False}


def enable_onednn_fusion(enabled: bool) -> None:
    """Note it."""
    _switches["onednn"] = bool(enabled)


def onednn_fusion_enabled() -> bool:
    """As it was noted."""
    return _switches["onednn"]


def set_fusion_strategy(strategy: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Gives what PyTorch begins with."""
    return [("STATIC", 2), ("DYNAMIC", 10)]


def optimized_execution(should_optimize: bool) -> AbstractContextManager[None]:
    """A block like any other."""
    return nullcontext()


def fuser(name: str) -> AbstractContextManager[None]:
    """A block like any other."""
    return nullcontext()


def strict_fusion() -> AbstractContextManager[None]:
    """A block like any other."""
    return nullcontext()
