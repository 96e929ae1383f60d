"""`torch.mps`: there is no such device, and programs that ask first are told so."""

from __future__ import annotations

from gradcli.torch._devices import answering, refusing

is_available = answering(False)
device_count = answering(0)
manual_seed = answering()
current_allocated_memory = driver_allocated_memory = empty_cache = seed = synchronize = refusing(
    "Cannot execute this without MPS backend."
)
