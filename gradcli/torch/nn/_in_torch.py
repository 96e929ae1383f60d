"""Functions of networks as PyTorch's compiled module has them in `torch` itself: options without defaults, in its own order."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
import gradcli.torch.nn.functional as F
from gradcli.torch.nn.functional import bilinear as bilinear
from gradcli.torch.nn.functional import celu_ as celu_
from gradcli.torch.nn.functional import conv_tbc as conv_tbc
from gradcli.torch.nn.functional import native_channel_shuffle as native_channel_shuffle
from gradcli.torch.nn.functional import rrelu as rrelu
from gradcli.torch.nn.functional import rrelu_ as rrelu_
from gradcli.torch.nn.functional import selu_ as selu_
from gradcli.torch.nn.functional import threshold_ as threshold_

_INTERPOLATIONS = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


def dropout(input: Any, p: float, train: bool) -> Any:
    """`F.dropout`."""
    return F.dropout(input, p, train)


def dropout_(input: Any, p: float, train: bool) -> Any:
    """The same in place."""
    return F.dropout(input, p, train, inplace=True)


def alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`F.alpha_dropout`."""
    return F.alpha_dropout(input, p, train)


def alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """The same in place."""
    return F.alpha_dropout(input, p, train, inplace=True)


def feature_alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`F.feature_alpha_dropout`."""
    return F.feature_alpha_dropout(input, p, train)


def feature_alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """The same in place."""
    return F.feature_alpha_dropout(input, p, train, inplace=True)


def feature_dropout(input: Any, p: float, train: bool) -> Any:
    """Dropout of whole channels of (N, C, ...)."""
    return F.dropout2d(input, p, train) if input.dim() != 3 else F.dropout1d(input, p, train)


def feature_dropout_(input: Any, p: float, train: bool) -> Any:
    """The same in place."""
    return F.dropout2d(input, p, train, inplace=True) if input.dim() != 3 else F.dropout1d(input, p, train, inplace=True)


def affine_grid_generator(theta: Any, size: Any, align_corners: bool) -> Any:
    """`F.affine_grid`."""
    return F.affine_grid(theta, size, align_corners)


def grid_sampler(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """`F.grid_sample`, whose modes are numbers here."""
    return F.grid_sample(input, grid, _INTERPOLATIONS[interpolation_mode], _PADDINGS[padding_mode], align_corners)


def max_pool1d_with_indices(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> Any:
    """`F.max_pool1d` with the places of the maxima."""
    return F.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode, return_indices=True)


def convolution(
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Any:
    """A convolution of 1, 2 or 3 dimensions, or its transpose."""
    dims = weight.dim() - 2
    if transposed:
        return getattr(F, f"conv_transpose{dims}d")(input, weight, bias, stride, padding, output_padding, groups, dilation)
    return getattr(F, f"conv{dims}d")(input, weight, bias, stride, padding, dilation, groups)


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """The norm over all dimensions but one, which stays."""
    if dim == -1:
        return v.norm(pow)
    rest = [axis for axis in range(v.dim()) if axis != dim % v.dim()]
    return torch.linalg.vector_norm(v, pow, rest, keepdim=True)


def embedding_renorm_(input: Any, indices: Any, max_norm: float, norm_type: float) -> Any:
    """Rows of a table that are longer than `max_norm`, of those that indices name, shortened to it in place."""
    F._shorten(input, indices, max_norm, norm_type)
    return input


def nuclear_norm(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum of the singular values."""
    return torch.linalg.matrix_norm(input, "nuc", (-2, -1) if dim is None else dim, keepdim)


def frobenius_norm(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """The root of the sum of squares."""
    return torch.linalg.vector_norm(input, 2, dim or None, keepdim)
