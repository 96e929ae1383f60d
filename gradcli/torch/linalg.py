"""`torch.linalg`: the rows of the table that bear its name."""

from __future__ import annotations

from gradcli.torch._boundary import LinAlgError
from gradcli.torch._namespaces import namespace

__all__ = ["LinAlgError"]

__getattr__, __dir__ = namespace("torch.linalg", globals(), lambda name: f"linalg.{name}")
