"""`torch.amp`: mixed precision, of which nothing is done here: everything is computed in the dtypes that it has.

So `autocast` says once that it changes nothing, and a GradScaler is one that is switched off, as in PyTorch without CUDA.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any

from gradcli.torch._boundary import failure
from gradcli.torch._warnings import warn_once

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
_KINDS = ("cuda", "cpu", "xpu", "mps")


class autocast(ContextDecorator):
    """A block, or a function, in which PyTorch would compute some operations in a smaller dtype.  Raises RuntimeError."""

    def __init__(self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None) -> None:
        if device_type not in _KINDS:
            message = f"User specified an unsupported autocast device_type '{device_type}'"
            raise failure("RuntimeError", message, hint="the only device here is 'cpu'")
        if enabled and device_type == "cpu":
            warn_once("autocast is not done by gradcli: everything is computed in the dtypes of its operands")
        elif enabled and device_type == "cuda":
            warn_once("User provided device_type of 'cuda', but CUDA is not available. Disabling")
        self.device, self.fast_dtype, self._enabled = device_type, dtype, False

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *_: Any) -> None:
        """Nothing was changed."""


class GradScaler:
    """Scales a loss so that small gradients survive float16; without CUDA it is switched off, and scales by 1."""

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled and device == "cuda":
            warn_once("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.")

    def scale(self, outputs: Any) -> Any:
        """The outputs themselves."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Gradients are as they are."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """`optimizer.step(...)`."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """The scale stays 1."""

    def get_scale(self) -> float:
        """1."""
        return 1.0

    def is_enabled(self) -> bool:
        """False."""
        return False

    def state_dict(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Nothing is kept."""


def is_autocast_available(device_type: str) -> bool:
    """False."""
    return False


def custom_fwd(fwd: Any = None, *, device_type: str, cast_inputs: Any = None) -> Callable[..., Any]:
    """The forward of a Function, as it is."""
    return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs) if fwd is None else fwd


def custom_bwd(bwd: Any = None, *, device_type: str) -> Callable[..., Any]:
    """The backward of a Function, as it is."""
    return functools.partial(custom_bwd, device_type=device_type) if bwd is None else bwd
