"""Workers of a DataLoader, of which there are none: the work is done where the loader is."""

from __future__ import annotations


def get_worker_info() -> None:
    """None, as in the main process of PyTorch."""
    return None
