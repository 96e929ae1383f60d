"""The parts of `torch.utils.benchmark`."""

from __future__ import annotations

from gradcli.torch.utils.lazy import getattr_of

__getattr__, __dir__, __all__ = getattr_of(__name__, {"common": (), "compare": (), "timer": ()})
