"""`torch.testing.make_tensor`: random tensors for tests, with the numbers that PyTorch's generator gives."""

from __future__ import annotations

import math
from typing import Any

import gradcli.torch as torch

__all__ = ["make_tensor"]


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any = "cpu",
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Any:
    """A tensor of numbers from low (-9 where nothing is said) up to high (9; whole numbers reach 9, bools are either).

    noncontiguous  whether its elements are every second of another tensor's
    exclude_zero   whether zeros become the smallest number above it
    Raises ValueError for bounds that leave nothing, and for whole numbers that are to require grad.
    """
    size = tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape
    whole = not (dtype.is_floating_point or dtype.is_complex)
    if noncontiguous and memory_format is not None:
        raise ValueError("The parameters `noncontiguous` and `memory_format` are mutually exclusive")
    if requires_grad and whole:
        raise ValueError(f"`requires_grad=True` is not supported for boolean and integral dtypes, but got {dtype=}")
    apart = noncontiguous and math.prod(size) > 1
    bounds = _bounds(dtype, whole, low, high)
    drawn = _drawn((*size[:-1], 2 * size[-1]) if apart else size, dtype, whole, *bounds)
    result = drawn[..., 1::2] if apart else drawn if memory_format is None else drawn.clone(memory_format=memory_format)
    if exclude_zero:
        result[result == 0] = 1 if whole else torch.finfo(dtype).tiny
    return result.requires_grad_() if requires_grad else result


def _bounds(dtype: Any, whole: bool, low: float | None, high: float | None) -> tuple[float, float]:
    """Where numbers lie, within what the dtype can hold.  Raises ValueError."""
    least: float
    most: float
    if dtype is torch.bool:
        least, most, usual = 0, 2, (0, 2)
    elif whole:
        info = torch.iinfo(dtype)
        least, most, usual = info.min, info.max + (dtype is not torch.int64), (-9, 10)
    else:
        least, most, usual = torch.finfo(dtype).min, torch.finfo(dtype).max, (-9, 9)
    low, high = usual[0] if low is None else low, usual[1] if high is None else high
    if math.isnan(low) or math.isnan(high):
        raise ValueError(f"`low` and `high` cannot be NaN, but got {low=} and {high=}")
    if low > high or (low == high and whole):
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    if high < least or low >= most:
        raise ValueError(
            f"The value interval specified by `low` and `high` is [{low}, {high}), but {dtype} only supports [{least}, {most})"
        )
    low, high = min(max(low, least), most), min(max(high, least), most)
    return (math.ceil(low), math.ceil(high)) if whole else (low, high)


def _drawn(size: tuple[int, ...], dtype: Any, whole: bool, low: float, high: float) -> Any:
    if whole:
        return torch.randint(low, high, size, dtype=dtype)
    result = torch.empty(size, dtype=dtype)
    numbers = torch.view_as_real(result) if dtype.is_complex else result
    if high - low >= torch.finfo(dtype).max:
        numbers.uniform_(low / 2, high / 2).mul_(2)
    else:
        numbers.uniform_(low, high)
    return result
