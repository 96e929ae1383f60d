"""`torch.distributed`: programs run in one process here, and those that ask first are told so."""

from __future__ import annotations

from gradcli.torch._devices import answering, refusing

is_available = is_initialized = is_nccl_available = is_gloo_available = is_mpi_available = answering(False)
is_torchelastic_launched = answering(False)
init_process_group = refusing(
    "torch.distributed is not part of gradcli", hint="ask torch.distributed.is_available(), and train in one process"
)
all_gather = all_reduce = barrier = broadcast = gather = get_rank = get_world_size = reduce = scatter = refusing(
    "Default process group has not been initialized, please make sure to call init_process_group.",
    "ValueError",
    "ask torch.distributed.is_initialized() first: there is one process",
)
destroy_process_group = new_group = all_reduce
