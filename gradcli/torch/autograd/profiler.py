"""`torch.autograd.profiler`: the older names of `torch.profiler`, and ranges for tools of devices that are not here."""

from __future__ import annotations

from typing import Any

from gradcli.torch._boundary import failure
from gradcli.torch.profiler import profile, record_function
from gradcli.torch.profiler.events import EventList, FunctionEvent, FunctionEventAvg

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "emit_itt", "emit_nvtx", "profile", "record_function"]


class emit_nvtx:
    """Ranges for NVIDIA's profiler, which only entering refuses."""

    def __init__(self, enabled: bool = True, record_shapes: bool = False) -> None:
        self.enabled, self.record_shapes = enabled, record_shapes

    def __enter__(self) -> emit_nvtx | None:
        if not self.enabled:
            return None
        hint = "torch.profiler measures on the processor"
        raise failure("RuntimeError", f"{type(self).__name__} needs a device that gradcli does not know", hint=hint)

    def __exit__(self, *_: Any) -> None:
        """It was never entered."""


class emit_itt(emit_nvtx):
    """Ranges for Intel's profiler, which nobody sees who does not run it: there is none to tell them to."""

    def __enter__(self) -> emit_itt | None:
        return self if self.enabled else None
