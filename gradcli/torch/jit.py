"""`torch.jit`: functions and modules run as they are, so that a script or a trace of one is itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import gradcli.torch as torch

__all__ = [
    "Final", "Future", "annotate", "export", "fork", "freeze", "ignore", "is_scripting", "is_tracing", "load", "save",
    "script", "trace", "unused", "wait",
]  # fmt: skip
from typing import Final


def script(obj: Any, *_: Any, **__: Any) -> Any:
    """The function, class or module itself."""
    return _savable(obj)


def _savable(obj: Any) -> Any:
    """A module, with the method `save` that scripts and traces of modules have."""
    if isinstance(obj, torch.nn.Module):
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
        func(*example_inputs) if isinstance(example_inputs, tuple) else func(example_inputs)
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
