"""`torch.backends`, of which programs set `cudnn.deterministic` beside a seed: nothing follows from it."""

from __future__ import annotations

from gradcli.torch.backends import cuda, cudnn, mps

__all__ = ["cuda", "cudnn", "mps"]
