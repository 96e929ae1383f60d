"""`torch.amp`: mixed precision on the CPU, and nothing where it would take an accelerator, as in PyTorch without one.

In a block of `autocast("cpu")` products of matrices and convolutions take their operands in bfloat16 (or float16), functions
that need more digits theirs in float32, and what joins tensors takes the widest dtype among them.
https://docs.pytorch.org/docs/stable/amp.html#cpu-op-specific-behavior has the lists.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ContextDecorator
from contextvars import ContextVar
from typing import Any

import gradcli.torch as torch
from gradcli.torch import _dispatch
from gradcli.torch._boundary import failure
from gradcli.torch._warnings import warn, warn_once

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
_KINDS = ("cuda", "cpu", "xpu", "mps")
_LOW = frozenset({
    "addbmm", "addmm", "baddbmm", "bmm", "chain_matmul", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "linear", "matmul", "mm", "multi_dot", "scaled_dot_product_attention", "vecdot",
})  # fmt: skip
_FULL = frozenset({
    "avg_pool3d", "binary_cross_entropy", "cdist", "cholesky", "cond", "cosine_embedding_loss", "cross_entropy", "ctc_loss",
    "cumprod", "eigvalsh", "fft", "grid_sample", "hinge_embedding_loss", "huber_loss", "inv", "kl_div", "l1_loss", "lstsq",
    "margin_ranking_loss", "matrix_exp", "mse_loss", "multi_margin_loss", "multilabel_margin_loss", "nanquantile", "nll_loss",
    "pinv", "poisson_nll_loss", "polar", "prod", "qr", "quantile", "smooth_l1_loss", "solve", "stft", "svd", "trace",
    "triplet_margin_loss", "view_as_complex",
})  # fmt: skip
_JOINED = frozenset({"cat", "index_copy", "stack"})
# The dtypes of the blocks, None for one that is switched off.
_inside: ContextVar[tuple[Any, ...]] = ContextVar("inside", default=())


class autocast(ContextDecorator):
    """A block, or a function, in which some operations are computed in a smaller dtype.  Raises RuntimeError."""

    _without_cuda = "User provided device_type of 'cuda', but CUDA is not available. Disabling"

    def __init__(self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None) -> None:
        if device_type not in _KINDS:
            message = f"User specified an unsupported autocast device_type '{device_type}'"
            raise failure("RuntimeError", message, hint="the only device here is 'cpu'")
        if enabled and device_type == "cuda":
            warn_once(self._without_cuda)
        dtype = dtype or (torch.bfloat16 if device_type == "cpu" else torch.float16)
        if enabled and device_type == "cpu" and dtype not in (torch.bfloat16, torch.float16):
            warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\n"
                "CPU Autocast only supports dtype of torch.bfloat16, torch.float16 currently."
            )
            enabled = False
        self.device, self.fast_dtype, self._enabled = device_type, dtype, enabled and device_type == "cpu"

    def __enter__(self) -> autocast:
        self._token = _inside.set((*_inside.get(), self.fast_dtype if self._enabled else None))
        _dispatch.enter_mode(_Casting())
        return self

    def __exit__(self, *_: Any) -> None:
        _dispatch.exit_mode()
        _inside.reset(self._token)


class _Casting:
    """The mode of a block: operands are cast before a function is called, as the innermost block says."""

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        name, words = getattr(func, "__name__", ""), kwargs or {}
        name = "matmul" if name in ("__matmul__", "__rmatmul__") else name
        fast = _inside.get()[-1]
        wanted = fast if name in _LOW else torch.float32 if name in _FULL else None
        if name in _JOINED:
            kinds = [each.dtype for each in _tensors(args) if each.is_floating_point()]
            wanted = functools.reduce(torch.promote_types, kinds) if kinds else None
        if fast is None or wanted is None:
            return func(*args, **words)
        return func(*_cast(args, wanted), **{word: _cast(value, wanted) for word, value in words.items()})


def _tensors(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [found for each in value for found in _tensors(each)]
    return [value] if isinstance(value, torch.Tensor) else []


def _cast(value: Any, dtype: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)([_cast(each, dtype) for each in value])
    castable = isinstance(value, torch.Tensor) and value.is_floating_point() and value.dtype != torch.float64
    return value.to(dtype) if castable else value


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether a block of autocast is in force on a device."""
    inside = _inside.get()
    return device_type == "cpu" and bool(inside) and inside[-1] is not None


def get_autocast_dtype(device_type: str) -> Any:
    """The dtype that a block of autocast casts to on a device."""
    return _inside.get()[-1] if is_autocast_enabled(device_type) else torch.bfloat16 if device_type == "cpu" else torch.float16


class GradScaler:
    """Scales a loss so that small gradients survive float16; without CUDA one for it is switched off, and scales by 1.

    A step whose gradients are not finite is left out, and makes the scale smaller; after `growth_interval` steps it grows.
    """

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
        self._enabled = enabled and device == "cpu"
        self._scale, self._growth, self._backoff, self._interval = init_scale, growth_factor, backoff_factor, growth_interval
        self._tracker = 0
        self._found: dict[int, bool] = {}  # by optimizer, whether its gradients, which are unscaled already, are not finite

    def scale(self, outputs: Any) -> Any:
        """The outputs times the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, torch.Tensor):
            return outputs * torch.tensor(self._scale)
        return type(outputs)([self.scale(each) for each in outputs])

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients by the scale.  Raises RuntimeError where that was done before."""
        if not self._enabled:
            return
        if id(optimizer) in self._found:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        gradients = [each.grad for group in optimizer.param_groups for each in group["params"] if each.grad is not None]
        for each in gradients:
            each.mul_(torch.tensor(1 / self._scale))
        self._found[id(optimizer)] = not all(bool(torch.isfinite(each).all()) for each in gradients)

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """`optimizer.step(...)`, unless a gradient is not finite."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if id(optimizer) not in self._found:
            self.unscale_(optimizer)
        return None if self._found[id(optimizer)] else optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Move the scale on after a step."""
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif any(self._found.values()):
            self._scale, self._tracker = self._scale * self._backoff, 0
        elif self._found:
            self._tracker += 1
            if self._tracker == self._interval:
                self._scale, self._tracker = self._scale * self._growth, 0
        self._found.clear()

    def get_scale(self) -> float:
        """The scale: 1 where it is switched off."""
        return self._scale if self._enabled else 1.0

    def is_enabled(self) -> bool:
        """Whether it scales."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """What it would go on from."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth,
            "backoff_factor": self._backoff,
            "growth_interval": self._interval,
            "_growth_tracker": self._tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there."""
        if self._enabled:
            self._scale, self._growth, self._backoff, self._interval, self._tracker = state_dict.values()


def is_autocast_available(device_type: str) -> bool:
    """Whether blocks of autocast do something on a device."""
    return device_type == "cpu"


def custom_fwd(fwd: Any = None, *, device_type: str, cast_inputs: Any = None) -> Callable[..., Any]:
    """The forward of a Function; in a block of autocast, if it says so, with its inputs in a dtype and without more casts."""
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def call(*args: Any, **kwargs: Any) -> Any:
        if cast_inputs is None or not is_autocast_enabled(device_type):
            return fwd(*args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(*_cast(args, cast_inputs), **{word: _cast(value, cast_inputs) for word, value in kwargs.items()})

    return call


def custom_bwd(bwd: Any = None, *, device_type: str) -> Callable[..., Any]:
    """The backward of a Function, as it is."""
    return functools.partial(custom_bwd, device_type=device_type) if bwd is None else bwd
