"""Functions of `torch.nn.functional` that draw random masks, in the order in which PyTorch draws them."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.ops.core.dtypes import not_implemented
from gradcli.ops.nn.parametric_activations import with_slopes
from gradcli.torch._boundary import exception
from gradcli.torch._naming import renamed
from gradcli.torch._warnings import warn

# The constants of SELU's fixed point (Klambauer et al., 2017): what a dropped element becomes.
_ALPHA = 1.7580993408473766


def _check(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _mask(input: Any, shape: tuple[int, ...], keep: float) -> Any:
    """Ones with a probability; those for each element lie in memory as the elements do, and are drawn in that order."""
    empty = torch.empty_like(input) if shape == input.shape else input.new_empty(shape)
    return empty.bernoulli_(keep)


def _dropped(input: Any, shape: tuple[int, ...], p: float, training: bool, inplace: bool) -> Any:
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return input.mul_(0) if inplace else input * torch.zeros_like(input)
    mask = _mask(input, shape, 1 - p)
    mask.div_(1 - p)
    return input.mul_(mask) if inplace else input * mask


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zeros with probability p, and all else times 1/(1 - p); the input itself where nothing is trained.  Raises ValueError."""
    _check(p)
    if not isinstance(input, torch.Tensor):
        raise TypeError(f"dropout(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    return _dropped(input, input.shape, p, training, inplace)


def _of_channels(name: str, input: Any, ranks: tuple[int, int], p: float, training: bool, inplace: bool) -> Any:
    """Dropout of whole channels; an input of the lesser rank has no batch."""
    _check(p)
    if input.dim() not in ranks:
        warn(
            f"{name}: Received a {input.dim()}-D input to {name}, which is deprecated and will result in an error in a future "
            f"release. To retain the behavior and silence this warning, please use dropout instead. Note that {name} exists to "
            f"provide channel-wise dropout on inputs with {ranks[0] - 1} spatial dimensions, a channel dimension, and an "
            "optional "
            f"batch dimension (i.e. {ranks[0]}D or {ranks[1]}D inputs).",
        )
    unbatched = input.dim() == ranks[0]
    if unbatched:
        input = input.unsqueeze_(0) if inplace else input.unsqueeze(0)
    shape = (*input.shape[:2], *(1,) * (input.dim() - 2))
    out = _dropped(input, shape, p, training, inplace)
    if unbatched:
        out = out.squeeze_(0) if inplace else out.squeeze(0)
    return out


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of channels of (N, C, L) or (C, L)."""
    _check(p)
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d exists to provide "
            "channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension "
            "(i.e. 2D or 3D inputs)."
        )
    return _of_channels("dropout1d", input, (2, 3), p, training, inplace)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of channels of (N, C, H, W); (C, H, W) is taken for a batch of (C, H), as PyTorch does."""
    _check(p)
    if input.dim() not in (3, 4):
        warn(
            f"dropout2d: Received a {input.dim()}-D input to dropout2d, which is deprecated and will result in an error in "
            "a future "
            "release. To retain the behavior and silence this warning, please use dropout instead. Note that dropout2d "
            "exists to "
            "provide channel-wise dropout on inputs with 2 spatial dimensions, a channel dimension, and an optional batch "
            "dimension (i.e. 3D or 4D inputs).",
        )
    elif input.dim() == 3:
        warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - "
            "input is "
            "interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to "
            "interpret "
            "the input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout "
            "behavior, "
            "please switch to using dropout1d instead.",
        )
    return _dropped(input, (*input.shape[:2], *(1,) * (input.dim() - 2)), p, training, inplace)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of channels of (N, C, D, H, W) or (C, D, H, W)."""
    return _of_channels("dropout3d", input, (4, 5), p, training, inplace)


def _alpha_dropped(input: Any, shape: tuple[int, ...], p: float, training: bool, inplace: bool) -> Any:
    _check(p)
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return input.mul_(0) if inplace else input * torch.zeros_like(input)
    scale = 1.0 / ((_ALPHA**2 * p + 1) * (1 - p)) ** 0.5
    mask = _mask(input, shape, 1 - p)
    shift = mask.sub(1).mul_(_ALPHA * scale).add_(_ALPHA * scale * p)
    mask.mul_(scale)
    return input.mul_(mask).add_(shift) if inplace else input * mask + shift


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout that keeps mean and variance of what SELU gives (Klambauer et al., 2017)."""
    return _alpha_dropped(input, input.shape, p, training, inplace)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """The same for whole channels."""
    return _alpha_dropped(input, (*input.shape[:2], *(1,) * (input.dim() - 2)), p, training, inplace)


def rrelu(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False) -> Any:
    """Leaky relu with a random slope for each element in training, and the mean slope else."""
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        out = torch.nn.functional.leaky_relu(input, (lower + upper) / 2, inplace=inplace)
        return renamed(out, f"RreluWithNoiseBackward{int(inplace)}")
    if input.dtype not in (torch.float32, torch.float64, torch.bfloat16):
        raise exception(not_implemented("rrelu_with_noise_out_cpu", input.dtype.kind))
    slopes = torch.ones_like(input)
    below = input.detach() <= 0
    drawn: Any = torch.empty(int(below.sum()), dtype=torch.float64).uniform_(lower, upper)
    slopes[below] = drawn.to(slopes.dtype)
    if inplace:
        return input.mul_(slopes)
    out = with_slopes(input, slopes.ndarray)
    if input.dtype is torch.bfloat16:  # whose slopes are rounded after they were used
        with torch.no_grad():
            out[below] = (input[below].double() * drawn).to(out.dtype)
    return out


def rrelu_(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Any:
    """The same, which changes its tensor."""
    return rrelu(input, lower, upper, training, inplace=True)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """Softmax of logits with Gumbel's noise (Jang et al., 2017); `hard` gives one-hot rows with the soft ones' gradient."""
    if eps != 1e-10:
        warn("`eps` parameter is deprecated and has no effect.")
    noise = -torch.empty_like(logits).exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = torch.zeros_like(logits).scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft
