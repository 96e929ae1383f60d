"""Where PyTorch keeps `no_dispatch`."""

from __future__ import annotations

from gradcli.torch.utils._python_dispatch import no_dispatch

__all__ = ["no_dispatch"]
