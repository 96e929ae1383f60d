"""There is no CUDA: these switches change nothing here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from gradcli.torch._warnings import warn

matmul = SimpleNamespace(allow_tf32=False, allow_fp16_reduced_precision_reduction=True, fp32_precision="none")
_kernels = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True}


def is_built() -> bool:
    """False."""
    return False


def enable_flash_sdp(enabled: bool) -> None:
    """Note it."""
    _kernels["flash"] = bool(enabled)


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Note it."""
    _kernels["mem_efficient"] = bool(enabled)


def enable_math_sdp(enabled: bool) -> None:
    """Note it."""
    _kernels["math"] = bool(enabled)


def flash_sdp_enabled() -> bool:
    """As it was noted."""
    return _kernels["flash"]


def mem_efficient_sdp_enabled() -> bool:
    """As it was noted."""
    return _kernels["mem_efficient"]


def math_sdp_enabled() -> bool:
    """As it was noted."""
    return _kernels["math"]


def enable_cudnn_sdp(enabled: bool) -> None:
    """Note it."""
    _kernels["cudnn"] = bool(enabled)


def cudnn_sdp_enabled() -> bool:
    """As it was noted."""
    return _kernels["cudnn"]


def is_flash_attention_available() -> bool:
    """False."""
    return False


@contextmanager
def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
) -> Iterator[None]:
    """Note in a block by which kernels attention may be computed: an older form of `torch.nn.attention.sdpa_kernel`."""
    warn(
        "`torch.backends.cuda.sdp_kernel()` is deprecated. In the future, this context manager will be removed. Please see "
        "`torch.nn.attention.sdpa_kernel()` for the new context manager, with updated signature.",
        FutureWarning,
    )
    before = dict(_kernels)
    _kernels.update(flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient, cudnn=enable_cudnn)
    try:
        yield
    finally:
        _kernels.update(before)
