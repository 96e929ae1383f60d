"""x * log(y) and x * log1p(y), which are 0 where x is 0.

PyTorch has three rows for each, as have these: of two tensors, and with a number on either side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.graph.operation import Rule
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Array, Cotangent, Operand
from gradcli.ops.core.builders import composite, elementwise, general
from gradcli.ops.core.domains import ABOVE_MINUS_ONE, POSITIVE, REAL, Domain
from gradcli.ops.core.dtypes import promote_to_float
from gradcli.ops.core.parameter_types import Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.exponential import log, log1p
from gradcli.ops.elementwise.selection import where

family("special functions")

Product = Callable[[Any, Any], Any]


def _product(
    name: str,
    formula: str,
    log: np.ufunc,
    rules: tuple[Rule, Rule],
    by_number: Rule,
    of_number: Rule,
    grad_fn: str,
    domain: Domain,
) -> Product:
    """Enter the three rows of a product, and give the function that chooses among them.

    rules      of two tensors, for x and for y
    by_number  where y is a number, for x
    of_number  where x is a number, the partial derivative by y
    """

    def forward(x: Array | float, y: Array | float) -> Array:
        dtype = (x if isinstance(x, np.ndarray) else y).dtype  # type: ignore[union-attr]  # one of them may be a number
        x, y = np.asarray(x, dtype), np.asarray(y, dtype)
        return np.where(np.isnan(y), y, np.where(x == 0, dtype.type(0), x * log(y)))

    words: dict[str, Any] = {"function": False, "method": False, "casting": promote_to_float}
    tensors = general(
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
    with_number = general(
        name,
        lambda x, /, number: forward(x, number),
        by_number,
        by_number,
        overload="number",
        grad_fn=f"{grad_fn}2",
        doc=f"x * {formula.replace('y', 'number')}, and 0 where x is 0.",
        **words,
    )
    reflected = elementwise(
        name,
        lambda y, /, number: forward(number, y),
        of_number,
        overload="reflected",
        grad_fn=f"{grad_fn}1",
        domain=domain,
        doc=f"number * {formula}, and 0 where the number is 0.",
        **words,
    )

    def product(x: Operand, y: Operand) -> Any:
        if not isinstance(y, Tensor):
            return with_number(x, y)
        return tensors(x, y) if isinstance(x, Tensor) else reflected(y, x)

    return product


_XLOGY = Domain("x == 0 or y > 0", POSITIVE.low, POSITIVE.high, "y > 0")
_XLOG1PY = Domain("x == 0 or y > -1", ABOVE_MINUS_ONE.low, ABOVE_MINUS_ONE.high, "y > -1")
xlogy = _product(
    "xlogy",
    "log(y)",
    np.log,
    (lambda g, x, y: where((x == 0) & (y <= 0), 0.0, g * log(y)), lambda g, x, y: g * x / y),
    lambda g, x, number: _slope_by_number(g, x, number, float(np.log(np.float64(number)))),
    lambda y, number: number / y,
    "XlogyBackward",
    _XLOGY,
)
_xlog1py = _product(
    "special.xlog1py",
    "log(1 + y)",
    np.log1p,
    (lambda g, x, y: where((x == 0) & (y <= -1), 0.0, g * log1p(y)), lambda g, x, y: g * x / (y + 1)),
    lambda g, x, number: _slope_by_number(g, x, number + 1, float(np.log1p(np.float64(number)))),
    lambda y, number: number / (y + 1),
    "SpecialXlog1PyBackward",
    _XLOG1PY,
)


def _slope_by_number(g: Cotangent, x: Operand, number: float, slope: float) -> Any:
    """The cotangent of x * slope; where the logarithm has none, of the 0 at x = 0, too."""
    return g * slope if number > 0 else where(x == 0, 0.0, g * slope)


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
