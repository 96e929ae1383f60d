"""Normalization over the last dimensions, over groups of channels, and across neighbouring channels."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
import gradcli.torch.nn.functional as F
from gradcli.torch.nn import init
from gradcli.torch.nn.modules.layer import REQUIRED, layer
from gradcli.torch.nn.modules.module import Module
from gradcli.torch.nn.parameter import Parameter

LocalResponseNorm = layer(
    "LocalResponseNorm", "local_response_norm", "=size alpha beta k", size=REQUIRED, alpha=1e-4, beta=0.75, k=1.0
)


class _CrossMapLRN(torch.autograd.Function):
    """Local response normalization of (N, C, H, W) as Torch had it of old.

    Its sums are running ones that never let go of the first channel, and its gradient is that of windows without that fault:
    both are kept, as PyTorch keeps them.
    """

    @staticmethod
    def forward(ctx: Any, input: Any, size: int, alpha: float, beta: float, k: float) -> Any:
        reach = int((size - 1) / 2 + 1)
        apart = _apart(input)
        window = (apart.abs() < reach) | ((apart == apart[:, :1]) & (apart >= reach))
        scale = torch.einsum("cj,njhw->nchw", window.to(input.dtype), input * input) * (alpha / size) + k
        output = input * scale**-beta
        ctx.save_for_backward(input, output, scale)
        ctx.options = size, alpha, beta
        return output

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Any) -> Any:
        input, output, scale = ctx.saved_tensors
        size, alpha, beta = ctx.options
        behind = int(size - (size - 1) / 2)
        apart = _apart(input)
        window = (apart <= behind) & (apart > behind - size)
        shared = torch.einsum("cj,njhw->nchw", window.to(input.dtype), grad * output / scale)
        return grad * scale**-beta - input * shared * (2 * alpha * beta / size), None, None, None, None


_CrossMapLRN.__name__ = "CrossMapLRN2d"


def _apart(input: Any) -> Any:
    """[C, C]: how many channels the column's lies before the row's."""
    places = torch.arange(input.size(1))
    return places[:, None] - places


class CrossMapLRN2d(Module):
    """Local response normalization over channels, as it was of old."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Any) -> Any:
        """(N, C, H, W), each divided by (k + alpha/size * sum of squares of near channels)**beta."""
        return _CrossMapLRN.apply(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class LayerNorm(Module):
    """Normalizes over the last dimensions, of shape `normalized_shape` (Ba et al., 2016)."""

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        for name, there in (("weight", elementwise_affine), ("bias", elementwise_affine and bias)):
            made = Parameter(torch.empty(self.normalized_shape, device=device, dtype=dtype)) if there else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weights of one and biases of zero."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Any) -> Any:
        """(*, normalized_shape), the same shape."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The options."""
        bias = self.bias is not None
        shown = f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        return f"{shown}, bias={bias}"


class RMSNorm(Module):
    """Divides by the root mean square over the last dimensions (Zhang and Sennrich, 2019)."""

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        made = Parameter(torch.empty(self.normalized_shape, device=device, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weights of one."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Any) -> Any:
        """(*, normalized_shape), the same shape."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Normalizes groups of channels of each sample (Wu and He, 2018)."""

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        for name, there in (("weight", affine), ("bias", affine and bias)):
            self.register_parameter(name, Parameter(torch.empty(num_channels, device=device, dtype=dtype)) if there else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weights of one and biases of zero."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Any) -> Any:
        """(N, C, *), the same shape."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"


def _shape(normalized_shape: Any) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
