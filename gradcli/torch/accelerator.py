"""`torch.accelerator`: there is none, and programs that ask first are told so."""

from __future__ import annotations

from typing import Any

__all__ = [
    "current_accelerator", "current_device_idx", "current_device_index", "current_stream", "device_count", "device_index",
    "empty_cache", "empty_host_cache", "get_device_capability", "get_memory_info", "is_available", "max_memory_allocated",
    "max_memory_reserved", "memory_allocated", "memory_reserved", "memory_stats", "reset_accumulated_memory_stats",
    "reset_peak_memory_stats", "set_device_idx", "set_device_index", "set_stream", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """None."""


def _refuse(*_: Any, **__: Any) -> Any:
    """Raises RuntimeError."""
    raise RuntimeError("Cannot access accelerator device when none is available.")


current_device_idx = current_device_index = current_stream = empty_cache = empty_host_cache = _refuse
get_device_capability = get_memory_info = max_memory_allocated = max_memory_reserved = memory_allocated = _refuse
memory_reserved = memory_stats = reset_accumulated_memory_stats = reset_peak_memory_stats = _refuse
set_device_idx = set_device_index = set_stream = synchronize = _refuse


class device_index:
    """A block on a device of a number, which None leaves as it is.  Raises RuntimeError."""

    def __init__(self, device: int | None, /) -> None:
        self.idx = device

    def __enter__(self) -> None:
        if self.idx is not None:
            _refuse()

    def __exit__(self, *_: object) -> None:
        pass
