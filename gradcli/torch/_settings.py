"""Switches of PyTorch's that change nothing here, and what they answer: threads, denormals, determinism, mixed precision."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.torch import amp
from gradcli.torch.autograd.anomaly_mode import set_detect_anomaly

_DEBUG_MODES = {"default": 0, "warn": 1, "error": 2}
_warn_only = False


def get_num_interop_threads() -> int:
    """1: operations run one after the other."""
    return 1


def set_num_interop_threads(int: int) -> None:
    """Nothing follows from it."""


def set_flush_denormal(mode: bool) -> bool:
    """False: numbers near 0 keep their digits."""
    return False


def compiled_with_cxx11_abi() -> bool:
    """True."""
    return True


def get_deterministic_debug_mode() -> int:
    """0, or 2 where deterministic algorithms are asked for (1: with warnings)."""
    return (1 if _warn_only else 2) if torch.are_deterministic_algorithms_enabled() else 0


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Ask for deterministic algorithms by one of "default", "warn", "error", or 0, 1, 2.  Raises TypeError, RuntimeError."""
    global _warn_only
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    mode = _DEBUG_MODES.get(debug_mode) if isinstance(debug_mode, str) else debug_mode
    if mode not in (0, 1, 2):
        if isinstance(debug_mode, str):
            words = "invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got"
            raise RuntimeError(f"{words} {debug_mode}")
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    _warn_only = mode == 1
    torch.use_deterministic_algorithms(mode > 0, warn_only=_warn_only)


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether `set_deterministic_debug_mode("warn")` was called last."""
    return _warn_only


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Look for NaNs in passes, or do not."""
    set_detect_anomaly(enabled, check_nan)


def get_device(input: Any) -> int:
    """-1, the number of the CPU."""
    return int(input.get_device())


def is_storage(obj: Any) -> bool:
    """Whether it is the memory of a tensor."""
    from gradcli.torch._storage import UntypedStorage

    return isinstance(obj, UntypedStorage)


def is_signed(input: Any) -> bool:
    """Whether its dtype has numbers below 0."""
    return bool(input.is_signed())


def is_distributed(input: Any) -> bool:
    """False."""
    return False


def is_vulkan_available() -> bool:
    """False."""
    return False


def get_device_module(device: Any = None) -> Any:
    """`torch.cpu`, the module of the one device."""
    return torch.cpu


def is_autocast_cpu_enabled() -> bool:
    """Whether mixed precision is on, on the CPU."""
    return amp.is_autocast_enabled("cpu")


def is_autocast_cache_enabled() -> bool:
    """True: of weights, casts are kept while a block lasts."""
    return True


def get_autocast_cpu_dtype() -> Any:
    """The dtype of mixed precision on the CPU."""
    return amp.get_autocast_dtype("cpu")


def get_autocast_gpu_dtype() -> Any:
    """The dtype of mixed precision on a GPU."""
    return amp.get_autocast_dtype("cuda")


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Nothing follows from it."""


def clear_autocast_cache() -> None:
    """Nothing is kept beyond a block."""


def range(
    start: float, end: float | None = None, step: float = 1, *, out: Any = None, dtype: Any = None, layout: Any = torch.strided,
    device: Any = None, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Numbers from start to end, which is one of them; `arange` leaves it out."""
    from gradcli.torch._warnings import warn

    warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with Python's "
        "range builtin. Instead, use torch.arange, which produces values in [start, end)."
    )
    if end is None:
        start, end = 0, start
    if not step:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    count = int((end - start) / step) + 1
    numbers = start + step * torch.arange(count, dtype=torch.float64)
    made = numbers.to(torch.get_default_dtype() if dtype is None else dtype)
    if out is not None:
        return out.resize_(made.shape).copy_(made)
    return made.requires_grad_() if requires_grad else made
