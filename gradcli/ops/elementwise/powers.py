"""Powers, whose derivative depends on which side is a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_rows import HalfSteps
from gradcli.graph.tensor import Tensor, array_dtype, as_array, from_array
from gradcli.ops.core.arrays import Array, Cotangent, Operand
from gradcli.ops.core.builders import HOLOMORPHIC, ZERO, composite, general
from gradcli.ops.core.domains import POSITIVE, REAL, Domain
from gradcli.ops.core.dtypes import only, promote_with_number
from gradcli.ops.core.parameter_types import Scalar
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import conj
from gradcli.ops.elementwise.exponential import log
from gradcli.ops.elementwise.selection import where
from gradcli.ops.kernels.power_function import power as kernel

family("elementwise")

_PLAIN = (-1, 0, 0.5, 1, 2)  # exponents for which there is something simpler than the general power


def _pow_number(x: Array, /, exponent: Scalar) -> Any:
    if x.dtype.kind in "iu" and isinstance(exponent, int) and exponent < 0:
        raise Problem(
            "domain", "Integers to negative integer powers are not allowed.", hint=f"use a float exponent: {float(exponent)}"
        )
    if x.dtype.kind == "b":
        return x if exponent else np.ones_like(x)
    if exponent == -1:
        return np.true_divide(1, x)
    if exponent == -0.5:  # of -0. it is -inf, in PyTorch
        return 1 / np.sqrt(x)
    if exponent == -2:
        return 1 / (x * x)
    if exponent == 3:
        out = x * x  # a hundred times quicker than the general power
        out *= x
        return out
    return x**exponent if x.dtype.kind != "f" or exponent in _PLAIN else kernel(x, np.asarray(exponent, x.dtype))


def _pow_number_rule(g: Cotangent, x: Operand, exponent: Any) -> Any:
    return ZERO(g) if exponent == 0 else g * (exponent * pow_number(x, exponent - 1))


def _pow_number_conjugated(g: Cotangent, x: Operand, exponent: Any) -> Any:
    return ZERO(g) if exponent == 0 else g * conj(exponent * pow_number(x, exponent - 1))


def _half_power(r: Any, x: Array, exponent: Scalar) -> Any:
    return r(x * x) * x if exponent == 3 and r.dtype.char == "f" else _pow_number(x, exponent)  # bfloat16 stands as float32


pow_number = general(
    "pow",
    _pow_number,
    _pow_number_rule,
    _pow_number_rule,
    casting=promote_with_number,
    overload="number",
    function=False,
    method=False,
    complex={"vjps": (_pow_number_conjugated,)},
    half=HalfSteps(_half_power, stepwise=True),
    grad_fn="PowBackward0",
    domain=Domain("x >= 0 or exponent % 1 == 0", POSITIVE.low, POSITIVE.high, "x != 0 or exponent == 0 or exponent >= 1"),
    doc="x ** exponent.",
    samples=("pow(x, 3)", "x ** 2", "x ** -1.5", "x ** 0.5", "x ** 0", "x ** 1"),
)


def _to_base(g: Cotangent, x: Operand, y: Operand) -> Any:
    flat = _is_flat(x, y)
    return where(flat, 0.0, g * (y * _but_where(flat, x) ** (y - 1)))


def _is_flat(x: Operand, y: Operand) -> Any:
    """Where x**0 has a derivative by x that is not 0 * x**-1: of infinite x and nan, too."""
    return (y == 0) & ((x == 0) | (x * 0 != 0))


def _to_exponent(g: Cotangent, x: Operand, y: Operand, out: Operand) -> Any:
    flat = (x == 0) & _not_negative(y)
    return where(flat, 0.0, g * (out * log(_but_where(flat, x))))


def _not_negative(y: Operand) -> Any:
    """Whether it is a real number of at least 0."""
    if array_dtype(y).kind != "c":
        return y >= 0
    array = y.ndarray if isinstance(y, Tensor) else y
    found = (array.real >= 0) & (array.imag == 0)
    return from_array(as_array(found)) if isinstance(y, Tensor) else found


def _but_where(flat: Any, x: Operand) -> Any:
    """x, but 1 where a rule is an exception: so that the branch that is not taken has derivatives to be multiplied by 0."""
    return where(flat, 1.0, x)


def _pow(x: Array, y: Operand, /) -> Any:
    if x.dtype.kind == "c":
        out, zero = np.power(x, y), x == 0  # of which C++ makes exp(y * log(x)), whatever y is
        return np.where(zero, np.exp(y * np.log(x)), out) if zero.any() else out
    if x.dtype.kind != "i":
        return kernel(x, y)
    whole = np.power(x, np.abs(y))  # 1 / whole rounds to zero, but for 1 and -1
    return np.where((y < 0) & (np.abs(x) != 1), 0, whole)


pow_tensors = general(
    "pow",
    _pow,
    (_to_base, _to_exponent),
    (_to_base, _to_exponent),
    casting=only("iufc", "pow"),
    overload="tensor",
    function=False,
    method=False,
    complex=HOLOMORPHIC,
    half=HalfSteps(stepwise=True),
    grad_fn="PowBackward1",
    domain=(
        Domain("x >= 0 or y % 1 == 0", POSITIVE.low, POSITIVE.high, "x != 0 or y == 0 or y >= 1"),
        Domain("x != 0 or y >= 0", REAL.low, REAL.high, "x > 0 or x == 0 <= y"),
    ),
    doc="x ** y.",
)


def _number_pow(y: Array, /, number: Scalar) -> Any:
    return _pow(np.asarray(number).astype(y.dtype), y if y.flags.c_contiguous else y.copy())  # PyTorch's result is contiguous


def _number_pow_rule(g: Cotangent, y: Operand, number: Any, out: Operand) -> Any:
    complex_power = array_dtype(y).kind == "c"
    slope = complex(np.log(np.complex128(number))) if complex_power else float(np.log(np.float64(number)))
    return g * where(_not_negative(y), 0.0, out * slope) if number == 0 else g * (out * slope)


number_pow = general(
    "pow",
    _number_pow,
    _number_pow_rule,
    _number_pow_rule,
    casting=only("iufc", "pow", promote_with_number),
    overload="reflected",
    complex=HOLOMORPHIC,
    grad_fn="PowBackward2",
    function=False,
    method=False,
    domain=Domain("number >= 0 or y % 1 == 0", REAL.low, REAL.high, "number > 0 or number == 0 <= y"),
    doc="number ** y.",
    samples=("2 ** x",),
)


def _power(x: Operand, exponent: Operand, /) -> Any:
    if not isinstance(exponent, Tensor):
        return pow_number(x, exponent)
    return pow_tensors(x, exponent) if isinstance(x, Tensor) else number_pow(exponent, x)


power = composite(
    "pow",
    _power,
    operator="**",
    domain=(Domain("x >= 0 or exponent % 1 == 0", POSITIVE.low, POSITIVE.high), REAL),
    in_place=True,
    doc="x ** exponent; either may be a number.",
    samples=("pow(x, 2)", "pow(x, y)", "pow(2, x)", "x:2,1 y:3 x ** y", "x ** 2", "0.5 ** x"),
)


def _square(x: Operand, /) -> Any:
    return pow_number(x, 2)


square = composite("square", _square, in_place=True, doc="x ** 2.", samples=("square(x)",))
