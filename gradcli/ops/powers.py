"""Powers, whose derivative depends on which side is a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.builders import ZERO, composite, general
from gradcli.ops.domains import POSITIVE, REAL
from gradcli.ops.dtypes import promote, promote_with_number
from gradcli.ops.exponential import log
from gradcli.ops.kinds import Number
from gradcli.ops.selection import where
from gradcli.ops.table import family

family("powers")

def _pow_number(x: Any, /, exponent: Number) -> Any:
    if x.dtype.kind in "iu" and isinstance(exponent, int) and exponent < 0:
        raise Problem("domain", "Integers to negative integer powers are not allowed.", hint=f"use a float exponent: {float(exponent)}")
    if exponent == 3:  # exact, and a hundred times quicker than the general power
        return x * x * x
    return x ** exponent


def _pow_number_rule(g: Any, x: Any, exponent: Any) -> Any:
    return ZERO(g) if exponent == 0 else g * (exponent * x ** (exponent - 1))


pow_number = general("pow", _pow_number, _pow_number_rule, _pow_number_rule, casting=promote_with_number, overload="number", function=False, method=False,
                     grad_fn="PowBackward0", domain=POSITIVE, doc="x ** number.",
                     samples=("pow(x, 3)", "x ** 2", "x ** -1.5", "x ** 0.5", "x ** 0", "x ** 1"))


def _to_base(g: Any, x: Any, y: Any) -> Any:
    return where(y == 0, 0.0, g * (y * x ** (y - 1)))


def _to_exponent(g: Any, x: Any, y: Any, out: Any) -> Any:
    return where((x == 0) & (y >= 0), 0.0, g * (out * log(x)))


def _pow(x: Any, y: Any, /) -> Any:
    return _power_of_arrays(x, y)


def _power_of_arrays(x: Any, y: Any) -> Any:
    if x.dtype.kind in "iu" and y.dtype.kind in "iu" and np.any(y < 0):
        raise Problem("domain", "Integers to negative integer powers are not allowed.", hint="use floats: x * 1.0")
    return np.power(x, y)


pow_tensors = general("pow", _pow, (_to_base, _to_exponent), (_to_base, _to_exponent), casting=promote, overload="tensor", function=False, method=False,
                      grad_fn="PowBackward1", domain=(POSITIVE, REAL), doc="x ** y.")


def _number_pow(y: Any, /, number: Number) -> Any:
    return _power_of_arrays(np.asarray(number).astype(y.dtype), y)


def _number_pow_rule(g: Any, y: Any, number: Any, out: Any) -> Any:
    slope = np.log(np.float64(number))
    return where(y >= 0, 0.0, g * (out * float(slope))) if number == 0 else g * (out * float(slope))


number_pow = general("pow", _number_pow, _number_pow_rule, _number_pow_rule, casting=promote_with_number, overload="reflected",
                     grad_fn="PowBackward2", function=False, method=False, doc="number ** y.", samples=("2 ** x",))


def _power(x: Any, y: Any, /) -> Any:
    if type(y) is not Tensor:
        return pow_number(x, y)
    return pow_tensors(x, y) if type(x) is Tensor else number_pow(y, x)


power = composite("pow", _power, operator="**", doc="x ** y; either may be a number.", samples=("pow(x, 2)", "pow(x, y)", "pow(2, x)"))


def _square(x: Any, /) -> Any:
    return pow_number(x, 2)


square = composite("square", _square, doc="x ** 2.", samples=("square(x)",))
