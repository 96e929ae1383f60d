"""The few names of PyTorch's compiled module that programs use."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from weakref import ref

from gradcli.graph import sweep
from gradcli.torch._dispatch import disabled as DisableTorchFunctionSubclass
from gradcli.torch._dispatch import without_opinion as _disabled_torch_function_impl
from gradcli.torch.autograd import _autograd
from gradcli.torch.autograd.forward_ad import _is_fwd_grad_enabled, _set_fwd_grad_enabled_from_now_on
from gradcli.torch.autograd.grad_mode import is_grad_enabled, is_inference_mode_enabled, set_grad_enabled

DisableTorchFunction = DisableTorchFunctionSubclass
_set_grad_enabled = set_grad_enabled
_set_fwd_grad_enabled = _set_fwd_grad_enabled_from_now_on
has_lapack = True

__all__ = [
    "DisableTorchFunction",
    "DisableTorchFunctionSubclass",
    "_autograd",
    "_disabled_torch_function_impl",
    "_is_fwd_grad_enabled",
    "_set_fwd_grad_enabled",
    "_set_grad_enabled",
    "has_lapack",
    "is_grad_enabled",
    "is_inference_mode_enabled",
]


class _WeakTensorRef:
    """Tells whether a tensor is still there."""

    def __init__(self, tensor: Any) -> None:
        self._ref = ref(tensor)

    def expired(self) -> bool:
        """Whether it is gone."""
        return self._ref() is None


def _current_graph_task_id() -> int:
    """Which backward pass of the process runs now, or -1."""
    state = sweep.running()
    return -1 if state is None else state.number


def __getattr__(name: str) -> Any:
    """`_functions`, which tests of autograd use, is imported when it is asked for."""
    if name == "_functions":
        return import_module("gradcli.torch.autograd._functions")
    raise AttributeError(f"module 'torch._C' has no attribute '{name}'")
