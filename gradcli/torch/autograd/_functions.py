"""Functions that PyTorch keeps for tests of autograd itself: gradients that do not arrive, and errors on the way back."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.graph.node import AccumulateGrad
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch._boundary import guarded
from gradcli.torch.autograd._function_backward import refuse_later
from gradcli.torch.autograd.function import Function
from gradcli.torch.autograd.graph import Node

__all__ = ["AccumulateGrad", "DelayedError", "Resize", "UndefinedGrad"]


class _Undefined(Function):
    """The identity, which passes no gradient on."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        """The tensor, as a new one."""
        return x.clone()

    @staticmethod
    def backward(ctx: Any, g: Any) -> None:
        """Nothing."""
        return None


_Undefined.__name__ = "UndefinedGrad"


@Node.register
class UndefinedGrad:
    """Called with a tensor, gives it again; no gradient goes back through that."""

    def __call__(self, x: Tensor) -> Any:
        return _Undefined.apply(x)


@Node.register
class DelayedError:
    """Called with so many tensors, gives them again; a gradient that goes back through that raises a RuntimeError."""

    def __init__(self, msg: str, num_inputs: int) -> None:
        self._problem = Problem("not-differentiable", msg)
        self._count = num_inputs

    @guarded
    def __call__(self, *tensors: Tensor) -> Any:
        results = [from_array(x.ndarray[...]) for x in tensors]
        refuse_later(self._problem, tensors, results)
        return results[0] if self._count == 1 else tuple(results)


class Resize(Function):
    """A tensor in another shape of as many elements."""

    @staticmethod
    def forward(ctx: Any, tensor: Any, sizes: Any) -> Any:
        """The elements in their order.  Raises RuntimeError where the shape has more, or fewer."""
        ctx.shape = tensor.shape
        return tensor.contiguous().view(*sizes)

    @staticmethod
    def backward(ctx: Any, g: Any) -> tuple[Any, None]:
        """The gradient in the shape of the tensor."""
        return g.contiguous().view(ctx.shape), None
