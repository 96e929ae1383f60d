"""How functions of devices that are not here answer: by a value that says so, or by the error of a build without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem
from gradcli.torch._boundary import guarded


def answering(value: Any = None) -> Callable[..., Any]:
    """A function of anything that gives `value`."""

    def call(*_: Any, **__: Any) -> Any:
        return value

    call.__doc__ = f"{value}."
    return call


def refusing(words: str, kind: str = "RuntimeError", hint: str = "the only device here is 'cpu'") -> Callable[..., Any]:
    """A function of anything that raises an error of this kind with these words."""

    @guarded
    def call(*_: Any, **__: Any) -> Any:
        raise Problem("device", words, type=kind, hint=hint)

    call.__doc__ = f"Raises {kind}: {words}"
    return call
