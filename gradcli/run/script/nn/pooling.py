"""Pools as modules."""

from __future__ import annotations

from typing import Any

from gradcli.run.script.calls import function
from gradcli.run.script.nn.convolution import several
from gradcli.run.script.nn.made import NEEDED, make
from gradcli.run.script.nn.module import Module

_HOME = "torch.nn.modules.pooling"
CLASSES = {
    name: make(name, _HOME, called, {"output_size": NEEDED})
    for name, called in (("AdaptiveAvgPool1d", "adaptive_avg_pool1d"), ("AdaptiveAvgPool2d", "adaptive_avg_pool2d"))
}


class _Pool(Module):
    """What all pools have in common: windows that slide."""

    __module__ = _HOME

    def __init__(self, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        """How the windows slide."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _MaxPool(_Pool):
    """What the pools of largest elements have in common."""

    __module__ = _HOME

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.dilation = dilation
        self.return_indices = return_indices

    def forward(self, input: Any) -> Any:
        """The largest elements."""
        pool = function("max_pool1d" if isinstance(self, MaxPool1d) else "max_pool2d")
        how = (self.kernel_size, self.stride, self.padding, self.dilation)
        return pool(input, *how, ceil_mode=self.ceil_mode, return_indices=self.return_indices)

    def extra_repr(self) -> str:
        """How the windows slide."""
        return f"{super().extra_repr()}, dilation={self.dilation}, ceil_mode={self.ceil_mode}"


class MaxPool1d(_MaxPool):
    """The largest element of each window along the last dimension."""


class MaxPool2d(_MaxPool):
    """The largest element of each window over the last two dimensions."""


class AvgPool1d(_Pool):
    """The mean of each window along the last dimension."""

    __module__ = _HOME

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True
    ) -> None:
        super().__init__(
            several(kernel_size, 1), None if stride is None else several(stride, 1), several(padding, 1), ceil_mode
        )
        self.count_include_pad = count_include_pad

    def forward(self, input: Any) -> Any:
        """The means."""
        how = (self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
        return function("avg_pool1d")(input, *how)


class AvgPool2d(_Pool):
    """The mean of each window over the last two dimensions."""

    __module__ = _HOME

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Any) -> Any:
        """The means."""
        how = (self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override)
        return function("avg_pool2d")(input, *how)
