"""`torch.cuda`: there is no such device, and programs that ask first are told so."""

from __future__ import annotations

from typing import Any

from gradcli.torch._boundary import guarded
from gradcli.torch._dtypes import check_device
from gradcli.torch.cuda import amp as amp


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


@guarded
def current_device() -> int:
    """Raises AssertionError."""
    check_device("cuda")
    return 0


@guarded
def synchronize(device: Any = None) -> None:
    """Raises AssertionError."""
    check_device("cuda")


def is_initialized() -> bool:
    """False."""
    return False


def manual_seed(seed: int) -> None:
    """Nothing draws from there."""


def manual_seed_all(seed: int) -> None:
    """Nothing draws from there."""


def empty_cache() -> None:
    """There is none."""


def memory_allocated(device: Any = None) -> int:
    """0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


@guarded
def get_device_name(device: Any = None) -> str:
    """Raises AssertionError."""
    check_device("cuda")
    return ""
