"""`torch.xpu`: there is no such device, and programs that ask first are told so."""

from __future__ import annotations

from gradcli.torch._devices import answering, refusing

is_available = is_initialized = answering(False)
device_count = answering(0)
manual_seed = manual_seed_all = empty_cache = answering()
current_device = synchronize = set_device = get_device_name = get_device_properties = refusing(
    "Torch not compiled with XPU enabled", "AssertionError"
)
