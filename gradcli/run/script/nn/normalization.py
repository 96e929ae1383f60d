"""Modules that standardise: examples, or channels, of which they keep statistics."""

from __future__ import annotations

from typing import Any

from gradcli.engine import inplace
from gradcli.run.script.calls import function
from gradcli.run.script.constructors import PARAMETER
from gradcli.run.script.nn import init
from gradcli.run.script.nn.functional import batch_norm
from gradcli.run.script.nn.module import Module

_empty, _zeros, _ones, _tensor = function("empty"), function("zeros"), function("ones"), function("tensor")


class LayerNorm(Module):
    """The last dimensions standardised, then scaled and shifted by parameters that begin as ones and zeros."""

    __module__ = "torch.nn.modules.normalization"

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
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        _add_affine(self, self.normalized_shape, elementwise_affine, elementwise_affine and bias, dtype)

    def reset_parameters(self) -> None:
        """Ones and zeros again."""
        _reset_affine(self)

    def forward(self, input: Any) -> Any:
        """The standardised values, scaled and shifted."""
        return function("layer_norm")(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Its shape and options."""
        shown = f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        return f"{shown}, bias={self.bias is not None}"


class _BatchNorm(Module):
    """What the modules that standardise channels have in common."""

    __module__ = "torch.nn.modules.batchnorm"

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        _add_affine(self, num_features, affine, affine, dtype)
        kept = track_running_stats
        self.register_buffer("running_mean", _zeros(num_features, dtype=dtype) if kept else None)
        self.register_buffer("running_var", _ones(num_features, dtype=dtype) if kept else None)
        self.register_buffer("num_batches_tracked", _tensor(0) if kept else None)

    def reset_running_stats(self) -> None:
        """As if nothing had been seen."""
        if self.track_running_stats:
            for name, value in (("running_mean", 0), ("running_var", 1), ("num_batches_tracked", 0)):
                inplace.change("fill_", getattr(self, name), value)

    def reset_parameters(self) -> None:
        """As it began."""
        self.reset_running_stats()
        _reset_affine(self)

    def forward(self, input: Any) -> Any:
        """The channels standardised: by the batch while training, by what was seen in training afterwards."""
        _check_dimensions(self, input)
        counting = self.training and self.track_running_stats
        if counting:
            inplace.change("add_", self.num_batches_tracked, 1)
        by_batch = self.training or self.running_mean is None
        seen = not self.training or self.track_running_stats
        mean, var = (self.running_mean, self.running_var) if seen else (None, None)
        return batch_norm(input, mean, var, self.weight, self.bias, by_batch, _share(self, counting), self.eps)

    def extra_repr(self) -> str:
        """Its size and options."""
        shown = f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}"
        return f"{shown}, bias={self.bias is not None}, track_running_stats={self.track_running_stats}"


class BatchNorm1d(_BatchNorm):
    """Channels of a batch [n, c], or [n, c, places], standardised."""


class BatchNorm2d(_BatchNorm):
    """Channels of pictures [n, c, rows, columns] standardised."""


def _share(module: Any, counting: bool) -> float:
    """How much a batch counts in the running statistics; equally much each, where no momentum is given."""
    if module.momentum is not None:
        return module.momentum  # type: ignore[no-any-return]
    return 1 / int(module.num_batches_tracked.array) if counting else 0.0


def _check_dimensions(module: Any, input: Any) -> None:
    """Refuse what has other dimensions.  Raises ValueError."""
    flat = isinstance(module, BatchNorm1d)
    if input.ndim not in ((2, 3) if flat else (4,)):
        raise ValueError(f"expected {'2D or 3D' if flat else '4D'} input (got {input.ndim}D input)")


def _add_affine(module: Any, shape: Any, scaled: bool, shifted: bool, dtype: Any) -> None:
    for name, wanted in (("weight", scaled), ("bias", shifted)):
        module.register_parameter(name, PARAMETER(_empty(shape, dtype=dtype)) if wanted else None)
    _reset_affine(module)


def _reset_affine(module: Any) -> None:
    if module.weight is not None:
        init.ones_(module.weight)
    if module.bias is not None:
        init.zeros_(module.bias)
