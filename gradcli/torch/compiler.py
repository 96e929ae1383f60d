"""`torch.compiler`: functions run as they are, compiled or not."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any

from gradcli.torch.functional import compile

__all__ = [
    "allow_in_graph", "assume_constant_result", "compile", "cudagraph_mark_step_begin", "disable", "get_default_backend",
    "is_compiling", "is_dynamo_compiling", "is_exporting", "list_backends", "nested_compile_region", "reset", "set_stance",
    "wrap_numpy",
]  # fmt: skip


def is_compiling() -> bool:
    """False."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


def disable(fn: Any = None, recursive: bool = True, **_: Any) -> Any:
    """The function itself; also as a decorator with options."""
    return fn if fn is not None else lambda each: each


def allow_in_graph(fn: Any) -> Any:
    """The function itself."""
    return fn


assume_constant_result = nested_compile_region = allow_in_graph


def wrap_numpy(fn: Any) -> Any:
    """The function itself, which takes tensors and gives what it makes of them."""
    return fn


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """None: nothing is compiled."""
    return []


def get_default_backend() -> str:
    """The name of PyTorch's, which `compile` takes."""
    return "inductor"


def cudagraph_mark_step_begin() -> None:
    """There are no graphs of kernels."""


class set_stance(ContextDecorator):
    """How `compile` takes its functions from now on, in a block, or in a function: as they are, in any case."""

    def __init__(self, stance: str = "default", **_: Any) -> None:
        self.stance = stance

    def __enter__(self) -> set_stance:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def reset() -> None:
    """There is nothing to forget."""
