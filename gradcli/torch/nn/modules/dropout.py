"""Dropout: elements, or whole channels, are zeroed at random in training, and the others scaled up."""

from __future__ import annotations

from typing import Any

import gradcli.torch.nn.functional as F
from gradcli.torch.nn.modules.module import Module


class _DropoutNd(Module):
    _function = ""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The input itself in evaluation mode."""
        return getattr(F, self._function)(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """Probability, and whether in place."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Zeroes elements."""

    _function = "dropout"


class Dropout1d(_DropoutNd):
    """Zeroes channels of (N, C, L)."""

    _function = "dropout1d"


class Dropout2d(_DropoutNd):
    """Zeroes channels of (N, C, H, W)."""

    _function = "dropout2d"


class Dropout3d(_DropoutNd):
    """Zeroes channels of (N, C, D, H, W)."""

    _function = "dropout3d"


class AlphaDropout(_DropoutNd):
    """Keeps mean and variance of what SELU gives (Klambauer et al., 2017)."""

    _function = "alpha_dropout"


class FeatureAlphaDropout(_DropoutNd):
    """The same for whole channels."""

    _function = "feature_alpha_dropout"
