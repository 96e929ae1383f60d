"""`torch.storage`: the memory of tensors."""

from __future__ import annotations

from gradcli.torch._storage import TypedStorage as TypedStorage
from gradcli.torch._storage import UntypedStorage as UntypedStorage
