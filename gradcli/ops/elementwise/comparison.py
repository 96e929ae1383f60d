"""Comparisons and logic: results are truth values, which carry no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import SAME, constant, query
from gradcli.ops.core.dtypes import not_implemented, promote, scalar_name
from gradcli.ops.core.parameter_types import Number
from gradcli.ops.core.table import family

family("comparison")


def _comparison(name: str, ufunc: np.ufunc, symbol: str, aliases: tuple[str, ...] = ()) -> None:
    constant(
        name,
        ufunc,
        operator=symbol,
        aliases=aliases,
        casting=promote,
        complex=SAME if symbol in ("==", "!=") else None,
        doc=f"x {symbol} y, elementwise.",
        samples=(f"{name}(x, y)", f"x {symbol} 0.5", f"x:2,1 y:3 x {symbol} y"),
    )


_comparison("lt", np.less, "<", ("less",))
_comparison("le", np.less_equal, "<=", ("less_equal",))
_comparison("gt", np.greater, ">", ("greater",))
_comparison("ge", np.greater_equal, ">=", ("greater_equal",))
_comparison("eq", np.equal, "==")
_comparison("ne", np.not_equal, "!=", ("not_equal",))


def _bitwise(name: str, ufunc: np.ufunc, symbol: str, doc: str, sample: str, kernel: str = "") -> None:
    """A bitwise operator, which PyTorch has for integers and (unless a `kernel` of its own shifts them) masks only."""

    def forward(x: Operand, y: Operand, /) -> Any:
        for each in (x, y):
            if isinstance(each, np.ndarray) and each.dtype.kind in ("fb" if kernel else "f"):
                raise not_implemented(kernel or f"{name}_cpu", each.dtype)
        return ufunc(x, y)

    constant(name, forward, operator=symbol, casting=promote, in_place=True, doc=doc, samples=(sample,))


_bitwise("bitwise_and", np.bitwise_and, "&", "x & y: both, for masks.", "(x > 0) & (y > 0)")
_bitwise("bitwise_or", np.bitwise_or, "|", "x | y: either, for masks.", "(x > 0) | (y > 0)")
_bitwise("bitwise_xor", np.bitwise_xor, "^", "One or the other, for masks.", "bitwise_xor(x > 0, y > 0)")
_SHIFTED = "tensor([9, 2]), tensor(2))"
_bitwise("bitwise_left_shift", np.left_shift, "<<", "x * 2**y.", f"bitwise_left_shift({_SHIFTED}", "lshift_cpu")
_bitwise("bitwise_right_shift", np.right_shift, ">>", "x // 2**y.", f"bitwise_right_shift({_SHIFTED}", "rshift_cpu")


def _bitwise_not(x: Array, /) -> Any:
    if x.dtype.kind == "f":
        raise Problem(
            "dtype",
            "~ (operator.invert) is only implemented on integer and Boolean-type tensors",
            type="TypeError",
            hint="compare first, as in ~(x > 0)",
        )
    return np.invert(x)


constant("bitwise_not", _bitwise_not, operator="~", in_place=True, doc="~x: not, for masks.", samples=("~(x > 0)",))
constant(
    "logical_and",
    np.logical_and,
    complex=SAME,
    in_place=True,
    doc="Whether both are nonzero.",
    samples=("logical_and(x > 0, y)",),
)
constant(
    "logical_or",
    np.logical_or,
    complex=SAME,
    in_place=True,
    doc="Whether either is nonzero.",
    samples=("logical_or(x > 0, y > 0)",),
)
constant(
    "logical_xor",
    np.logical_xor,
    complex=SAME,
    in_place=True,
    doc="Whether exactly one is nonzero.",
    samples=("logical_xor(x > 0, y > 0)",),
)
constant("logical_not", np.logical_not, complex=SAME, in_place=True, doc="Whether it is zero.", samples=("logical_not(x > 0)",))
constant("isnan", np.isnan, complex=SAME, doc="Whether it is not a number.", samples=("isnan(x / 0 * 0)",))
constant("isinf", np.isinf, complex=SAME, doc="Whether it is infinite.", samples=("isinf(x / 0)",))
constant("isfinite", np.isfinite, complex=SAME, doc="Whether it is neither infinite nor nan.", samples=("isfinite(x)",))


def _isclose(x: Array, y: Operand, /, rtol: Number = 1e-5, atol: Number = 1e-8, equal_nan: bool = False) -> Any:
    y = np.asarray(y, None if isinstance(y, np.ndarray) else x.dtype)
    _need_one_dtype(x, y)
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if tolerance < 0:
            raise Problem("argument", f"{name} must be greater than or equal to zero, but got {tolerance:g}")
    return np.isclose(x, y, float(rtol), float(atol), equal_nan)


constant(
    "isclose",
    _isclose,
    complex=SAME,
    doc="Which elements are equal up to rtol and atol.",
    samples=("isclose(x, x + 1e-9)", "isclose(x, y, 0.1, 0.2)"),
)


def _need_one_dtype(x: Array, y: Array) -> None:
    """Refuse operands of two dtypes.  Raises Problem."""
    if x.dtype != y.dtype:
        message = f"{scalar_name(x.dtype)} did not match {scalar_name(y.dtype)}"
        raise Problem("dtype", message, hint="convert one of them, as in x.double()")


def _allclose(x: Tensor, y: Tensor, /, rtol: Number = 1e-5, atol: Number = 1e-8, equal_nan: bool = False) -> Any:
    _need_one_dtype(x.ndarray, y.ndarray)
    try:
        return bool(np.allclose(x.ndarray, y.ndarray, float(rtol), float(atol), equal_nan))
    except ValueError as error:
        raise broadcast_problem([x.ndarray, y.ndarray]) or error from None


query(
    "allclose",
    _allclose,
    doc="Whether all elements are equal up to rtol and atol.",
    samples=("allclose(x, x + 1e-9)", "allclose(x, y)"),
)
