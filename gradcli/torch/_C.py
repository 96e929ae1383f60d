"""The few names of PyTorch's compiled module that programs use."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from weakref import ref

from gradcli.graph import sweep
from gradcli.graph.node import AccumulateGrad, Node, function_of
from gradcli.torch._dispatch import disabled as DisableTorchFunctionSubclass
from gradcli.torch._dispatch import without_dispatch as _disabled_torch_dispatch_impl
from gradcli.torch._dispatch import without_opinion as _disabled_torch_function_impl
from gradcli.torch._nodes import shown
from gradcli.torch.autograd import _autograd
from gradcli.torch.autograd.forward_ad import _is_fwd_grad_enabled, _set_fwd_grad_enabled_from_now_on
from gradcli.torch.autograd.grad_mode import (
    is_grad_enabled,
    is_inference_mode_enabled,
    is_multithreading_enabled,
    set_grad_enabled,
)

DisableTorchFunction = DisableTorchFunctionSubclass
_set_grad_enabled = set_grad_enabled
_set_fwd_grad_enabled = _set_fwd_grad_enabled_from_now_on
has_lapack = True

__all__ = [
    "DisableTorchFunction",
    "DisableTorchFunctionSubclass",
    "_autograd",
    "_disabled_torch_dispatch_impl",
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


def _current_autograd_node() -> Any:
    """The function of the graph whose work the running pass does, or None."""
    state = sweep.running()
    return None if state is None or state.node is None else _shown(state.node)


def _will_engine_execute_node(node: Any) -> bool:
    """Whether the running pass does the work of a function of the graph.  Raises RuntimeError."""
    if not isinstance(node, (Node, AccumulateGrad)):
        raise RuntimeError(f"_will_engine_execute_node expects an grad_fn, but got {type(node).__name__}")
    state = sweep.running()
    if state is None:
        raise RuntimeError("_get_should_execute_nodes should only be called during the backward pass")
    edge = node if isinstance(node, Node) else node.variable
    if edge is not node and state.deliver is None and edge in state.targets:
        raise RuntimeError("A leaf node was passed to _will_engine_execute_node but we are currently running autograd.grad().")
    return state.executes(edge)


def _current_graph_task_execution_order() -> list[Any]:
    """The functions of the graph whose work is still to be done, in that order.  Raises RuntimeError."""
    state = sweep.running()
    if state is None:
        raise RuntimeError("_current_graph_task_execution_order should only be called during the backward pass")
    if is_multithreading_enabled():
        raise RuntimeError(
            "_current_graph_task_execution_order expects the current backward to be executed with multithreading disabled, "
            "e.g. in a block of torch.autograd.set_multithreading_enabled(False)"
        )
    return [_shown(edge) for edge in state.rest_in_order()]


def _shown(edge: Any) -> Any:
    return shown(function_of(edge)[0])


def __getattr__(name: str) -> Any:
    """What few programs use is imported when it is asked for."""
    if name == "_AutoDispatchBelowAutograd":
        return import_module("gradcli.torch.library.operators").below_autograd
    if name == "_functions":
        return import_module("gradcli.torch.autograd._functions")
    raise AttributeError(f"module 'torch._C' has no attribute '{name}'")
