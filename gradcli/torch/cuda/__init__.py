"""`torch.cuda`: there is no such device, and programs that ask first are told so."""

from __future__ import annotations

from gradcli.torch._devices import answering, refusing
from gradcli.torch.cuda import amp as amp


class OutOfMemoryError(RuntimeError):
    """What a device without memory left would raise."""

    __module__ = "torch"


_without = refusing(
    "Torch not compiled with CUDA enabled",
    "AssertionError",
    "the only device here is 'cpu'; use device='cuda' if torch.cuda.is_available() else 'cpu'",
)

is_available = is_initialized = is_bf16_supported = answering(False)
device_count = answering(0)
memory_allocated = max_memory_allocated = memory_reserved = max_memory_reserved = answering(0)
manual_seed = manual_seed_all = seed = seed_all = empty_cache = answering()
get_arch_list = get_rng_state_all = answering([])
current_device = current_stream = default_stream = synchronize = init = ipc_collect = set_device = mem_get_info = _without
get_device_capability = get_device_name = get_device_properties = get_rng_state = initial_seed = set_rng_state = _without
reset_peak_memory_stats = reset_max_memory_allocated = memory_summary = memory_stats = _without
Stream = refusing("torch.cuda.Stream requires CUDA support")
Event = refusing("Tried to instantiate dummy base class Event")
FloatTensor = DoubleTensor = HalfTensor = LongTensor = IntTensor = ByteTensor = BoolTensor = refusing(
    "type of torch.cuda not available. Torch not compiled with CUDA enabled.", "TypeError", "use torch.FloatTensor and its like"
)
