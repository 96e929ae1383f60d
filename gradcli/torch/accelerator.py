"""`torch.accelerator`: there is none, and programs that ask first are told so."""

from __future__ import annotations


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """None."""


def synchronize() -> None:
    """There is nothing to wait for."""
