"""Convolutions and transposed convolutions over one, two and three dimensions, with their lazy forms."""

from __future__ import annotations

import math
from typing import Any

import gradcli.torch as torch
import gradcli.torch.nn.functional as F
from gradcli.torch.nn import init
from gradcli.torch.nn.modules.layer import named_after, repeated
from gradcli.torch.nn.modules.lazy import LazyModuleMixin
from gradcli.torch.nn.modules.module import Module
from gradcli.torch.nn.parameter import Parameter, UninitializedParameter

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What all have in common; `_dims` is the number of dimensions, `transposed` the kind."""

    _dims = 0
    transposed = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Errors of a call name the class itself, not the one that has its `__init__`."""
        super().__init_subclass__(**options)
        if cls._dims and cls.__module__ == __name__ and "__init__" not in vars(cls):
            cls.__init__ = named_after(cls, cls.__init__)  # type: ignore[method-assign]

    def _set(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        Module.__init__(self)
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups != 0:
            raise ValueError("out_channels must be divisible by groups")
        _check_padding(padding, stride, padding_mode)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = repeated(kernel_size, self._dims)
        self.stride = repeated(stride, self._dims)
        self.padding = padding if isinstance(padding, str) else repeated(padding, self._dims)
        self.dilation = repeated(dilation, self._dims)
        self.output_padding = repeated(output_padding, self._dims)
        self.transposed = type(self).transposed
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = self._margins()
        outer, inner = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (outer, inner // groups, *self.kernel_size)
        self.weight = Parameter(torch.empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(torch.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _margins(self) -> list[int]:
        """What `F.pad` adds before and behind each dimension, the last first."""
        if not isinstance(self.padding, str):
            return [each for size in reversed(self.padding) for each in (size, size)]
        if self.padding == "valid":
            return [0] * (2 * self._dims)
        spans = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size)]
        return [each for span in reversed(spans) for each in (span // 2, span - span // 2)]

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = init._calculate_fan_in_and_fan_out(self.weight)[0]
            if fan_in != 0:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """Channels and sizes, and what is not as usual."""
        zeros, ones = (0,) * self._dims, (1,) * self._dims
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        parts += [f"padding={self.padding}"] if self.padding != zeros else []
        parts += [f"dilation={self.dilation}"] if self.dilation != ones else []
        parts += [f"output_padding={self.output_padding}"] if self.output_padding != zeros else []
        parts += [f"groups={self.groups}"] if self.groups != 1 else []
        parts += ["bias=False"] if self.bias is None else []
        parts += [f"padding_mode={self.padding_mode}"] if self.padding_mode != "zeros" else []
        return ", ".join(parts)

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        self.__dict__.setdefault("padding_mode", "zeros")


def _check_padding(padding: Any, stride: Any, mode: str) -> None:
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'valid', 'same'}}")
        if padding == "same" and any(each != 1 for each in (stride if isinstance(stride, (tuple, list)) else (stride,))):
            raise ValueError("padding='same' is not supported for strided convolutions")
    if mode not in _PADDING_MODES:
        listed = "{'zeros', 'reflect', 'replicate', 'circular'}"
        raise ValueError(f"padding_mode must be one of {listed}, but got padding_mode='{mode}'")


class _Conv(_ConvNd):
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
        self._set(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device, dtype
        )

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
        function = getattr(F, f"conv{self._dims}d")
        if self.padding_mode == "zeros":
            return function(input, weight, bias, self.stride, self.padding, self.dilation, self.groups)
        padded = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
        return function(padded, weight, bias, self.stride, (0,) * self._dims, self.dilation, self.groups)

    def forward(self, input: Any) -> Any:
        """(N, in_channels, ...) -> (N, out_channels, ...), or the same without N."""
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """Cross-correlation over (N, C, L); weight (out_channels, in_channels / groups, kernel_size)."""

    _dims = 1


class Conv2d(_Conv):
    """Cross-correlation over (N, C, H, W)."""

    _dims = 2


class Conv3d(_Conv):
    """Cross-correlation over (N, C, D, H, W)."""

    _dims = 3


class _ConvTransposeNd(_ConvNd):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        self._set(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _output_padding(self, input: Any, output_size: Any) -> Any:
        """How much to add at the end, for an output of this size.  Raises ValueError."""
        if output_size is None:
            return self.output_padding
        dims, leading = self._dims, input.dim() - self._dims
        if len(output_size) == leading + dims:
            output_size = output_size[leading:]
        if len(output_size) != dims:
            raise ValueError(
                f"ConvTranspose{dims}D: for {input.dim()}D input, output_size must have {dims} or {leading + dims} elements "
                f"(got {len(output_size)})"
            )
        least = [
            (input.size(leading + d) - 1) * self.stride[d]
            - 2 * self.padding[d]
            + self.dilation[d] * (self.kernel_size[d] - 1)
            + 1
            for d in range(dims)
        ]
        most = [size + stride - 1 for size, stride in zip(least, self.stride)]
        if any(not low <= size <= high for low, size, high in zip(least, output_size, most)):
            raise ValueError(
                f"requested an output size of {output_size}, but valid sizes range from {least} to {most} (for an input of "
                f"{input.size()[2:]})"
            )
        return [size - low for size, low in zip(output_size, least)]

    def forward(self, input: Any, output_size: Any = None) -> Any:
        """(N, in_channels, ...) -> (N, out_channels, ...), of `output_size` where several are possible."""
        added = self._output_padding(input, output_size)
        function = getattr(F, f"conv_transpose{self._dims}d")
        return function(input, self.weight, self.bias, self.stride, self.padding, added, self.groups, self.dilation)


class ConvTranspose1d(_ConvTransposeNd):
    """The gradient of Conv1d by its input, as a layer; weight (in_channels, out_channels / groups, kernel_size)."""

    _dims = 1


class ConvTranspose2d(_ConvTransposeNd):
    """The same over (N, C, H, W)."""

    _dims = 2


class ConvTranspose3d(_ConvTransposeNd):
    """The same over (N, C, D, H, W)."""

    _dims = 3


class _LazyConv(LazyModuleMixin):
    """A convolution whose in_channels are those of its first input."""

    _dims = 0
    transposed = False

    def __init__(self, out_channels: int, *args: Any, **kwargs: Any) -> None:
        bias = kwargs.pop("bias", True)
        device, dtype = kwargs.pop("device", None), kwargs.pop("dtype", None)
        super().__init__(0, 0, *args, bias=False, **kwargs)
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw weight and bias, once there are any."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Any, *_: Any) -> None:
        """Make the parameters for the first input.  Raises RuntimeError where it has another number of dimensions."""
        if not self.has_uninitialized_params():
            return
        if input.dim() not in (self._dims + 1, self._dims + 2):
            raise RuntimeError(
                f"Expected {self._dims + 1}D (unbatched) or {self._dims + 2}D (batched) input to {type(self).__name__}, "
                "but got "
                f"input of size: {input.shape}"
            )
        self.in_channels = input.shape[-1 - self._dims]
        if self.in_channels % self.groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        outer, inner = (self.in_channels, self.out_channels) if self.transposed else (self.out_channels, self.in_channels)
        self.weight.materialize((outer, inner // self.groups, *self.kernel_size))
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()

    in_channels: int
    out_channels: int
    groups: int
    kernel_size: Any
    bias: Any


class LazyConv1d(_LazyConv, Conv1d):  # type: ignore[misc]
    """Conv1d that learns in_channels from its first input."""

    cls_to_become = Conv1d
    _dims = 1


class LazyConv2d(_LazyConv, Conv2d):  # type: ignore[misc]
    """Conv2d that learns in_channels from its first input."""

    cls_to_become = Conv2d
    _dims = 2


class LazyConv3d(_LazyConv, Conv3d):  # type: ignore[misc]
    """Conv3d that learns in_channels from its first input."""

    cls_to_become = Conv3d
    _dims = 3


class LazyConvTranspose1d(_LazyConv, ConvTranspose1d):  # type: ignore[misc]
    """ConvTranspose1d that learns in_channels from its first input."""

    cls_to_become = ConvTranspose1d
    _dims = 1
    transposed = True


class LazyConvTranspose2d(_LazyConv, ConvTranspose2d):  # type: ignore[misc]
    """ConvTranspose2d that learns in_channels from its first input."""

    cls_to_become = ConvTranspose2d
    _dims = 2
    transposed = True


class LazyConvTranspose3d(_LazyConv, ConvTranspose3d):  # type: ignore[misc]
    """ConvTranspose3d that learns in_channels from its first input."""

    cls_to_become = ConvTranspose3d
    _dims = 3
    transposed = True
