"""Convolutions as modules."""

from __future__ import annotations

import math
from typing import Any

from gradcli.run.script.calls import function
from gradcli.run.script.constructors import PARAMETER
from gradcli.run.script.nn import init
from gradcli.run.script.nn.module import Module

_empty = function("empty")
_CONVOLUTIONS = {1: function("conv1d"), 2: function("conv2d")}


class _Convolution(Module):
    """What the convolutions have in common; the kind says over how many dimensions they go."""

    __module__ = "torch.nn.modules.conv"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _check(in_channels, out_channels, groups, stride, padding, padding_mode)
        count = _dimensions(self)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = several(kernel_size, count)
        self.stride = several(stride, count)
        self.padding = padding if isinstance(padding, str) else several(padding, count)
        self.dilation = several(dilation, count)
        self.groups = groups
        self.padding_mode = padding_mode
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = PARAMETER(_empty(shape, dtype=dtype, device=device))
        if bias:
            self.bias = PARAMETER(_empty(out_channels, dtype=dtype, device=device))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the entries anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        fan_in = math.prod(self.weight.shape[1:])
        if self.bias is not None and fan_in:
            init.uniform_(self.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))

    def forward(self, input: Any) -> Any:
        """The sums."""
        convolve = _CONVOLUTIONS[_dimensions(self)]
        return convolve(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        """Its sizes, and what is not as it is by default."""
        count = _dimensions(self)
        ones, no_padding = (1,) * count, (0,) * count
        shown = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        shown += f", padding={self.padding}" if self.padding != no_padding else ""
        shown += f", dilation={self.dilation}" if self.dilation != ones else ""
        shown += f", groups={self.groups}" if self.groups != 1 else ""
        return shown + (", bias=False" if self.bias is None else "")


class Conv1d(_Convolution):
    """Windows along the last dimension, times kernels whose entries begin evenly within 1/sqrt(how many there are) of 0."""


class Conv2d(_Convolution):
    """The same over the last two dimensions."""


def _dimensions(module: Any) -> int:
    return 1 if isinstance(module, Conv1d) else 2


def several(given: Any, count: int) -> tuple[int, ...]:
    """A number for each dimension, from one for all or a list."""
    return tuple(given) if isinstance(given, (tuple, list)) else (given,) * count


def _check(inputs: int, outputs: int, groups: int, stride: Any, padding: Any, padding_mode: str) -> None:
    """Refuse what makes no convolution.  Raises ValueError, NotImplementedError."""
    if groups <= 0:
        raise ValueError("groups must be a positive integer")
    if inputs % groups:
        raise ValueError("in_channels must be divisible by groups")
    if outputs % groups:
        raise ValueError("out_channels must be divisible by groups")
    if isinstance(padding, str) and padding not in ("same", "valid"):
        raise ValueError(f"Invalid padding string '{padding}', should be one of {{'same', 'valid'}}")
    if padding == "same" and any(each != 1 for each in several(stride, 1)):
        raise ValueError("padding='same' is not supported for strided convolutions")
    if padding_mode != "zeros":
        raise NotImplementedError(f"padding_mode='{padding_mode}': only zeros are there to pad with")
