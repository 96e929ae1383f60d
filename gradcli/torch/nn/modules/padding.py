"""Padding: what `F.pad` does, as modules."""

from __future__ import annotations

from typing import Any

import gradcli.torch.nn.functional as F
from gradcli.torch.nn.modules.layer import repeated
from gradcli.torch.nn.modules.module import Module


class _Pad(Module):
    """Adds elements around the last dimensions; `padding` is one number, or a pair for each of them, the last first."""

    _mode = "constant"
    _dims = 0

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = repeated(padding, 2 * self._dims)

    def forward(self, input: Any) -> Any:
        """The padded input."""
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        """How much."""
        return f"{self.padding}"


class _ConstantPad(_Pad):
    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        """The padded input."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """How much of what."""
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """How much."""
        return f"{self.padding}"


class _CircularPad(_Pad):
    _mode = "circular"

    def forward(self, input: Any) -> Any:
        """The padded input.  Raises ValueError for another number of dimensions."""
        ranks = (self._dims + 1, self._dims + 2)
        if input.dim() not in ranks:
            raise ValueError(f"expected {ranks[0]}D or {ranks[1]}D input (got {input.dim()}D input)")
        return super().forward(input)


class _ReflectionPad(_Pad):
    _mode = "reflect"


class _ReplicationPad(_Pad):
    _mode = "replicate"


def _sized(base: type[_Pad], dims: int) -> Any:
    name = f"{base.__name__[1:]}{dims}d"
    doc = f"{base._mode} padding of the last {dims} dimensions."
    return type(name, (base,), {"__module__": __name__, "__doc__": doc, "_dims": dims})


ConstantPad1d, ConstantPad2d, ConstantPad3d = (_sized(_ConstantPad, dims) for dims in (1, 2, 3))
ZeroPad1d, ZeroPad2d, ZeroPad3d = (_sized(_ZeroPad, dims) for dims in (1, 2, 3))
CircularPad1d, CircularPad2d, CircularPad3d = (_sized(_CircularPad, dims) for dims in (1, 2, 3))
ReflectionPad1d, ReflectionPad2d, ReflectionPad3d = (_sized(_ReflectionPad, dims) for dims in (1, 2, 3))
ReplicationPad1d, ReplicationPad2d, ReplicationPad3d = (_sized(_ReplicationPad, dims) for dims in (1, 2, 3))
