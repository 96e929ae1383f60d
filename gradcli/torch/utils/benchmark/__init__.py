"""`torch.utils.benchmark`: how long statements take, and tables of that."""

from __future__ import annotations

from gradcli.torch.utils.lazy import getattr_of

__getattr__, __dir__, __all__ = getattr_of(
    __name__,
    {
        "utils.common": ("Measurement", "TaskSpec"),
        "utils.units": ("select_unit", "trim_sigfig", "unit_to_english", "ordered_unique", "set_torch_threads"),
        "utils.timer": ("Timer", "timer"),
        "utils.compare": ("Compare", "Colorize"),
    },
)
