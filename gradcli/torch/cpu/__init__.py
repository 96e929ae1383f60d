"""`torch.cpu`: the one device there is."""

from __future__ import annotations

from gradcli.torch.cpu import amp as amp


def is_available() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def synchronize(device: object = None) -> None:
    """There is nothing to wait for."""
