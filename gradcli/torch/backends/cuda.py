"""There is no CUDA: these switches change nothing here."""

from __future__ import annotations

from types import SimpleNamespace

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
