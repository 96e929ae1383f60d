"""Floats of 16 bits: kept as such, computed with as float32, and rounded once after each operation, as PyTorch does it.

NumPy has no bfloat16.  Its numbers are kept here as float32 in the other order of bytes, which NumPy takes for a dtype of its
own (so nothing confuses the two), promotes as PyTorch promotes bfloat16, and computes with in float32; what it gives is
float32 in the usual order, and not yet rounded.  So no other arrays may have that order of bytes.

    BFLOAT16                   that dtype
    is_half(dtype)             whether it has 16 bits
    in_dtype(array, dtype)     the values in a dtype, rounded where it is bfloat16

What operations do with them stands in `half_rows`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.symbolic import Unstrided

DType = np.dtype[Any]

_SINGLE = np.dtype(np.float32)
BFLOAT16 = _SINGLE.newbyteorder()
_NAN = np.uint32(0x7FC00000)


def is_half(dtype: DType) -> bool:
    """Whether a dtype is float16 or bfloat16."""
    return dtype.char == "e" or not dtype.isnative


def name_of(dtype: DType) -> str:
    """The name of a dtype."""
    return "bfloat16" if dtype.char == "f" and not dtype.isnative else str(dtype.name)


def precision_of(name: str) -> float:
    """The distance from 1 to the next number of a floating-point or complex dtype, by its name."""
    return 2.0**-7 if name == "bfloat16" else float(np.finfo(name).eps)


def in_dtype(values: Any, dtype: DType) -> Any:
    """An array (or what becomes one) in a dtype; to bfloat16 it is rounded to the nearest, halfway to the even one."""
    if isinstance(values, Unstrided):
        return values.with_values(in_dtype(values.values, dtype))
    if dtype.isnative:
        return np.asarray(values).astype(dtype)
    single = np.asarray(values, order="K").astype(_SINGLE)
    bits = single.view(np.uint32)
    bits = (bits + (((bits >> 16) & 1) + 0x7FFF)) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(single), _NAN, bits).view(_SINGLE).astype(BFLOAT16)
