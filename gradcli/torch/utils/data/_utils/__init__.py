"""`torch.utils.data._utils`, where programs look for the functions that make batches."""

from __future__ import annotations

from gradcli.torch.utils.lazy import getattr_of

__getattr__, __dir__, __all__ = getattr_of(__name__, {"collate": ()})
