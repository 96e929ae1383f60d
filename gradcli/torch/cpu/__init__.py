"""`torch.cpu`: the one device there is."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from gradcli.torch.cpu import amp as amp


def is_available() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def synchronize(device: object = None) -> None:
    """There is nothing to wait for."""


def current_device() -> str:
    """Its name."""
    return "cpu"


def is_initialized() -> bool:
    """True."""
    return True


def set_device(device: object) -> None:
    """There is no other."""


class Stream:
    """What runs one after the other: everything, here."""

    def __init__(self, priority: int = -1) -> None:
        pass

    def wait_stream(self, stream: object) -> None:
        """There is nothing to wait for."""


def current_stream(device: object = None) -> Stream:
    """The one stream."""
    return Stream()


def stream(stream: Stream | None) -> AbstractContextManager[None]:
    """A block like any other."""
    return nullcontext()
