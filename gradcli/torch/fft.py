"""`torch.fft`: the rows of the table that bear its name."""

from __future__ import annotations

from gradcli.torch._namespaces import namespace

__getattr__, __dir__ = namespace("torch.fft", globals(), lambda name: f"fft.{name}")
