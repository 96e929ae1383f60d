"""How a script's tensors look when they are printed: as PyTorch prints them, with the options that the script sets."""

from __future__ import annotations

from typing import Any

from gradcli.graph.printing import DEFAULT, format_tensor
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.dtypes import default_dtype
from gradcli.run.script.constructors import is_parameter
from gradcli.run.script.context import look_at


class Printer:
    """The printing of one run; `options` are those of `torch.set_printoptions`."""

    __slots__ = ("options",)

    def __init__(self) -> None:
        self.options = DEFAULT

    def change(self, *args: Any, **options: Any) -> None:
        """`torch.set_printoptions(...)`.  Raises Problem."""
        self.options = self.options.changed(*args, **options)

    def show(self, x: Tensor) -> str:
        """The text of `repr(x)`."""
        look_at(x.array)
        return format_tensor(
            x.array,
            grad_fn=None if x.grad_fn is None else x.grad_fn.title,
            requires_grad=x.requires_grad,
            default_dtype=str(default_dtype()),
            options=self.options,
            prefix="Parameter containing:\ntensor(" if is_parameter(x) else "tensor(",
        )
