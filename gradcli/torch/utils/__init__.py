"""`torch.utils`: data sets and loaders, checkpointing, benchmarks, and handles of hooks."""

from __future__ import annotations

from gradcli.torch.utils.lazy import getattr_of

_PARTS: dict[str, tuple[str, ...]] = {
    "_mode_utils": (), "_python_dispatch": (), "_pytree": (), "_swapping": ("swap_tensors",), "benchmark": (),
    "checkpoint": (), "data": (), "dlpack": (), "hooks": (),
}  # fmt: skip
__getattr__, __dir__, __all__ = getattr_of(__name__, _PARTS)
