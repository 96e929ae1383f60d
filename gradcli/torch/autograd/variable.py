"""`torch.autograd.Variable`, which has long been another name for a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem
from gradcli.graph import sweep
from gradcli.graph.tensor import Tensor
from gradcli.torch._boundary import guarded
from gradcli.torch._warnings import warn


class _VariableMeta(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, Tensor)

    @guarded
    def __call__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Tensor:
        """The same memory as a leaf of its own."""
        if not isinstance(data, Tensor):
            raise Problem(
                "type",
                f"Variable data has to be a tensor, but got {type(data).__name__}",
                type="TypeError",
                hint="make it one first: torch.tensor(...)",
            )
        if volatile:
            warn("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.")
        made = data.detach()
        return made.require_grad() if requires_grad else made


class _Engine:
    """What runs backward passes, as far as programs speak to it."""

    __module__ = "torch._C"

    @guarded
    def queue_callback(self, callback: Callable[[], Any]) -> None:
        """Call a function of no arguments when the pass that runs now is over.  Raises RuntimeError outside of one."""
        state = sweep.running()
        if state is None:
            raise Problem(
                "argument",
                "Final callbacks can only be installed during backward pass.",
                hint="queue them in a hook, or in the backward of a Function",
            )
        state.callbacks.append(callback)


_Engine.__name__ = _Engine.__qualname__ = "_EngineBase"


class Variable(metaclass=_VariableMeta):
    """Called with a tensor, gives a leaf on its memory; every tensor is an instance."""

    __module__ = "torch.autograd.variable"
    _execution_engine = _Engine()  # PyTorch's own name
