"""Pooling: windows of the input, each made one number."""

from __future__ import annotations

from typing import Any

import gradcli.torch.nn.functional as F
from gradcli.torch.nn.modules.layer import REQUIRED, FunctionLayer, layer, repeated
from gradcli.torch.nn.modules.module import Module


class _Window(FunctionLayer):
    """Windows that begin where the one before ends, unless `stride` says otherwise."""

    kernel_size: Any
    stride: Any
    padding: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.stride is None:
            self.stride = self.kernel_size


class _AvgPool1d(_Window):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("kernel_size", "stride", "padding"):
            setattr(self, name, repeated(getattr(self, name), 1))


_SIZES = {"kernel_size": REQUIRED, "stride": None, "padding": 0}
_MAX = {**_SIZES, "dilation": 1, "return_indices": False, "ceil_mode": False}
_MAX_SHOWN = "kernel_size stride padding dilation ceil_mode"
MaxPool1d = layer("MaxPool1d", "max_pool1d", _MAX_SHOWN, _Window, **_MAX)
MaxPool2d = layer("MaxPool2d", "max_pool2d", _MAX_SHOWN, _Window, **_MAX)
MaxPool3d = layer("MaxPool3d", "max_pool3d", _MAX_SHOWN, _Window, **_MAX)

_AVG = {**_SIZES, "ceil_mode": False, "count_include_pad": True}
_AVG_SHOWN = "kernel_size stride padding"
AvgPool1d = layer("AvgPool1d", "avg_pool1d", _AVG_SHOWN, _AvgPool1d, **_AVG)
AvgPool2d = layer("AvgPool2d", "avg_pool2d", _AVG_SHOWN, _Window, **_AVG, divisor_override=None)
AvgPool3d = layer("AvgPool3d", "avg_pool3d", _AVG_SHOWN, _Window, **_AVG, divisor_override=None)

_LP = {"norm_type": REQUIRED, "kernel_size": REQUIRED, "stride": None, "ceil_mode": False}
_LP_SHOWN = "norm_type kernel_size stride ceil_mode"
LPPool1d = layer("LPPool1d", "lp_pool1d", _LP_SHOWN, **_LP)
LPPool2d = layer("LPPool2d", "lp_pool2d", _LP_SHOWN, **_LP)
LPPool3d = layer("LPPool3d", "lp_pool3d", _LP_SHOWN, **_LP)

AdaptiveAvgPool1d = layer("AdaptiveAvgPool1d", "adaptive_avg_pool1d", "output_size", output_size=REQUIRED)
AdaptiveAvgPool2d = layer("AdaptiveAvgPool2d", "adaptive_avg_pool2d", "output_size", output_size=REQUIRED)
AdaptiveAvgPool3d = layer("AdaptiveAvgPool3d", "adaptive_avg_pool3d", "output_size", output_size=REQUIRED)
_ADAPTIVE = {"output_size": REQUIRED, "return_indices": False}
AdaptiveMaxPool1d = layer("AdaptiveMaxPool1d", "adaptive_max_pool1d", "output_size", **_ADAPTIVE)
AdaptiveMaxPool2d = layer("AdaptiveMaxPool2d", "adaptive_max_pool2d", "output_size", **_ADAPTIVE)
AdaptiveMaxPool3d = layer("AdaptiveMaxPool3d", "adaptive_max_pool3d", "output_size", **_ADAPTIVE)


class _FractionalMaxPool(FunctionLayer):
    """Windows at random places (Graham, 2014), as many as the output's size or its ratio to the input's asks for."""

    _dims = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register_buffer("_random_samples", self.__dict__.pop("_random_samples"))
        self.kernel_size = repeated(self.kernel_size, self._dims)
        self.output_size = None if self.output_size is None else repeated(self.output_size, self._dims)
        ratio = self.output_ratio
        self.output_ratio = None if ratio is None else repeated(ratio, self._dims)
        name = type(self).__name__
        if self.output_size is None and self.output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio")
        if self.output_size is not None and self.output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < each < 1 for each in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {ratio})")

    kernel_size: Any
    output_size: Any
    output_ratio: Any


class _FractionalMaxPool2d(_FractionalMaxPool):
    _dims = 2


class _FractionalMaxPool3d(_FractionalMaxPool):
    _dims = 3


_FRACTIONAL = {"kernel_size": REQUIRED, "output_size": None, "output_ratio": None, "return_indices": False}
_FRACTIONAL["_random_samples"] = None
FractionalMaxPool2d = layer("FractionalMaxPool2d", "fractional_max_pool2d", "", _FractionalMaxPool2d, **_FRACTIONAL)
FractionalMaxPool3d = layer("FractionalMaxPool3d", "fractional_max_pool3d", "", _FractionalMaxPool3d, **_FRACTIONAL)


class _MaxUnpool(Module):
    """Puts values back to where max pooling took them from; zeros elsewhere."""

    _dims = 0

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = repeated(kernel_size, self._dims)
        self.stride = repeated(kernel_size if stride is None else stride, self._dims)
        self.padding = repeated(padding, self._dims)

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        """Values and their indices, as max pooling with `return_indices=True` gave them."""
        function = getattr(F, f"max_unpool{self._dims}d")
        return function(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """The reverse of MaxPool1d."""

    _dims = 1


class MaxUnpool2d(_MaxUnpool):
    """The reverse of MaxPool2d."""

    _dims = 2


class MaxUnpool3d(_MaxUnpool):
    """The reverse of MaxPool3d."""

    _dims = 3
