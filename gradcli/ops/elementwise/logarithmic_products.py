"""x * log(y) and x * log1p(y), which are 0 where x is 0.

PyTorch has three rows for each, as have these: of two tensors, and with a number on either side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Cotangent, Operand
from gradcli.ops.core.builders import Operation, composite, elementwise, general
from gradcli.ops.core.domains import ABOVE_MINUS_ONE, POSITIVE, REAL, Domain
from gradcli.ops.core.dtypes import promote_to_float
from gradcli.ops.core.parameter_types import Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.exponential import log, log1p
from gradcli.ops.elementwise.selection import where

family("special functions")

Product = Callable[[Operand, Operand], Any]


def _product(name: str, formula: str, log: Operation, of_arrays: np.ufunc, least: int, grad_fn: str, domain: Domain) -> Product:
    """Enter the three rows of `x * log(y)`, where `log` ends at `least`.  Gives the function that chooses among them."""

    def forward(x: Array | float, y: Array | float) -> Array:
        dtype = (x if isinstance(x, np.ndarray) else y).dtype  # type: ignore[union-attr]  # one of them may be a number
        x, y = np.asarray(x, dtype), np.asarray(y, dtype)
        return np.where(np.isnan(y), y, np.where(x == 0, dtype.type(0), x * of_arrays(y)))

    def rule_of_x(g: Cotangent, x: Operand, y: Operand) -> Any:
        return where((x == 0) & (y <= least), 0.0, g * log(y))

    def rule_of_x_alone(g: Cotangent, x: Operand, number: float) -> Any:
        slope = g * float(of_arrays(np.float64(number)))
        return slope if number > least else where(x == 0, 0.0, slope)

    def above(y: Operand) -> Any:
        return y - least if least else y

    words: dict[str, Any] = {"function": False, "method": False, "casting": promote_to_float}
    rules = (rule_of_x, lambda g, x, y: g * x / above(y))
    of_tensors = general(
        name,
        lambda x, y, /: forward(x, y),
        rules,
        rules,
        overload="tensors",
        grad_fn=f"{grad_fn}0",
        domain=(REAL, domain),
        doc=f"x * {formula}, and 0 where x is 0.",
        **words,
    )
    by_number = general(
        name,
        lambda x, /, number: forward(x, number),
        rule_of_x_alone,
        rule_of_x_alone,
        overload="number",
        grad_fn=f"{grad_fn}2",
        doc=f"x * {formula.replace('y', 'number')}, and 0 where x is 0.",
        **words,
    )
    of_number = elementwise(
        name,
        lambda y, /, number: forward(number, y),
        lambda y, number: number / above(y),
        overload="reflected",
        grad_fn=f"{grad_fn}1",
        domain=domain,
        doc=f"number * {formula}, and 0 where the number is 0.",
        **words,
    )

    def product(x: Operand, y: Operand) -> Any:
        if not isinstance(y, Tensor):
            return by_number(x, y)
        return of_tensors(x, y) if isinstance(x, Tensor) else of_number(y, x)

    return product


_XLOGY = Domain("x == 0 or y > 0", POSITIVE.low, POSITIVE.high, "y > 0")
_XLOG1PY = Domain("x == 0 or y > -1", ABOVE_MINUS_ONE.low, ABOVE_MINUS_ONE.high, "y > -1")
xlogy = _product("xlogy", "log(y)", log, np.log, 0, "XlogyBackward", _XLOGY)
_xlog1py = _product("special.xlog1py", "log(1 + y)", log1p, np.log1p, -1, "SpecialXlog1PyBackward", _XLOG1PY)


def _xlogy_as_called(x: Number | Tensor, y: Number | Tensor, /) -> Any:
    return xlogy(x, y)


def _xlog1py_as_called(x: Number | Tensor, y: Number | Tensor, /) -> Any:
    return _xlog1py(x, y)


composite(
    "xlogy",
    _xlogy_as_called,
    aliases=("special.xlogy",),
    in_place=True,
    domain=(REAL, _XLOGY),
    doc="x * log(y), and 0 where x is 0; either may be a number.",
    samples=("xlogy(x, y)", "y:3 xlogy(x, y)", "xlogy(x, 2.5)", "x=[0.5,2.] xlogy(-1.5, x)", "xlogy(x, 3)"),
)
composite(
    "special.xlog1py",
    _xlog1py_as_called,
    method=False,
    namespace="torch.special",
    domain=(REAL, _XLOG1PY),
    doc="x * log(1 + y), and 0 where x is 0; either may be a number.",
    samples=(
        "special.xlog1py(x, y)",
        "y:3 special.xlog1py(x, y)",
        "special.xlog1py(x, 2.5)",
        "x=[0.5,2.] special.xlog1py(-1.5, x)",
    ),
)
