"""`DataParallel`, which has one device to run on here, and `DistributedDataParallel`, which wants several processes."""

from __future__ import annotations

from typing import Any

from gradcli.torch.distributed import get_rank
from gradcli.torch.nn.modules.module import Module


class DataParallel(Module):
    """Calls its module, as PyTorch's does where there is no GPU."""

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[Any] = []
        self.dim = dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Module, inputs: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0, module_kwargs: Any = None
) -> Any:
    """What the module gives for the inputs, a tuple of them or one."""
    return module(*(inputs if isinstance(inputs, tuple) else (inputs,)), **(module_kwargs or {}))


class DistributedDataParallel(DataParallel):
    """Raises ValueError: there is no group of processes."""

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> None:
        super().__init__(module)
        get_rank()
