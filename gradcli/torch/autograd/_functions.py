"""Functions that PyTorch keeps for tests of autograd itself: gradients that do not arrive, or that come too late."""

from __future__ import annotations

from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.torch.autograd.function import Function


class UndefinedGradBackward(Function):
    """The identity, which passes no gradient on."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        """The tensor, as a new one."""
        return x.clone()

    @staticmethod
    def backward(ctx: Any, g: Any) -> None:
        """Nothing."""
        return None


def undefined(x: Tensor) -> Any:
    """The tensor, to which no gradient will come."""
    return UndefinedGradBackward.apply(x)
