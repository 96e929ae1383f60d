"""`torch.compiler`: functions run as they are, compiled or not."""

from __future__ import annotations

from typing import Any

from gradcli.torch.functional import compile

__all__ = ["allow_in_graph", "compile", "disable", "is_compiling", "is_dynamo_compiling", "reset"]


def is_compiling() -> bool:
    """False."""
    return False


is_dynamo_compiling = is_compiling


def disable(fn: Any = None, recursive: bool = True, **_: Any) -> Any:
    """The function itself; also as a decorator with options."""
    return fn if fn is not None else lambda each: each


def allow_in_graph(fn: Any) -> Any:
    """The function itself."""
    return fn


def reset() -> None:
    """There is nothing to forget."""
