"""`torch.profiler`: blocks that PyTorch would measure run as they are; `python -m cProfile` and its like know more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from enum import Enum
from typing import Any

from gradcli.torch._boundary import failure

__all__ = ["ProfilerActivity", "profile", "record_function", "schedule"]


class ProfilerActivity(Enum):
    """What would be measured."""

    CPU = 0
    XPU = 1
    CUDA = 2


class record_function(ContextDecorator):
    """A block, or a function, with a name."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args

    def __enter__(self) -> record_function:
        return self

    def __exit__(self, *_: Any) -> None:
        """Nothing was measured."""


class profile:
    """A block of which PyTorch would tell what took how long."""

    def __init__(self, *_: Any, on_trace_ready: Callable[..., Any] | None = None, **__: Any) -> None:
        self.on_trace_ready = on_trace_ready

    def __enter__(self) -> profile:
        return self

    def __exit__(self, *_: Any) -> None:
        """Nothing was measured."""

    def step(self) -> None:
        """Nothing is measured."""

    start = stop = step

    def key_averages(self, *_: Any, **__: Any) -> Any:
        """Raises NotImplementedError."""
        raise failure(
            "NotImplementedError", "torch.profiler measures nothing here", hint="cProfile, from Python's own library, does"
        )

    events = export_chrome_trace = key_averages


def schedule(**_: Any) -> Callable[[int], int]:
    """Which steps would be measured: none."""
    return lambda step: 0
