"""Rounding to whole numbers or decimals, and the fraction that is left: floor, ceil, trunc, round, frac."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import ZERO, elementwise, general
from gradcli.ops.core.domains import Kink
from gradcli.ops.core.dtypes import only
from gradcli.ops.core.table import family

family("elementwise")


def _jumps_at_whole(x: Operand) -> Any:
    return x == np.floor(x)


_ZERO_AT_JUMPS = "0, at the jumps too"
_step = (Kink(_ZERO_AT_JUMPS, _jumps_at_whole),)
floor = elementwise(
    "floor",
    np.floor,
    ZERO,
    casting=only("iufc", "floor_vml_cpu"),
    complex=("floor is not supported for complex inputs", "NotImplementedError"),
    grad_fn="FloorBackward0",
    kinks=_step,
    doc="The next whole number below.",
)
ceil = elementwise(
    "ceil",
    np.ceil,
    ZERO,
    casting=only("iufc", "ceil_vml_cpu"),
    complex=("ceil is not supported for complex inputs", "NotImplementedError"),
    grad_fn="CeilBackward0",
    kinks=_step,
    doc="The next whole number above.",
)
trunc = elementwise(
    "trunc",
    np.trunc,
    ZERO,
    casting=only("iufc", "trunc_vml_cpu"),
    aliases=("fix",),
    complex=("trunc is not supported for complex inputs", "NotImplementedError"),
    grad_fn="TruncBackward0",
    kinks=(Kink(_ZERO_AT_JUMPS, lambda x: _jumps_at_whole(x) & (x != 0)),),
    doc="The whole number next to x in the direction of zero.",
)


def _round(x: Array, /) -> Any:
    return np.rint(x) if x.dtype.kind == "f" else x.copy()


round = elementwise(
    "round",
    _round,
    ZERO,
    casting=only("iuf", "round_vml_cpu"),
    grad_fn="RoundBackward0",
    doc="The nearest whole number, halves to even.",
    kinks=(Kink(_ZERO_AT_JUMPS, lambda x: x - np.floor(x) == 0.5),),
)


_MOST_DECIMALS = 400  # more than float64 has, on either side of the point


def _round_decimals(x: Operand, /, *, decimals: int) -> Any:
    return np.round(x, max(-_MOST_DECIMALS, min(_MOST_DECIMALS, decimals)))


_flat_by_decimals = lambda g, decimals: ZERO(g)  # noqa: E731  (the number says where it jumps)
round_decimals = general(
    "round",
    _round_decimals,
    _flat_by_decimals,
    _flat_by_decimals,
    overload="decimals",
    casting=only("f", "round_cpu"),
    in_place=True,
    grad_fn="RoundBackward1",
    kinks=(Kink(_ZERO_AT_JUMPS, lambda x, decimals: (x * 10.0**decimals) % 1 == 0.5),),
    doc="x rounded to so many decimals.",
    samples=("round(x, decimals=1)", "round(x, decimals=-1)"),
)


def _frac(x: Operand, /) -> Any:
    return x - np.trunc(x)


frac = general(
    "frac",
    _frac,
    lambda g: g,
    lambda t: t,
    casting=only("f", "frac_cpu"),
    in_place=True,
    grad_fn="FracBackward0",
    doc="x - trunc(x).",
    kinks=(Kink("1 where it jumps", lambda x: _jumps_at_whole(x) & (x != 0)),),
)
