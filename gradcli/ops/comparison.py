"""Comparisons and logic: results are truth values, which carry no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.builders import constant
from gradcli.ops.dtypes import promote, promoted
from gradcli.ops.kinds import Number
from gradcli.ops.table import family

family("comparison")


def _comparison(name: str, ufunc: Any, symbol: str, aliases: tuple[str, ...] = ()) -> None:
    constant(name, ufunc, operator=symbol, aliases=aliases, casting=promote, doc=f"x {symbol} y, elementwise.",
             samples=(f"{name}(x, y)", f"x {symbol} 0.5"))


_comparison("lt", np.less, "<", ("less",))
_comparison("le", np.less_equal, "<=", ("less_equal",))
_comparison("gt", np.greater, ">", ("greater",))
_comparison("ge", np.greater_equal, ">=", ("greater_equal",))
_comparison("eq", np.equal, "==")
_comparison("ne", np.not_equal, "!=", ("not_equal",))


def _whole(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Casting of the bitwise operators, which PyTorch has for integers and masks only."""
    if promoted(values).kind == "f":
        raise Problem("dtype", "bitwise operators are not implemented for floating-point tensors",
                      hint="compare first, as in (x > 0) & (x < 1), or use logical_and")
    return promote(values)


constant("bitwise_and", np.bitwise_and, operator="&", casting=_whole, doc="x & y: both, for masks.", samples=("(x > 0) & (y > 0)",))
constant("bitwise_or", np.bitwise_or, operator="|", casting=_whole, doc="x | y: either, for masks.", samples=("(x > 0) | (y > 0)",))
constant("bitwise_not", np.invert, operator="~", casting=_whole, doc="~x: not, for masks.", samples=("~(x > 0)",))
constant("logical_and", np.logical_and, doc="Whether both are nonzero.", samples=("logical_and(x > 0, y)",))
constant("logical_or", np.logical_or, doc="Whether either is nonzero.", samples=("logical_or(x > 0, y > 0)",))
constant("logical_xor", np.logical_xor, doc="Whether exactly one is nonzero.", samples=("logical_xor(x > 0, y > 0)",))
constant("logical_not", np.logical_not, doc="Whether it is zero.", samples=("logical_not(x > 0)",))
constant("isnan", np.isnan, doc="Whether it is not a number.", samples=("isnan(x / 0 * 0)",))
constant("isinf", np.isinf, doc="Whether it is infinite.", samples=("isinf(x / 0)",))
constant("isfinite", np.isfinite, doc="Whether it is neither infinite nor nan.", samples=("isfinite(x)",))


def _allclose(x: Any, y: Any, /, rtol: Number = 1e-5, atol: Number = 1e-8, equal_nan: bool = False) -> Any:
    return np.allclose(x, y, rtol, atol, equal_nan)


constant("allclose", _allclose, doc="Whether all elements are equal up to rtol and atol.", samples=("allclose(x, x + 1e-9)",))
