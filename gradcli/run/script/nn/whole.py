"""What is done to a module and all that is inside: switched, converted, saved, loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.engine import tensors as engine
from gradcli.graph.tensor import Tensor
from gradcli.run.script.classes import Instance
from gradcli.run.script.dtypes import DTYPES, check_device
from gradcli.run.script.tensor_methods import to


class Whole(Instance):
    """The part of `nn.Module` that goes through its parameters, buffers and modules (`self`, which finds them)."""

    def apply(self: Any, fn: Callable[[Any], Any]) -> Any:
        """Call a function with every module, those inside first."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self: Any, mode: bool = True) -> Any:
        """Switch this module and those below to training, or to evaluation."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            object.__setattr__(module, "training", mode)
        return self

    def eval(self: Any) -> Any:
        """Switch to evaluation."""
        return self.train(False)

    def requires_grad_(self: Any, requires_grad: bool = True) -> Any:
        """Let all parameters want gradients, or no longer."""
        for each in self.parameters():
            engine.requires_grad_(each, requires_grad)
        return self

    def zero_grad(self: Any, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or make them zeros."""
        for each in self.parameters():
            if each.grad is not None:
                each.grad = None if set_to_none else Tensor(each.grad.array * 0)

    def to(self: Any, *args: Any, **keywords: Any) -> Any:
        """Put parameters and buffers of floating-point numbers into a dtype; the module itself is given back."""
        for _, each in [*self.named_parameters(), *self.named_buffers()]:
            if each.dtype.kind == "f":
                engine.set_data(each, to(each.detach(), *args, **keywords))
                if each.grad is not None:
                    each.grad = to(each.grad, *args, **keywords)
        return self

    def float(self: Any) -> Any:
        """Make it all float32."""
        return self.to(DTYPES["float32"])

    def double(self: Any) -> Any:
        """Make it all float64."""
        return self.to(DTYPES["float64"])

    def half(self: Any) -> Any:
        """Make it all float16."""
        return self.to(DTYPES["float16"])

    def cpu(self: Any) -> Any:
        """It is there already."""
        return self

    def cuda(self: Any, device: Any = None) -> Any:
        """Refused: there is no such device.  Raises Problem."""
        check_device("cuda")
        return self

    def state_dict(self: Any, *_: Any, prefix: str = "", keep_vars: bool = False) -> Any:
        """Parameters and buffers by their dotted names."""
        from gradcli.run.script.nn.state import saved

        return saved(self, prefix, keep_vars)

    def load_state_dict(self: Any, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """Copy values into parameters and buffers by their dotted names.  Raises RuntimeError."""
        from gradcli.run.script.nn.state import load

        return load(self, state_dict, strict)
