"""Remainders, with the sign of the divisor (remainder, `%`) or of the dividend (fmod)."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import composite, general
from gradcli.ops.core.domains import DIVISOR, NONZERO, REAL, Kink
from gradcli.ops.core.dtypes import as_dtype, only, promote_with_number
from gradcli.ops.core.parameter_types import Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import div_rounded, need_divisors

family("elementwise")

_same = lambda g: g  # noqa: E731
_same_by_number = lambda g, number: g  # noqa: E731  (the number says where it jumps)


def _remainder(x: Operand, y: Operand, /) -> Any:
    need_divisors(x, y)
    return np.remainder(x, y)


remainder = general(
    "remainder",
    _remainder,
    (_same, lambda g, x, y: -g * div_rounded(x, y, "floor")),
    (_same, lambda t, x, y: -t * div_rounded(x, y, "floor")),
    casting=only("iuf", "remainder_cpu"),
    overload="tensor",
    function=False,
    method=False,
    grad_fn="RemainderBackward1",
    domain=(REAL, DIVISOR),
    kinks=(Kink("(1, -floor(x/y)) where it jumps", lambda x, y: x % y == 0),),
    doc="x % y, with the sign of y.",
)


def _remainder_number(x: Array, /, number: Number) -> Any:
    return _remainder(x, as_dtype(number, x.dtype))


remainder_number = general(
    "remainder",
    _remainder_number,
    _same_by_number,
    _same_by_number,
    casting=only("iuf", "remainder_cpu", promote_with_number),
    overload="number",
    function=False,
    method=False,
    grad_fn="RemainderBackward0",
    kinks=(Kink("1 where it jumps", lambda x, number: x % number == 0),),
    doc="x % number.",
    samples=("remainder(x, 0.75)", "x % -0.75"),
)


def _number_remainder(number: Operand, x: Operand, /) -> Any:
    return _remainder(number, x)


number_remainder = general(
    "remainder",
    _number_remainder,
    (None, None),
    (None, None),
    casting=only("iuf", "remainder_cpu"),
    overload="reflected",
    method=False,
    function=False,
    grad_fn="NotImplemented",
    domain=(REAL, NONZERO),
    doc="number % x; has no derivative, as in PyTorch.",
)


def _modulo(x: Operand, y: Operand, /) -> Any:
    if not isinstance(x, Tensor):
        return number_remainder(x, y)
    return remainder(x, y) if isinstance(y, Tensor) else remainder_number(x, y)


composite(
    "remainder",
    _modulo,
    operator="%",
    domain=(REAL, DIVISOR),
    in_place=True,
    doc="x % y, with the sign of y; either may be a number.",
    samples=("remainder(x, y)", "remainder(x, -y)", "remainder(x, 2)", "x % y", "x % -2", "2.5 % x"),
)


def _fmod(x: Operand, y: Operand, /) -> Any:
    need_divisors(x, y)
    return np.fmod(x, y)


def _fmod_number(x: Array, /, number: Number) -> Any:
    return _fmod(x, as_dtype(number, x.dtype))


fmod_number = general(
    "fmod",
    _fmod_number,
    _same_by_number,
    _same_by_number,
    casting=only("iuf", "fmod_cpu", promote_with_number),
    overload="number",
    in_place=True,
    grad_fn="FmodBackward0",
    kinks=(Kink("1 where it jumps", lambda x, number: (np.fmod(x, number) == 0) & (x != 0)),),
    doc="The remainder of x / number, with the sign of x.",
    samples=("fmod(x, 0.75)", "fmod(x, -2)"),
)
fmod = general(
    "fmod",
    _fmod,
    (_same, lambda g, x, y: -g * div_rounded(x, y, "trunc")),
    (_same, lambda t, x, y: -t * div_rounded(x, y, "trunc")),
    casting=only("iuf", "fmod_cpu"),
    overload="tensor",
    in_place=True,
    grad_fn="FmodBackward1",
    domain=(REAL, DIVISOR),
    kinks=(Kink("(1, -trunc(x/y)) where it jumps", lambda x, y: (np.fmod(x, y) == 0) & (x != 0)),),
    doc="The remainder of x / y, with the sign of x.",
    samples=("fmod(x, y)", "fmod(x, -y)", "x:2,1 y:3 fmod(x, y)"),
)
